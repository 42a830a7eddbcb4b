import type { Clock } from '@tocsin/core'

import type { CheckAction, CheckSkip } from '../ticking/check-engine.ts'
import { messageOf } from '../errors.ts'
import type { Check, CheckContext, CheckResult } from './check.ts'
import { type Outcome, readOutcome } from './outcome.ts'

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
  readonly elapsedMs: () => number
  /** Its time-out was told; what it still brings is ignored. */
  over: boolean
}

interface Listener {
  result(result: CheckResult): void
  settled(index: number): void
}

/** A check with the name that it had when it was taken. */
export interface NamedCheck {
  readonly name: string
  readonly check: Check
  readonly timeoutMs: number
}

/** Starts, times out and skips; each action leads to exactly one result. */
export function createCheckRuns(
  checks: readonly NamedCheck[],
  clock: Clock,
  stopwatch: Clock,
  listener: Listener,
): CheckRuns {
  const ongoing = new Map<number, Ongoing>()
  let stopped = false

  function finish(index: number, run: Ongoing, ending: Ending): void {
    if (run.over || stopped) return
    run.over = true
    const { tick: time, startedAt } = run
    const check = checks[index]?.name ?? ''
    listener.result({
      type: 'check',
      check,
      time,
      startedAt,
      lateMs: startedAt - time,
      durationMs: run.elapsedMs(),
      samples: [],
      ...ending,
    })
  }

  async function start(index: number, tick: number, check: Check): Promise<void> {
    const begun = stopwatch.now()
    // A clock of the user's may be set back, which must not make a negative one.
    const elapsedMs = (): number => Math.max(0, Math.round((stopwatch.now() - begun) * 1000) / 1000)
    const controller = new AbortController()
    const run: Ongoing = { controller, tick, startedAt: clock.now(), elapsedMs, over: false }
    ongoing.set(index, run)
    const context = { signal: controller.signal, now: () => clock.now(), elapsedMs }
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
      const { name, check, timeoutMs } = definition
      if (action.kind === 'skip') listener.result(skipped(name, action, clock.now()))
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
const attempt = async (check: Check, context: CheckContext): Promise<Outcome> =>
  readOutcome(await check.run(context))

type Ending = Pick<CheckResult, 'status' | 'reason' | 'message'> & Partial<Pick<CheckResult, 'samples'>>

const endingOf = ({ ok, message, samples }: Outcome): Ending => ({
  status: ok ? 'ok' : 'failed',
  samples,
  ...(!ok && { reason: 'not-ok' as const }),
  ...(message !== undefined && { message }),
})

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
