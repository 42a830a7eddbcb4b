import { type Checks, type Defined, wholeNumber } from '@tocsin/core'

/** What bounds an engine of faults; `evaluate` takes the same. */
export interface FaultEngineOptions {
  /**
   * A sample older than this many ms on arrival judges nothing, so that a backlog pages nobody.
   * @defaultValue 10000
   */
  readonly staleAfterMs?: number | undefined
  /**
   * A sample further ahead than this many ms is judged as of now.
   * @defaultValue 10000
   */
  readonly maxFutureMs?: number | undefined
  /**
   * Most pairs of rule set and series with state; samples of further series are counted and not judged.
   * @defaultValue 100000
   */
  readonly maxInstances?: number | undefined
}

/** Limits that are complete and checked. */
export type FaultLimits = Defined<FaultEngineOptions>

/** The defaults of {@link FaultEngineOptions}. */
export const defaultFaultEngineOptions: Defined<FaultEngineOptions> = Object.freeze({
  staleAfterMs: 10_000,
  maxFutureMs: 10_000,
  maxInstances: 100_000,
})

/** What each limit may be. */
export const limitChecks: Checks<FaultLimits> = {
  staleAfterMs: wholeNumber(0),
  maxFutureMs: wholeNumber(0),
  maxInstances: wholeNumber(1, 10_000_000),
}
