import type { Clock, ReportProblem } from '@tocsin/core'
import type { Subscriber } from 'rxjs'

import { Alarm } from './alarm.ts'
import { refusal } from '../model/command.ts'
import { createEngine, takeInput } from '../engine/engine.ts'
import type { Engine, Input, NotifyInput } from '../engine/engine.ts'
import type { Command, CommandRefusal } from '../model/command.ts'
import type { NotifyEvent } from '../model/event.ts'
import { emptyOutcome } from '../engine/machine.ts'
import type { Outcome } from '../engine/machine.ts'
import type { Policy } from '../model/policy.ts'
import type { NotifyChange } from '../engine/state.ts'
import { messageOf, NotifyError } from '../errors.ts'
import { whenDone } from './maybe-promise.ts'
import { memoryNotifyStore } from '../stores/memory-notify-store.ts'
import type { ResolvedNotifyOptions } from '../options.ts'
import type { NotifyProblem } from '../problem.ts'
import { Sender } from './sender.ts'
import type { NotifyStore } from '../stores/notify-store.ts'

/** Most inputs that are decided and made durable together. */
const maxBatch = 1000

/**
 * One subscription: feeds the engine with one input after the other, makes its changes durable, and only then tells its
 * events and begins its attempts. What comes in meanwhile waits, and is made durable together.
 */
export class Run {
  readonly #subscriber: Subscriber<NotifyEvent>
  readonly #options: ResolvedNotifyOptions
  readonly #clock: Clock
  readonly #store: NotifyStore
  readonly #engine: Engine
  readonly #sender: Sender
  readonly #alarm: Alarm
  readonly #report: ReportProblem<NotifyProblem>
  #inbox: { readonly input: Input; readonly now: number }[] = []
  #isBusy = true
  #isLoaded = false
  #isRestored = false
  /** Of the inbox, those `normal` signals that came before it was known which of them end an alert. */
  #early = 0
  #isEnded = false
  #storeFailure: string | undefined

  constructor(
    policy: Policy,
    options: ResolvedNotifyOptions,
    subscriber: Subscriber<NotifyEvent>,
    report: ReportProblem<NotifyProblem>,
  ) {
    this.#report = report
    this.#subscriber = subscriber
    this.#options = options
    this.#clock = options.clock ?? options.scheduler
    this.#store = options.store ?? memoryNotifyStore()
    this.#sender = new Sender(options.notifiers, (result) => this.#push({ type: 'result', result }))
    this.#alarm = new Alarm(options.scheduler, this.#clock, () => this.#push({ type: 'tick' }))
    const targets = new Set(Object.keys(options.notifiers))
    this.#engine = createEngine({ policy, targets, limits: options, random: options.random })
  }

  /** Takes up where the store ended. */
  start(): void {
    const load = (): ReturnType<NotifyStore['load']> => {
      const changes = this.#store.load()
      this.#isLoaded = true
      return changes
    }
    whenDone(
      load,
      (changes) => {
        if (!this.#subscriber.closed) this.#commit(this.#restore(changes))
      },
      (error) => {
        // A load that failed holds nothing: what is in use is another run's.
        this.#isLoaded = false
        this.#fail(error)
      },
    )
  }

  /** Takes what comes from outside. */
  offer(value: NotifyInput): void {
    const input = takeInput(value)
    if (this.#ignores(input)) return
    const isEarly = input.type === 'signal' && input.signal.type === 'normal' && !this.#isRestored
    // Counted apart: all series of a program may be normal at its start, and would leave no room for a fault.
    const waiting = isEarly ? this.#early : this.#inbox.length - this.#early
    if (waiting >= this.#options.maxPending) {
      this.#turnAway(input)
      return
    }
    if (isEarly) this.#early += 1
    this.#push(input)
  }

  /** No more signals: completes when everything is told. */
  end(): void {
    this.#isEnded = true
    this.#pump()
  }

  /** Frees everything. What was not delivered stays unfinished in the store. */
  stop(): void {
    this.#inbox.length = 0
    this.#alarm.clear()
    this.#sender.stop()
    if (this.#isLoaded) this.#store.release()
    this.#isLoaded = false
  }

  /** Whether a `normal` signal ends nothing, as nearly all do: then it need not even wait. */
  #ignores(input: Input): boolean {
    if (input.type !== 'signal' || input.signal.type !== 'normal') return false
    return this.#isRestored && !this.#engine.isAwaited(input.signal)
  }

  /** There is no room for an input. Who asked for something hears of it at once, before the answers to those that wait. */
  #turnAway(input: Input): void {
    if (input.type === 'signal') {
      const { id, series } = input.signal
      const message = `the signal ${id} was dropped: too many inputs wait for the store`
      this.#report('overflow', () => ({ message, series: series.key }))
    } else if (input.type === 'command' || input.type === 'refused') {
      const answer = input.type === 'refused' ? input.refusal : overflow(input.command)
      this.#subscriber.next({ time: this.#clock.now(), ...answer })
    }
  }

  #restore(changes: readonly NotifyChange[]): Outcome {
    const outcome = this.#engine.restore(changes, this.#clock.now())
    this.#isRestored = true
    this.#inbox = this.#inbox.filter(({ input }) => !this.#ignores(input))
    this.#early = 0
    return outcome
  }

