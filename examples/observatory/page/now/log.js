// Who was told: newest first, with a heading where another day begins.
import { asOfText, openFaults } from '../words/faults.js'
import { formatCount } from '../words/format.js'
import { logRow } from '../words/log-words.js'
import { nameText } from '../words/names.js'
import { clockTime, dayHeading, dayOf, machineTime } from '../words/times.js'
import { element, makeButton, setAttribute, setChildren, write } from '../elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, namesOf } from './naming.js'

/** About as many as there is room for beside the left column, which is short while nothing is open. */
const rowsAtFirst = (open) => (open === 0 ? 5 : 8)

export function createLog(root, model, actions) {
  const section = root.closest('section') ?? root
  const note = section.querySelector('.note')
  const more = section.querySelector('.more')
  const list = element('ol', { class: 'log panel' })
  const empty = makeEmpty()
  const blocks = element('div', { class: 'blocks' })
  const foot = makeButton('link log-foot', '', showAll)
  const button = makeButton('plain', 'Full log', showAll)
  more?.replaceChildren(button)
  root.replaceChildren(blocks)
  const nameOf = namesOf(model)
  const rows = new Map()
  const headings = new Map()
  let isFull = false

  function showAll() {
    isFull = !isFull
    if (isFull) actions.showFullLog()
    update()
  }

  function update() {
    if (model.about.rules === undefined) return
    const { zone } = model.view
    const now = model.now()
    const all = [...model.log.values()].sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
    const shown = isFull ? all : all.slice(0, rowsAtFirst(openFaults(model.faults.values()).length))
    const past = isPast(model)
    if (note !== null) {
      write(note, past ? `newest first, ${asOfText(model.link.asOf, now, zone)}` : 'newest first')
    }
    write(button, isFull ? 'Newest only' : 'Full log')
    write(foot, isFull ? 'Newest only' : `Full log, ${countText(all, now)} in 24 hours`)
    button.disabled = past && !isFull
    foot.disabled = button.disabled
    list.classList.toggle('full', isFull)
    const nodes = []
    const kept = new Set()
    let day = dayOf(now, zone)
    for (const entry of shown) {
      const itsDay = dayOf(entry.time, zone)
      if (itsDay !== day) {
        nodes.push(heading(headings, itsDay, dayHeading(entry.time, zone)))
        day = itsDay
      }
      if (!rows.has(entry.id)) rows.set(entry.id, createRow())
      const row = rows.get(entry.id)
      row.update(entry, { fault: model.faults.get(entry.fault), nameOf, now, zone })
      nodes.push(row.element)
      kept.add(entry.id)
    }
    for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id)
    setChildren(list, nodes)
    empty.update(model)
    setChildren(root, all.length === 0 ? [empty.element] : [list, foot])
    for (const words of [note, more]) if (words !== null) words.hidden = all.length === 0
  }
  // Not at every tick: nothing here ages but the day.
  let today
  model.on('link state log faults view tick', (topics) => {
    const day = dayOf(model.now(), model.view.zone)
    if (day === today && topics.every((topic) => topic === 'tick')) return
    today = day
    update()
  })
  update()
}

/** The observatory tells 200 at first; of as many nobody knows whether they are all. */
function countText(entries, now) {
  const count = entries.filter(({ time }) => time > now - 86_400_000).length
  return count >= 200 ? `${formatCount(count)} or more` : formatCount(count)
}

function heading(headings, day, text) {
  let item = headings.get(day)
  if (item === undefined) {
    if (headings.size > 100) headings.clear()
    item = element('li', { class: 'log-day' })
    item.append(element('h3'))
    headings.set(day, item)
  }
  write(item.firstChild, text)
  return item
}

function createRow() {
  const node = element('li', { class: 'log-row' })
  const time = element('time')
  const sign = element('span', { class: 'log-glyph' })
  const words = element('div', { class: 'log-words' })
  const name = element('p', { class: 'log-name' })
  const text = element('p', { class: 'log-text' })
  const channels = element('p', { class: 'log-channels' })
  words.append(name, text, channels)
  node.append(time, sign, words)
  return {
    element: node,
    update(entry, known) {
      const row = logRow(entry, known)
      write(time, clockTime(entry.time, known.zone))
      setAttribute(time, 'datetime', machineTime(entry.time))
      setGlyph(sign, row.glyph, 18)
      const { metric, tags } = row.name
      const named = nameText({ metric, tags })
      write(name, named)
      setAttribute(name, 'title', named.length > 60 ? named : undefined)
      write(text, row.text)
      const told = JSON.stringify(row.channels)
      if (channels.dataset.told === told) return
      channels.dataset.told = told
      channels.replaceChildren(...row.channels.flatMap(channel))
      channels.hidden = row.channels.length === 0
    },
  }
}

/** The sign apart from the words, since its colour says the same. */
function channel({ tone, text }) {
  const node = element('span', { class: `channel ${tone}` })
  const [, sign, rest] = /^(\S)\s(.*)$/su.exec(text) ?? [undefined, '', text]
  node.append(element('span', { class: 'sign' }, sign), `\u00a0${rest}`)
  return [node, ' ']
}

function makeEmpty() {
  const node = element('div', { class: 'empty' })
  const title = element('h3')
  const text = element('p')
  node.append(title, text)
  return {
    element: node,
    update(model) {
      const isFirst = model.isFirstStart()
      write(title, isFirst ? 'Nobody has been told anything' : 'Nobody was told anything in 24 hours')
      if (text.childNodes.length > 0) return
      text.append(
        'When a fault opens, changes or ends, who was told and whether it arrived stands here. ',
        'Notifications go to the terminal; ',
        element('code', {}, '--webhook URL'),
        ' posts them as well.',
      )
    },
  }
}
