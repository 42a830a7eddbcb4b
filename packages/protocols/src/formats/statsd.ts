import type { Sample, Series } from '@tocsin/core'

import { exactInteger, readDecimal } from './decimal.ts'
import { createHeaderSeries } from './header-series.ts'
import { resolveLineParserOptions, type LineParser, type LineParserOptions } from './line-parser.ts'
import { scanLines } from './lines.ts'
import type { ParseSink } from './parse-sink.ts'
import { createPool, type Pool } from './pool.ts'
import {
  createStatsdLine,
  readStatsdLine,
  type StatsdBit,
  type StatsdFault,
  type StatsdLine,
  type StatsdType,
} from './statsd-line.ts'
import { readStatsdSeries } from './statsd-series.ts'
import { decodeUtf8 } from './utf8.ts'

/** One number or member of a line; all are checked before anything of the line is emitted. */
interface Value {
  type: StatsdType
  rate: number
  /** The member of a set. */
  member: string
  number: number
  /** A gauge that is added to the last one. */
  relative: boolean
  exact: bigint | undefined
}

const emptyValue = (): Value => ({
  type: 'c',
  rate: 1,
  member: '',
  number: 0,
  relative: false,
  exact: undefined,
})

const badValue: StatsdFault = { reason: 'bad-value', message: 'a value is a decimal number: 12, -3.5, 1e-3' }
const badTimer: StatsdFault = { reason: 'bad-value', message: 'a timer in ms is not negative' }
const badMember: StatsdFault = { reason: 'not-utf8', message: 'the member of a set is UTF-8 text' }
const noValue: StatsdFault = { reason: 'bad-value', message: 'a line needs at least one value' }
const pastRange: StatsdFault = {
  reason: 'bad-value',
  message: 'a value divided by its sample rate, or added to its gauge, must be finite',
}

/**
 * A parser of statsd lines as etsy's daemon and DogStatsD 1.0 to 1.6 write them: counters, gauges with `+` and `-`, timers,
 * histograms, distributions, sets, sample rates, packed values, tags in DogStatsD, graphite and Influx style, timestamps.
 *
 * A line is taken whole or not at all. Memory: `maxSeries` last values of gauges, and about as many cached names.
 *
 * @example
 * ```ts
 * import { createStatsdParser } from '@tocsin/protocols'
 *
 * createStatsdParser().parse(Buffer.from('page.load:320|ms|@0.5|#page:home'), 0, {
 *   sample: ({ series, value, weight }) => {
 *     console.log(series.key, value, weight) // => page.load|ST[page:home] 320 2
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createStatsdParser(options: LineParserOptions = {}): LineParser {
  const { maxLineBytes, maxSeries } = resolveLineParserOptions(options)
  const line = createStatsdLine()
  const findSeries = createHeaderSeries(maxSeries, readStatsdSeries)
  const gauges = new Map<string, number>()
  const values = createPool(emptyValue)

  function takeLine(
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): StatsdFault | undefined {
    const wrong = readStatsdLine(bytes, start, end, line) ?? readLineValues(bytes, line, values)
    if (wrong !== undefined) return wrong
    const series = findSeries(bytes, line, line.hash)
    if (!('key' in series)) return series
    const unsettled = settleGauges(series, values, gauges, maxSeries)
    if (unsettled !== undefined) return unsettled
    for (let at = 0; at < values.count; at += 1) {
      const value = values.items[at]
      if (value !== undefined) sink.sample(toSample(series, value, line.seconds, receivedAt))
    }
    return undefined
  }

  return {
    parse(bytes, receivedAt, sink) {
      scanLines(bytes, maxLineBytes, sink, (start, end) => {
        const fault = takeLine(bytes, start, end, receivedAt, sink)
        if (fault !== undefined) sink.problem({ ...fault, start, end })
      })
    },
  }
}

function readLineValues(
  bytes: Uint8Array,
  { bits }: StatsdLine,
  values: Pool<Value>,
): StatsdFault | undefined {
  values.count = 0
  for (let at = 0; at < bits.count; at += 1) {
    const bit = bits.items[at]
    if (bit === undefined) break
    // A member may hold colons, so a set packs nothing.
    const wrong = bit.type === 's' ? readMember(bytes, bit, values) : readNumbers(bytes, bit, values)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function readMember(bytes: Uint8Array, bit: StatsdBit, values: Pool<Value>): StatsdFault | undefined {
  const member = decodeUtf8(bytes, bit.valuesStart, bit.valuesEnd)
  if (member === undefined) return badMember
  const value = values.next()
  value.type = bit.type
  value.member = member
  value.relative = false
  value.exact = undefined
  return undefined
}

/** Reads the packed numbers of a bit; empty ones are skipped, as Datadog's agent does. */
function readNumbers(bytes: Uint8Array, bit: StatsdBit, values: Pool<Value>): StatsdFault | undefined {
  const before = values.count
  for (let start = bit.valuesStart; start < bit.valuesEnd;) {
    let end = start
    while (end < bit.valuesEnd && bytes[end] !== 0x3a) end += 1
    const wrong = end > start ? readNumber(bytes, start, end, bit, values) : undefined
    if (wrong !== undefined) return wrong
    start = end + 1
  }
  return values.count === before ? noValue : undefined
}

function readNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  { type, rate }: StatsdBit,
  values: Pool<Value>,
): StatsdFault | undefined {
  const number = readDecimal(bytes, start, end)
  if (Number.isNaN(number)) return badValue
  if (type === 'ms' && number < 0) return badTimer
  const scaled = type === 'c' ? number / rate : number
  if (!Number.isFinite(scaled) || !Number.isFinite(1 / rate)) return pastRange
  const value = values.next()
  value.type = type
  value.rate = rate
  value.number = scaled
  value.relative = type === 'g' && (bytes[start] === 0x2b || bytes[start] === 0x2d)
  value.exact = value.relative || rate !== 1 ? undefined : exactInteger(bytes, start, end, number)
  return undefined
}

/**
 * Makes the gauges of a line absolute, and remembers the last one where there is room. A gauge never seen starts at 0; where
 * there is no room for a last value, a change is refused, since a guess would be a wrong number.
 */
function settleGauges(
  { key }: Series,
  values: Pool<Value>,
  gauges: Map<string, number>,
  maxSeries: number,
): StatsdFault | undefined {
  let last: number | undefined
  for (let at = 0; at < values.count; at += 1) {
    const value = values.items[at]
    if (value?.type !== 'g') continue
    if (value.relative) {
      const base = last ?? gauges.get(key)
      if (base === undefined && gauges.size >= maxSeries) {
        const message = `the last values of ${maxSeries} gauges are kept; + and - need the last value of this one`
        return { reason: 'too-many-series', message }
      }
      value.number += base ?? 0
    }
    last = value.number
    if (!Number.isFinite(last)) return pastRange
  }
  if (last !== undefined && (gauges.size < maxSeries || gauges.has(key))) gauges.set(key, last)
  return undefined
}

const kinds = {
  c: 'delta',
  g: 'gauge',
  s: 'set',
  ms: 'observation',
  h: 'observation',
  d: 'observation',
} as const

function toSample(
  series: Series,
  { type, rate, member, number, exact }: Value,
  seconds: number | undefined,
  receivedAt: number,
): Sample {
  const time = seconds === undefined ? receivedAt : seconds * 1000
  const value = type === 's' ? member : number
  const kind = kinds[type]
  // Spreading is slow; only the few lines with a timestamp or a number beyond 2^53 pay for it.
  const sample: Sample =
    kind === 'observation' && rate !== 1
      ? { series, time, value, kind, weight: 1 / rate }
      : { series, time, value, kind }
  if (time === receivedAt && exact === undefined) return sample
  return { ...sample, ...(exact !== undefined && { exact }), ...(time !== receivedAt && { receivedAt }) }
}
