/**
 * What the host and the process itself have to tell.
 *
 * @module
 */
export { defaultHostMetricsOptions, hostMetrics } from './host-metrics.ts'
export { defaultProcessMetricsOptions, processMetrics } from './process-metrics.ts'
export type { HostMetricsOptions } from './host-metrics.ts'
export type { HostReading } from './host-samples.ts'
export type { ProcessMetricsOptions } from './process-metrics.ts'
export type { ProcessReading } from './process-samples.ts'
export type { ProcessWatch } from './watch-process.ts'
