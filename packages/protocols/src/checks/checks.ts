import { type Clock, type Defined, port, resolveOptions } from '@tocsin/core'
import { asyncScheduler, from, type Observable, type ObservableInput, type SchedulerLike } from 'rxjs'

import { badOption, messageOf } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { machineStopwatch } from '../source/stopwatch.ts'
import { createWaker } from '../source/waker.ts'
import { type CheckLimits, defaultCheckLimits, limitChecks } from '../ticking/check-limits.ts'
import type { CheckDefinition, CheckResult } from './check.ts'
import { createCheckSet } from './running/check-set.ts'
import { readDefinitions, type TimedCheck } from './running/definitions.ts'
import { createResolver } from './exchange/names/caching-resolver.ts'
import type { Resolver } from './exchange/resolver.ts'

/** Bounds and time of {@link checks}. */
export interface ChecksOptions extends CheckLimits {
  /**
   * Where the present comes from.
   * @defaultValue the scheduler, which is one
   */
  readonly clock?: Clock | undefined
  /**
   * Runs the timer.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Measures durations and time-outs: a clock that never jumps, of which only differences count, in ms.
   * @defaultValue `clock` or `scheduler` where one is given, or else the machine's, in virtual time that
   */
  readonly stopwatch?: Clock | undefined
  /**
   * Finds the addresses of hosts.
   * @defaultValue `createResolver()`, one for each subscription
   */
  readonly resolver?: Resolver | undefined
}

/** The defaults of {@link checks}. */
export const defaultChecksOptions: Readonly<Defined<Omit<ChecksOptions, 'resolver'>>> = Object.freeze({
  ...defaultCheckLimits,
  clock: asyncScheduler,
  scheduler: asyncScheduler,
  stopwatch: machineStopwatch,
})

type Resolved = Defined<Omit<ChecksOptions, 'resolver'>> & { readonly resolver: Resolver | undefined }

const resolve = (options: ChecksOptions): Resolved =>
  resolveOptions<Resolved>(
    {
      ...defaultChecksOptions,
      clock: options.scheduler ?? defaultChecksOptions.clock,
      stopwatch: options.clock ?? options.scheduler ?? defaultChecksOptions.stopwatch,
      resolver: undefined,
    },
    options,
    {
      ...limitChecks,
      clock: port('now'),
      scheduler: port('now', 'schedule'),
      stopwatch: port('now'),
      resolver: (value) => (value === undefined ? undefined : port('resolve')(value)),
    },
    badOption,
  )

/** Why {@link checks} tells a problem. */
export type ChecksReason = ProblemReason | 'bad-definition'

/**
 * Runs checks at fixed times: no drift, no overlap, and exactly one result for each tick, whatever happens.
 *
 * A tick that comes while the run before it goes on, that waits too long for a place, or that passed while the process was
 * stopped, gives a result with state `'unknown'` and its reason; a run past its time-out gives one at once, whether it heeds its
 * signal or not, and the check is not started again before it has ended.
 *
 * Definitions may be a stream of lists: each is the whole set. A check that is in both goes on, with its new options; one that is gone
 * is aborted. A definition of a stream that is wrong is a problem `bad-definition`, and what was defined by that name stays.
 *
 * - Emits: each result when its run ends or is skipped, in a batch of its own. Checks wait for nobody: a subscriber of batches
 *   that does not acknowledge loses the results beyond its `maxInFlight`, counted in `stats.dropped` and a problem `overflow`.
 * - Completes: never.
 * - Errors: never; a check that throws gives a result. Wrong definitions in a list throw `PROTOCOL_BAD_OPTION` at the call. A stream of
 *   them that errs is a problem, and the last list stays.
 * - Memory: one small record for each check, and one run at a time of each.
 * - Time: `clock` for ticks, `stopwatch` for durations and time-outs, so that setting the clock ends no run; one timer for the whole
 *   set.
 */
export function checks(
  definitions: readonly CheckDefinition[] | ObservableInput<readonly CheckDefinition[]>,
  options: ChecksOptions = {},
): Source<CheckResult, ChecksReason> {
  const resolved = resolve(options)
  const list = Array.isArray(definitions) ? readAll(definitions) : undefined
  const lists = list === undefined ? listsOf(definitions) : undefined
  const base = createSourceBase<ChecksReason>('checks', resolved.clock)
  return createSource<CheckResult, ChecksReason>(base, (run) => {
    const { clock, scheduler, stopwatch } = resolved
    const { resolver, close } = resolverOf(resolved.resolver)
    const set = createCheckSet(
      resolved,
      { clock, stopwatch, resolver },
      {
        result(result) {
          base.stats.received += 1 + (result.missed ?? 0)
          run.emit([result])
        },
        moved: () => waker.arm(set.nextDue()),
      },
    )
    const waker = createWaker(clock, scheduler, () => set.wake())
    const refuse = (message: string): void => run.report('bad-definition', message)
    let defined = list ?? new Map<string, TimedCheck>()
    set.define(defined)
    const changes = lists?.subscribe({
      next(next) {
        try {
          set.define((defined = readDefinitions(next, refuse, defined)))
        } catch (error) {
          refuse(messageOf(error))
        }
      },
      error: (error: unknown) => refuse(`the stream of definitions ended: ${messageOf(error)}`),
    })
    return () => {
      changes?.unsubscribe()
      waker.stop()
      set.stop()
      close()
    }
  })
}

function resolverOf(given: Resolver | undefined): {
  readonly resolver: Resolver
  readonly close: () => void
} {
  if (given !== undefined) return { resolver: given, close: () => undefined }
  const resolver = createResolver()
  return { resolver, close: () => resolver.close() }
}

const readAll = (definitions: unknown): ReadonlyMap<string, TimedCheck> =>
  readDefinitions(definitions, (message) => {
    throw badOption(message)
  })

function listsOf(definitions: unknown): Observable<unknown> {
  try {
    return from(definitions as ObservableInput<unknown>)
  } catch (error) {
    throw badOption(`the definitions of checks must be a list or a stream of lists: ${messageOf(error)}`)
  }
}
