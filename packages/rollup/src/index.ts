export { buildSeries, metric, series } from '@tocsin/core'
export { inEventTime } from '@tocsin/core/time'
export { rollupValue } from './engine/value.ts'
export { RollupError } from './errors.ts'
export { defaultRollupOptions } from './rollup-options.ts'
export { rollup } from './rollup.ts'
export { rollupSamples } from './rollup-samples.ts'

export type {
  Batch,
  Clock,
  Duration,
  Histogram,
  Logger,
  Metric,
  MetricOptions,
  Parsed,
  Problem,
  ProblemListener,
  Sample,
  SampleKind,
  SampleOf,
  SampleValues,
  Series,
  SeriesReason,
  Tags,
} from '@tocsin/core'
export type { EventTimeOptions, Timed } from '@tocsin/core/time'
export type { RollupInput } from './engine/reading.ts'
export type {
  CounterPoint,
  CounterDoubles,
  CounterExact,
  CounterRollup,
  CounterWrap,
  HeldState,
  NumberPoint,
  NumericDoubles,
  NumericExact,
  NumericRollup,
  Rollup,
  SameTime,
  TextCount,
  TextPoint,
  TextRollup,
} from './engine/rollups.ts'
export type { RollupValue } from './engine/value.ts'
export type { RollupCause, RollupUpdate } from './engine/windows/window-engine.ts'
export type { RollupErrorCode } from './errors.ts'
export type { RollupProblemReason, RollupProblem } from './problem.ts'
export type { RollupOptions } from './rollup-options.ts'
export type { RollupSample, RollupSamplesOptions } from './rollup-samples.ts'
export type { WindowEngineOptions } from './window-options.ts'
