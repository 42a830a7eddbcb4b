// What the benchmarks of rollups store: always the same numbers, and what their minutes say, counted here in whole numbers.
import { series as seriesOf } from '@tocsin/rollup'

export const minuteMs = 60_000
export const dayMs = 86_400_000
export const stepMs = 10_000
/** Midnight, so that days are whole. */
export const startTime = Date.UTC(2025, 0, 1)

/** Whole numbers below `limit`, the same for the same seed (mulberry32). */
export function createChance(seed) {
  let state = (seed + 1) * 0x9e3779b1
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

/**
 * The kinds of series. Each gives one whole number after the other; a value is that number divided by `scale`. `ratio` has none: its
 * values are quotients, which no decimal says.
 */
export const kinds = {
  walk: {
    text: 'random walk within 0 and 100 by at most ±0.50, 2 decimals',
    sampleKind: 'gauge',
    scale: 100,
    begin: (chance) => {
      let at = 2000 + chance(6001)
      return () => {
        at += chance(101) - 50
        if (at < 0) at = -at
        if (at > 10_000) at = 20_000 - at
        return at
      }
    },
  },
  independent: {
    text: 'independent values from 0 to 100, 2 decimals',
    sampleKind: 'gauge',
    scale: 100,
    begin: (chance) => () => chance(10_001),
  },
  counter: {
    text: 'counter that grows by 0 to 999, read at the same seconds of each minute',
    sampleKind: 'counter',
    scale: 1,
    begin: (chance) => {
      let total = chance(1_000_000)
      return () => (total += chance(1000))
    },
  },
  idle: {
    text: 'a gauge that stays as it is',
    sampleKind: 'gauge',
    scale: 100,
    begin: (chance) => {
      const value = chance(10_001)
      return () => value
    },
  },
  ratio: {
    text: 'shares such as 17/93, doubles with all their bits',
    sampleKind: 'gauge',
    scale: 1,
    begin: (chance) => () => chance(1000) / (1000 + chance(1000)),
  },
}

/**
 * Samples of many series in order of time, one of each series every 10 s (or `periodMs`), in batches of columns that are used again.
 * A series is read at its own second of the period.
 */
export function createFeed({ kind, seriesCount, batchSize, periodMs = stepMs }) {
  const { begin, scale } = kinds[kind]
  const next = Array.from({ length: seriesCount }, (_, number) => begin(createChance(number)))
  const columns = {
    series: new Uint32Array(batchSize),
    time: new Float64Array(batchSize),
    value: new Float64Array(batchSize),
  }
  let at = 0
  return () => {
    for (let index = 0; index < batchSize; index++, at++) {
      const number = at % seriesCount
      columns.series[index] = number
      columns.time[index] = startTime + Math.floor(at / seriesCount) * periodMs + phaseOf(number, periodMs)
      columns.value[index] = next[number]() / scale
    }
    return columns
  }
}

const phaseOf = (number, periodMs) => (number % 10) * (periodMs / 10)

/** The series of a number. */
export const named = (seriesCount) =>
  Array.from({ length: seriesCount }, (_, number) =>
    seriesOf('service.load', { host: `web-${number}`, env: 'prod' }),
  )

/** Makes batches of a journal of columns; the samples are used again, as a store keeps none after its `write`. */
export function createBatches(kind, series, batchSize) {
  const { sampleKind } = kinds[kind]
  const values = Array.from({ length: batchSize }, () => ({
    series: series[0],
    time: 0,
    value: 0,
    kind: sampleKind,
  }))
  let seq = 0
  return (columns) => {
    for (let index = 0; index < batchSize; index++) {
      const sample = values[index]
      sample.series = series[columns.series[index]]
      sample.time = columns.time[index]
      sample.value = columns.value[index]
    }
    const position = { journalId: 'bench', firstSeq: seq + 1, lastSeq: seq + batchSize }
    seq += batchSize
    return { values, position }
  }
}

/** What the minutes of a series say. */
export function minutesOf(kind, number, minutes, periodMs = stepMs) {
  const { begin, scale } = kinds[kind]
  const next = begin(createChance(number))
  const perMinute = minuteMs / periodMs
  const names = ['count', 'sum', 'variance', 'min', 'max', 'first', 'last']
  const rows = Object.fromEntries(names.map((name) => [name, new Float64Array(minutes)]))
  for (let minute = 0; minute < minutes; minute++) {
    let [sum, squares, min, max, first, last] = [0, 0, Infinity, -Infinity, 0, 0]
    for (let index = 0; index < perMinute; index++) {
      last = next()
      if (index === 0) first = last
      sum += last
      squares += (last - first) ** 2
      if (last < min) min = last
      if (last > max) max = last
    }
    const distance = sum - perMinute * first
    rows.count[minute] = perMinute
    rows.sum[minute] = sum / scale
    rows.variance[minute] = (perMinute * squares - distance ** 2) / (perMinute * scale) ** 2
    rows.min[minute] = min / scale
    rows.max[minute] = max / scale
    rows.first[minute] = first / scale
    rows.last[minute] = last / scale
  }
  return rows
}
