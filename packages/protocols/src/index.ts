export { buildSeries, metric, parseSeries, series } from '@tocsin/core'
export { checkSamples } from './checks/check-samples.ts'
export { checks, defaultChecksOptions } from './checks/checks.ts'
export { defaultHttpCheckOptions, httpCheck } from './checks/http-check.ts'
export { ProtocolError } from './errors.ts'
export { defaultGraphiteOptions, graphite } from './listeners/graphite.ts'
export { defaultHostMetricsOptions, hostMetrics } from './listeners/host-metrics.ts'
export { defaultHttpTrapOptions, httpTrap } from './listeners/http-trap.ts'
export { defaultStatsdOptions, statsd } from './listeners/statsd.ts'
export { defaultBatchesOptions, defaultSourceOptions, source } from './source.ts'

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
export type { CheckLimits } from './engine/check-limits.ts'
export type { HostReading } from './engine/host-samples.ts'
export type { ProtocolErrorCode } from './errors.ts'
export type { GraphiteOptions } from './listeners/graphite.ts'
export type { HostMetricsOptions } from './listeners/host-metrics.ts'
export type { HttpSource, HttpTrapOptions } from './listeners/http-trap.ts'
export type { StatsdOptions } from './listeners/statsd.ts'
export type { Problem, ProblemReason } from './problem.ts'
export type { ProblemPlace, SourceStats } from './source-base.ts'
export type { BatchesOptions, Source, SourceOptions, SourceRun, StartRun } from './source.ts'
