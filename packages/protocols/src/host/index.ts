/**
 * What the host itself has to tell.
 *
 * @module
 */
export { defaultHostMetricsOptions, hostMetrics } from './host-metrics.ts'
export type { HostMetricsOptions } from './host-metrics.ts'
export type { HostReading } from './host-samples.ts'
