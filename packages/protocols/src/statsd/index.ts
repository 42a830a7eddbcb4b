/**
 * statsd and DogStatsD.
 *
 * @module
 */
export { defaultStatsdAggregateOptions, statsdAggregate } from './aggregate/statsd-aggregate.ts'
export { defaultStatsdOptions, statsd } from './statsd.ts'
export type { StatsdAggregateEngineOptions, StatsdTimerBins } from './aggregate/aggregate-options.ts'
export type { StatsdAggregateType } from './aggregate/aggregate-series.ts'
export type { StatsdAggregateOptions } from './aggregate/statsd-aggregate.ts'
export type { StatsdGrammarOptions } from './statsd-options.ts'
export type { StatsdOptions } from './statsd.ts'
