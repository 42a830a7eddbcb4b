/**
 * What lies below the sources, for who has bytes or a loop but no streams: the parsers of the formats, and what decides which check
 * runs when. No rxjs, no socket, no clock, no timer, no module of Node.
 *
 * @module
 */
import { type Defined, optional, resolveOptions, text, wholeNumber } from '@tocsin/core'

import type { CheckTiming } from './ticking/check-action.ts'
import { createTickEngine, type CheckEngine } from './ticking/check-engine.ts'
import { type CheckLimits, defaultCheckLimits, limitChecks } from './ticking/check-limits.ts'
import { badOption } from './errors.ts'
import { maxTimerMs } from './option-checks.ts'

export { defaultCheckLimits } from './ticking/check-limits.ts'
export { ProtocolError } from './errors.ts'
export { createCollectdJsonParser } from './collectd/collectd-json-parser.ts'
export { createCollectdParser } from './collectd/collectd-parser.ts'
export { createGraphiteParser } from './graphite/graphite-parser.ts'
export { createPickleParser } from './graphite/pickle-parser.ts'
export { createHttpTrapParser } from './http-trap/trap-parser.ts'
export { parseCheckResult } from './nagios/check-result.ts'
export { parsePerfdata } from './nagios/perfdata.ts'
export { perfdataSamples } from './nagios/perfdata-samples.ts'
export { parsePluginOutput } from './nagios/plugin-output.ts'
export { createInfluxParser } from './influx/influx-parser.ts'
export { createPrometheusParser } from './prometheus/parser/prometheus-parser.ts'
export { parsePrometheus } from './prometheus/parse-prometheus.ts'
export { writeOpenMetrics, writePrometheus } from './prometheus/writer/write-exposition.ts'
export { createRemoteWriteParser } from './remote-write/remote-write-parser.ts'
export { createStatsdAggregateEngine } from './statsd/aggregate/aggregate-engine.ts'
export { createStatsdParser } from './statsd/statsd-parser.ts'
export { decodeSnappy, encodeSnappy } from './wire/binary/snappy.ts'

export type { Histogram, Sample, SampleKind, Series, Tags } from '@tocsin/core'
export type { CheckAction, CheckSkip, CheckTiming, SkipReason } from './ticking/check-action.ts'
export type { CheckEngine } from './ticking/check-engine.ts'
export type { CheckLimits } from './ticking/check-limits.ts'
export type {
  CollectdJsonOutcome,
  CollectdJsonParser,
  CollectdJsonParserOptions,
} from './collectd/collectd-json-parser.ts'
export type { CollectdParser, CollectdParserOptions } from './collectd/collectd-parser.ts'
export type { ProtocolErrorCode } from './errors.ts'
export type { HttpTrapParser, HttpTrapParserOptions } from './http-trap/trap-parser.ts'
export type { HttpTrapOutcome, HttpTrapReading } from './http-trap/trap-reading.ts'
export type { InfluxParser, InfluxParserOptions } from './influx/influx-parser.ts'
export type { InfluxPrecision } from './influx/influx-time.ts'
export type { GraphiteParserOptions } from './graphite/graphite-parser.ts'
export type { GraphiteTimestamps, PointOptions } from './graphite/graphite-point.ts'
export type { PickleParser, PickleParserOptions } from './graphite/pickle-parser.ts'
export type { PassiveResult } from './nagios/check-result.ts'
export type { Perfdata, PerfdataOptions } from './nagios/perfdata.ts'
export type { PerfdataItem } from './nagios/perfdata-item.ts'
export type { PerfdataRange } from './nagios/perfdata-range.ts'
export type { PerfdataSamples, PerfdataSamplesOptions } from './nagios/perfdata-samples.ts'
export type { PluginOutput } from './nagios/plugin-output.ts'
export type { PluginState } from './nagios/plugin-state.ts'
export type { ExpositionFormat } from './prometheus/exposition-format.ts'
export type { MetricMetadata, MetricType } from './prometheus/metric-metadata.ts'
export type { Exemplar } from './prometheus/parser/exemplar.ts'
export type { ParsedExposition, ParsePrometheusOptions } from './prometheus/parse-prometheus.ts'
export type {
  PrometheusParserOptions,
  ResolvedPrometheusParser,
} from './prometheus/parser/prometheus-options.ts'
export type { PrometheusOutcome, PrometheusParser } from './prometheus/parser/prometheus-parser.ts'
export type { NameStyle } from './prometheus/writer/names.ts'
export type { WriteExpositionOptions, WrittenExposition } from './prometheus/writer/write-exposition.ts'
export type { RemoteWriteParser, RemoteWriteParserOptions } from './remote-write/remote-write-parser.ts'
export type {
  RemoteWriteOutcome,
  RemoteWriteReading,
  RemoteWriteVersion,
} from './remote-write/request-reading.ts'
export type { ReportAggregateProblem, StatsdAggregateEngine } from './statsd/aggregate/aggregate-engine.ts'
export type { StatsdAggregateEngineOptions, StatsdTimerBins } from './statsd/aggregate/aggregate-options.ts'
export type { StatsdAggregateType } from './statsd/aggregate/aggregate-series.ts'
export type { StatsdGrammarOptions, StatsdParserOptions } from './statsd/statsd-options.ts'
export type { LineParser, LineParserOptions } from './wire/line-parser.ts'
export type { ParseSink } from './wire/parse-sink.ts'
export type { SnappyFault } from './wire/binary/snappy.ts'
export type { ParseProblem, ProblemReason } from './source/problem.ts'

/**
 * Creates an engine that decides which check runs when; `checks` is made of one.
 *
 * Errors: the call throws `PROTOCOL_BAD_OPTION`, and so does `set`.
 *
 * Memory: one small record for each check.
 *
 * Time: `now` and `elapsed`, see {@link CheckEngine}.
 *
 * @example
 * ```ts
 * import { createCheckEngine } from '@tocsin/protocols/engine'
 *
 * const engine = createCheckEngine()
 * engine.set('web', { periodMs: 60_000, timeoutMs: 5000, phaseMs: 0, host: 'a' }, 1000, 0)
 * console.log(engine.nextDue()) // => 60000
 * console.log(engine.advance(60_000, 59_000)) // => [ { kind: 'start', key: 'web', tick: 60000, run: 1 } ]
 * console.log(engine.advance(65_000, 64_000)) // => [ { kind: 'time-out', key: 'web', run: 1 } ]
 * console.log(engine.settled(1, 66_000, 65_000), engine.nextDue()) // => [] 120000
 * ```
 */
export function createCheckEngine(limits?: CheckLimits): CheckEngine {
  const engine = createTickEngine(
    resolveOptions<Defined<CheckLimits>>(defaultCheckLimits, limits, limitChecks, badOption),
  )
  return {
    ...engine,
    set(key, timing, now, elapsed) {
      if (!isObject(timing))
        throw badOption('a timing must be an object with periodMs, timeoutMs, phaseMs and host')
      const { periodMs } = timing
      const checks = {
        periodMs: optional(wholeNumber(1, maxTimerMs)),
        timeoutMs: wholeNumber(1, maxTimerMs),
        phaseMs: wholeNumber(0, Math.max(0, (periodMs ?? 1) - 1) || 0),
        host: text(0),
        maxLateMs: optional(wholeNumber(0)),
      }
      return engine.set(key, resolveOptions<CheckTiming>(timing, timing, checks, badOption), now, elapsed)
    },
  }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
