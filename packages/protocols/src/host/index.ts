/**
 * What the host and the process itself have to tell.
 *
 * @module
 */
export { defaultHostCheckOptions, hostCheck } from './host-check.ts'
export { defaultHostMetricsOptions, hostMetrics } from './host-metrics.ts'
export { defaultProcessMetricsOptions, processMetrics } from './process-metrics.ts'
export type { Check, CheckAvailable, CheckContext, CheckOutcome, CheckState } from '../checks/check.ts'
export type { AddressFamily, HostAddress, Resolver } from '../checks/exchange/resolver.ts'
export type { Findings } from '../checks/findings.ts'
export type { HostCheckOptions, HostOptions } from './host-check.ts'
export type { HostMetricsOptions } from './host-metrics.ts'
export type { HostReading } from './host-samples.ts'
export type { ProcessMetricsOptions } from './process-metrics.ts'
export type { ProcessReading } from './process-samples.ts'
export type { Reader, ReadingLook } from './reading-check.ts'
export type { ReadingOptions } from './reading-options.ts'
export type { ProcessWatch } from './watch-process.ts'
