/**
 * Sends samples to Graphite: carbon, its relays, and all else that takes its lines or pickles.
 *
 * @module
 */
export { defaultGraphiteSinkOptions } from './graphite-sink-options.ts'
export { toGraphite } from './to-graphite.ts'

export type { GraphiteSinkOptions } from './graphite-sink-options.ts'
