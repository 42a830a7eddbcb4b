import type { Clock } from '@tocsin/core'
import type { SchedulerAction, SchedulerLike } from 'rxjs'

import type { Check, CheckContext, CheckOutcome, CheckResult } from '../../src/checks/check.ts'
import { virtualTime } from '../../src/testing/index.ts'

/** A time that only the test moves, and what checks need of it. */
export interface Stage extends Disposable {
  readonly options: { readonly scheduler: SchedulerLike; readonly stopwatch: Clock }
  /** Timers of this scheduler that wait: of nobody else, whatever runs beside. */
  readonly timers: number
  advance(ms: number): Promise<void>
  /** Sets the clock so far on, or back. */
  jump(ms: number): void
  /** Lets so much time pass in which nothing runs. */
  stall(ms: number): void
  sleep(ms: number): Promise<void>
}

/** Begins at 100000. */
export function createStage(): Stage {
  const time = virtualTime({ start: 100_000 })
  let [set, lost, timers] = [0, 0, 0]
  const scheduler: SchedulerLike = {
    now: () => time.now() + lost + set,
    schedule<State>(work: (this: SchedulerAction<State>, state: State) => void, delay = 0, state?: State) {
      let waits = true
      timers += 1
      const end = (): void => {
        if (waits) timers -= 1
        waits = false
      }
      function run(this: SchedulerAction<State>, given?: State): void {
        end()
        work.call(this, given as State)
      }
      const action = time.schedule(run, delay, state)
      action.add(end)
      return action
    },
  }
  return {
    options: { scheduler, stopwatch: { now: () => time.now() + lost } },
    get timers() {
      return timers
    },
    advance: (ms) => time.advanceBy(ms),
    jump: (ms) => (set += ms),
    stall: (ms) => (lost += ms),
    sleep: (ms) => new Promise((resolve) => void time.schedule(() => resolve(), ms)),
    [Symbol.dispose]: () => time.end(),
  }
}

export const check = (name: string, run: (context: CheckContext) => PromiseLike<CheckOutcome>): Check => ({
  name,
  run,
})
export const good: Check = check('good', async () => ({ state: 'good' }))
export const hangs: Check = check('hangs', () => new Promise<never>(() => undefined))

/** A result as one line: name, tick, state, reason. */
export const line = ({ check: name, time, state, reason, missed }: CheckResult): string =>
  [name, time, state, reason, missed].filter((part) => part !== undefined).join(' ')
