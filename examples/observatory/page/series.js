// One series as the page knows it: its past from the store, its present from the stream, drawn as one line.

const maxPoints = 2000

export function createSeries(key) {
  const [, metric, tags] = /^(.*?)(?:\|ST\[(.*)\])?$/s.exec(key)
  return {
    key,
    metric,
    tags: tags ?? '',
    /** `[seconds, value or null]`, one per window, in its middle. */
    past: [],
    /** Length of those windows, seconds. */
    width: 60,
    /** `[seconds, value]`, one per sample. */
    live: [],
    text: undefined,
    counter: undefined,
    /** When the last sample arrived, ms. */
    last: undefined,
    dirty: true,
  }
}

export function addSample(series, kind, time, value) {
  series.last = Date.now()
  series.dirty = true
  if (typeof value === 'string') {
    series.text = value
  } else if (kind === 'counter') {
    const before = series.counter
    series.counter = { time, value }
    // The first value and a reset have no rate.
    if (before !== undefined && time > before.time && value >= before.value) {
      series.live.push([time / 1000, ((value - before.value) * 1000) / (time - before.time)])
    }
  } else if (typeof value === 'number') {
    series.live.push([time / 1000, value])
  }
  if (series.live.length > maxPoints) series.live.shift()
}

/** Takes over what the store says; single samples from before `keepFrom` (ms) are told by it now. */
export function setPast(series, { start, periodMs, values }, keepFrom) {
  series.width = periodMs / 1000
  series.past = values.map((value, slot) => [
    (start + slot * periodMs + periodMs / 2) / 1000,
    typeof value === 'number' ? value : null,
  ])
  series.text ??= values.findLast((value) => typeof value === 'string')
  series.live = series.live.filter(([time]) => time * 1000 >= keepFrom)
  series.dirty = true
}

/** The newest value, of the stream or else of the store. */
export function latest({ live, past }) {
  return live.at(-1)?.[1] ?? past.findLast(([, value]) => value !== null)?.[1]
}

/** Past and present as times and values from `from` (ms) on; where nothing came there is a hole, not a bridge. */
export function columns(series, from) {
  const live = series.live.toSorted(([a], [b]) => a - b)
  const liveFrom = live[0]?.[0] ?? Infinity
  // A window that reaches into the live part would be told twice.
  const points = series.past.filter(([time]) => time >= from / 1000 && time + series.width / 2 <= liveFrom)
  const last = points.at(-1)?.[0]
  if (last !== undefined && liveFrom - last > 2 * series.width) points.push([last + series.width, null])
  const steps = live.slice(1).map(([time], index) => time - live[index][0])
  const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0
  const hole = Math.max(5, 4 * usual)
  let before
  for (const [time, value] of live) {
    if (before !== undefined && time - before > hole) points.push([before + hole / 2, null])
    points.push([time, value])
    before = time
  }
  return [points.map(([time]) => time), points.map(([, value]) => value)]
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 })

/** A value with the unit that the metric's name says. */
export function show({ metric, counter }, value) {
  if (value === null || value === undefined) return ''
  if (metric.endsWith('_percent')) return `${compact.format(value)} %`
  if (!metric.endsWith('_bytes')) return compact.format(value)
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)))
  return `${compact.format(value / 1024 ** power)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}${counter ? '/s' : ''}`
}
