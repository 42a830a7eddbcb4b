// A fault in one line; a click opens its card.
import { severitySince } from '../words/faults.js'
import { tagsOf } from '../words/names.js'
import { judgementParts } from '../words/sentences.js'
import { textOf } from '../words/parts.js'
import { age } from '../words/times.js'
import { make, makeButton, setAttribute, setChildren, setParts, setText } from './elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, latestOf } from './naming.js'

export function createLine(model, actions, toggle) {
  let fault
  const element = make('li', 'fault-line')
  const sign = make('span', 'fault-glyph')
  const name = makeButton('fault-open', '', () => toggle(fault))
  const metric = make('b', 'metric')
  const tags = make('span', 'tags')
  name.append(metric, ' ', tags)
  name.setAttribute('aria-expanded', 'false')
  const words = make('span', 'fault-said')
  const open = make('span', 'fault-age')
  const end = make('span', 'fault-end')
  const acknowledge = makeButton('link', 'Acknowledge…', (button) => actions.acknowledge(fault, button))
  acknowledge.setAttribute('aria-haspopup', 'dialog')
  const note = make('span', 'note')
  element.append(sign, name, words, open, end)
  element.addEventListener('click', ({ target }) => {
    if (target.closest('button') === null) toggle(fault)
  })

  return {
    element,
    update(told) {
      fault = told
      const past = isPast(model)
      const now = model.now()
      const isKnown = fault.acknowledgement !== undefined
      element.dataset.severity = fault.severity
      element.classList.toggle('acknowledged', isKnown)
      setGlyph(sign, `severity-${fault.severity}`, 18)
      setText(metric, fault.series.metric)
      setText(tags, tagsOf(fault.series).join(' '))
      const until = past ? (model.link.asOf ?? now) : now
      const said = judgementParts(fault.series.metric, fault.judgement, {
        latest: latestOf(model, fault),
        until,
        isPast: past,
      })
      setText(words, textOf(said))
      setAttribute(words, 'title', fault.text)
      const since = severitySince(fault)
      setParts(open, past ? ['open then'] : [{ ticks: age(now - since), since }])
      acknowledge.disabled = past
      setText(note, isKnown ? 'acknowledged' : '')
      setChildren(end, isKnown || fault.alert === undefined ? [note] : [acknowledge])
    },
    destroy() {},
  }
}
