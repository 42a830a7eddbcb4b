/**
 * Prometheus' remote write, out.
 *
 * @module
 */
export { defaultToRemoteWriteOptions, toRemoteWrite } from './to-remote-write.ts'
export type { LabelNames } from './series-labels.ts'
export type { ToRemoteWriteOptions } from './to-remote-write.ts'
