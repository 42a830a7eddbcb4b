import type { Clock } from '@tocsin/core'

import type { CheckAction, CheckSkip } from '../ticking/check-engine.ts'
import { messageOf } from '../errors.ts'
import type { Check, CheckContext, CheckOutcome, CheckResult } from './check.ts'

/** Carries out what the engine decides. */
export interface CheckRuns {
  /** True after `stop()`. */
  readonly stopped: boolean
  perform(action: CheckAction): void
  /** Aborts what runs; nothing is told after that. */
  stop(): void
}

interface Ongoing {
  readonly controller: AbortController
  readonly tick: number
  readonly startedAt: number
  /** Its time-out was told; what it still brings is ignored. */
  over: boolean
}

interface Listener {
  result(result: CheckResult): void
  settled(index: number): void
}

/** Starts, times out and skips; each action leads to exactly one result. */
export function createCheckRuns(
  checks: readonly { readonly check: Check; readonly timeoutMs: number }[],
  clock: Clock,
  listener: Listener,
): CheckRuns {
  const ongoing = new Map<number, Ongoing>()
  let stopped = false

  function finish(index: number, run: Ongoing, ending: Ending): void {
    if (run.over || stopped) return
    run.over = true
    const { tick: time, startedAt } = run
    const check = checks[index]?.check.name ?? ''
    listener.result({
      type: 'check',
      check,
      time,
      startedAt,
      lateMs: startedAt - time,
      // A clock that was set back must not make a negative one.
      durationMs: Math.max(0, clock.now() - startedAt),
      samples: [],
      ...ending,
    })
  }

  async function start(index: number, tick: number, check: Check): Promise<void> {
    const run: Ongoing = { controller: new AbortController(), tick, startedAt: clock.now(), over: false }
    ongoing.set(index, run)
    const context = { signal: run.controller.signal, now: () => clock.now() }
    try {
      finish(index, run, endingOf(await attempt(check, context)))
    } catch (error) {
      finish(index, run, { status: 'failed', reason: 'threw', message: messageOf(error) })
    }
    ongoing.delete(index)
    if (!stopped) listener.settled(index)
  }

  function timeOut(index: number, timeoutMs: number): void {
    const run = ongoing.get(index)
    if (run === undefined) return
    const message = `gave no answer in ${timeoutMs} ms`
    finish(index, run, { status: 'timeout', reason: 'timed-out', message })
    run.controller.abort(new Error(message))
  }

  return {
    get stopped() {
      return stopped
    },
    perform(action) {
      const { index, tick } = action
      const definition = checks[index]
      if (stopped || definition === undefined) return
      const { check, timeoutMs } = definition
      if (action.kind === 'skip') listener.result(skipped(check.name, action, clock.now()))
      else if (action.kind === 'start') void start(index, tick, check)
      else timeOut(index, timeoutMs)
    },
    stop() {
      stopped = true
      for (const { controller } of ongoing.values())
        controller.abort(new Error('nobody is subscribed any more'))
    },
  }
}

/** Makes a rejection of a throw, so that a run never ends inside the call that starts it. */
async function attempt(check: Check, context: CheckContext): Promise<CheckOutcome> {
  const outcome: unknown = await check.run(context)
  if (typeof outcome !== 'object' || outcome === null) throw new TypeError('gave no object with ok')
  const { samples } = outcome as CheckOutcome
  if (samples !== undefined && !Array.isArray(samples)) throw new TypeError('gave samples that are no list')
  return outcome as CheckOutcome
}

type Ending = Pick<CheckResult, 'status' | 'reason' | 'message'> & Partial<Pick<CheckResult, 'samples'>>

function endingOf({ ok, message, samples = [] }: CheckOutcome): Ending {
  return {
    status: ok ? 'ok' : 'failed',
    samples,
    ...(!ok && { reason: 'not-ok' as const }),
    ...(message !== undefined && { message }),
  }
}

const skipped = (check: string, { tick: time, reason, missed }: CheckSkip, now: number): CheckResult => ({
  type: 'check',
  check,
  time,
  startedAt: now,
  lateMs: now - time,
  durationMs: 0,
  status: 'skipped',
  reason,
  ...(missed > 0 && { missed }),
  samples: [],
})
