/**
 * Counters, gauges and histograms of a program, as a stream of samples. Needs nothing of Node.
 *
 * @module
 */
export { defaultMeterOptions, defaultMeterSamplesOptions } from './meter-options.ts'
export { meter } from './meter.ts'

export type { BoundCounter, Counter } from './counter.ts'
export type { BoundGauge, Gauge } from './gauge.ts'
export type { BoundHistogram, HistogramMeter } from './histogram.ts'
export type { MeterOptions, MeterSamplesOptions, ResolvedMeter } from './meter-options.ts'
export type { Meter, MeterStats } from './meter.ts'
export type { MeterMetadata, MeterType, MetricDefinition } from './metric-definition.ts'
export type { NumberNames, ObserveOptions } from './observed-stats.ts'
export type { TagsOf } from './tags.ts'
