import { oneOf, resolveOptions, wholeNumber, type Check, type Checks, type Defined } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import { maxTimerMs } from '../../option-checks.ts'
import { aggregateTypes, type StatsdAggregateType } from './aggregate-series.ts'

/** Upper limits of the bins of timers whose name holds a text; `'inf'` is above all. */
export interface StatsdTimerBins {
  /** A part of the name; the first that fits counts. */
  readonly metric: string
  /** From low to high, not included in their bin. */
  readonly limits: readonly (number | 'inf')[]
}

/** What the numbers of a flush are, and what bounds them. */
export interface StatsdAggregateEngineOptions {
  /** Length of an interval, ms; intervals begin at multiples of it. @defaultValue 10000 */
  readonly flushMs?: number | undefined
  /** Percentiles of timers, above -100 to 100 and not 0; a negative one is of the largest values. @defaultValue [90] */
  readonly percentiles?: readonly number[] | undefined
  /** `'etsy'`: count, mean, upper and so on; `'histogram'`: one sample of kind `histogram` for each timer. @defaultValue 'etsy' */
  readonly timers?: 'etsy' | 'histogram' | undefined
  /** Bins of timers, as the daemon's `histogram` has them. @defaultValue [] */
  readonly bins?: readonly StatsdTimerBins[] | undefined
  /**
   * Of what nothing is emitted in an interval in which nothing came, where there would be zeros or the last value of a gauge. All four
   * are the daemon's `deleteIdleStats`.
   * @defaultValue []
   */
  readonly deleteIdle?: readonly StatsdAggregateType[] | undefined
  /** In how many intervals an idle gauge is still emitted where `deleteIdle` has gauges, its own included. @defaultValue 1 */
  readonly gaugeFlushes?: number | undefined
  /** How long after its last value something idle is forgotten, ms. The daemon forgets nothing. @defaultValue 3600000 */
  readonly expiryMs?: number | undefined
  /** Most bytes of memory for names, values of timers and members of sets. @defaultValue 67108864 */
  readonly maxBytes?: number | undefined
}

type EngineOptions = Defined<StatsdAggregateEngineOptions>
/** What the engine does unless told otherwise. */
export const defaultAggregateEngine: EngineOptions = {
  flushMs: 10_000,
  percentiles: Object.freeze([90]),
  timers: 'etsy',
  bins: Object.freeze([]),
  deleteIdle: Object.freeze([]),
  gaugeFlushes: 1,
  expiryMs: 3_600_000,
  maxBytes: 64 * 1024 * 1024,
}

const listOf =
  (isOne: (value: unknown) => boolean, allowed: string): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 100 && value.every(isOne) ? undefined : `a list of ${allowed}`

const isPercentile = (value: unknown): boolean =>
  typeof value === 'number' && value !== 0 && Math.abs(value) <= 100

function isBins(value: unknown): boolean {
  const { metric, limits } = (value ?? {}) as Partial<StatsdTimerBins>
  if (typeof metric !== 'string' || !Array.isArray(limits) || limits.length > 100) return false
  return limits.every((limit: unknown) => limit === 'inf' || Number.isFinite(limit))
}

/** What is allowed. */
export const aggregateEngineChecks: Checks<StatsdAggregateEngineOptions> = {
  flushMs: wholeNumber(1, maxTimerMs),
  percentiles: listOf(isPercentile, 'numbers from -100 to 100 that are not 0'),
  timers: oneOf('etsy', 'histogram'),
  bins: listOf(isBins, 'bins { metric, limits }, with numbers and "inf" as limits'),
  deleteIdle: listOf(
    (value) => (aggregateTypes as readonly unknown[]).includes(value),
    aggregateTypes.join(', '),
  ),
  gaugeFlushes: wholeNumber(1),
  expiryMs: wholeNumber(1),
  maxBytes: wholeNumber(1, 2 ** 40),
}

/** The options of the engine, checked. */
export const resolveAggregateEngine = (given: StatsdAggregateEngineOptions | undefined): EngineOptions =>
  resolveOptions<EngineOptions>(defaultAggregateEngine, given, aggregateEngineChecks, badOption)
