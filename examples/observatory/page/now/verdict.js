// The verdict: one sentence over everything, spoken when what it says changes.
import { verdictOf } from '../words/verdict.js'
import { element, makeButton, setAttribute, setChildren, setParts, write } from '../elements.js'
import { setFavicon } from './favicon.js'
import { glyph, setGlyph } from './glyphs.js'
import { latestOf, namesOf } from './naming.js'

/** How long a change of state is read from the region. */
const spokenMs = 1000

/** As it is now; the pill and the badge say the same. */
export function currentVerdict(model) {
  return verdictOf(model, {
    monotonic: performance.now(),
    nameOf: namesOf(model),
    latestOf: (fault) => latestOf(model, fault),
  })
}

export function createVerdict(root, model, actions) {
  const frame = element('div', { class: 'verdict' })
  const inner = element('div', { class: 'verdict-inner' })
  const sign = element('div', { class: 'verdict-glyph' })
  const title = element('h2', { class: 'verdict-title' })
  const sentence = element('p', { class: 'verdict-sentence' })
  const words = element('div', { class: 'verdict-words' })
  words.append(title, sentence)
  const counts = makeCounts()
  const side = element('div', { class: 'verdict-side' })
  const button = makeButton('primary', 'Try now', () => actions.retry())
  const note = element('p', { class: 'verdict-note' })
  side.append(button, note)
  inner.append(sign, words)
  frame.append(inner)

  root.replaceChildren(frame)

  // What ticks is not to be read aloud: the region is live only while the state changes.
  let state = ''
  let quiet
  function listen(verdict) {
    const key = JSON.stringify([verdict.state, verdict.severity, verdict.counts, verdict.look])
    if (key === state) return
    state = key
    setAttribute(words, 'role', verdict.role)
    setAttribute(words, 'aria-live', verdict.role === 'alert' ? 'assertive' : 'polite')
    clearTimeout(quiet)
    quiet = setTimeout(() => setAttribute(words, 'aria-live', 'off'), spokenMs)
  }

  function update() {
    const verdict = currentVerdict(model)
    listen(verdict)
    frame.dataset.state = verdict.state
    frame.dataset.look = verdict.look
    frame.dataset.severity = verdict.severity ?? ''
    frame.classList.toggle('hatched', verdict.look === 'hatched')
    setGlyph(sign, verdict.glyph, 44, true)
    setParts(title, verdict.title)
    setParts(sentence, verdict.parts)
    const showsCounts = verdict.counts !== undefined
    if (showsCounts) counts.update(verdict.counts)
    if (verdict.action !== undefined) write(button, verdict.action)
    write(note, verdict.actionNote)
    setChildren(inner, [
      sign,
      words,
      ...(showsCounts ? [counts.element] : []),
      ...(verdict.action === undefined ? [] : [side]),
    ])
    if (document.title !== verdict.documentTitle) document.title = verdict.documentTitle
    setFavicon(verdict.favicon)
  }
  model.on('link state faults status maintenance view samples tick', update)
  update()
  return { update }
}

/** How many are open of each severity, those that are none pale. */
function makeCounts() {
  const node = element('ul', { class: 'verdict-counts' })
  const numbers = [1, 2, 3, 4, 5].map((severity) => {
    const item = element('li')
    const number = element('span')
    item.append(glyph(`severity-${severity}`, 18), number)
    node.append(item)
    return { item, number }
  })
  return {
    element: node,
    update(counts) {
      numbers.forEach(({ item, number }, at) => {
        write(number, String(counts[at]))
        item.classList.toggle('none', counts[at] === 0)
      })
    },
  }
}
