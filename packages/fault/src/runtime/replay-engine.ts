import type { ReportProblem } from '@tocsin/core'
import { arrivalOf } from '@tocsin/core/time'
import type { Subscriber } from 'rxjs'

import type { FaultEngine } from '../engine/fault-engine.ts'
import type { FaultColumn } from '../model/fault-column.ts'
import type { FaultEvent } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { FaultProblem } from '../model/fault-problem.ts'
import { readOpen } from './open-faults.ts'
import type { ReplayOptions } from './options.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { createReporter } from './problems.ts'

/** An engine in the time at which its samples were received. */
export class ReplayEngine<S extends FaultInput> {
  readonly #engine: FaultEngine<S>
  readonly #open: ReplayOptions['open']
  readonly #subscriber: Subscriber<FaultEvent<S>>
  readonly #report: ReportProblem<FaultProblem>
  readonly #outbox: Outbox<S>
  #now = -Infinity

  constructor(
    engine: FaultEngine<S>,
    { open, problems }: Pick<ReplayOptions, 'open' | 'problems'>,
    subscriber: Subscriber<FaultEvent<S>>,
  ) {
    this.#engine = engine
    this.#open = open
    this.#subscriber = subscriber
    this.#report = createReporter(problems, { now: () => this.#now })
    this.#outbox = createOutbox(subscriber, this.#report)
  }

  /** Judges a sample that was received then; false where that is after `until`. */
  take(sample: S, receivedAt: number, until: number): boolean {
    if (receivedAt > until) return false
    this.goTo(receivedAt)
    if (this.#isLeft()) return true
    if (this.#now === -Infinity) this.#passOver()
    else this.#outbox.deliver(this.#engine.sample(sample, this.#now))
    return true
  }

  /** Judges samples, those that were received at one moment together; false where one was after `until`. */
  takeAll(samples: readonly S[], until: number): boolean {
    for (let first = 0; first < samples.length && !this.#isLeft();) {
      const receivedAt = arrivalOf(samples[first])
      if (receivedAt > until) return false
      this.goTo(receivedAt)
      if (this.#isLeft()) break
      if (this.#now === -Infinity) {
        this.#passOver()
        first += 1
        continue
      }
      let end = first + 1
      // What is no time at all is received with those before it.
      while (end < samples.length && !(arrivalOf(samples[end]) > this.#now)) end += 1
      const isAll = first === 0 && end === samples.length
      this.#outbox.deliver(this.#engine.batch(isAll ? samples : samples.slice(first, end), this.#now))
      first = end
    }
    return true
  }

  /** Judges samples that lie in columns, in order of time; false where one was after `until`. */
  takeColumns(columns: readonly FaultColumn[], until: number): boolean {
    const samples = this.#engine.columns(columns)
    for (let time = samples.next(); time < Infinity && !this.#isLeft(); time = samples.next()) {
      if (time > until) return false
      this.goTo(time)
      if (this.#isLeft()) break
      const output = samples.take(this.#now, until)
      if (output.time > this.#now) this.#now = output.time
      this.#outbox.deliver(output)
    }
    return true
  }

  /** Lets time pass, and tells what is due by then at its own moment. What is no time leaves it where it is. */
  goTo(time: number): void {
    if (this.#now === -Infinity) this.#begin(time)
    const engine = this.#engine
    for (let due = engine.nextDue(); due <= time && !this.#isLeft(); due = engine.nextDue()) {
      if (due > this.#now) this.#now = due
      this.#outbox.deliver(engine.advance(this.#now))
    }
    if (time > this.#now) this.#now = time
  }

  /** Before there is any time, nothing can be judged. */
  #passOver(): void {
    const message = 'a sample had no finite time, came before any that has one, and judged nothing'
    this.#report('bad-time', () => ({ message }))
  }

  #isLeft(): boolean {
    return this.#subscriber.closed
  }

  #begin(time: number): void {
    if (!Number.isFinite(time)) return
    this.#now = time
    const faults = readOpen(this.#open, this.#report)
    this.#outbox.deliver(this.#engine.restore(faults, time))
  }
}
