/**
 * Graphite's plaintext lines, and its pickles.
 *
 * @module
 */
export { defaultGraphiteOptions, graphite } from './graphite.ts'
export { defaultGraphitePickleOptions, graphitePickle } from './graphite-pickle.ts'
export type { GraphiteOptions } from './graphite.ts'
export type { GraphitePickleOptions } from './graphite-pickle.ts'
export type { GraphiteTimestamps, PointOptions, ResolvedPoints } from './graphite-point.ts'
