import { type Check, type Checks, type Defined, type Duration, flag, oneOf, wholeNumber } from '@tocsin/core'

import { levelsRule, parseLevels } from './engine/levels.ts'
import type { CounterWrap, SameTime } from './engine/rollups.ts'

/** How an engine forms windows, and what bounds it; `rollup` takes the same. */
export interface WindowEngineOptions {
  /**
   * Window lengths, from short to long, each dividing the next, up to 30 days. Windows are aligned to the Unix epoch (UTC).
   * @defaultValue `['1m', '5m', '30m', '1h', '1d']`
   */
  readonly windows?: readonly Duration[] | undefined
  /**
   * How far samples may come out of order before a window closes without them, ms. That, and how late the samples of the
   * stream themselves are, is how old a window is when it is emitted: rules must not take it for stale.
   * @defaultValue 5000, half of `staleAfterMs` of `@tocsin/fault`
   */
  readonly maxDisorderMs?: number | undefined
  /**
   * How long after its end the samples of a window of the shortest length are kept for corrections, ms of event time. It bounds
   * the memory: all samples of that time stay. Those that come later go to longer windows alone, and are problems `too-late`.
   * @defaultValue 120000, two minutes
   */
  readonly maxLateMs?: number | undefined
  /**
   * Samples further ahead of the clock are refused, ms. Those that are less far ahead are taken, but close no window: that is
   * left to the clock. @defaultValue 300000, five minutes
   */
  readonly maxFutureMs?: number | undefined
  /** Most series with windows in memory; samples of others are refused. @defaultValue 100000 */
  readonly maxSeries?: number | undefined
  /**
   * Which value counts where a series has several at one millisecond: the largest, the smallest, or the furthest from 0. Events
   * (`observation`, `delta`, `set`) all count. @defaultValue `'largest'`
   */
  readonly sameTime?: SameTime | undefined
  /**
   * Counters of 32 or 64 bits begin again at 0 behind their end: a fall of one that lies below it goes on and is no restart.
   * @defaultValue `'none'`: each fall is a restart
   */
  readonly counterWrap?: CounterWrap | undefined
  /** Whether windows keep how long each gauge or state held, for the value `timeAverage`. @defaultValue false */
  readonly timeAverage?: boolean | undefined
}

/** The defaults of {@link WindowEngineOptions}. */
export const defaultWindowEngineOptions: Defined<WindowEngineOptions> = Object.freeze({
  windows: Object.freeze(['1m', '5m', '30m', '1h', '1d'] as const),
  maxDisorderMs: 5000,
  maxLateMs: 120_000,
  maxFutureMs: 300_000,
  maxSeries: 100_000,
  sameTime: 'largest',
  counterWrap: 'none',
  timeAverage: false,
})

/** Accepts window lengths. */
export const windowsCheck: Check = (value) => (parseLevels(value) === undefined ? levelsRule : undefined)

/** What each option may be. */
export const windowChecks: Checks<WindowEngineOptions> = {
  windows: windowsCheck,
  maxDisorderMs: wholeNumber(0),
  maxLateMs: wholeNumber(0),
  maxFutureMs: wholeNumber(0),
  maxSeries: wholeNumber(1),
  sameTime: oneOf('largest', 'smallest', 'furthest'),
  counterWrap: oneOf('none', '32', '64'),
  timeAverage: flag,
}
