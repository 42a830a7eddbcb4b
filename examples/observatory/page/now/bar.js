// The bar at the top: how this page is connected, the observatory's time, and the verdict again when it is out of sight.
import { textOf } from '../words/parts.js'
import { clockTime, dateText, minuteTime, zoneName } from '../words/times.js'
import { element, makeButton, setParts, write } from '../elements.js'
import { setGlyph } from './glyphs.js'
import { isPast } from './naming.js'
import { currentVerdict } from './verdict.js'
import { badgeOf } from '../words/badge.js'

export function createBadge(root, model) {
  const badge = element('p', { class: 'badge' })
  const sign = element('span', { class: 'badge-sign' })
  const words = element('span', { class: 'badge-words' })
  badge.append(sign, words)
  root.replaceChildren(badge)
  function update() {
    const { look, sign: name, parts } = badgeOf(model)
    badge.dataset.look = look
    if (name === 'dot' || name === 'circle') {
      sign.replaceChildren()
      delete sign.dataset.glyph
    } else setGlyph(sign, name, 14, true)
    sign.className = `badge-sign ${name}`
    setParts(words, parts)
  }
  model.on('link state status samples tick', update)
  update()
}

export function createClock(root, model) {
  const date = element('span', { class: 'clock-date' })
  const time = element('b', { class: 'clock-time' })
  const short = element('span', { class: 'clock-short' })
  root.replaceChildren(date, time, short)
  function update() {
    const isKnown = !isPast(model) && model.link.state !== 'loading'
    const now = model.now()
    const { zone } = model.view
    write(date, isKnown ? dateText(now, zone) : 'server time not known')
    write(time, isKnown ? clockTime(now, zone) : '')
    write(short, isKnown ? `${minuteTime(now, zone)} ${zoneName(now, zone)}` : '')
  }
  model.on('link state view tick', update)
  update()
}

/** Shown while the verdict is out of sight; leads back to it. */
export function createPill(root, model) {
  const sign = element('span', { class: 'pill-glyph' })
  const words = element('span', { class: 'pill-words' })
  const button = makeButton('pill', '', () => {
    scrollTo({ top: 0 })
    document.getElementById('verdict')?.focus({ preventScroll: true })
  })
  button.append(sign, words)
  root.replaceChildren(button)
  function update() {
    const verdict = currentVerdict(model)
    button.dataset.look = verdict.look
    button.dataset.severity = verdict.severity ?? ''
    setGlyph(sign, verdict.glyph, 16, true)
    write(words, textOf(verdict.title))
  }
  model.on('link state faults status view tick', update)
  update()
  const place = document.getElementById('verdict')
  if (place === null) return
  place.tabIndex = -1
  new IntersectionObserver(([{ isIntersecting }]) => {
    root.hidden = isIntersecting
  }).observe(place)
}
