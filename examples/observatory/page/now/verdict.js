// The verdict: one sentence over everything, spoken when what it says changes.
import { verdictOf } from '../words/verdict.js'
import { textOf } from '../words/parts.js'
import { make, makeButton, setChildren, setParts, setText } from './elements.js'
import { setFavicon } from './favicon.js'
import { glyph, setGlyph } from './glyphs.js'
import { latestOf, namesOf } from './naming.js'

/** As it is now; the pill and the badge say the same. */
export function currentVerdict(model) {
  return verdictOf(model, {
    monotonic: performance.now(),
    nameOf: namesOf(model),
    latestOf: (fault) => latestOf(model, fault),
  })
}

export function createVerdict(root, model, actions) {
  const frame = make('div', 'verdict')
  const inner = make('div', 'verdict-inner')
  const sign = make('div', 'verdict-glyph')
  const title = make('h2', 'verdict-title')
  const sentence = make('p', 'verdict-sentence')
  const words = make('div', 'verdict-words')
  words.append(title, sentence)
  const counts = makeCounts()
  const side = make('div', 'verdict-side')
  const button = makeButton('primary', 'Try now', () => actions.retry())
  const note = make('p', 'verdict-note')
  side.append(button, note)
  inner.append(sign, words)
  frame.append(inner)

  // Beside the sentence, whose numbers tick, what is read aloud changes with the state only.
  const polite = make('p', 'visually-hidden')
  polite.setAttribute('role', 'status')
  const urgent = make('p', 'visually-hidden')
  urgent.setAttribute('role', 'alert')
  root.replaceChildren(frame, polite, urgent)

  let spoken = ''
  function speak(verdict) {
    const key = JSON.stringify([verdict.state, verdict.severity, verdict.counts, verdict.look])
    if (key === spoken) return
    spoken = key
    const text = `${textOf(verdict.title)}. ${textOf(verdict.parts)}`
    setText(polite, verdict.role === 'status' ? text : '')
    setText(urgent, verdict.role === 'alert' ? text : '')
  }

  function update() {
    const verdict = currentVerdict(model)
    frame.dataset.state = verdict.state
    frame.dataset.look = verdict.look
    frame.dataset.severity = verdict.severity ?? ''
    frame.classList.toggle('hatched', verdict.look === 'hatched')
    setGlyph(sign, verdict.glyph, 44, true)
    setParts(title, verdict.title)
    setParts(sentence, verdict.parts)
    const showsCounts = verdict.counts !== undefined
    if (showsCounts) counts.update(verdict.counts)
    if (verdict.action !== undefined) setText(button, verdict.action)
    setText(note, verdict.actionNote)
    setChildren(inner, [
      sign,
      words,
      ...(showsCounts ? [counts.element] : []),
      ...(verdict.action === undefined ? [] : [side]),
    ])
    if (document.title !== verdict.documentTitle) document.title = verdict.documentTitle
    setFavicon(verdict.favicon)
    speak(verdict)
  }
  model.on('link state faults status maintenance view samples tick', update)
  update()
  return { update }
}

/** How many are open of each severity, those that are none pale. */
function makeCounts() {
  const element = make('ul', 'verdict-counts')
  const numbers = [1, 2, 3, 4, 5].map((severity) => {
    const item = make('li')
    const number = make('span')
    item.append(glyph(`severity-${severity}`, 18), number)
    element.append(item)
    return { item, number }
  })
  return {
    element,
    update(counts) {
      numbers.forEach(({ item, number }, at) => {
        setText(number, String(counts[at]))
        item.classList.toggle('none', counts[at] === 0)
      })
    },
  }
}
