/**
 * What is written to an InfluxDB: over HTTP as versions 1 and 2 take it, and in datagrams.
 *
 * @module
 */
export { defaultInfluxOptions, influx } from './influx.ts'
export { defaultInfluxUdpOptions, influxUdp } from './influx-udp.ts'
export type { InfluxOptions } from './influx.ts'
export type { InfluxParserOptions } from './influx-parser.ts'
export type { InfluxPrecision } from './influx-time.ts'
export type { InfluxUdpOptions } from './influx-udp.ts'
