/**
 * Prometheus' remote write, in.
 *
 * @module
 */
export { defaultRemoteWriteOptions, remoteWrite } from './remote-write.ts'
export type { RemoteWriteOptions } from './remote-write.ts'
