import { histogramBin, type Defined, type Histogram, type Sample, type Series } from '@tocsin/core'

import type { StatsdAggregateEngineOptions } from './aggregate-options.ts'
import { aggregateSeries, type StatsdAggregateType } from './aggregate-series.ts'
import { isCount, timerEndings, timerNumbers } from './timer-numbers.ts'

/** What is known of one counter, gauge, set or timer. */
export interface AggregateEntry {
  /** What its names take, bytes. */
  readonly bytes: number
  /** When the interval of its last value ends, ms. */
  lastEnd: number
  /** Takes a value if that takes no more than `room` bytes; gives how many it takes, or why it cannot. */
  add(sample: Sample, room: number): number | 'too-many-values' | 'bad-value'
  /** Gives the numbers of the interval. */
  flush(time: number, into: Sample[]): void
  /** Begins an interval, and gives how many bytes became free. */
  clear(): number
}

type Options = Defined<StatsdAggregateEngineOptions>
type Behaviour = Omit<AggregateEntry, 'bytes' | 'lastEnd'>

/** What one takes beside its names, and a name beside its text, bytes. */
const bytesPerEntry = 300
const bytesPerName = 120
/** An array that grows has up to twice the room that it needs. */
const bytesPerValue = 16
const bytesPerMember = 80
const bytesPerBin = 120

/** An entry without values; `undefined` where its names would be too long. */
export function createAggregateEntry(
  type: StatsdAggregateType,
  series: Series,
  options: Options,
): AggregateEntry | undefined {
  const bins = options.bins.find(({ metric }) => series.metric.includes(metric))
  const endings = endingsOf(type, options, bins)
  const names = aggregateSeries(series, type, endings)
  if (names === undefined) return undefined
  const bytes = names.reduce(
    (sum, { key, metric }) => sum + bytesPerName + key.length + metric.length,
    bytesPerEntry + 2 * series.key.length,
  )
  return { bytes, lastEnd: 0, ...behaviourOf(type, names, options, endings, bins) }
}

function endingsOf(
  type: StatsdAggregateType,
  { percentiles, timers }: Options,
  bins: Options['bins'][number] | undefined,
): readonly string[] {
  switch (type) {
    case 'counter':
      return ['.count', '.rate']
    case 'gauge':
      return ['']
    case 'set':
      return ['.count']
    case 'timer':
      return timers === 'etsy' ? timerEndings(percentiles, bins) : ['']
  }
}

function behaviourOf(
  type: StatsdAggregateType,
  names: readonly Series[],
  options: Options,
  endings: readonly string[],
  bins: Options['bins'][number] | undefined,
): Behaviour {
  switch (type) {
    case 'counter':
      return counter(names, options.flushMs)
    case 'gauge':
      return gauge(names)
    case 'set':
      return set(names)
    case 'timer':
      return options.timers === 'etsy' ? timer(names, endings, options, bins) : histogram(names)
  }
}

function put(
  into: Sample[],
  series: Series | undefined,
  kind: 'delta' | 'gauge',
  time: number,
  value: number,
): void {
  if (series !== undefined) into.push({ series, time, value, kind })
}

function counter([count, rate]: readonly Series[], flushMs: number): Behaviour {
  let sum = 0
  return {
    add({ value }) {
      sum += Number(value)
      return 0
    },
    flush(time, into) {
      put(into, count, 'delta', time, sum)
      put(into, rate, 'gauge', time, sum / (flushMs / 1000))
    },
    clear() {
      sum = 0
      return 0
    },
  }
}

function gauge([name]: readonly Series[]): Behaviour {
  let last = 0
  return {
    add({ value }) {
      last = Number(value)
      return 0
    },
    flush: (time, into) => put(into, name, 'gauge', time, last),
    clear: () => 0,
  }
}

function set([count]: readonly Series[]): Behaviour {
  let members = new Set<string>()
  let held = 0
  return {
    add({ value }, room) {
      if (typeof value !== 'string') return 'bad-value'
      if (members.has(value)) return 0
      const size = bytesPerMember + 2 * value.length
      if (size > room) return 'too-many-values'
      members.add(value)
      held += size
      return size
    },
    flush: (time, into) => put(into, count, 'gauge', time, members.size),
    clear() {
      const free = held
      if (members.size > 0) members = new Set()
      held = 0
      return free
    },
  }
}

function timer(
  names: readonly Series[],
  endings: readonly string[],
  { flushMs, percentiles }: Options,
  bins: Options['bins'][number] | undefined,
): Behaviour {
  let values: number[] = []
  let weights = 0
  return {
    add({ value, weight = 1 }, room) {
      if (bytesPerValue > room) return 'too-many-values'
      values.push(Number(value))
      weights += weight
      return bytesPerValue
    },
    flush(time, into) {
      const numbers = timerNumbers(Float64Array.from(values), weights, flushMs, percentiles, bins)
      for (const [at, number] of numbers.entries()) {
        const kind = isCount(endings[at] ?? '') ? 'delta' : 'gauge'
        if (number !== undefined) put(into, names[at], kind, time, number)
      }
    },
    clear() {
      const free = values.length * bytesPerValue
      if (values.length > 0) values = []
      weights = 0
      return free
    },
  }
}

function histogram([name]: readonly Series[]): Behaviour {
  const bins = new Map<number, { value: number; exponent: number; count: number }>()
  return {
    add({ value, weight = 1 }, room) {
      const bin = histogramBin(Number(value))
      if (bin === undefined) return 'bad-value'
      const key = bin.value * 512 + bin.exponent
      const known = bins.get(key)
      if (known !== undefined) {
        known.count += weight
        return 0
      }
      if (bytesPerBin > room) return 'too-many-values'
      bins.set(key, { value: bin.value, exponent: bin.exponent, count: weight })
      return bytesPerBin
    },
    flush(time, into) {
      const sorted = [...bins.values()].sort(
        (a, b) => a.value * 10 ** a.exponent - b.value * 10 ** b.exponent,
      )
      const value: Histogram = { bins: sorted }
      if (name !== undefined) into.push({ series: name, time, value, kind: 'histogram' })
    },
    clear() {
      const free = bins.size * bytesPerBin
      bins.clear()
      return free
    },
  }
}
