// Closest to a limit, in the place that faults leave free: three series, their value as a part of the nearest threshold.
import { formatValue } from '../words/format.js'
import { nameText } from '../words/names.js'
import { clockTime, nearTime } from '../words/times.js'
import { openFaults } from '../words/faults.js'
import { closestInstead } from '../words/closest.js'
import { element, setAttribute, setChildren, write } from '../elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, namesOf } from './naming.js'

/** Where the threshold stands in the bar, percent. */
const limitAt = 96

export function createClosest(root, model) {
  const section = root.closest('section') ?? root
  const note = section.querySelector('.note')
  const list = element('ul', { class: 'closest panel' })
  root.replaceChildren(list)
  const nameOf = namesOf(model)
  const instead = element('li', { class: 'closest-instead' })
  const rows = []

  function update() {
    const closest = model.status?.closest ?? []
    const words = closestInstead(model.status, isPast(model))
    const hasNothing = closest.length === 0 && words === undefined
    section.hidden = hasNothing || openFaults(model.faults.values()).length > 0
    if (section.hidden) return
    const { asOf } = model.link
    const at = isPast(model) && asOf !== undefined
    if (note !== null) {
      write(
        note,
        at ? `at ${nearTime(asOf, model.now(), model.view.zone, clockTime)}` : 'of what the rules watch',
      )
    }
    while (rows.length < closest.length) rows.push(createRow())
    closest.forEach((one, index) => rows[index].update(one, nameOf(one.series)))
    write(instead, words ?? '')
    setChildren(
      list,
      words === undefined ? rows.slice(0, closest.length).map(({ element }) => element) : [instead],
    )
  }
  model.on('link state status faults view', update)
  update()
}

function createRow() {
  const node = element('li')
  const name = element('span', { class: 'closest-name' })
  const track = element('span', { class: 'closest-track' })
  const fill = element('span', { class: 'closest-fill' })
  const limit = element('span', { class: 'closest-limit' })
  limit.style.left = `${limitAt}%`
  track.append(fill, limit)
  track.setAttribute('aria-hidden', 'true')
  const value = element('b', { class: 'closest-value' })
  const sign = element('span', { class: 'closest-glyph' })
  const words = element('span', { class: 'closest-words' })
  node.append(name, track, value, sign, words)
  return {
    element: node,
    update({ series, value: number, level, part }, named) {
      write(name, nameText(named))
      const width = Math.max(0, Math.min(100, part * limitAt))
      fill.style.width = `${width}%`
      limit.dataset.severity = level.severity
      setAttribute(node, 'data-over', part >= 1 ? '' : undefined)
      write(value, formatValue(series.metric, 'number', number))
      setGlyph(sign, `severity-${level.severity}`, 18)
      const below = level.is === 'below' ? 'below' : 'at'
      write(words, `${below} ${formatValue(series.metric, 'number', level.threshold)}`)
    },
  }
}
