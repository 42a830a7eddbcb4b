import type { Command } from '../../src/model/command.ts'
import { createEngine } from '../../src/engine/engine.ts'
import type { Engine, Input } from '../../src/engine/engine.ts'
import type { NotifyEvent } from '../../src/model/event.ts'
import type { DeliveryFailure } from '../../src/model/failure.ts'
import type { EngineLimits, Outcome } from '../../src/engine/machine.ts'
import type { Notification } from '../../src/render/notification.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { DetectorSignal } from '../../src/model/signal.ts'
import type { NotifyChange } from '../../src/engine/state.ts'

export const limits: EngineLimits = {
  baseDelayMs: 1000,
  maxDelayMs: 300_000,
  deadlineMs: 3_600_000,
  sendTimeoutMs: 30_000,
  maxOpenAlerts: 1000,
}

export const everybody: Policy = { groups: { ops: { notifiers: ['a'] } }, routes: [{ group: 'ops' }] }

/** What a provider makes of an attempt. */
export type Answer = 'ok' | 'lost' | 'hangs' | DeliveryFailure

export interface Attempt extends Notification {
  readonly at: number
  readonly accepted: boolean
}

/** An engine with a provider that answers at once, in a time that only moves when told to. */
export class Rig {
  now = 0
  readonly events: NotifyEvent[] = []
  readonly attempts: Attempt[] = []
  readonly aborted: string[] = []
  readonly log: NotifyChange[] = []
  answer: (notification: Notification, attempt: number) => Answer = () => 'ok'
  readonly policy: Policy
  readonly targets: ReadonlySet<string>
  readonly limits: EngineLimits
  random: () => number = () => 0.5
  engine: Engine

  constructor(
    policy: Policy = everybody,
    targets: readonly string[] = ['a', 'b'],
    some: Partial<EngineLimits> = {},
  ) {
    this.policy = policy
    this.targets = new Set(targets)
    this.limits = { ...limits, ...some }
    this.engine = this.#create()
    this.#follow(this.engine.restore([], 0))
  }

  #create(policy: Policy = this.policy, targets: ReadonlySet<string> = this.targets): Engine {
    return createEngine({ policy, targets, limits: this.limits, random: () => this.random() })
  }

  /** A kill and a restart: only what was durable is left. */
  restart(policy: Policy = this.policy, targets: Iterable<string> = this.targets): void {
    this.engine = this.#create(policy, new Set(targets))
    this.#follow(this.engine.restore(JSON.parse(JSON.stringify(this.log)) as NotifyChange[], this.now))
  }

  /** Moves the time, doing what is due on the way. */
  to(time: number): this {
    for (let due = this.engine.nextDue(); due <= time; due = this.engine.nextDue()) {
      this.now = Math.max(this.now, due)
      this.step({ type: 'tick' })
    }
    this.now = time
    return this
  }

  step(input: Input): void {
    this.#follow(this.engine.step(input, this.now))
  }

  /** Hands in a signal at its time. */
  signal(signal: DetectorSignal): this {
    this.to(Math.max(this.now, signal.time))
    this.step({ type: 'signal', signal: JSON.parse(JSON.stringify(signal)) as DetectorSignal })
    return this
  }

  command(command: Command): this {
    this.step({ type: 'command', command })
    return this
  }

  /** Accepted notifications as `time kind severity target`. */
  get told(): string[] {
    return this.attempts
      .filter(({ accepted }) => accepted)
      .map(({ at, kind, severity, target }) => `${at} ${kind} ${severity} ${target}`)
  }

  /** Events as `type` or `type reason`. */
  get decisions(): string[] {
    return this.events.map((event) => ('reason' in event ? `${event.type} ${event.reason}` : event.type))
  }

  get alertId(): string {
    return [...this.engine.state.alerts.keys()].at(-1) ?? 'none'
  }

  #follow({ changes, events, sends, aborts }: Outcome): void {
    this.log.push(...changes)
    this.events.push(...events)
    this.aborted.push(...aborts)
    for (const notification of sends) {
      const before = this.attempts.filter(({ id }) => id === notification.id).length
      const answer = this.answer(notification, before + 1)
      this.attempts.push({ ...notification, at: this.now, accepted: answer === 'ok' || answer === 'lost' })
      if (answer === 'hangs') continue
      const { id, target } = notification
      const lost: DeliveryFailure = { failure: 'transient', message: 'the answer was lost' }
      const failure = answer === 'ok' ? undefined : answer === 'lost' ? lost : answer
      this.step({ type: 'result', result: { id, target, ...(failure && { failure }) } })
    }
  }
}
