// What is known of one series: older windows, then samples, from history and from the stream. Pure: no clock, no DOM.

/** Samples that are kept of a series; beyond, the oldest are thinned. */
export const mostSamples = 4000
/** Series that are kept. */
const mostSeries = 2000

/**
 * `windows` as the history told them; `times` and `values` of samples, sorted, each time once. Holes are only told between
 * `known.from` and `known.to`: elsewhere nobody asked. Up to `coarse.until` samples were thinned to stretches of `coarse.ms`.
 */
export function createSeries(key) {
  return {
    key,
    drawn: 'number',
    stepMs: undefined,
    windows: undefined,
    times: [],
    values: [],
    known: { from: Infinity, to: Infinity },
    coarse: { until: -Infinity, ms: 0 },
    latest: undefined,
    version: 0,
  }
}

/** The series of that key, made when it is new. */
export function seriesOf(samples, key) {
  let series = samples.get(key)
  if (series === undefined) {
    if (samples.size >= mostSeries) samples.delete(samples.keys().next().value)
    series = createSeries(key)
    samples.set(key, series)
  }
  return series
}

/** One sample of the stream. Disorder is sorted, a time that is told twice has its last value. */
export function addRow(samples, key, time, value) {
  addTo(seriesOf(samples, key), time, value)
}

function addTo(series, time, value) {
  if (insert(series, time, value) && series.times.length > mostSamples) thinOldest(series)
}

/** What the stream told of a series goes on in another that has the same past. */
export function follow(own, told) {
  if (own === undefined || told === undefined) return
  const last = own.times.at(-1) ?? -Infinity
  for (let at = firstFrom(told.times, last); at < told.times.length; at++)
    addTo(own, told.times[at], told.values[at])
}

function insert(series, time, value) {
  if (!Number.isFinite(time) || (typeof value !== 'number' && typeof value !== 'string')) return false
  const { times, values } = series
  series.version++
  if (series.latest === undefined || time >= series.latest.time) series.latest = { time, value }
  const at = times.length === 0 || time > times[times.length - 1] ? times.length : firstFrom(times, time)
  if (times[at] === time) {
    values[at] = value
    return true
  }
  // Before the end of the windows it is in one of them.
  if (time < windowsEnd(series.windows)) return false
  times.splice(at, 0, time)
  values.splice(at, 0, value)
  return true
}

/**
 * What a history of `from` to `to` says, as {@link import('../../server/wire.ts').SeriesHistory}; `now` is the time of the
 * answer. What the stream brought since stays; everything before is what the history says.
 */
export function setHistory(series, history, { from, to, now }) {
  const told = samplesOf(history.samples)
  const end = Math.max(told.times.at(-1) ?? -Infinity, windowsEnd(history.windows), to < now ? to : -Infinity)
  const first = firstAfter(series.times, end)
  const kept = { times: series.times.slice(first), values: series.values.slice(first) }
  series.drawn = history.drawn
  series.stepMs = history.stepMs
  series.windows = history.windows
  series.coarse = { until: told.times.at(-1) ?? -Infinity, ms: 4 * (usual(told.times) ?? 0) }
  series.times = told.times
  series.values = told.values
  series.known = { from, to: to < now ? to : Infinity }
  series.version++
  told.times.forEach((time, at) => {
    if (series.latest === undefined || time >= series.latest.time)
      series.latest = { time, value: told.values[at] }
  })
  kept.times.forEach((time, at) => insert(series, time, kept.values[at]))
  if (series.times.length > mostSamples) thinOldest(series)
}

/** The stream had a break: until the history is told anew, a stretch without samples may only be one that nobody told. */
export function doubt(series) {
  series.known = { from: Infinity, to: Infinity }
  series.version++
}

/** Forgets what is before a time, except the last before it, to which a line may come from outside. */
export function prune(series, before) {
  const first = firstFrom(series.times, before) - 1
  // Not for one or two at a time.
  if (first < 64) return
  series.times.splice(0, first)
  series.values.splice(0, first)
}

/** What is usual between two samples, ms: what the server says, at least what three quarters of the last ones keep to. */
export function usualStep(series) {
  if (series.usualAt !== series.version >> 4 || series.usual === undefined) {
    series.usualAt = series.version >> 4
    series.usual = usual(series.times.slice(-200)) ?? series.windows?.periodMs
  }
  if (series.usual === undefined) return series.stepMs
  return Math.max(series.usual, series.stepMs ?? 0)
}

/** By the three quarters: of bursts the pause between them, of thinned samples almost the stretch. */
function usual(times) {
  if (times.length < 3) return undefined
  const steps = times.slice(1).map((time, at) => time - times[at])
  steps.sort((one, other) => one - other)
  return steps[Math.floor((steps.length - 1) * 0.75)]
}

/** Of each stretch of the older three quarters its first, smallest, largest and last. No stretch goes over a hole. */
function thinOldest(series) {
  const { times, values } = series
  const older = Math.floor(times.length * 0.75)
  const limit = Math.max(5000, 4 * (usualStep(series) ?? 0), series.coarse.ms)
  const keep = []
  let ms = series.coarse.ms
  for (let from = 0; from < older;) {
    let to = from + 1
    while (to < older && to - from < 8 && times[to] - times[to - 1] <= limit) to++
    const kept = extremes(values, from, to)
    kept.forEach((at, index) => {
      if (index > 0) ms = Math.max(ms, times[at] - times[kept[index - 1]])
    })
    keep.push(...kept)
    from = to
  }
  for (let at = older; at < times.length; at++) keep.push(at)
  series.coarse = { until: Math.max(series.coarse.until, times[older - 1]), ms }
  series.times = keep.map((at) => times[at])
  series.values = keep.map((at) => values[at])
  // Of a series that is all holes nothing could be thinned.
  const excess = series.times.length - mostSamples
  if (excess > 0) {
    series.times.splice(0, excess)
    series.values.splice(0, excess)
    series.known.from = Math.max(series.known.from, series.times[0])
  }
}

function extremes(values, from, to) {
  let least = from
  let most = from
  for (let at = from; at < to; at++) {
    if (values[at] < values[least]) least = at
    if (values[at] > values[most]) most = at
  }
  return [...new Set([from, least, most, to - 1])].sort((one, other) => one - other)
}

function samplesOf(told) {
  const times = []
  const values = []
  let time = 0
  told?.times.forEach((step, at) => {
    time += step
    const value = told.values[at]
    if (!Number.isFinite(time) || (typeof value !== 'number' && typeof value !== 'string')) return
    if (times.length > 0 && time <= times[times.length - 1]) return
    times.push(time)
    values.push(value)
  })
  return { times, values }
}

const windowsEnd = (windows) =>
  windows === undefined ? -Infinity : windows.start + windows.average.length * windows.periodMs

/** Index of the first that is not before `time`. */
export function firstFrom(times, time) {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle] < time) low = middle + 1
    else high = middle
  }
  return low
}

const firstAfter = (times, time) => {
  const at = firstFrom(times, time)
  return times[at] === time ? at + 1 : at
}
