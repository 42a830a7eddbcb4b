import { type Check, type Checks, type Defined, type Duration, wholeNumber } from '@tocsin/core'

import { levelsRule, parseLevels } from './engine/levels.ts'

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
   * How long after its end a window of the shortest length is kept for corrections, ms of event time. It bounds the memory:
   * all windows of that time stay. @defaultValue 3600000, one hour
   */
  readonly maxLateMs?: number | undefined
  /** Samples further ahead of the clock are refused, ms. @defaultValue 300000, five minutes */
  readonly maxFutureMs?: number | undefined
  /** Most series with windows in memory; samples of others are refused. @defaultValue 100000 */
  readonly maxSeries?: number | undefined
}

/** The defaults of {@link WindowEngineOptions}. */
export const defaultWindowEngineOptions: Defined<WindowEngineOptions> = Object.freeze({
  windows: Object.freeze(['1m', '5m', '30m', '1h', '1d'] as const),
  maxDisorderMs: 5000,
  maxLateMs: 3_600_000,
  maxFutureMs: 300_000,
  maxSeries: 100_000,
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
}
