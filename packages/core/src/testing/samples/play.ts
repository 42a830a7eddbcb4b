import { asyncScheduler, Observable } from 'rxjs'
import type { Subscription } from 'rxjs'

import { arrivalOf } from '../../time/in-event-time.ts'
import type { EventTimeOptions, Timed } from '../../time/in-event-time.ts'

/** A value and the moment at which it arrives, ms. */
export interface Arrival<T> {
  readonly at: number
  readonly value: T
}

/** Timers of Node fire at once when asked for more. */
const maxTimerMs = 2 ** 31 - 1

/**
 * A stream that brings each value when it arrives: events of your own in virtual time.
 *
 * Emits: each value at its time, by `asyncScheduler`; those of one moment together, in their order; what is due already at once.
 * Completes: with the last one.
 * Errors: never; a value whose time is no finite number throws `PLAY_BAD_TIME` at the call.
 * Memory: all values.
 * Time: `asyncScheduler`, one action at a time for each subscription.
 *
 * @example
 * ```ts
 * import { play, virtualTime } from '@tocsin/fault/testing'
 *
 * using time = virtualTime()
 * const requests = [{ at: 0, route: '/pay' }, { at: 90_000, route: '/cart' }]
 * play(requests, { timeOf: ({ at }) => at }).subscribe(({ route }) => console.log(time.now(), route)) // => 0 /pay
 * // => 90000 /cart
 * await time.run()
 * ```
 */
export function play<T extends Timed>(values: Iterable<T>): Observable<T>
/** Brings values of any shape when they arrive. */
export function play<T>(
  values: Iterable<T>,
  options: EventTimeOptions<T> & { readonly timeOf: (value: T) => number },
): Observable<T>
export function play<T>(
  values: Iterable<T>,
  { timeOf = arrivalOf }: EventTimeOptions<T> = {},
): Observable<T> {
  const arrivals = Array.from(values, (value) => ({ at: timeOf(value), value }))
  const lost = arrivals.findIndex(({ at }) => !Number.isFinite(at))
  if (lost >= 0) {
    const message = `PLAY_BAD_TIME: value ${lost} arrives at ${String(arrivals[lost]?.at)}; give timeOf, or times in ms since the Unix epoch`
    throw Object.assign(new RangeError(message), { code: 'PLAY_BAD_TIME' })
  }
  arrivals.sort((a, b) => a.at - b.at)
  return playArrivals(arrivals, arrivals.at(-1)?.at ?? 0)
}

/** The same for arrivals in their order; completes at `end` or with the last one, whichever is later. */
export function playArrivals<T>(arrivals: readonly Arrival<T>[], end: number): Observable<T> {
  return new Observable((subscriber) => {
    let next = 0
    let timer: Subscription | undefined
    subscriber.add(() => timer?.unsubscribe())
    const wake = (): void => {
      const wait = (arrivals[next]?.at ?? end) - asyncScheduler.now()
      timer = asyncScheduler.schedule(bring, Math.min(Math.max(0, wait), maxTimerMs))
    }
    const bring = (): void => {
      for (
        let due = arrivals[next];
        due !== undefined && due.at <= asyncScheduler.now();
        due = arrivals[next]
      ) {
        if (subscriber.closed) return
        next += 1
        subscriber.next(due.value)
      }
      if (next >= arrivals.length && end <= asyncScheduler.now()) subscriber.complete()
      else wake()
    }
    wake()
  })
}
