// The strip at the bottom; a click on what is warm lists it.
import { asOfText } from '../words/faults.js'
import { counted, formatCount } from '../words/format.js'
import { stripGroups, viewersText } from '../words/strip-words.js'
import { clockTime, machineTime, nearTime } from '../words/times.js'
import { make, makeButton, setAttribute, setChildren, setText } from './elements.js'
import { isPast } from './naming.js'

export function createStrip(root, model) {
  const asOf = make('b', 'strip-as-of')
  const viewers = make('span', 'strip-viewers')
  const list = createList(model, () => close())
  const groups = new Map()
  let isListed = false

  function close() {
    isListed = false
    update()
    root.querySelector('button.warm')?.focus()
  }

  function toggle() {
    isListed = !isListed
    update()
  }

  function group(label) {
    let found = groups.get(label)
    if (found === undefined) {
      found = createGroup(label, toggle)
      groups.set(label, found)
    }
    return found
  }

  function update() {
    const { status } = model
    root.classList.toggle('unknown', status === undefined)
    if (status === undefined) {
      setChildren(root, [])
      return
    }
    const past = isPast(model)
    setText(asOf, past ? asOfText(model.link.asOf, model.now(), model.view.zone) : '')
    const told = stripGroups(status, { isFirst: model.isFirstStart() && !past, isPast: past })
    const shown = told.map(({ label, parts }) => {
      const one = group(label)
      one.update(parts, isListed)
      return one.element
    })
    setText(viewers, past ? '' : viewersText(status.viewers))
    if (!told.some(({ parts }) => parts.some(({ isWarm }) => isWarm === true))) isListed = false
    if (isListed) list.update(status)
    setChildren(root, [
      ...(past ? [asOf] : []),
      ...shown,
      ...(past ? [] : [viewers]),
      ...(isListed ? [list.element] : []),
    ])
  }
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !isListed) return
    event.stopPropagation()
    close()
  })
  model.on('link state status view', update)
  update()
}

function createGroup(label, toggle) {
  const element = make('span', 'strip-group')
  const name = make('b', '', label)
  const places = []
  element.append(name)
  return {
    element,
    update(parts, isListed) {
      const nodes = parts.map(({ text, isWarm }, at) => {
        const place = (places[at] ??= { plain: make('span'), warm: makeButton('warm', '', toggle) })
        const node = isWarm === true ? place.warm : place.plain
        setText(node, text)
        if (isWarm === true) setAttribute(node, 'aria-expanded', String(isListed))
        return node
      })
      setChildren(element, [name, ...nodes])
    },
  }
}

/** What is behind the warm words. */
function createList(model, close) {
  const element = make('section', 'strip-list')
  element.setAttribute('aria-label', 'What the observatory could not do')
  const notes = make('p', 'note')
  const rows = make('ol')
  element.append(notes, rows, makeButton('secondary', 'Close', close))
  return {
    element,
    update({ lag, dropped, problems, journal }) {
      const said = [
        journal.state === 'open' ? '' : `The journal is ${journal.state}.`,
        lag > 0 ? `Storage has not taken ${counted(lag, 'sample')} yet.` : '',
        dropped > 0
          ? `${counted(dropped, 'sample')} ${dropped === 1 ? 'was' : 'were'} dropped since the start.`
          : '',
      ]
      setText(notes, said.filter((text) => text !== '').join(' '))
      notes.hidden = notes.textContent === ''
      while (rows.children.length > problems.latest.length) rows.lastChild.remove()
      problems.latest.forEach(({ time, from, reason, message, count }, at) => {
        const row = rows.children[at] ?? rows.appendChild(makeProblem())
        const [when, words] = row.children
        setText(when, nearTime(time, model.now(), model.view.zone, clockTime))
        setAttribute(when, 'datetime', machineTime(time))
        setText(
          words,
          `${formatCount(count)} × ${reason.replaceAll('-', ' ')} from ${from}; the last: ${message}`,
        )
      })
    },
  }
}

function makeProblem() {
  const row = make('li')
  row.append(make('time'), make('span'))
  return row
}
