// A fault in one line; a click opens its card.
import { severitySince } from '../words/faults.js'
import { tagsOf } from '../words/names.js'
import { judgementParts } from '../words/sentences.js'
import { textOf } from '../words/parts.js'
import { age } from '../words/times.js'
import { element, makeButton, setAttribute, setChildren, setParts, write } from '../elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, latestOf } from './naming.js'

export function createLine(model, actions, toggle) {
  let fault
  const node = element('li', { class: 'fault-line' })
  const sign = element('span', { class: 'fault-glyph' })
  const name = makeButton('fault-open', '', () => toggle(fault))
  const metric = element('b', { class: 'metric' })
  const tags = element('span', { class: 'tags' })
  name.append(metric, ' ', tags)
  name.setAttribute('aria-expanded', 'false')
  const words = element('span', { class: 'fault-said' })
  const open = element('span', { class: 'fault-age' })
  const end = element('span', { class: 'fault-end' })
  const acknowledge = makeButton('link', 'Acknowledge…', (button) => actions.acknowledge(fault, button))
  acknowledge.setAttribute('aria-haspopup', 'dialog')
  const note = element('span', { class: 'note' })
  node.append(sign, name, words, open, end)
  node.addEventListener('click', ({ target }) => {
    if (target.closest('button') === null) toggle(fault)
  })

  return {
    element: node,
    update(told) {
      fault = told
      const past = isPast(model)
      const now = model.now()
      const isKnown = fault.acknowledgement !== undefined
      node.dataset.severity = fault.severity
      node.classList.toggle('acknowledged', isKnown)
      setGlyph(sign, `severity-${fault.severity}`, 18)
      write(metric, fault.series.metric)
      write(tags, tagsOf(fault.series).join(' '))
      const until = past ? (model.link.asOf ?? now) : now
      const said = judgementParts(fault.series.metric, fault.judgement, {
        latest: latestOf(model, fault),
        until,
        isPast: past,
      })
      write(words, textOf(said))
      setAttribute(words, 'title', fault.text)
      const since = severitySince(fault)
      setParts(open, past ? ['open then'] : [{ ticks: age(now - since), since }])
      acknowledge.disabled = past
      write(note, isKnown ? 'acknowledged' : '')
      setChildren(end, isKnown || fault.alert === undefined ? [note] : [acknowledge])
    },
    destroy() {},
  }
}
