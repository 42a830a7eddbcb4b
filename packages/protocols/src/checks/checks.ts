import { buildSeries, type Clock, type Defined, port, resolveOptions } from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { createTickEngine, type CheckAction, type CheckTiming } from '../ticking/check-engine.ts'
import { type CheckLimits, defaultCheckLimits, limitChecks } from '../ticking/check-limits.ts'
import { stablePhase } from '../ticking/ticks.ts'
import { badOption } from '../errors.ts'
import { maxTimerMs } from '../option-checks.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { createWaker } from '../source/waker.ts'
import type { CheckDefinition, CheckResult } from './check.ts'
import { createCheckRuns, type NamedCheck } from './check-runs.ts'
import { machineStopwatch } from '../source/stopwatch.ts'

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
}

/** The defaults of {@link checks}. */
export const defaultChecksOptions: Readonly<Defined<ChecksOptions>> = Object.freeze({
  ...defaultCheckLimits,
  clock: asyncScheduler,
  scheduler: asyncScheduler,
  stopwatch: machineStopwatch,
})

const resolve = (options: ChecksOptions): Defined<ChecksOptions> =>
  resolveOptions<Defined<ChecksOptions>>(
    {
      ...defaultChecksOptions,
      clock: options.scheduler ?? defaultChecksOptions.clock,
      stopwatch: options.clock ?? options.scheduler ?? defaultChecksOptions.stopwatch,
    },
    options,
    {
      ...limitChecks,
      clock: port('now'),
      scheduler: port('now', 'schedule'),
      stopwatch: port('now'),
    },
    badOption,
  )

type TimedCheck = CheckTiming & NamedCheck

/**
 * Runs checks at fixed times: no drift, no overlap, and exactly one result for each tick, whatever happens.
 *
 * A tick that comes while the run before it goes on, or that passed while the process was stopped, gives a result with
 * status `'skipped'`; a run past its time-out gives one at once, whether it heeds its signal or not, and the check is not
 * started again before it has ended.
 *
 * - Emits: each result when its run ends or is skipped, in a batch of its own. Checks wait for nobody: a subscriber of batches
 *   that does not acknowledge loses the results beyond its `maxInFlight`, counted in `stats.dropped` and a problem `overflow`.
 * - Completes: never.
 * - Errors: never; a check that throws gives a result.
 * - Memory: one small record for each check, and one run at a time of each.
 * - Time: `clock` for ticks, `stopwatch` for durations and time-outs, so that setting the clock ends no run; one timer for the whole
 *   set.
 */
export function checks(
  definitions: readonly CheckDefinition[],
  options: ChecksOptions = {},
): Source<CheckResult> {
  const resolved = resolve(options)
  const timed = resolveDefinitions(definitions)
  const base = createSourceBase<ProblemReason>('checks', resolved.clock)
  return createSource<CheckResult, ProblemReason>(base, (run) => {
    const { clock, scheduler, stopwatch } = resolved
    const engine = createTickEngine(timed, clock.now(), resolved)
    const runs = createCheckRuns(timed, clock, stopwatch, {
      result: (result) => run.emit([result]),
      settled: (index) => perform(engine.settled(index, clock.now(), stopwatch.now())),
    })
    const waker = createWaker(clock, scheduler, (now) => perform(engine.advance(now, stopwatch.now())))
    const perform = (actions: readonly CheckAction[]): void => {
      for (const action of actions) {
        if (action.kind !== 'time-out')
          base.stats.received += 1 + (action.kind === 'skip' ? action.missed : 0)
        runs.perform(action)
      }
      if (!runs.stopped) waker.arm(engine.nextDue())
    }
    waker.arm(engine.nextDue())
    return () => {
      waker.stop()
      runs.stop()
    }
  })
}

const isDefinition = (value: Partial<CheckDefinition> | null): boolean =>
  typeof value === 'object' && typeof value?.check?.name === 'string' && typeof value.check.run === 'function'

function resolveDefinitions(definitions: readonly CheckDefinition[]): readonly TimedCheck[] {
  if (!Array.isArray(definitions)) throw badOption('the definitions of checks must be a list')
  const names = new Set<string>()
  return definitions.map((definition: CheckDefinition) => {
    if (!isDefinition(definition)) throw badOption('each check must be an object with name and run')
    const { check, periodMs, timeoutMs, phaseMs } = definition
    const { name } = check
    if (name === '' || !buildSeries('check', { check: name }).ok)
      throw badOption(`"${name}" cannot be the name of a check: it is empty or too long`)
    if (names.has(name)) throw badOption(`two checks are named "${name}"; give each a name of its own`)
    names.add(name)
    const whole = (option: string, value: number, min: number, max: number): number => {
      if (Number.isSafeInteger(value) && value >= min && value <= max) return value
      throw badOption(
        `"${option}" of check "${name}" must be a whole number from ${min} to ${max}, got ${value}`,
      )
    }
    whole('periodMs', periodMs, 1, maxTimerMs)
    return {
      name,
      check,
      periodMs,
      timeoutMs: whole('timeoutMs', timeoutMs ?? Math.min(10_000, Math.ceil(periodMs / 2)), 1, maxTimerMs),
      phaseMs: whole('phaseMs', phaseMs ?? stablePhase(name, periodMs), 0, periodMs - 1),
    }
  })
}
