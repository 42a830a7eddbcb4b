import type { SchedulerLike, Subscription } from 'rxjs'

/** Something due is waited for at most so long at a time, ms: the next look shows whether the machine slept. */
const mostWaitMs = 60_000

/** An alarm that did not ring for so long after its time, ms, shows that nobody watched. */
const mostOverdueMs = 60_000

/** One timer of a scheduler, for whatever is due next. */
export interface AlarmClock {
  /** Rings at `due` at the latest; `now` is the present. */
  plan(due: number, now: number): void
  /** Whether it should have rung long ago, which is told once: the machine slept or was too busy, or its clock was set forward. */
  wasMissed(now: number): boolean
  /** It rings no more. */
  stop(): void
}

/** Creates a timer that calls `ring`. */
export function createAlarmClock(scheduler: SchedulerLike, ring: (wasMissed: boolean) => void): AlarmClock {
  let timer: Subscription | undefined
  let at = Infinity
  const alarm: AlarmClock = {
    plan(due, now) {
      if (due === Infinity) return
      // What is due already waits for its turn, so that others have theirs.
      const next = Math.min(Math.max(due, now), now + mostWaitMs)
      // Further away than anything is planned: the clock was set back.
      if (next >= at && at <= now + mostWaitMs) return
      alarm.stop()
      at = next
      timer = scheduler.schedule(() => {
        const wasMissed = alarm.wasMissed(scheduler.now())
        at = Infinity
        ring(wasMissed)
      }, next - now)
    },
    wasMissed(now) {
      if (now - at <= mostOverdueMs) return false
      alarm.stop()
      return true
    },
    stop() {
      timer?.unsubscribe()
      at = Infinity
    },
  }
  return alarm
}
