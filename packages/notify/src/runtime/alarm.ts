import type { Clock } from '@tocsin/core'
import type { SchedulerLike, Subscription } from 'rxjs'

/** Longest sleep, ms: a clock that was set, and a machine that slept, are noticed after it, for timers run by neither. */
const maxSleepMs = 60_000

/** One scheduled action, for whatever is due next. */
export class Alarm {
  readonly #scheduler: SchedulerLike
  readonly #clock: Clock
  readonly #ring: () => void
  #due = Infinity
  #action: Subscription | undefined

  /** `ring` is called when it is due, and up to a minute after it was set in any case. */
  constructor(scheduler: SchedulerLike, clock: Clock, ring: () => void) {
    this.#scheduler = scheduler
    this.#clock = clock
    this.#ring = ring
  }

  /** Moves the alarm to a moment of the clock; `Infinity` takes it away. */
  set(due: number): void {
    if (due === this.#due) return
    if (due === Infinity) {
      this.clear()
      return
    }
    this.after(Math.min(Math.max(due - this.#clock.now(), 0), maxSleepMs))
    this.#due = due
  }

  /** Moves the alarm to so many ms from now, whatever becomes of the clock. */
  after(delayMs: number): void {
    this.clear()
    this.#action = this.#scheduler.schedule(() => {
      this.#due = Infinity
      this.#action = undefined
      this.#ring()
    }, delayMs)
  }

  /** Takes the alarm away. */
  clear(): void {
    this.#action?.unsubscribe()
    this.#action = undefined
    this.#due = Infinity
  }
}
