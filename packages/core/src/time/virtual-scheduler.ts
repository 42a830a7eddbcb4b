import { Subscription } from 'rxjs'
import type { SchedulerAction, SchedulerLike } from 'rxjs'

import { ActionQueue } from './action-queue.ts'
import type { Queued } from './action-queue.ts'
import type { Time } from './replace-time.ts'

type Work<State> = (this: SchedulerAction<State>, state: State) => void

/** A scheduler whose time only moves when it is told to. Actions of one moment run in the order in which they were scheduled. */
export class VirtualScheduler implements SchedulerLike {
  #now: number
  readonly #queue = new ActionQueue<VirtualAction>()

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
    return new VirtualAction(this, this.#queue, work as Work<unknown>).schedule(state, delay)
  }

  /** Actions that wait. */
  get size(): number {
    return this.#queue.size
  }

  /** When the next action is due; `Infinity` without one. */
  nextDue(): number {
    return this.#queue.first?.due ?? Infinity
  }

  /** Runs the next action, at its time. */
  runNext(): void {
    const action = this.#queue.first
    if (action === undefined) return
    this.#queue.remove(action)
    this.#now = Math.max(this.#now, action.due)
    action.run()
  }

  /** Goes there, never back, when what was due by then has run. */
  moveTo(time: number): void {
    this.#now = Math.max(this.#now, time)
  }

  /** Forgets all actions. */
  clear(): void {
    for (const action of this.#queue.all()) action.unsubscribe()
  }
}

class VirtualAction extends Subscription implements SchedulerAction<unknown>, Queued {
  due = 0
  order = 0
  place = -1
  readonly #scheduler: VirtualScheduler
  readonly #queue: ActionQueue<VirtualAction>
  readonly #work: Work<unknown>
  #state: unknown

  constructor(scheduler: VirtualScheduler, queue: ActionQueue<VirtualAction>, work: Work<unknown>) {
    super(() => queue.remove(this))
    this.#scheduler = scheduler
    this.#queue = queue
    this.#work = work
  }

  schedule(state?: unknown, delay = 0): this {
    if (this.closed) return this
    this.#queue.remove(this)
    this.#state = state
    this.due = this.#scheduler.now() + Math.max(0, delay)
    // What is due at no time never happens, as with the virtual scheduler of rxjs.
    if (Number.isFinite(this.due)) this.#queue.add(this)
    return this
  }

  run(): void {
    this.#work.call(this, this.#state)
  }
}
