// One choice of a few, as native radio buttons: the arrows, the roles and the names come with them.
import { element } from '../elements.js'

let groups = 0

/** `options` are `{ value, text, short }`, of which the phone shows `short`; `chosen` is told a new value. */
export function createRadioGroup({ label, options, chosen }) {
  groups += 1
  const inputs = options.map(({ value }) => {
    const input = element('input', { type: 'radio', name: `choice-${groups}`, value: String(value) })
    input.addEventListener('change', () => chosen(value))
    return input
  })
  const choices = options.map(({ text, short }, index) => {
    const words =
      short === undefined
        ? [text]
        : [element('span', { class: 'long' }, text), element('span', { class: 'short' }, short)]
    return element('label', {}, inputs[index], element('span', { class: 'choice' }, ...words))
  })
  return {
    element: element('div', { class: 'choices', role: 'radiogroup', 'aria-label': label }, ...choices),
    set(value) {
      for (const input of inputs) input.checked = input.value === String(value)
    },
  }
}
