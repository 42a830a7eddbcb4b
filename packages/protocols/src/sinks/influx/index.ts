/**
 * To InfluxDB, version 1 and 2, and to what takes its line protocol.
 *
 * @module
 */
export { defaultToInfluxOptions, toInflux } from './to-influx.ts'
export type { ToInfluxOptions } from './to-influx.ts'
