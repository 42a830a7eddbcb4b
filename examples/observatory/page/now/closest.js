// Closest to a limit, in the place that faults leave free: three series, their value as a part of the nearest threshold.
import { formatValue } from '../words/format.js'
import { nameText } from '../words/names.js'
import { clockTime, nearTime } from '../words/times.js'
import { openFaults } from '../words/faults.js'
import { make, setAttribute, setChildren, setText } from './elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, namesOf } from './naming.js'

/** Where the threshold stands in the bar, percent. */
const limitAt = 96

export function createClosest(root, model) {
  const section = root.closest('section') ?? root
  const note = section.querySelector('.note')
  const list = make('ul', 'closest panel')
  root.replaceChildren(list)
  const nameOf = namesOf(model)
  const rows = []

  function update() {
    const closest = model.status?.closest ?? []
    section.hidden = closest.length === 0 || openFaults(model.faults.values()).length > 0
    if (section.hidden) return
    const { asOf } = model.link
    const at = isPast(model) && asOf !== undefined
    if (note !== null) {
      setText(
        note,
        at ? `at ${nearTime(asOf, model.now(), model.view.zone, clockTime)}` : 'of what the rules watch',
      )
    }
    while (rows.length < closest.length) rows.push(createRow())
    closest.forEach((one, index) => rows[index].update(one, nameOf(one.series)))
    setChildren(
      list,
      rows.slice(0, closest.length).map(({ element }) => element),
    )
  }
  model.on('link state status faults view', update)
  update()
}

function createRow() {
  const element = make('li')
  const name = make('span', 'closest-name')
  const track = make('span', 'closest-track')
  const fill = make('span', 'closest-fill')
  const limit = make('span', 'closest-limit')
  limit.style.left = `${limitAt}%`
  track.append(fill, limit)
  track.setAttribute('aria-hidden', 'true')
  const value = make('b', 'closest-value')
  const sign = make('span', 'closest-glyph')
  const words = make('span', 'closest-words')
  element.append(name, track, value, sign, words)
  return {
    element,
    update({ series, value: number, level, part }, named) {
      setText(name, nameText(named))
      const width = Math.max(0, Math.min(100, part * limitAt))
      fill.style.width = `${width}%`
      limit.dataset.severity = level.severity
      setAttribute(element, 'data-over', part >= 1 ? '' : undefined)
      setText(value, formatValue(series.metric, 'number', number))
      setGlyph(sign, `severity-${level.severity}`, 18)
      const below = level.is === 'below' ? 'below' : 'at'
      setText(words, `${below} ${formatValue(series.metric, 'number', level.threshold)}`)
    },
  }
}
