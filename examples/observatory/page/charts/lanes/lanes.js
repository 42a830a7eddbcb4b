// What changed: faults over time, one lane each, in the same view as the charts.
import { element, svgElement, write } from '../../elements.js'
import { lanesMs } from '../../link/refresh.js'
import { namesOf } from '../../now/naming.js'
import { asOfText } from '../../words/faults.js'
import { nameText } from '../../words/names.js'
import { minuteTime } from '../../words/times.js'
import { timeTicks } from '../plot/axis.js'
import { barsOf, faultAt, lanesOf, scaleOf, spanText, zoomOf } from './lane-layout.js'
import { createLegend } from './lane-legend.js'
import { drawLanes, headRoom } from './lane-picture.js'
import { createLaneRow } from './lane-row.js'

const lanesAtOnce = 8
const lanesAtMost = 200

export function createLanes(root, model, actions) {
  const section = root.closest('section')
  const [title, note, more] = ['h2', '.note', '.more'].map((part) => section.querySelector(part))
  const all = element('button', { type: 'button', class: 'plain' })
  all.addEventListener('click', actions.showAllFaults)
  more.append(all)

  const picture = svgElement('svg', { class: 'lanes-picture', 'aria-hidden': 'true' })
  const crosshair = svgElement('svg', { class: 'lanes-crosshair', 'aria-hidden': 'true', hidden: true })
  crosshair.append(svgElement('line', { x1: 0.5, x2: 0.5, y1: 0, y2: '100%' }))
  const list = element('ol', { class: 'lanes-list' })
  const axis = element('div', { class: 'lanes-axis', 'aria-hidden': 'true' })
  const rest = element('button', { type: 'button', class: 'plain lanes-rest', hidden: true })
  const place = element('div', { class: 'lanes-place' }, picture, list, crosshair)
  const panel = element('div', { class: 'panel lanes' }, place, axis, rest, createLegend())
  const blocks = element('div', { class: 'blocks' })
  const first = emptyFirst()
  root.append(blocks, first, panel)

  const nameOf = namesOf(model)
  const rows = new Map()
  let isWhole = false
  let drawn = { rows: [], scale: undefined, text: '' }
  rest.addEventListener('click', () => {
    isWhole = !isWhole
    show()
  })

  function show() {
    const isKnown = model.status !== undefined
    const isFirst = isKnown && model.isFirstStart() && model.faults.size === 0
    blocks.hidden = isKnown
    first.hidden = !isFirst
    panel.hidden = !isKnown || isFirst
    more.hidden = panel.hidden
    if (!isKnown || isFirst) return write(note, '')
    const now = model.now()
    const { view, link } = model
    const isLive = link.state === 'live' || link.state === 'stale'
    const until = lastKnown(model, now)
    const from = now - lanesMs(view)
    const lanes = lanesOf(model.faults.values(), { from, until })
    const shown = lanes.slice(0, view.allFaults || isWhole ? lanesAtMost : lanesAtOnce)
    write(title, 'What changed')
    const asOf = isLive || link.asOf === undefined ? '' : `, ${asOfText(link.asOf, now, view.zone)}`
    write(note, `${spanText(lanesMs(view))}, one lane per fault${asOf}`)
    write(all, view.allFaults ? 'Fewer faults' : 'All faults')
    showRest(lanes.length, shown.length)
    showRows(shown, { now, until, isKnown: link.state === 'live', asOf: link.asOf })
    draw(shown, { from, now, until })
  }

  function showRest(count, shown) {
    rest.hidden = count <= lanesAtOnce
    if (count > lanesAtMost && shown === lanesAtMost)
      write(rest, `The worst ${lanesAtMost} of ${count} lanes`)
    else write(rest, shown < count ? `all ${count}` : `the worst ${lanesAtOnce}`)
    rest.disabled = model.view.allFaults
  }

  function showRows(lanes, told) {
    const ids = new Set(lanes.map(({ id }) => id))
    for (const [id, row] of rows) {
      if (ids.has(id)) continue
      row.element.remove()
      rows.delete(id)
    }
    lanes.forEach((lane, index) => {
      let row = rows.get(lane.id)
      if (row === undefined) {
        row = createLaneRow((fault) => actions.zoom(zoomOf(fault, lastKnown(model, model.now()))))
        rows.set(lane.id, row)
      }
      row.show(lane, { ...told, name: nameText(nameOf(lane.series)), zone: model.view.zone })
      if (list.children[index] !== row.element) list.insertBefore(row.element, list.children[index] ?? null)
    })
    list.classList.toggle('none', lanes.length === 0)
    if (lanes.length === 0 && list.querySelector('.no-lane') === null) {
      list.append(
        element(
          'li',
          { class: 'lane no-lane' },
          element('span', { class: 'lane-name' }, 'no fault was seen'),
        ),
      )
    } else if (lanes.length > 0) list.querySelector('.no-lane')?.remove()
  }

  function draw(lanes, { from, now, until }) {
    const width = axis.clientWidth
    if (width === 0) return
    const scale = scaleOf(from, now, width)
    const { view, about } = model
    const placed = lanes.map((lane) => ({
      bars: barsOf(lane, scale, until),
      ...heightOf(rows.get(lane.id).element),
    }))
    const chart = model.shownTime()
    const isAway = chart.to < from || chart.from > now || chart.to - chart.from >= (now - from) * 0.9
    const area = {
      width,
      height: list.offsetHeight,
      ticks: ticksOf(from, now, width, view.zone),
      pauses: (about.pauses ?? []).flatMap(({ from: start, to }) => scale.span(start, to, 2) ?? []),
      unknown: now - until > (now - from) / width ? scale.span(until, now) : undefined,
      shown: isAway ? undefined : scale.span(chart.from, chart.to, 3),
    }
    panel.classList.toggle('no-bracket', area.shown === undefined)
    const text = JSON.stringify([placed, area, isLast(model)])
    drawn = { ...drawn, rows: placed, scale, width }
    if (text === drawn.text) return
    drawn.text = text
    drawLanes(picture, placed, area)
    const last = isLast(model) ? 'now' : minuteTime(now, view.zone)
    axis.replaceChildren(...area.ticks.map(({ x, text: label }) => tick(x, label)), tick(width, last, 'last'))
    hover()
  }

  function hover() {
    const { scale, width } = drawn
    const at = scale === undefined || model.hover === undefined ? undefined : scale.x(model.hover)
    const isIn = at !== undefined && scale.span(model.hover, model.hover) !== undefined
    crosshair.toggleAttribute('hidden', !isIn)
    if (isIn) crosshair.style.transform = `translateX(${Math.min(at, width - 1)}px)`
  }

  const barUnder = ({ clientX, clientY }) => {
    const box = picture.getBoundingClientRect()
    const [x, y] = [clientX - box.left, clientY - box.top - headRoom]
    const row = drawn.rows.find(({ top, height }) => y >= top && y < top + height)
    return row === undefined || x < -12 || x > box.width + 12 ? undefined : faultAt(row.bars, x)
  }
  place.addEventListener('click', (event) => {
    if (event.target.closest('button') !== null) return
    const fault = barUnder(event)
    if (fault !== undefined) actions.zoom(zoomOf(fault, lastKnown(model, model.now())))
  })
  place.addEventListener('pointermove', (event) => {
    const fault = event.target.closest('button') === null ? barUnder(event) : undefined
    place.classList.toggle('on-bar', fault !== undefined)
    place.title = fault?.text ?? ''
  })

  model.on('faults state link status view tick', show)
  model.on('hover', hover)
  new ResizeObserver(show).observe(panel)
  show()
}

