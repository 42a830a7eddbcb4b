import { Subscription } from 'rxjs'
import type { SchedulerAction, SchedulerLike } from 'rxjs'

import type { Time } from './replace-time.ts'

type Work<State> = (this: SchedulerAction<State>, state: State) => void

/** A scheduler whose time only moves when it is told to. Actions of one moment run in the order in which they were scheduled. */
export class VirtualScheduler implements SchedulerLike {
  #now: number
  /** By time and then by order, the next one last. */
  readonly #queue: VirtualAction[] = []

  constructor(start: number) {
    this.#now = start
  }

  /** Its time, to take the place of another. */
  readonly time: Time = {
    now: () => this.now(),
    schedule: (...given: Parameters<SchedulerLike['schedule']>) => this.schedule(...given),
  }

  now(): number {
    return this.#now
  }

  schedule(work: Work<never>, delay = 0, state?: unknown): Subscription {
    return new VirtualAction(this, work as Work<unknown>).schedule(state, delay)
  }

  /** Actions that wait. */
  get size(): number {
    return this.#queue.length
  }

  /** When the next action is due; `Infinity` without one. */
  nextDue(): number {
    return this.#queue.at(-1)?.due ?? Infinity
  }

  /** Runs the next action, at its time. */
  runNext(): void {
    const action = this.#queue.pop()
    if (action === undefined) return
    action.isQueued = false
    this.#now = Math.max(this.#now, action.due)
    action.run()
  }

  /** Runs what is due up to then, each action at its time, and goes there; never back. */
  runUntil(time: number): void {
    while (this.nextDue() <= time) this.runNext()
    this.#now = Math.max(this.#now, time)
  }

  /** Puts an action behind all that are due by then. */
  add(action: VirtualAction): void {
    let low = 0
    let high = this.#queue.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#queue[middle]?.due ?? Infinity) > action.due) low = middle + 1
      else high = middle
    }
    this.#queue.splice(low, 0, action)
    action.isQueued = true
  }

  remove(action: VirtualAction): void {
    if (!action.isQueued) return
    this.#queue.splice(this.#queue.lastIndexOf(action), 1)
    action.isQueued = false
  }

  /** Forgets all actions. */
  clear(): void {
    for (const action of [...this.#queue]) action.unsubscribe()
  }
}

class VirtualAction extends Subscription implements SchedulerAction<unknown> {
  due = 0
  isQueued = false
  readonly #scheduler: VirtualScheduler
  readonly #work: Work<unknown>
  #state: unknown

  constructor(scheduler: VirtualScheduler, work: Work<unknown>) {
    super()
    this.#scheduler = scheduler
    this.#work = work
    this.add(() => scheduler.remove(this))
  }

  schedule(state?: unknown, delay = 0): this {
    if (this.closed) return this
    this.#scheduler.remove(this)
    this.#state = state
    this.due = this.#scheduler.now() + Math.max(0, delay)
    // What is due at no time never happens, as with the schedulers of rxjs.
    if (Number.isFinite(this.due)) this.#scheduler.add(this)
    return this
  }

  run(): void {
    this.#work.call(this, this.#state)
  }
}
