import type { Parsed, Sample, Series } from '@tocsin/core'

import { createHeaderSeries } from '../wire/header-series.ts'
import { resolveLineParserOptions, type LineParser, type LineParserOptions } from '../wire/line-parser.ts'
import { scanLines } from '../wire/lines.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import type { Pool } from '../wire/pool.ts'
import { createStatsdLine, readStatsdLine } from './statsd-line.ts'
import { readStatsdSeries } from './statsd-series.ts'
import {
  pastRange,
  readValues,
  type StatsdFault,
  type StatsdType,
  type StatsdValue,
} from './statsd-values.ts'

/** The last value of a gauge. */
interface Gauge {
  last: number
}

/** A series with its gauge at hand, which saves finding it by name. */
interface KnownSeries {
  readonly series: Series
  /** The one in the table of gauges, once a line has looked for it. */
  gauge: Gauge | undefined
}

/**
 * A parser of statsd lines as etsy's daemon and DogStatsD 1.0 to 1.6 write them: counters, gauges with `+` and `-`, timers,
 * histograms, distributions, sets, sample rates, packed values, tags in DogStatsD, graphite and Influx style, timestamps.
 *
 * A line is taken whole or not at all. Memory: `maxNameBytes` of cached names, and as many of last values of gauges.
 *
 * @example
 * ```ts
 * import { createStatsdParser } from '@tocsin/protocols/engine'
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
  const { maxLineBytes, maxNameBytes } = resolveLineParserOptions(options)
  const line = createStatsdLine()
  const findSeries = createHeaderSeries(maxNameBytes, readKnownSeries)
  const gauges = new Map<string, Gauge>()
  const { values } = line

  function takeLine(
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): StatsdFault | undefined {
    const wrong = readStatsdLine(bytes, start, end, line) ?? readValues(bytes, values)
    if (wrong !== undefined) return wrong
    const known = findSeries(bytes, line.header)
    if (!('series' in known)) return known
    const unsettled = settleGauges(known, values, gauges, Math.ceil(maxNameBytes / 640))
    if (unsettled !== undefined) return unsettled
    for (let at = 0; at < values.count; at += 1) {
      const value = values.items[at]
      if (value !== undefined) sink.sample(toSample(known.series, value, line.seconds, receivedAt))
    }
    return undefined
  }

  return {
    parse(bytes, receivedAt, sink) {
      scanLines(bytes, maxLineBytes, sink, (start, end) => {
        const fault = takeLine(bytes, start, end, receivedAt, sink)
        if (fault !== undefined) sink.problem({ reason: fault.reason, message: fault.message, start, end })
      })
    },
  }
}

function readKnownSeries(name: string, tags: string): Parsed<KnownSeries> {
  const parsed = readStatsdSeries(name, tags)
  return parsed.ok ? { ok: true, value: { series: parsed.value, gauge: undefined } } : parsed
}

/**
 * Makes the gauges of a line absolute, and remembers the last one where there is room. A gauge never seen starts at 0; where
 * there is no room for a last value, a change is refused, since a guess would be a wrong number.
 */
function settleGauges(
  known: KnownSeries,
  { items, count }: Pool<StatsdValue>,
  gauges: Map<string, Gauge>,
  maxSeries: number,
): StatsdFault | undefined {
  let last: number | undefined
  for (let at = 0; at < count; at += 1) {
    const value = items[at]
    if (value?.type !== 'g') continue
    // Another header may name the same series, so the table knows better than this one what is absent.
    known.gauge ??= gauges.get(known.series.key)
    if (value.relative) {
      const base = last ?? known.gauge?.last
      if (base === undefined && gauges.size >= maxSeries) {
        const message = `the last values of ${maxSeries} gauges are kept; + and - need the last value of this one`
        return { reason: 'too-many-series', message }
      }
      value.number += base ?? 0
    }
    last = value.number
    if (!Number.isFinite(last)) return pastRange
  }
  if (last === undefined) return undefined
  if (known.gauge !== undefined) known.gauge.last = last
  else if (gauges.size < maxSeries) gauges.set(known.series.key, (known.gauge = { last }))
  return undefined
}

function kindOf(type: StatsdType): 'delta' | 'gauge' | 'observation' | 'set' {
  switch (type) {
    case 'c':
      return 'delta'
    case 'g':
      return 'gauge'
    case 's':
      return 'set'
    case 'ms':
    case 'h':
    case 'd':
      return 'observation'
  }
}

function toSample(
  series: Series,
  { type, rate, member, number, exact }: StatsdValue,
  seconds: number | undefined,
  receivedAt: number,
): Sample {
  const time = seconds === undefined ? receivedAt : seconds * 1000
  const kind = kindOf(type)
  // Spreading is slow; only the few lines with a timestamp or a number beyond 2^53 pay for it.
  const sample: Sample =
    kind === 'set'
      ? { series, time, value: member, kind }
      : kind === 'observation' && rate !== 1
        ? { series, time, value: number, kind, weight: 1 / rate }
        : { series, time, value: number, kind }
  if (time === receivedAt && exact === undefined) return sample
  return { ...sample, ...(exact !== undefined && { exact }), ...(time !== receivedAt && { receivedAt }) }
}