  #push(input: Input): void {
    this.#inbox.push({ input, now: this.#clock.now() })
    this.#pump()
  }

  #pump(): void {
    if (this.#isBusy || this.#subscriber.closed) return
    this.#isBusy = true
    const batch = this.#inbox.splice(0, maxBatch)
    const outcome = emptyOutcome()
    for (const { input, now } of batch) merge(outcome, this.#engine.step(input, now))
    this.#commit(outcome)
  }

  #commit(outcome: Outcome): void {
    const done = (): void => this.#follow(outcome)
    if (outcome.changes.length === 0) done()
    else if (this.#storeFailure !== undefined) this.#goOnInMemory(this.#storeFailure, outcome)
    else
      whenDone(
        () => this.#store.append(outcome.changes),
        done,
        (error) => {
          if (isFinal(error)) this.#fail(error)
          else this.#goOnInMemory((this.#storeFailure = messageOf(error)), outcome)
        },
      )
  }

  /** People are told all the same. Nothing more is written: a store that lacks changes in the middle would be none. */
  #goOnInMemory(reason: string, outcome: Outcome): void {
    if (this.#subscriber.closed) return
    this.#report('store-failed', () => ({
      message: `the store failed, and what was decided since is only in memory, until notify is subscribed again: ${reason}`,
    }))
    this.#follow(outcome)
  }

  #follow({ events, sends, aborts }: Outcome): void {
    const closed = (): boolean => this.#subscriber.closed
    for (const event of events) if (!closed()) this.#subscriber.next(event)
    if (closed()) return
    for (const id of aborts) this.#sender.abort(id)
    for (const notification of sends) if (!closed()) this.#sender.send(notification)
    this.#isBusy = false
    if (this.#inbox.length > 0) {
      this.#pump()
      return
    }
    this.#alarm.set(this.#engine.nextDue())
    if (this.#isEnded && this.#engine.idle()) this.#subscriber.complete()
  }

  #fail(error: unknown): void {
    if (error instanceof NotifyError) this.#subscriber.error(error)
    else {
      const message = 'the store did not take the changes; see the cause, then subscribe again'
      this.#subscriber.error(new NotifyError('NOTIFY_STORE_FAILED', message, {}, error))
    }
  }
}

const overflow = (command: Command): CommandRefusal =>
  refusal(command, 'overflow', 'too many inputs wait for the store; ask again later')

/** Whether going on cannot be what is wanted, as with a store that was closed. */
const isFinal = (error: unknown): boolean =>
  error instanceof Error && 'retryable' in error && error.retryable === false

// Not push(...items): one command may change more alerts than a call can have arguments.
function merge(into: Outcome, { changes, events, sends, aborts }: Outcome): void {
  for (const change of changes) into.changes.push(change)
  for (const event of events) into.events.push(event)
  for (const id of aborts) {
    // An attempt that timed out while the store was slow was never begun.
    const waiting = into.sends.findIndex((notification) => notification.id === id)
    if (waiting < 0) into.aborts.push(id)
    else into.sends.splice(waiting, 1)
  }
  for (const notification of sends) into.sends.push(notification)
}
