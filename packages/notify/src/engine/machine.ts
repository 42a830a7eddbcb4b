import type { Alert } from '../model/alert.ts'
import type { RetryLimits } from './backoff.ts'
import type { AboutAlert, NotifyEvent } from '../model/event.ts'
import type { Windows } from '../mutes/maintenance.ts'
import type { Notification } from '../render/notification.ts'
import type { Outbox } from './outbox.ts'
import type { CompiledRoute } from './route.ts'
import { applyChange } from './state.ts'
import type { NotifyChange, NotifyState } from './state.ts'
import type { TimerQueue } from './timer-queue.ts'

/** What the engine is limited to, and by. */
export interface EngineLimits extends RetryLimits {
  /** Longest attempt, ms. */
  readonly sendTimeoutMs: number
  /** Most alerts at a time. */
  readonly maxOpenAlerts: number
}

/** What one step decided; the caller's to keep. */
export interface Outcome {
  /** To be made durable, in this order, before the rest happens; what `restore` takes after a restart. */
  readonly changes: NotifyChange[]
  /** To be told, in this order. */
  readonly events: NotifyEvent[]
  /** Attempts to be made, each by the notifier that is its `target`; how it ended is to be told as an input `result`. */
  readonly sends: Notification[]
  /** Ids of notifications whose attempt took too long: it is to be given up, and what it still brings is not heard. */
  readonly aborts: string[]
}

/** The parts that the functions of the engine share. */
export interface Machine {
  readonly limits: EngineLimits
  readonly state: NotifyState
  readonly routes: readonly CompiledRoute[]
  readonly windows: Windows
  readonly targets: ReadonlySet<string>
  readonly timers: TimerQueue
  readonly outbox: Outbox
  /** Open alerts of an earlier life of which no signal has come since, as {@link alertKey} names them. */
  readonly unconfirmed: Set<string>
  /** Routes about an alert, by its id. */
  readonly matches: Map<string, readonly CompiledRoute[]>
  /** From 0 to below 1. */
  readonly random: () => number
  /** What the current step has decided so far. */
  outcome: Outcome
}

/** A step that has decided nothing yet. */
export const emptyOutcome = (): Outcome => ({ changes: [], events: [], sends: [], aborts: [] })

/** Changes the state, and notes the change for the store. The state is the sum of its changes, always. */
export function record(machine: Machine, change: NotifyChange): void {
  applyChange(machine.state, change)
  machine.outcome.changes.push(change)
}

/** Tells a decision. */
export function tell(machine: Machine, event: NotifyEvent): void {
  machine.outcome.events.push(event)
}

/** The common part of events about an alert. */
export const about = ({ id, ruleSet, series, severity }: Alert, now: number): AboutAlert => ({
  time: now,
  alert: id,
  ruleSet,
  series,
  severity,
})

/** The routes about an alert, found once. */
export function routesOf(machine: Machine, alert: Alert): readonly CompiledRoute[] {
  const known = machine.matches.get(alert.id)
  if (known !== undefined) return known
  const found = machine.routes.filter(({ matches }) => matches(alert.signal))
  machine.matches.set(alert.id, found)
  return found
}
