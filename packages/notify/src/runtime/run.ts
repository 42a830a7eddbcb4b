import type { Clock, ReportProblem } from '@tocsin/core'
import type { Subscriber } from 'rxjs'

import { createEngine, takeInput } from '../engine/engine.ts'
import type { Engine, Input, NotifyInput } from '../engine/engine.ts'
import { stateChanges } from '../engine/state.ts'
import { NotifyError } from '../errors.ts'
import type { NotifyChange } from '../model/change.ts'
import type { NotifyEvent } from '../model/event.ts'
import type { Policy } from '../model/policy.ts'
import type { ResolvedNotifyOptions } from '../options.ts'
import type { NotifyProblem } from '../problem.ts'
import { memoryNotifyStore } from '../stores/memory-notify-store.ts'
import type { NotifyStore } from '../stores/notify-store.ts'
import { Alarm } from './alarm.ts'
import { Pulse } from './heartbeat.ts'
import { Intake, turnedAway } from './intake.ts'
import { whenDone } from '../maybe-promise.ts'
import { OutcomeQueue } from './outcome-queue.ts'
import { Questions, unasked } from './questions.ts'
import { Sender } from './sender.ts'
import { StoreWriter } from './store-writer.ts'

/** Changes nothing, as nothing is planned under this id: what a heartbeat writes, so that a store that takes nothing stops it. */
const probe: NotifyChange = { type: 'settled', id: 'heartbeat' }

/**
 * One subscription: decides of each input at once, makes the changes durable in groups, and only then tells the events and begins the
 * attempts. A store that fails or hangs holds nobody up.
 */
export class Run {
  readonly #subscriber: Subscriber<NotifyEvent>
  readonly #options: ResolvedNotifyOptions
  readonly #report: ReportProblem<NotifyProblem>
  readonly #clock: Clock
  readonly #store: NotifyStore
  readonly #intake: Intake
  readonly #writer: StoreWriter
  readonly #queue: OutcomeQueue
  readonly #sender: Sender
  readonly #questions: Questions
  readonly #alarm: Alarm
  readonly #loading: Alarm
  readonly #pulse: Pulse | undefined
  #engine: Engine | undefined
  /** The store is in use. */
  #isLoaded = false
  /** The engine knows what was stored. */
  #isReady = false
  /** Inputs go straight to the engine. */
  #isOpen = false
  #isEnded = false

