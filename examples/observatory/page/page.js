import { blindness, follow, verdict } from '/link.js'
import { addSample, columns, createSeries, latest, setPast, show } from '/series.js'
import uPlot from '/uplot.js'

const maxCharts = 60
/** How long single samples are drawn; before that the rollups speak. */
const liveMs = 5 * 60_000
const periods = { 2: ['1m', 60_000], 15: ['1m', 60_000], 360: ['5m', 300_000], 10080: ['1h', 3_600_000] }

const element = (id) => document.getElementById(id)
const create = (tag, className, text) => {
  const made = document.createElement(tag)
  if (className) made.className = className
  if (text !== undefined) made.textContent = text
  return made
}

/** One entry per series: its past from the store, its present from the stream, and its chart once it is shown. */
const known = new Map()
const sync = uPlot.sync('observatory')
let minutes = 2

function seriesOf(key) {
  let series = known.get(key)
  if (series === undefined) {
    series = createSeries(key)
    known.set(key, series)
    layout()
  }
  return series
}

async function loadPast() {
  const [period, width] = periods[minutes]
  const to = Date.now()
  const query = new URLSearchParams({ from: to - minutes * 60_000, to, period })
  // Without an answer the charts stay, marked by what the link says.
  const answer = await fetch(`/api/history?${query}`, { signal: AbortSignal.timeout(30_000) })
    .then((response) => response.json())
    .catch(() => undefined)
  const all = answer?.series ?? []
  for (const history of all) setPast(seriesOf(history.key), history, to - Math.max(liveMs, width))
}

// Charts.

function layout() {
  const filter = element('filter').value.trim().toLowerCase()
  const matching = [...known.values()].filter(({ key }) => key.toLowerCase().includes(filter))
  // What people send stands before what this machine says of itself, which all carries a host.
  const rank = ({ tags }) => (/(^|,)host:/.test(tags) ? 1 : 0)
  matching.sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
  const shown = new Set(matching.slice(0, maxCharts))
  for (const series of known.values()) if (!shown.has(series)) removeChart(series)
  for (const series of shown) {
    series.card ??= createCard(series)
    element('charts').append(series.card.root)
  }
  const more = element('more')
  more.hidden = matching.length <= maxCharts
  more.textContent = `${matching.length - maxCharts} more series; filter to see them.`
}

function createCard(series) {
  const root = create('article', 'chart')
  root.dataset.series = series.key
  const title = create('h3')
  const name = create('span', 'name', series.metric)
  if (series.tags !== '') name.append(' ', create('small', '', series.tags))
  const now = create('span', 'now')
  title.append(name, now)
  const body = create('div')
  root.append(title, body)
  series.dirty = true
  return { root, now, body, plot: undefined }
}

function removeChart(series) {
  series.card?.plot?.destroy()
  series.card?.root.remove()
  series.card = undefined
}

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name)

function plotOf(series, { body }) {
  const axis = {
    stroke: color('--faint'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui',
  }
  return new uPlot(
    {
      width: Math.max(120, body.clientWidth),
      height: 130,
      cursor: { sync: { key: sync.key }, y: false },
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [Date.now() / 1000 - minutes * 60, Date.now() / 1000] },
        y: { range: roomFor },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map(clock), space: 80, size: 28 },
        { ...axis, size: 74, values: (_, ticks) => ticks.map((value) => show(series, value)) },
      ],
      series: [{}, { stroke: color('--signal'), width: 1.5, points: { size: 4 }, spanGaps: false }],
    },
    [[], []],
    body,
  )
}

/** Room above and below, so that the noise of a steady value does not look like a storm. */
function roomFor(_, min, max) {
  if (min === null) return [0, 1]
  const room = Math.max((max - min) * 0.1, Math.abs(max) * 0.05, 0.01)
  return [min >= 0 ? Math.max(0, min - room) : min - room, max + room]
}

const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    ...(minutes < 5 && { second: '2-digit' }),
  })

function draw() {
  for (const series of known.values()) {
    const { card } = series
    if (card === undefined) continue
    card.root.classList.toggle('stale', series.last === undefined || Date.now() - series.last > 60_000)
    if (series.text !== undefined && series.live.length === 0) {
      card.body.replaceChildren(create('p', 'text', series.text))
      continue
    }
    card.plot ??= plotOf(series, card)
    if (series.dirty) card.now.textContent = show(series, latest(series))
    card.plot.setData(columns(series, Date.now() - minutes * 60_000))
    series.dirty = false
  }
}

