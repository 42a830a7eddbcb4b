/**
 * collectd: the packets of its network plugin over UDP, and what its `write_http` posts.
 *
 * @module
 */
export { collectd, defaultCollectdOptions } from './collectd.ts'
export { collectdHttp, defaultCollectdHttpOptions } from './collectd-http.ts'

export type { CollectdOptions } from './collectd.ts'
export type { CollectdHttpOptions } from './collectd-http.ts'
export type { CollectdUsers, SecurityLevel } from './sealed-packet.ts'
