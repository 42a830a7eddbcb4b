import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, Input } from '../../src/engine/engine.ts'
import type { EngineLimits, Outcome } from '../../src/engine/machine.ts'
import { openAlerts } from '../../src/engine/state.ts'
import type { Alert } from '../../src/model/alert.ts'
import type { NotifyChange } from '../../src/model/change.ts'
import type { Command } from '../../src/model/command.ts'
import type { NotifyEvent } from '../../src/model/event.ts'
import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { NotifiedAlert, Notification } from '../../src/model/notification.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { DetectorSignal } from '../../src/model/signal.ts'

const limits: EngineLimits = {
  baseDelayMs: 1000,
  maxDelayMs: 300_000,
  sendTimeoutMs: 30_000,
  maxOpenAlerts: 1000,
  failingAfterMs: 60_000,
}

export const everybody: Policy = { groups: { ops: { notifiers: ['a'] } }, routes: [{ group: 'ops' }] }

/** How an attempt ends; of one that was `'repeated'` the provider read the first sending, and refused the second one for good. */
export type Ending = 'ok' | 'lost' | 'repeated' | DeliveryFailure
/** What a provider makes of an attempt: it ends at once, after so many ms, or never. */
export type Answer = Ending | 'hangs' | { readonly afterMs: number; readonly answer: Ending }

const failures: Readonly<Record<'lost' | 'repeated', DeliveryFailure>> = {
  lost: { failure: 'transient', message: 'the answer was lost' },
  repeated: { failure: 'permanent', message: 'the repeat was refused', arrived: 'perhaps' },
}

export interface Attempt extends Notification {
  readonly at: number
  readonly accepted: boolean
  readonly alert: NotifiedAlert
}

/** An engine with a provider that answers at once, in a time that only moves when told to. */
export class Rig {
  now = 0
  readonly events: NotifyEvent[] = []
  readonly attempts: Attempt[] = []
  readonly aborted: string[] = []
  readonly asked: Alert[] = []
  readonly log: NotifyChange[] = []
  answer: (notification: Notification, attempt: number) => Answer = () => 'ok'
  policy: Policy
  readonly notifiers: readonly string[]
  readonly limits: EngineLimits
  random: () => number = () => 0.5
  engine: Engine
  readonly #tries = new Map<string, number>()
  /** Attempts under way that end by themselves. */
  #running: { readonly at: number; readonly end: () => void }[] = []

  constructor(
    policy: Policy = everybody,
    notifiers: readonly string[] = ['a', 'b'],
    some: Partial<EngineLimits> = {},
  ) {
    this.policy = policy
    this.notifiers = notifiers
    this.limits = { ...limits, ...some }
    this.engine = this.#create(notifiers)
    this.#follow(this.engine.restore([], 0))
  }

  #create(names: Iterable<string>): Engine {
    const notifiers = new Map([...names].map((name) => [name, { concurrency: 8 }]))
    return createEngine({ policy: this.policy, notifiers, limits: this.limits, random: () => this.random() })
  }

  /** A kill and a restart: only what was durable is left. */
  restart(policy: Policy = this.policy, notifiers: Iterable<string> = this.notifiers): this {
    this.policy = policy
    this.#running = []
    this.engine = this.#create(notifiers)
    this.#follow(this.engine.restore(JSON.parse(JSON.stringify(this.log)) as NotifyChange[], this.now))
    return this
  }

  /** Moves the time, doing what is due on the way. */
  to(time: number): this {
    for (;;) {
      const due = this.engine.nextDue()
      const first = this.#running.reduce((at, each) => Math.min(at, each.at), Infinity)
      if (Math.min(due, first) > time) break
      this.now = Math.max(this.now, Math.min(due, first))
      if (due <= first) this.step({ type: 'tick' })
      else
        this.#running
          .splice(
            this.#running.findIndex(({ at }) => at === first),
            1,
          )[0]
          ?.end()
    }
    this.now = time
    return this
  }

  /** The clock jumps, forth or back, as where the machine slept or somebody set it. A program ticks now and then before that. */
  jump(time: number): this {
    this.step({ type: 'tick' })
    this.now = time
    this.step({ type: 'tick' })
    return this
  }

  step(input: Input): this {
    this.#follow(this.engine.step(input, this.now))
    return this
  }

  /** Hands in a signal at its time. */
  signal(signal: DetectorSignal): this {
    this.to(Math.max(this.now, signal.time))
    return this.late(signal)
  }

  /** Hands in a signal now, whatever its time. */
  late(signal: DetectorSignal): this {
    return this.step({ type: 'signal', signal: JSON.parse(JSON.stringify(signal)) as DetectorSignal })
  }

  command(command: Command): this {
    return this.step({ type: 'command', command })
  }

  /** Accepted notifications as `time kind severity place`. */
  get told(): string[] {
    return this.attempts
      .filter(({ accepted }) => accepted)
      .map(({ at, kind, severity, place }) => `${at} ${kind} ${severity} ${place}`)
  }

  /** Events as `type` or `type reason`. */
  get decisions(): string[] {
    return this.events.map((event) => ('reason' in event ? `${event.type} ${event.reason}` : event.type))
  }

  /** Those that are open, without what the engine says of itself. */
  get open(): readonly Alert[] {
    return openAlerts(this.engine.state).filter(({ ruleSet }) => ruleSet !== 'tocsin.notify')
  }

  get alertId(): string {
    return [...this.engine.state.alerts.keys()].at(-1) ?? 'none'
  }

  #follow({ changes, events, sends, aborts, asks }: Outcome): void {
    this.log.push(...changes)
    this.events.push(...events)
    this.aborted.push(...aborts)
    this.asked.push(...asks)
    for (const notification of sends) {
      const { id, notifier, alerts } = notification
      const attempt = (this.#tries.get(id) ?? 0) + 1
      this.#tries.set(id, attempt)
      const answer = this.answer(notification, attempt)
      const ending = typeof answer === 'object' && 'afterMs' in answer ? answer.answer : answer
      const accepted = ending === 'ok' || ending === 'lost' || ending === 'repeated'
      this.attempts.push({ ...notification, at: this.now, accepted, alert: alerts[0] })
      if (ending === 'hangs') continue
      const failure = ending === 'ok' ? undefined : typeof ending === 'string' ? failures[ending] : ending
      const end = (): void => {
        this.step({ type: 'result', result: { id, notifier, ...(failure && { failure }) } })
      }
      if (ending === answer) end()
      else this.#running.push({ at: this.now + (answer as { afterMs: number }).afterMs, end })
    }
  }
}
