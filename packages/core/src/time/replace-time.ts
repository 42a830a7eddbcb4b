import { asyncScheduler } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

/** Where a present comes from, and what wakes in it. */
export type Time = Pick<SchedulerLike, 'now' | 'schedule'>

/** The time that `asyncScheduler` of rxjs has now: all parts and operators use it unless told otherwise. */
export function presentTime(): Time {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it goes back to where it was
  return { now: asyncScheduler.now, schedule: asyncScheduler.schedule }
}

/** Gives `asyncScheduler` another time from now on. What is scheduled already stays where it is. */
export function replaceTime({ now, schedule }: Time): void {
  Object.assign(asyncScheduler, { now, schedule })
}

/** Gives `asyncScheduler` another time while something is done; a time that took its place meanwhile stays. */
export function withTime<Result>(time: Time, work: () => Result): Result {
  const before = presentTime()
  replaceTime(time)
  try {
    return work()
  } finally {
    if (asyncScheduler.now === time.now) replaceTime(before)
  }
}
