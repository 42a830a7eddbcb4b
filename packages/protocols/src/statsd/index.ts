/**
 * statsd and DogStatsD.
 *
 * @module
 */
export { defaultStatsdOptions, statsd } from './statsd.ts'
export type { StatsdOptions } from './statsd.ts'
