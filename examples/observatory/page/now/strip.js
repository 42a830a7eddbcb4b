// The strip at the bottom; a click on what is warm lists it.
import { asOfText } from '../words/faults.js'
import { counted, formatCount } from '../words/format.js'
import { sourceName, stripGroups, viewersText } from '../words/strip-words.js'
import { clockTime, machineTime, nearTime } from '../words/times.js'
import { element, makeButton, setAttribute, setChildren, write } from '../elements.js'
import { isPast } from './naming.js'

export function createStrip(root, model) {
  const asOf = element('b', { class: 'strip-as-of' })
  const viewers = element('span', { class: 'strip-viewers' })
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
    write(asOf, past ? asOfText(model.link.asOf, model.now(), model.view.zone) : '')
    const told = stripGroups(status, { isFirst: model.isFirstStart() && !past, isPast: past })
    const shown = told.map(({ label, parts }) => {
      const one = group(label)
      one.update(parts, isListed)
      return one.element
    })
    write(viewers, past ? '' : viewersText(status.viewers))
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
  const node = element('span', { class: 'strip-group' })
  const name = element('b', {}, label)
  const places = []
  node.append(name)
  return {
    element: node,
    update(parts, isListed) {
      const nodes = parts.map(({ text, isWarm }, at) => {
        const place = (places[at] ??= { plain: element('span'), warm: makeButton('warm', '', toggle) })
        const node = isWarm === true ? place.warm : place.plain
        write(node, text)
        if (isWarm === true) setAttribute(node, 'aria-expanded', String(isListed))
        return node
      })
      setChildren(node, [name, ...nodes])
    },
  }
}

/** What is behind the warm words. */
function createList(model, close) {
  const node = element('section', { class: 'strip-list' })
  node.setAttribute('aria-label', 'What the observatory could not do')
  const notes = element('p', { class: 'note' })
  const rows = element('ol')
  node.append(notes, rows, makeButton('secondary', 'Close', close))
  return {
    element: node,
    update({ lag, dropped, problems, journal }) {
      const said = [
        journal.state === 'open' ? '' : `The journal is ${journal.state}.`,
        lag > 0 ? `Storage has not taken ${counted(lag, 'sample')} yet.` : '',
        dropped > 0
          ? `${counted(dropped, 'sample')} ${dropped === 1 ? 'was' : 'were'} dropped since the start.`
          : '',
      ]
      write(notes, said.filter((text) => text !== '').join(' '))
      notes.hidden = notes.textContent === ''
      while (rows.children.length > problems.latest.length) rows.lastChild.remove()
      problems.latest.forEach(({ time, from, reason, message, count }, at) => {
        const row = rows.children[at] ?? rows.appendChild(makeProblem())
        const [when, words] = row.children
        write(when, nearTime(time, model.now(), model.view.zone, clockTime))
        setAttribute(when, 'datetime', machineTime(time))
        write(
          words,
          `${formatCount(count)} × ${reason.replaceAll('-', ' ')} from ${sourceName(from)}; the last: ${message}`,
        )
      })
    },
  }
}

function makeProblem() {
  const row = element('li')
  row.append(element('time'), element('span'))
  return row
}
