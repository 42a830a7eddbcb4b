/**
 * Graphite's plaintext lines.
 *
 * @module
 */
export { defaultGraphiteOptions, graphite } from './graphite.ts'
export type { GraphiteOptions } from './graphite.ts'
