// Before something was sent: lines to paste, which tell when what they sent came.
import { age, clockTime } from '../words/times.js'
import { element, makeButton, setChildren, setParts, write } from '../elements.js'
import { demoParts } from '../words/demo.js'
import { isPast } from './naming.js'

/** `root` is its place at the first start, `sentRoot` afterwards, as long as nothing was sent. */
export function createFirstStart(root, sentRoot, model, actions) {
  const panel = element('div', { class: 'first-start panel' })
  const list = element('ul', { class: 'first-lines' })
  const note = element('p', { class: 'first-note' })
  const close = makeButton('secondary', 'Close', () => {
    isOver = true
    update()
  })
  panel.append(
    element('h2', {}, 'Paste one of these into a shell and watch it arrive here'),
    list,
    note,
    close,
  )
  const rows = []
  /** By source, the time by which its first sample was there. */
  const came = new Map()
  let wasFirst = false
  let wasShown = false
  let isOver = false

  function update() {
    const { lines = [], rules = [], periodMs } = model.about
    wasFirst ||= model.isFirstStart()
    const isNothingSent = model.catalogue?.sent.series === 0
    wasShown ||= wasFirst || isNothingSent
    const place = wasFirst ? root : sentRoot
    if (panel.parentNode !== place) place.append(panel)
    // It stays until it was closed: what has been pasted is to be seen arriving.
    const isHidden = !wasShown || isOver || isPast(model) || lines.length === 0
    root.hidden = isHidden || place !== root
    sentRoot.hidden = isHidden || place !== sentRoot
    if (isHidden) return
    close.hidden = wasFirst ? model.isFirstStart() : isNothingSent
    notice(lines)
    lines.forEach((line, at) => {
      rows[at] ??= createLine()
      rows[at].update(line, came.get(line.source), model.view.zone)
    })
    setChildren(
      list,
      rows.slice(0, lines.length).map(({ element }) => element),
    )
    const own =
      model.lastSampleAt === undefined && periodMs !== undefined
        ? ` This machine’s own metrics come by themselves within ${age(periodMs)}.`
        : ''
    const demo = demoParts(lines, rules)
    setParts(note, [...demo, own.slice(demo.length === 0 ? 1 : 0)])
  }

  function notice(lines) {
    for (const { source, cameAt } of lines) {
      const samples = model.status?.sources.find(({ name }) => name === source)?.samples ?? 0
      if (cameAt !== undefined) came.set(source, { at: cameAt, isExact: true })
      else if (samples > 0 && !came.has(source)) came.set(source, { at: model.status.now, isExact: false })
    }
  }

  model.on('link state status view catalogue', update)
  update()

  function createLine() {
    const node = element('li')
    const label = element('span', { class: 'first-label' })
    const state = element('span', { class: 'first-state' })
    const code = element('code')
    let line
    const copy = makeButton('secondary', 'Copy', (button) => actions.copy(line.line, button))
    const name = element('div')
    name.append(label, state)
    node.append(name, code, copy)
    return {
      element: node,
      update(told, arrival, zone) {
        line = told
        write(label, line.label)
        write(code, line.shown ?? line.line)
        copy.setAttribute('aria-label', `Copy the line for ${line.label}`)
        node.classList.toggle('came', arrival !== undefined)
        write(state, arrival === undefined ? 'nothing yet' : cameText(arrival, zone))
      },
    }
  }
}

function cameText({ at, isExact }, zone) {
  return `✓ came ${isExact ? 'at' : 'by'} ${clockTime(at, zone)}`
}