function resize() {
  for (const { card } of known.values())
    card?.plot?.setSize({ width: Math.max(120, card.body.clientWidth), height: 130 })
}

function redrawAll() {
  for (const series of known.values()) {
    series.card?.plot?.destroy()
    if (series.card) series.card.plot = undefined
  }
  draw()
}

// Faults, notifications, journal.

const age = (since) => {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

let faults = []
/** Whether `faults` is how it is now; unknown is never good. */
let knowledge = { state: 'loading' }
let health

function showFaults() {
  const isKnown = knowledge.state === 'known' && blindness(health) === undefined
  const rows = faults.map((fault) => {
    const row = create('li')
    row.dataset.state = isKnown ? 'active' : 'unknown'
    row.style.setProperty('--severity', `var(--severity-${fault.severity})`)
    row.append(
      create('span', 'severity', `severity ${fault.severity}`),
      create('span', 'series', fault.series),
      create('span', 'age', isKnown ? age(fault.openedAt) : 'last known'),
      create('span', 'reason', fault.text),
    )
    return row
  })
  const text = verdict(knowledge, health, faults)
  if (text !== undefined) rows.unshift(create('li', isKnown ? 'none' : 'none unknown', text))
  element('faults').replaceChildren(...rows)
}

function showKnowledge(present) {
  knowledge = present
  document.querySelector('main').dataset.state = present.state
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const isKnown = present.state === 'known'
  element('connection').dataset.state = isKnown ? 'live' : present.state
  element('connection').textContent = isKnown ? `live, times in ${zone}` : present.why
  showFaults()
}

function addNotification({ time, kind, severity, text }) {
  const row = create('li')
  row.style.setProperty('--severity', kind === 'recovery' ? 'var(--good)' : `var(--severity-${severity})`)
  const at = create('time', '', new Date(time).toLocaleTimeString())
  row.append(at, ' ', create('b', '', kind), ' ', text)
  element('log').prepend(row)
  while (element('log').children.length > 100) element('log').lastChild.remove()
}

function showStatus({ health: told, journal, collected, live, rollups }) {
  health = told
  element('subscribers').replaceChildren(
    ...journal.subscribers.map(({ name, lagRecords }) => {
      const row = create('tr')
      const lag = lagRecords === 0 ? 'none' : `${lagRecords.toLocaleString()} samples`
      row.append(create('td', '', name), create('td', '', lag))
      return row
    }),
  )
  const problems = Object.values(collected).reduce(
    (sum, source) => sum + source.problems,
    journal.problems + rollups.problems,
  )
  const counts = {
    'Samples journaled': journal.lastSeq,
    'Samples dropped': journal.dropped,
    'Samples rolled up since the start': rollups.samples,
    'Series in the store': rollups.series,
    Problems: problems,
    'Journal segments on disk': journal.segments,
    'People watching': live.viewers,
  }
  element('counts').replaceChildren(
    ...Object.entries(counts).flatMap(([name, value]) => [
      create('dt', '', name),
      create('dd', '', value.toLocaleString()),
    ]),
  )
}

// The link.

function showState(state) {
  if (!Array.isArray(state.alerts)) throw new Error('that is no state')
  element('host').textContent = `on ${state.hostname}`
  faults = state.alerts
  element('log').replaceChildren()
  state.log.forEach(addNotification)
  showStatus(state.status)
  void loadPast()
}

const events = {
  samples: (samples) => {
    for (const [key, ...sample] of samples) addSample(seriesOf(key), ...sample)
  },
  alerts: (open) => {
    faults = open
    showFaults()
  },
  notification: addNotification,
  status: showStatus,
}

element('filter').addEventListener('input', layout)
element('range').addEventListener('change', ({ target }) => {
  minutes = Number(target.value)
  for (const series of known.values()) series.past = []
  void loadPast()
})
addEventListener('resize', resize)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redrawAll)
setInterval(draw, 1000)
setInterval(showFaults, 1000)
setInterval(loadPast, 60_000)
showFaults()
follow({ events, state: showState, changed: showKnowledge })
