// The small chart on a fault's card: cut to the value and its thresholds.
import { element } from '../elements.js'
import { unitOf } from '../words/format.js'
import { faultRange } from './fault-range.js'
import { pictureOf, withAbsence } from './plot/picture.js'
import { createPlot } from './plot/plot.js'
import { chartSentence } from './sentence.js'

const plotHeight = 80
const gutter = 52
const sentenceMs = 60_000

/** What the chart of a fault shows; of its rule only levels that a line can show. Pure. */
function faultSpec({ series, ruleSet }, rules, drawn) {
  const levels = rules?.find(({ id }) => id === ruleSet)?.levels ?? []
  // A rule judges what came, which is not what is drawn of a counter.
  const thresholds =
    drawn === 'rate'
      ? []
      : levels
          .filter(({ is, threshold }) => (is === 'above' || is === 'below') && typeof threshold === 'number')
          .map(({ severity, is, threshold }) => ({ severity, is, threshold }))
  const { key, metric } = series
  return {
    title: metric,
    drawn,
    lines: [{ key, metric, drawn, label: '', colour: 0, dash: [], isText: drawn === 'text' }],
    keys: [key],
    unit: { ...unitOf(metric, drawn), metric, drawn },
    thresholds,
    isCut: true,
  }
}

/** `shared` as for cards, and `store(range)` of the history. */
export function createFaultPlot(slot, fault, shared) {
  const chart = element('div', { class: 'chart fault-chart', role: 'img', tabindex: '0' })
  chart.style.height = `${plotHeight + 36}px`
  chart.setAttribute('aria-label', fault.series.metric)
  slot.append(chart)
  let told = fault
  let plot
  let toldAt = -Infinity
  const range = () => faultRange(told.openedAt, shared.now(), shared.knownUntil())

  return {
    slot: chart,
    isVisible: false,
    drawnAt: -Infinity,
    get fault() {
      return told
    },
    get plot() {
      return plot
    },
    range,
    update(next) {
      told = next
    },
    draw() {
      this.drawnAt = performance.now()
      const view = withAbsence(shared.faultView(told.series.key, range()), told)
      const drawn = view.samples.get(told.series.key)?.drawn ?? 'number'
      const spec = faultSpec(told, shared.model.about.rules, drawn)
      if (plot === undefined) {
        plot = createPlot(chart, {
          height: plotHeight,
          gutter,
          room: shared.room,
          colours: shared.colours,
          font: shared.font,
          zone: () => shared.model.view.zone,
          isSmall: true,
        })
        shared.control(chart, () => plot)
      }
      plot.show(pictureOf(spec, view), view.samples)
      if (performance.now() - toldAt < sentenceMs) return
      // Before its past is here there is nothing to say that holds for a minute.
      if (plot.picture.lines.some(({ end }) => end !== undefined)) toldAt = performance.now()
      chart.setAttribute(
        'aria-label',
        chartSentence(spec, plot.picture, {
          latest: (key) => view.samples.get(key)?.latest?.value,
          zone: shared.model.view.zone,
          isZoomed: false,
          faults: view.faults,
          isKnown: view.knownUntil === undefined,
        }),
      )
    },
    label() {},
    hover() {
      plot?.hover(shared.model.hover)
    },
    remove() {
      plot?.destroy()
      chart.remove()
    },
  }
}
