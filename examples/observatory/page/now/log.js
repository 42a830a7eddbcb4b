// Who was told: newest first, with a heading where another day begins.
import { asOfText } from '../words/faults.js'
import { formatCount } from '../words/format.js'
import { logRow } from '../words/log-words.js'
import { nameText } from '../words/names.js'
import { clockTime, dayHeading, dayOf, machineTime } from '../words/times.js'
import { make, makeButton, setAttribute, setChildren, setText } from './elements.js'
import { setGlyph } from './glyphs.js'
import { isPast, namesOf } from './naming.js'

const rowsAtFirst = 8

export function createLog(root, model, actions) {
  const section = root.closest('section') ?? root
  const note = section.querySelector('.note')
  const more = section.querySelector('.more')
  const list = make('ol', 'log panel')
  const empty = makeEmpty()
  const blocks = make('div', 'blocks')
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
    const shown = isFull ? all : all.slice(0, rowsAtFirst)
    const past = isPast(model)
    if (note !== null) {
      setText(note, past ? `newest first, ${asOfText(model.link.asOf, now, zone)}` : 'newest first')
    }
    setText(button, isFull ? 'Newest only' : 'Full log')
    setText(foot, isFull ? 'Newest only' : `Full log, ${countText(all, now)} in 24 hours`)
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
    item = make('li', 'log-day')
    item.append(make('h3'))
    headings.set(day, item)
  }
  setText(item.firstChild, text)
  return item
}

function createRow() {
  const element = make('li', 'log-row')
  const time = make('time')
  const sign = make('span', 'log-glyph')
  const words = make('div', 'log-words')
  const name = make('p', 'log-name')
  const text = make('p', 'log-text')
  const channels = make('p', 'log-channels')
  words.append(name, text, channels)
  element.append(time, sign, words)
  return {
    element,
    update(entry, known) {
      const row = logRow(entry, known)
      setText(time, clockTime(entry.time, known.zone))
      setAttribute(time, 'datetime', machineTime(entry.time))
      setGlyph(sign, row.glyph, 18)
      const { metric, tags } = row.name
      const named = nameText({ metric, tags })
      setText(name, named)
      setAttribute(name, 'title', named.length > 60 ? named : undefined)
      setText(text, row.text)
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
  const element = make('span', `channel ${tone}`)
  const [, sign, rest] = /^(\S)\s(.*)$/su.exec(text) ?? [undefined, '', text]
  element.append(make('span', 'sign', sign), `\u00a0${rest}`)
  return [element, ' ']
}

function makeEmpty() {
  const element = make('div', 'empty')
  const title = make('h3')
  const text = make('p')
  element.append(title, text)
  return {
    element,
    update(model) {
      const isFirst = model.isFirstStart()
      setText(title, isFirst ? 'Nobody has been told anything' : 'Nobody was told anything in 24 hours')
      if (text.childNodes.length > 0) return
      text.append(
        'When a fault opens, changes or ends, who was told and whether it arrived stands here. ',
        'Notifications go to the terminal; ',
        make('code', '', '--webhook URL'),
        ' posts them as well.',
      )
    },
  }
}
