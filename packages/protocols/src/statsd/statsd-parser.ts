import type { Parsed, Sample, SampleOf, Series } from '@tocsin/core'

import { createHeaderSeries } from '../wire/header-series.ts'
import type { LineParser } from '../wire/line-parser.ts'
import { scanLines } from '../wire/lines.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { isEvent, readEvent } from './dogstatsd-event.ts'
import { isServiceCheck, readServiceCheck } from './dogstatsd-service-check.ts'
import { createLastGauges, type GaugeSeries } from './last-gauges.ts'
import { createStatsdLine, readStatsdLine } from './statsd-line.ts'
import { resolveStatsdParserOptions, type StatsdParserOptions } from './statsd-options.ts'
import { createOriginHeader } from './statsd-origin.ts'
import { readStatsdSeries } from './statsd-series.ts'
import { readValue, type StatsdFault, type StatsdType, type StatsdValue } from './statsd-values.ts'

/** What a header names: a series, with its gauge at hand, or nothing, and why. */
type Named = (GaugeSeries & { readonly fault: undefined }) | { readonly fault: StatsdFault }

const underscore = 0x5f

/**
 * A parser of statsd lines as etsy's daemon and DogStatsD 1.0 to 1.6 write them: counters, gauges with `+` and `-`, timers,
 * histograms, distributions, sets, sample rates, packed values, timestamps, events, service checks, and tags in the styles of
 * DogStatsD, graphite, InfluxDB, Librato, SignalFX and reconnoiter. Blanks around values, types and rates are passed over.
 *
 * Of a line with several values each is taken or is a problem by itself; what is wrong with name, tags or timestamp refuses the line.
 * DogStatsD's `c:` and `e:` become tags (`container_id`, `container_inode`, `container_name`, `pod_uid`, `init_container`).
 *
 * - An event `_e{…}:title|text` is a `text` sample of series `event`: the title, and the text behind a line feed. Its tags are its own and
 *   `host`, `aggregation_key`, `priority`, `source_type`, `alert_type`.
 * - A service check `_sc|name|2` is a `state` sample (0 good, 1 warning, 2 critical, 3 unknown) of series `name` with tag `host`; its
 *   message is a `text` sample of series `name.message`.
 *
 * Memory: `maxNameBytes` of cached names, and as many of last values of gauges, of which the one used least lately makes room.
 * Source: statsd 0.9.0 `stats.js`, datadog-agent `comp/dogstatsd/server/parse*.go`, statsd_exporter `pkg/line`, reconnoiter `statsd.c`.
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
export function createStatsdParser(options: StatsdParserOptions = {}): LineParser {
  const { maxLineBytes, maxNameBytes, gaugeSign, gaugeExpiryMs } = resolveStatsdParserOptions(options)
  const line = createStatsdLine()
  const findSeries = createHeaderSeries(maxNameBytes, readNamed)
  const writeHeader = createOriginHeader()
  const gauges = createLastGauges(maxNameBytes, gaugeExpiryMs)
  const { values } = line

  /** Takes a line of metrics; what it gives back refuses the line. */
  function takeMetrics(
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): StatsdFault | undefined {
    const wrong = readStatsdLine(bytes, start, end, line)
    if (wrong !== undefined) return wrong
    const hasOrigin = line.containerEnd > line.containerStart || line.externalEnd > line.externalStart
    const named = findSeries(hasOrigin ? writeHeader(bytes, line) : bytes, line.header)
    if (!('fault' in named)) return named
    if (named.fault !== undefined) return named.fault
    const isSignChange = gaugeSign === 'by-line' ? !line.isDogStatsd : gaugeSign === 'delta'
    for (let at = 0; at < values.count; at += 1) {
      const value = values.items[at]
      if (value === undefined) break
      let fault = readValue(bytes, value)
      if (fault === undefined && value.type === 'g') {
        fault = gauges.settle(named, value, isSignChange && value.signed, receivedAt)
      }
      if (fault === undefined) sink.sample(toSample(named.series, value, line.seconds, receivedAt))
      else if (values.count === 1) return fault
      else
        sink.problem({
          reason: fault.reason,
          message: fault.message,
          start: value.start,
          end: value.pieceEnd,
        })
    }
    return undefined
  }

  const take = (
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedAt: number,
    sink: ParseSink,
  ): StatsdFault | undefined => {
    if (bytes[start] === underscore) {
      if (isEvent(bytes, start)) return readEvent(bytes, start, end, receivedAt, sink)
      if (isServiceCheck(bytes, start)) return readServiceCheck(bytes, start, end, receivedAt, sink)
    }
    return takeMetrics(bytes, start, end, receivedAt, sink)
  }

  return {
    parse(bytes, receivedAt, sink) {
      scanLines(bytes, maxLineBytes, sink, (start, end) => {
        const fault = take(bytes, start, end, receivedAt, sink)
        if (fault !== undefined) sink.problem({ reason: fault.reason, message: fault.message, start, end })
      })
    },
  }
}

/** A bad name is remembered like a good one, or refusing it would be dearer than taking it. */
function readNamed(name: string, tags: string): Parsed<Named> {
  const parsed = readStatsdSeries(name, tags)
  const value: Named = parsed.ok
    ? { series: parsed.value, gauge: undefined, fault: undefined }
    : { fault: { reason: 'bad-name', message: parsed.message } }
  return { ok: true, value }
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

type Changing<T> = { -readonly [Name in keyof T]: T[Name] }

function toSample(
  series: Series,
  { type, rate, member, number, exact }: StatsdValue,
  seconds: number | undefined,
  receivedAt: number,
): Sample {
  const time = seconds === undefined ? receivedAt : seconds * 1000
  const kind = kindOf(type)
  if (kind === 'set') return stamped<'set'>({ series, time, value: member, kind }, receivedAt)
  const sample: Changing<SampleOf<typeof kind>> =
    kind === 'observation' && rate !== 1
      ? { series, time, value: number, kind, weight: 1 / rate }
      : { series, time, value: number, kind }
  if (exact !== undefined) sample.exact = exact
  return stamped(sample as Changing<SampleOf<'gauge'>>, receivedAt)
}

/** Says when a sample came, where it brought its own time. */
function stamped<K extends 'set' | 'gauge'>(sample: Changing<SampleOf<K>>, receivedAt: number): SampleOf<K> {
  if (sample.time !== receivedAt) sample.receivedAt = receivedAt
  return sample
}
