// One card: title, note, chart, and what stands below it.
import { element, write } from '../elements.js'
import { clockTime } from '../words/times.js'
import { nearest } from './columns.js'
import { pictureOf } from './plot/picture.js'
import { createPlot } from './plot/plot.js'
import { chartSentence } from './sentence.js'

/** A sentence for who does not see the chart is new at most so often, ms. */
const sentenceMs = 60_000

/** `shared`: model, colours, font, `gutter()`, `view(card)` of {@link pictureOf}, `control(slot, plot)` for pointer and keys, `showAll`. */
export function createCard(shared) {
  const title = element('h3')
  const note = element('span', { class: 'note' })
  const asOf = element('span', { class: 'as-of' })
  const slot = element('div', { class: 'chart', role: 'img', tabindex: '0' })
  const said = element('span')
  const button = element('button', { type: 'button', class: 'link' })
  const footer = element('footer', { hidden: true }, said, button)
  const root = element(
    'article',
    { class: 'chart-card' },
    element('header', {}, title, note, asOf),
    slot,
    footer,
  )
  let spec
  let plot
  let drawnWith
  let toldAt = -Infinity
  let toldOf
  button.addEventListener('click', () => shared.showAll(spec))
  shared.control(slot, () => plot)

  function valueAt(key, time) {
    const { samples } = shared.view(spec)
    const series = samples.get(key)
    const point = series && (time === undefined ? series.latest : nearest(series, time))
    return point?.value ?? (time === undefined ? shared.lastKnown(key) : undefined)
  }

  function words() {
    const { hover, link, view } = shared.model
    const time = hover !== undefined && plot?.picture && covers(plot.picture, hover) ? hover : undefined
    const text = spec.note((key) => valueAt(key, time), plot?.picture)
    write(note, text)
    if (note.title !== text) note.title = text
    const isLost = link.state === 'disconnected' || link.state === 'failed'
    write(asOf, isLost && link.asOf !== undefined ? `as of ${clockTime(link.asOf, view.zone)}` : '')
  }

  const card = {
    root,
    slot,
    /** Whether it is in the window, or almost. */
    isVisible: false,
    drawnAt: -Infinity,
    get spec() {
      return spec
    },
    get plot() {
      return plot
    },
    update(next) {
      const before = spec
      spec = next
      write(title, next.title)
      title.title = next.title
      root.classList.toggle('wide', next.isWide === true)
      slot.style.height = `${next.height + 36}px`
      footer.hidden = next.footer === undefined
      write(said, next.footer?.said ?? '')
      write(button, next.footer?.button ?? '')
      button.setAttribute('aria-label', `${next.footer?.button ?? ''} of ${next.title}`)
      // Something else is drawn: at once, and told anew.
      if (before?.keys.join() !== next.keys.join()) card.drawnAt = -Infinity
      if (slot.getAttribute('aria-label') === null) slot.setAttribute('aria-label', next.title)
    },
    draw() {
      const view = shared.view(spec)
      const gutter = shared.gutter(spec, slot.clientWidth)
      const with_ = `${gutter} ${spec.height}`
      if (plot === undefined || drawnWith !== with_) {
        plot?.destroy()
        plot = createPlot(slot, {
          height: spec.height,
          gutter,
          room: shared.room,
          colours: shared.colours,
          font: shared.font,
          zone: () => shared.model.view.zone,
        })
        drawnWith = with_
      }
      plot.show(pictureOf(spec, view), view.samples)
      plot.hover(shared.model.hover)
      card.drawnAt = performance.now()
      words()
      const range = view.id
      if (performance.now() - toldAt >= sentenceMs || toldOf !== range) {
        toldAt = performance.now()
        toldOf = range
        slot.setAttribute(
          'aria-label',
          chartSentence(spec, plot.picture, {
            latest: (key) => valueAt(key),
            zone: shared.model.view.zone,
            isZoomed: shared.model.view.zoom !== undefined,
            faults: view.faults,
            isKnown: view.knownUntil === undefined,
          }),
        )
      }
    },
    /** Between two drawings: values and notes only. */
    label() {
      if (plot === undefined) return
      plot.label()
      words()
    },
    hover() {
      if (plot === undefined) return
      plot.hover(shared.model.hover)
      words()
    },
    remove() {
      plot?.destroy()
      root.remove()
    },
  }
  return card
}

const covers = ({ from, to }, time) => time >= from && time <= to
