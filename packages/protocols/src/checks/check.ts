import type { Sample } from '@tocsin/core'

/** What a check is given for one run. */
export interface CheckContext {
  /** Aborted at the time-out and when nobody is subscribed any more; stop then and free everything. */
  readonly signal: AbortSignal
  /** The present by the clock of {@link checks}, ms since the Unix epoch: the time for samples. */
  readonly now: () => number
  /** Time since the run began, ms, by a clock that nobody sets: to measure by. */
  readonly elapsedMs: () => number
}

/** What one run found. */
export interface CheckOutcome {
  /** Whether all is well. */
  readonly ok: boolean
  /** What is not, as a sentence. */
  readonly message?: string | undefined
  /** What was measured. */
  readonly samples?: readonly Sample[] | undefined
}

/** Something that can be looked at again and again. */
export interface Check {
  /** Unique in its set; the value of the tag `check`. */
  readonly name: string
  /**
   * Looks once. A rejection means the same as `ok: false`, and so does an outcome that is none: without `ok`, or with a sample that
   * is none. It spoils the result of this run and nothing else.
   */
  run(context: CheckContext): PromiseLike<CheckOutcome>
}

/** A check and when to run it. */
export interface CheckDefinition {
  /** What to run. */
  readonly check: Check
  /** Time between runs, ms. */
  readonly periodMs: number
  /**
   * A run is given up after this time, ms.
   * @defaultValue half the period, at most 10000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Ticks are at `phaseMs + k * periodMs` since the Unix epoch; from 0 below the period, ms.
   * @defaultValue from a hash of the name, so that checks spread over the period and keep their place
   */
  readonly phaseMs?: number | undefined
}

/** How a tick ended. */
export type CheckStatus = 'ok' | 'failed' | 'timeout' | 'skipped'

/**
 * Why a tick did not end `'ok'`. `not-ok`: the check said so; `threw`: it rejected, or gave what is no outcome; `timed-out`; `still-running`: the run
 * before has not ended; `queued`: it still waits for a place; `missed`: the process was stopped when it was due.
 */
export type CheckReason = 'not-ok' | 'threw' | 'timed-out' | 'still-running' | 'queued' | 'missed'

/** What became of one tick of one check. */
export interface CheckResult {
  /** Tells it from what else is emitted. */
  readonly type: 'check'
  /** Name of the check. */
  readonly check: string
  /** The tick: when it was due, ms since the Unix epoch. */
  readonly time: number
  /** When it was started or skipped, ms since the Unix epoch. */
  readonly startedAt: number
  /** `startedAt` less `time`, ms. */
  readonly lateMs: number
  /** How long the run took, ms, by a clock that nobody sets; 0 where it was skipped. */
  readonly durationMs: number
  /** How it ended. */
  readonly status: CheckStatus
  /** Why, where it is not `'ok'`. */
  readonly reason?: CheckReason
  /** Details, as a sentence. */
  readonly message?: string
  /** Earlier ticks, beyond `maxMissed`, that this skipped one stands for as well. */
  readonly missed?: number
  /** What the check measured. */
  readonly samples: readonly Sample[]
}
