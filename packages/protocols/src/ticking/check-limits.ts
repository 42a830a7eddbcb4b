import { type Checks, type Defined, wholeNumber } from '@tocsin/core'

/** Bounds of a set of checks; `checks` takes the same. */
export interface CheckLimits {
  /**
   * Most runs at a time; further ones wait in order.
   * @defaultValue 512
   */
  readonly concurrency?: number | undefined
  /**
   * Most runs at a time against one host; further ones wait, and nobody else waits for them.
   * @defaultValue 16
   */
  readonly perHost?: number | undefined
  /**
   * A run that could begin only so much after its tick, or more than half a period after it, is left out, ms: what waited while the
   * process was stopped does not come all at once.
   * @defaultValue 5000
   */
  readonly maxLateMs?: number | undefined
  /**
   * Most missed ticks of one check that one wake-up reports one by one; the first result stands for the rest in `missed`. Beyond 10000
   * results of all checks together it is 1: after a night of sleep a large set has millions of them.
   * @defaultValue 100
   */
  readonly maxMissed?: number | undefined
}

/** The defaults of {@link CheckLimits}. */
export const defaultCheckLimits: Readonly<Defined<CheckLimits>> = Object.freeze({
  concurrency: 512,
  perHost: 16,
  maxLateMs: 5000,
  maxMissed: 100,
})

/** So many results of one wake-up, and each further check reports its missed ticks by one. */
export const maxMissedTogether: number = 10_000

/** What each limit may be. */
export const limitChecks: Checks<CheckLimits> = {
  concurrency: wholeNumber(1),
  perHost: wholeNumber(1),
  maxLateMs: wholeNumber(0),
  maxMissed: wholeNumber(1, 100_000),
}
