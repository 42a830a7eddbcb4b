import { type Checks, type Defined, wholeNumber } from '@tocsin/core'

/** Bounds of a set of checks; `checks` takes the same. */
export interface CheckLimits {
  /**
   * Most runs at a time; further ones wait in order.
   * @defaultValue 64
   */
  readonly concurrency?: number | undefined
  /**
   * Most missed ticks of one check that one wake-up reports one by one; the first result stands for the rest in `missed`.
   * @defaultValue 100
   */
  readonly maxMissed?: number | undefined
}

/** The defaults of {@link CheckLimits}. */
export const defaultCheckLimits: Readonly<Defined<CheckLimits>> = Object.freeze({
  concurrency: 64,
  maxMissed: 100,
})

/** What each limit may be. */
export const limitChecks: Checks<CheckLimits> = {
  concurrency: wholeNumber(1),
  maxMissed: wholeNumber(1, 100_000),
}
