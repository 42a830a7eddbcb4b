export { buildSeries, metric, parseSeries, series } from '@tocsin/core'
export { checkSamples } from './checks/check-samples.ts'
export { checks, defaultChecksOptions } from './checks/checks.ts'
export { defaultHttpCheckOptions, httpCheck } from './checks/http-check.ts'
export { ProtocolError } from './errors.ts'
export { defaultGraphiteOptions, graphite } from './graphite/graphite.ts'
export { defaultHostMetricsOptions, hostMetrics } from './host/host-metrics.ts'
export { defaultHttpTrapOptions, httpTrap } from './http-trap/http-trap.ts'
export { defaultStatsdOptions, statsd } from './statsd/statsd.ts'
export { defaultBatchesOptions, defaultSourceOptions, source } from './source/source.ts'

export type {
  Batch,
  BatchPosition,
  Clock,
  Defined,
  Histogram,
  Metric,
  MetricOptions,
  Parsed,
  Sample,
  SampleKind,
  SampleOf,
  SampleValues,
  Series,
  SeriesReason,
  Tags,
} from '@tocsin/core'
export type {
  Check,
  CheckContext,
  CheckDefinition,
  CheckOutcome,
  CheckReason,
  CheckResult,
  CheckStatus,
} from './checks/check.ts'
export type { ChecksOptions } from './checks/checks.ts'
export type { HttpCheckOptions } from './checks/http-check.ts'
export type { CheckLimits } from './checks/check-limits.ts'
export type { HostReading } from './host/host-samples.ts'
export type { ProtocolErrorCode } from './errors.ts'
export type { GraphiteOptions } from './graphite/graphite.ts'
export type { HostMetricsOptions } from './host/host-metrics.ts'
export type { HttpSource, HttpTrapOptions } from './http-trap/http-trap.ts'
export type { StatsdOptions } from './statsd/statsd.ts'
export type { Problem, ProblemReason } from './source/problem.ts'
export type { ProblemPlace, SourceStats } from './source/source-base.ts'
export type { BatchesOptions, Source, SourceOptions, SourceRun, StartRun } from './source/source.ts'
