import type { Clock } from '@tocsin/core'
import type { SchedulerLike, Subscription } from 'rxjs'

/** Longest delay that a timer of JavaScript can hold; a longer one would fire at once. */
const maxDelayMs = 2 ** 31 - 1

/** One scheduled action, for whatever is due next. */
export class Alarm {
  readonly #scheduler: SchedulerLike
  readonly #clock: Clock
  readonly #ring: () => void
  #due = Infinity
  #action: Subscription | undefined

  constructor(scheduler: SchedulerLike, clock: Clock, ring: () => void) {
    this.#scheduler = scheduler
    this.#clock = clock
    this.#ring = ring
  }

  /** Moves the alarm; `Infinity` takes it away. */
  set(due: number): void {
    if (due === this.#due) return
    this.clear()
    if (due === Infinity) return
    this.#due = due
    const delayMs = Math.min(Math.max(due - this.#clock.now(), 0), maxDelayMs)
    this.#action = this.#scheduler.schedule(() => {
      this.#due = Infinity
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
