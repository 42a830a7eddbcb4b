export { buildSeries, metric, parseSeries, series } from '@tocsin/core'
export { ProtocolError } from './errors.ts'
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
export type { ProtocolErrorCode } from './errors.ts'
export type { BoundAddress } from './source/bound-address.ts'
export type { Problem, ProblemReason } from './source/problem.ts'
export type { ProblemPlace, SourceStats } from './source/source-base.ts'
export type { BatchesOptions, Source, SourceOptions, SourceRun, StartRun } from './source/source.ts'
