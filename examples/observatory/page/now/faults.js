// What is wrong: three cards, then lines, ten to a page. Never filtered, never hidden while one is open.
import { asOfText, openFaults } from '../words/faults.js'
import { formatCount } from '../words/format.js'
import { element, makeButton, setChildren, write } from '../elements.js'
import { createCard } from './fault-card.js'
import { createLine } from './fault-line.js'
import { isPast } from './naming.js'

const cardsFirst = 3
const linesAtOnce = 10

export function createFaults(root, model, actions) {
  const section = root.closest('section') ?? root
  const title = section.querySelector('h2')
  const note = section.querySelector('.note')
  const cards = element('ol', { class: 'fault-cards' })
  const lines = element('ol', { class: 'fault-lines panel' })
  const pager = createPager(() => update())
  root.replaceChildren(cards, lines, pager.element)
  /** By fault and kind: `card`, `line`, `opened` for a line that was clicked. */
  const views = new Map()
  const opened = new Set()

  function view(kind, fault) {
    const key = `${kind} ${fault.id}`
    let found = views.get(key)
    if (found === undefined) {
      found = kind === 'line' ? createLine(model, actions, toggle) : createCard(model, actions, toggle)
      views.set(key, found)
    }
    found.isUsed = true
    found.update(fault, kind === 'opened')
    return found.element
  }

  function toggle({ id }) {
    if (opened.has(id)) opened.delete(id)
    else opened.add(id)
    const hadFocus = document.activeElement
    update()
    // The button that was pressed is gone; its counterpart takes the focus.
    if (hadFocus === null || !hadFocus.isConnected) {
      const kind = opened.has(id) ? 'opened' : 'line'
      views.get(`${kind} ${id}`)?.element.querySelector('[aria-expanded]')?.focus({ preventScroll: true })
    }
  }

  function update() {
    const open = openFaults(model.faults.values())
    const ids = new Set(open.map(({ id }) => id))
    for (const id of opened) if (!ids.has(id)) opened.delete(id)
    const past = isPast(model)
    section.hidden = open.length === 0
    if (title !== null) write(title, past ? 'What was wrong' : 'What is wrong')
    if (note !== null) write(note, noteText(past))
    for (const one of views.values()) one.isUsed = false
    setChildren(
      cards,
      open.slice(0, cardsFirst).map((fault) => view('card', fault)),
    )
    const rest = open.slice(cardsFirst)
    const from = pager.update(rest.length)
    setChildren(
      lines,
      rest
        .slice(from, from + linesAtOnce)
        .map((fault) => view(opened.has(fault.id) ? 'opened' : 'line', fault)),
    )
    lines.hidden = rest.length === 0
    for (const [key, one] of views) {
      if (one.isUsed) continue
      one.destroy()
      views.delete(key)
    }
  }

  function noteText(past) {
    if (!past) return 'worst first; acknowledged ones last'
    return `${asOfText(model.link.asOf, model.now(), model.view.zone)}; what is wrong now is not known`
  }

  model.on('link state faults status view samples tick', update)
  update()
}

/** `4 to 13 of 40`, and where there is more. */
function createPager(onTurn) {
  let page = 0
  const node = element('nav', { class: 'fault-pages' })
  node.setAttribute('aria-label', 'More faults')
  const turn = (by) => {
    page += by
    onTurn()
  }
  const back = makeButton('secondary', 'Back', () => turn(-1))
  const words = element('span', { class: 'note' })
  const on = makeButton('secondary', 'More', () => turn(1))
  node.append(back, words, on)
  return {
    element: node,
    /** Index of the first line of the page. */
    update(count) {
      page = Math.max(0, Math.min(page, Math.ceil(count / linesAtOnce) - 1))
      const from = page * linesAtOnce
      const to = Math.min(count, from + linesAtOnce)
      node.hidden = count <= linesAtOnce
      back.disabled = from === 0
      on.disabled = to === count
      const total = formatCount(count + cardsFirst)
      write(words, `${formatCount(from + cardsFirst + 1)} to ${formatCount(to + cardsFirst)} of ${total}`)
      return from
    },
  }
}
