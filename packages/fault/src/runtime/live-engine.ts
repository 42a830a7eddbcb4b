import { type Batch, isBatch, type ReportProblem } from '@tocsin/core'
import type { Observer, SchedulerLike } from 'rxjs'

import { createEngine, type FaultEngine } from '../engine/fault-engine.ts'
import type { FaultOutput } from '../engine/fault-output.ts'
import type { FaultLimits } from '../engine/limits.ts'
import type { FaultEvent, RestoredFault } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { FaultProblem } from '../model/fault-problem.ts'
import { type AlarmClock, createAlarmClock } from './alarm-clock.ts'
import { readOpen } from './open-faults.ts'
import type { EvaluateOptions } from './options.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { RulesInForce } from './rules-in-force.ts'
import { StateKeeper } from './state-keeper.ts'
import { answerOf, type OpenQuestion, type StillOpenAnswer } from './still-open.ts'

/** What runs an engine. */
export interface LiveOptions extends Pick<EvaluateOptions, 'open' | 'state'> {
  readonly scheduler: SchedulerLike
  readonly limits: FaultLimits
}

/** An engine in the time of a scheduler: fed, woken, saved. */
export class LiveEngine<S extends FaultInput> {
  readonly #options: LiveOptions
  readonly #report: ReportProblem<FaultProblem>
  readonly #engine: FaultEngine<S>
  readonly #outbox: Outbox<S>
  readonly #alarm: AlarmClock
  readonly #keeper: StateKeeper | undefined
  /** Whether the engine knows what was saved before. */
  readonly #isLoaded: boolean
  /** Open faults whose rule sets are broken: nothing is said of them until it is known what watches them. */
  #waiting: readonly RestoredFault[] = []
  #isStopped = false

  constructor(
    options: LiveOptions,
    { ruleSets }: RulesInForce,
    observer: Pick<Observer<FaultEvent<S>>, 'next'>,
    report: ReportProblem<FaultProblem>,
  ) {
    const { scheduler, state, limits } = options
    this.#options = options
    this.#report = report
    const loaded = this.#load((bytes) => createEngine<S>(ruleSets, limits, bytes))
    this.#isLoaded = loaded !== undefined
    this.#engine = loaded ?? createEngine(ruleSets, limits)
    this.#keeper = state && new StateKeeper(state, this.#engine, report)
    this.#outbox = createOutbox(observer, report)
    this.#alarm = createAlarmClock(scheduler, (wasMissed) => this.#wake(wasMissed))
  }

  /** Goes on with what is known of before. */
  begin({ broken }: RulesInForce): void {
    const { open, state } = this.#options
    const faults = readOpen(open, this.#report)
    // Nobody watched since the state was saved.
    const now = this.#present(this.#isLoaded)
    this.#waiting = faults?.filter(({ ruleSet }) => broken.has(ruleSet)) ?? []
    const known = faults?.filter(({ ruleSet }) => !broken.has(ruleSet)) ?? (state && [])
    if (known !== undefined || !this.#isLoaded) this.#tell(this.#engine.restore(known, now), now)
  }

  take(input: S | Batch<S>): void {
    const now = this.#present()
    if (!isBatch(input)) {
      this.#tell(this.#engine.sample(input, now), now)
      return
    }
    if (this.#keeper?.knows(input) !== true)
      this.#tell(this.#engine.batch(input.values, now), now, input.position)
    if (!this.#isStopped) input.ack()
  }

  setRuleSets({ ruleSets, broken }: RulesInForce): void {
    const now = this.#present()
    this.#tell(this.#engine.setRuleSets(ruleSets, now), now)
    const known = this.#waiting.filter(({ ruleSet }) => !broken.has(ruleSet))
    if (known.length === 0) return
    this.#waiting = this.#waiting.filter(({ ruleSet }) => broken.has(ruleSet))
    this.#tell(this.#engine.restore(known, now), now)
  }

  /** Whether a fault is open; of what waits for its rule set nothing is known. */
  stillOpen(question: OpenQuestion): StillOpenAnswer['is'] {
    return answerOf(this.#engine, question)
  }

  stop(): void {
    const now = this.#options.scheduler.now()
    // Until now it was watched.
    if (!this.#alarm.wasMissed(now)) this.#engine.batch([], now)
    this.#isStopped = true
    this.#alarm.stop()
    // Where the observer left within an event, there may be more that it did not hear: the state before tells it again.
    if (!this.#outbox.isBusy) this.#keeper?.end(now)
  }

  #load(create: (bytes: Uint8Array) => FaultEngine<S>): FaultEngine<S> | undefined {
    const bytes = this.#options.state?.load()
    if (bytes === undefined) return undefined
    try {
      return create(bytes)
    } catch (error) {
      const message = `the saved state cannot be used, and all begins anew with the faults of open: ${String(error)}`
      this.#report('bad-state', () => ({ message }))
      return undefined
    }
  }

  /** The time now; first, whether nobody watched for a while. */
  #present(wasMissed = false): number {
    const now = this.#options.scheduler.now()
    if (wasMissed || this.#alarm.wasMissed(now)) this.#tell(this.#engine.resume(now), now)
    return now
  }

  #wake(wasMissed: boolean): void {
    const now = this.#present(wasMissed)
    this.#tell(this.#engine.advance(now), now)
    if (this.#isStopped) return
    this.#keeper?.look(now)
    this.#plan(now)
  }

  #tell(output: FaultOutput<S>, now: number, position?: Batch<S>['position']): void {
    this.#keeper?.note(now, position)
    this.#outbox.deliver(output)
    this.#plan(now)
  }

  #plan(now: number): void {
    if (!this.#isStopped)
      this.#alarm.plan(Math.min(this.#engine.nextDue(), this.#keeper?.due ?? Infinity), now)
  }
}