/** What is open is known to be so up to then. */
function lastKnown({ link }, now) {
  return link.state === 'live' || link.state === 'stale' ? now : Math.min(link.asOf ?? now, now)
}

const isLast = ({ link }) => link.state === 'live' || link.state === 'stale'

const heightOf = (row) => {
  const names = row.firstElementChild
  // On the phone the name stands above its bars.
  const above = getComputedStyle(row).display === 'block' ? names.offsetHeight : 0
  return { top: row.offsetTop - headRoom + above, height: row.offsetHeight - above }
}

/** None whose text would touch that of now. */
function ticksOf(from, now, width, zone) {
  return timeTicks(from, now, width, zone)
    .map(({ time, text }) => ({ x: Math.round(((time - from) * width) / (now - from)), text }))
    .filter(({ x }) => x < width - 40)
}

function tick(x, text, className) {
  const label = element('span', { class: className }, text)
  label.style.left = `${x}px`
  return label
}

function emptyFirst() {
  return element(
    'div',
    { class: 'empty', hidden: true },
    element('h3', {}, 'No fault since the start'),
    element(
      'p',
      {},
      'Each fault gets a lane here: 24 hours, a bar from its opening to its end, thicker the worse it is. Stretches in which the observatory did not run are hatched: ',
      element('span', { class: 'hatch-sample' }),
    ),
  )
}