  constructor(
    options: ResolvedNotifyOptions,
    subscriber: Subscriber<NotifyEvent>,
    report: ReportProblem<NotifyProblem>,
  ) {
    this.#options = options
    this.#subscriber = subscriber
    this.#report = report
    const { scheduler, heartbeat, stillOpen } = options
    const clock = (this.#clock = options.clock ?? scheduler)
    this.#store = options.store ?? memoryNotifyStore()
    this.#intake = new Intake(options.maxPending, report)
    this.#sender = new Sender(options.notifiers, (result) => this.#step({ type: 'result', result }))
    this.#alarm = new Alarm(scheduler, clock, () => this.#step({ type: 'tick' }))
    this.#loading = new Alarm(scheduler, clock, () => this.#onSlowLoad())
    this.#questions = new Questions({
      stillOpen,
      scheduler,
      report,
      answer: ({ alert, is }) => this.#step({ type: 'answer', alert, is }),
    })
    this.#writer = new StoreWriter({
      store: this.#store,
      scheduler,
      clock,
      patienceMs: options.storePatienceMs,
      state: () => (this.#engine === undefined ? [] : stateChanges(this.#engine.state)),
      onProgress: () => this.#queue.pump(),
      onFailing: (text) => this.#onFailing(text),
      onRecovered: () => this.#step({ type: 'own', what: 'store_works' }),
      onClosed: (error) => this.#fail(error),
    })
    this.#queue = new OutcomeQueue(this.#writer, {
      isClosed: () => subscriber.closed,
      tell: (event) => subscriber.next(stillOpen === undefined ? unasked(event) : event),
      send: (notification) => this.#sender.send(notification),
      abort: (id) => this.#sender.abort(id),
      ask: (alerts) => this.#questions.ask(alerts),
      rest: () => this.#rest(),
    })
    this.#pulse =
      heartbeat &&
      new Pulse({
        heartbeat,
        scheduler,
        clock,
        report,
        nextDue: () => this.#engine?.nextDue() ?? Infinity,
        probe: (works) => this.#probe(works),
      })
  }

  /** Another policy holds from now on; with the first one it takes up where the store ended. */
  govern(policy: Policy): void {
    if (this.#engine === undefined) this.#load(policy)
    else if (this.#isOpen) this.#step({ type: 'policy', policy })
    else this.#intake.keep({ type: 'policy', policy })
  }

  /** Takes what comes from outside. */
  offer(value: NotifyInput): void {
    const input = takeInput(value)
    if (this.#ignores(input)) return
    if (!this.#intake.admits(input, this.#queue.pending)) {
      // Who asked for something hears of it at once, before the answers to those that wait.
      const answer = turnedAway(input)
      if (answer !== undefined) this.#subscriber.next({ time: this.#clock.now(), ...answer })
    } else if (this.#isOpen) this.#step(input, 1)
    else this.#intake.keep(input)
  }

  /** No more signals: completes when everything is told. */
  end(): void {
    this.#isEnded = true
    this.#rest()
  }

  /** Frees everything. What was not delivered stays unfinished in the store. */
  stop(): void {
    this.#alarm.clear()
    this.#loading.clear()
    this.#pulse?.stop()
    this.#questions.stop()
    this.#sender.stop()
    this.#queue.stop()
    this.#writer.stop()
    if (this.#isLoaded) this.#store.release()
    this.#isLoaded = false
  }

  #load(policy: Policy): void {
    const { random, storePatienceMs } = this.#options
    const engine = createEngine({
      policy,
      notifiers: concurrencyOf(this.#options),
      limits: this.#options,
      random,
    })
    this.#engine = engine
    const load = (): ReturnType<NotifyStore['load']> => {
      const changes = this.#store.load()
      this.#isLoaded = true
      return changes
    }
    this.#loading.after(storePatienceMs)
    whenDone(
      load,
      (changes) => {
        this.#loading.clear()
        if (!this.#subscriber.closed) this.#restore(engine, changes)
      },
      (error) => {
        // A load that failed holds nothing: what is in use is another run's.
        this.#isLoaded = false
        this.#fail(error)
      },
    )
  }

  #restore(engine: Engine, changes: readonly NotifyChange[]): void {
    const outcome = engine.restore(changes, this.#clock.now())
    this.#isReady = true
    this.#pulse?.start()
    this.#queue.add(outcome)
    this.#tellDamage()
    // What comes while they are told waits behind those that came before.
    for (let kept = this.#intake.takeKept(); kept.length > 0; kept = this.#intake.takeKept()) {
      for (const input of kept) if (!this.#ignores(input)) this.#step(input, 1)
    }
    this.#isOpen = true
    this.#rest()
  }

  /** Whoever was to be told of what is lost will not be: somebody must look himself. */
  #tellDamage(): void {
    const parts = this.#store.recovery?.damaged.length ?? 0
    if (parts === 0) return
    const text = `the store was damaged, and ${parts === 1 ? 'one part' : `${parts} parts`} of it could not be read: alerts or their ends may be missing`
    this.#step({ type: 'own', what: 'store_damaged', text })
  }

  /** Whether a `normal` signal ends nothing, as nearly all do: then it need not even wait. */
  #ignores(input: Input): boolean {
    if (input.type !== 'signal' || input.signal.type !== 'normal' || !this.#isReady) return false
    return this.#engine?.isAwaited(input.signal) === false
  }

  #step(input: Input, inputs = 0): void {
    if (this.#engine === undefined || !this.#isReady || this.#subscriber.closed) return
    this.#queue.add(this.#engine.step(input, this.#clock.now()), inputs)
  }

  #probe(works: () => void): void {
    if (this.#engine === undefined || !this.#isReady || this.#writer.isFailing) return
    const outcome = this.#engine.step({ type: 'tick' }, this.#clock.now())
    outcome.changes.push(probe)
    this.#queue.add(outcome, 0, (isStored) => {
      if (isStored && !this.#writer.isFailing) works()
    })
  }

  /** What could be told is told: now it is seen when to wake, and whether this is the end. */
  #rest(): void {
    if (this.#engine === undefined || !this.#isOpen) return
    const dropped = this.#intake.takeDropped(this.#clock.now())
    if (dropped > 0) this.#step({ type: 'own', what: 'overflow', dropped })
    // Also by what it was told just now.
    if (this.#subscriber.closed) return
    this.#alarm.set(this.#engine.nextDue())
    if (this.#isEnded && this.#queue.isEmpty && this.#engine.idle()) this.#subscriber.complete()
  }

  #onFailing(text: string): void {
    this.#report('store-failed', () => ({
      message: `the store failed, and what was decided since is only in memory, until it takes changes again: ${text}`,
    }))
    this.#step({ type: 'own', what: 'store_failing', text })
  }

  #onSlowLoad(): void {
    this.#loading.after(this.#options.storePatienceMs)
    this.#report('store-failed', () => ({
      message: `the store does not say what it holds: no answer yet to load, and until then nobody is told anything`,
    }))
  }

  #fail(error: unknown): void {
    if (error instanceof NotifyError) this.#subscriber.error(error)
    else {
      const message = 'the store cannot be used; see the cause, then subscribe again'
      this.#subscriber.error(new NotifyError('NOTIFY_STORE_FAILED', message, {}, error))
    }
  }
}

/** How many attempts each notifier makes at a time. */
const concurrencyOf = ({
  notifiers,
  concurrency,
}: ResolvedNotifyOptions): ReadonlyMap<string, { readonly concurrency: number }> =>
  new Map(
    Object.entries(notifiers).map(([name, notifier]) => [
      name,
      { concurrency: notifier.concurrency ?? concurrency },
    ]),
  )
