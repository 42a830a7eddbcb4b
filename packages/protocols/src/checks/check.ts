import type { Sample } from '@tocsin/core'

import type { CheckAvailable, CheckOutcome, CheckState } from './check-outcome.ts'
import type { Resolver } from './exchange/resolver.ts'
import type { Findings } from './findings.ts'

export type { CheckAvailable, CheckOutcome, CheckState } from './check-outcome.ts'

/** What a check is given for one run. */
export interface CheckContext {
  /**
   * Aborted at the time-out and when nobody is subscribed any more; stop then and free everything. A listener of it that throws is an
   * exception that nobody caught, as Node has it, which ends the process.
   */
  readonly signal: AbortSignal
  /** The present by the clock of {@link checks}, ms since the Unix epoch: the time for samples. */
  readonly now: () => number
  /** Time since the run began, ms, by a clock that nobody sets: to measure by. */
  readonly elapsedMs: () => number
  /** Takes what is measured, as it is measured: the result has it whatever comes of the run, also at the time-out. */
  readonly found: Findings
  /** Finds the addresses of hosts, and keeps them for the checks of a set. */
  readonly resolver: Resolver
  /**
   * One object for all runs of one subscription, and another for each other: what a check keeps from run to run is kept apart by
   * it, in a `WeakMap`, so that one that is in two sets, or in one with two subscribers, serves each as if it were alone.
   */
  readonly runner: object
}

/** Something that can be looked at again and again. */
export interface Check {
  /** Unique in its set, where of two the first counts and the other is refused; the value of the tag `check`. */
  readonly name: string
  /** What `perHost` of {@link checks} counts by; without it the check counts by itself. */
  readonly host?: string | undefined
  /**
   * Looks once. A rejection is `bad`, and not available: the target gave no answer. So is that of a mistake of its own code: nobody
   * can tell the `TypeError` of one from that of `fetch` where a connection was refused; the status says its message. Two failures of
   * the entry `checks/exchange` say something else, `answeredBadly` and `notAsked`; errors of this package, such as of a wrong
   * option, are `unknown`. An outcome that is none, without a state or with a sample that is none, is `unknown` too; it spoils the
   * result of this run and nothing else.
   */
  run(context: CheckContext): PromiseLike<CheckOutcome>
}

/** A check and when to run it: `periodMs` or `after`, and not both. */
export interface CheckDefinition {
  /** What to run. */
  readonly check: Check
  /** Time between runs, ms. */
  readonly periodMs?: number | undefined
  /** Name of the check after whose runs this one runs, whatever they found; it has their tick. */
  readonly after?: string | undefined
  /**
   * A run is given up after this time, ms.
   * @defaultValue half the period, at most 10000; after another check 10000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Ticks are at `phaseMs + k * periodMs` since the Unix epoch; from 0 below the period, ms.
   * @defaultValue from a hash of the name, so that checks spread over the period and keep their place
   */
  readonly phaseMs?: number | undefined
  /**
   * So many runs in a row must be other than good until that is hard; before it is soft.
   * @defaultValue 1
   */
  readonly attempts?: number | undefined
  /**
   * Time from a run that is soft to the next one, ms, where that is sooner than the next tick: one tick more. At most the period, and with
   * `attempts` above 1 only: else no run is soft.
   * @defaultValue the period
   */
  readonly retryMs?: number | undefined
}

/**
 * Why a result is not good. `not-good`: the check said so; `no-answer`: the run rejected, so nobody answered, as where a connection
 * was refused; `not-asked`: the run rejected by a fault on this side, so nobody could ask; `wrong-outcome`: what it gave is none;
 * `timed-out`; and for a tick without a run, `still-running`: the run before has not ended; `queued`: it waited for a place for too
 * long; `missed`: the process was stopped when it was due; `removed`: its definition was taken out in the run.
 */
export type CheckReason =
  | 'not-good'
  | 'no-answer'
  | 'not-asked'
  | 'wrong-outcome'
  | 'timed-out'
  | 'still-running'
  | 'queued'
  | 'missed'
  | 'removed'

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
  /** How long the run took, ms, by a clock that nobody sets; 0 where there was none, or somebody else made it. */
  readonly durationMs: number
  /** Whether the target answered; `'unknown'` where nobody asked. */
  readonly available: CheckAvailable
  /** How well it is; `'unknown'` where nobody asked. */
  readonly state: CheckState
  /** Which run in a row this is that is not good, at most `attempts`; 1 where it is good. */
  readonly attempt: number
  /** So many make a state that is not good a hard one. */
  readonly attempts: number
  /** Whether the state is good, or as many runs in a row as `attempts` were not; false where nobody asked or waited for the answer. */
  readonly hard: boolean
  /** Why, where it is not good. */
  readonly reason?: CheckReason
  /** How it is, as a sentence. */
  readonly status: string
  /** Earlier ticks, beyond `maxMissed`, that this one without a run stands for as well. */
  readonly missed?: number
  /** What was measured. */
  readonly samples: readonly Sample[]
}
