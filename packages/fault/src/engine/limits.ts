import { type Checks, type Defined, flag, wholeNumber } from '@tocsin/core'

/** What bounds an engine of faults; `evaluate` takes the same. */
export interface FaultEngineOptions {
  /**
   * A sample older than this many ms on arrival judges nothing, so that a backlog pages nobody. What a silence or a hold brings is
   * known this much after it was due, since a fresh sample may still be on its way; it is told with the time at which it was due.
   * @defaultValue 10000
   */
  readonly staleAfterMs?: number | undefined
  /**
   * A sample further ahead than this many ms is judged as of now.
   * @defaultValue 10000
   */
  readonly maxFutureMs?: number | undefined
  /**
   * Samples are held back this many ms, and judged in order of their time, so that disorder within it does not show.
   * @defaultValue 0
   */
  readonly reorderMs?: number | undefined
  /**
   * Most pairs of rule set and series with state; samples of further series are counted and not judged.
   * @defaultValue 100000
   */
  readonly maxInstances?: number | undefined
  /**
   * Most of these pairs for series of one source, so that one that floods costs the others nothing.
   * @defaultValue as many as `maxInstances`
   */
  readonly maxInstancesPerSource?: number | undefined
  /**
   * Whether a source that is silent as a whole is one fault, instead of one for each of its series.
   * @defaultValue true
   */
  readonly sources?: boolean | undefined
  /**
   * Parts that a window moves on by: the newest so many are the window, the current one included.
   * @defaultValue 12
   */
  readonly panes?: number | undefined
}

/** Limits that are complete and checked. */
export type FaultLimits = Defined<FaultEngineOptions>

/** The defaults of {@link FaultEngineOptions}. */
export const defaultFaultEngineOptions: Defined<FaultEngineOptions> = Object.freeze({
  staleAfterMs: 10_000,
  maxFutureMs: 10_000,
  reorderMs: 0,
  maxInstances: 100_000,
  maxInstancesPerSource: 10_000_000,
  sources: true,
  panes: 12,
})

/** What each limit may be. */
export const limitChecks: Checks<FaultLimits> = {
  staleAfterMs: wholeNumber(0),
  maxFutureMs: wholeNumber(0),
  reorderMs: wholeNumber(0, 3_600_000),
  maxInstances: wholeNumber(1, 10_000_000),
  maxInstancesPerSource: wholeNumber(1, 10_000_000),
  sources: flag,
  panes: wholeNumber(1, 255),
}
