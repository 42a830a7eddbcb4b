import { type Defined, resolveOptions, wholeNumber } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { maxTimerMs } from '../option-checks.ts'
import { machineStopwatch } from '../source/stopwatch.ts'
import type { Check, CheckResult } from './check.ts'
import { startCheck } from './running/check-run.ts'
import { createResolver } from './exchange/names/caching-resolver.ts'

/** How {@link runOnce} runs a check. */
export interface RunOnceOptions {
  /**
   * The run is given up after this time, ms.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number | undefined
}

/** The defaults of {@link runOnce}. */
export const defaultRunOnceOptions: Readonly<Defined<RunOnceOptions>> = Object.freeze({ timeoutMs: 10_000 })

/**
 * Runs a check now, once, outside of any set: to try it before it is put into one.
 *
 * Resolves with its result, whatever that is; rejects with `PROTOCOL_BAD_OPTION` for what is no check, and for wrong options. Time: the present, as the tick; the time-out is a timer of rxjs'
 * `asyncScheduler`.
 *
 * @example
 * ```ts
 * import { pollCheck, runOnce } from '@tocsin/protocols/checks'
 *
 * const queue = pollCheck('queue', async () => ({ depth: 3 }))
 * const { state, samples } = await runOnce(queue)
 * console.log(state, samples[0]?.series.metric, samples[0]?.value) // => good depth 3
 * ```
 */
export async function runOnce(check: Check, options: RunOnceOptions = {}): Promise<CheckResult> {
  if (typeof (check as Check | undefined)?.name !== 'string' || typeof check.run !== 'function')
    throw badOption('a check is an object with name and run')
  const { timeoutMs } = resolveOptions<Defined<RunOnceOptions>>(
    defaultRunOnceOptions,
    options,
    { timeoutMs: wholeNumber(1, maxTimerMs) },
    badOption,
  )
  const { name } = check
  const time = asyncScheduler.now()
  const resolver = createResolver()
  const ports = { clock: asyncScheduler, stopwatch: machineStopwatch, resolver }
  return new Promise((resolve) => {
    const run = startCheck(
      check,
      ports,
      (finding) => {
        timer.unsubscribe()
        resolver.close()
        const [attempts, attempt, lateMs] = [1, 1, finding.startedAt - time]
        resolve({ type: 'check', check: name, time, lateMs, attempt, attempts, hard: true, ...finding })
      },
      () => undefined,
    )
    const timer = asyncScheduler.schedule(
      () => run.cut('timed-out', `gave no answer in ${timeoutMs} ms`),
      timeoutMs,
    )
  })
}
