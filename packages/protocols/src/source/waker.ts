import type { Clock } from '@tocsin/core'
import type { SchedulerLike, Subscription } from 'rxjs'

/** One timer that is set again and again. */
export interface Waker {
  /** Wakes at a time of the clock, ms since the Unix epoch, instead of the one set before; never for `Infinity`. */
  arm(time: number): void
  /** Ends it: it wakes no more, also where it is armed afterwards, as by what was under way. */
  readonly stop: () => void
}

// A longer sleep would not notice that the clock was set.
const longestSleepMs = 60_000

/** A timer on a scheduler for times of a clock. `wake` may come early, and says itself what is due. */
export function createWaker(clock: Clock, scheduler: SchedulerLike, wake: (now: number) => void): Waker {
  let timer: Subscription | undefined
  let armed = Infinity
  let isStopped = false
  const disarm = (): void => {
    timer?.unsubscribe()
    timer = undefined
    armed = Infinity
  }
  return {
    arm(time) {
      if (isStopped || (timer !== undefined && time === armed)) return
      disarm()
      if (time === Infinity) return
      armed = time
      const delay = Math.min(Math.max(0, time - clock.now()), longestSleepMs)
      timer = scheduler.schedule(() => {
        timer = undefined
        wake(clock.now())
      }, delay)
    },
    stop() {
      isStopped = true
      disarm()
    },
  }
}
