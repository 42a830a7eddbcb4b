import type { Alert, AlertPlace } from '../model/alert.ts'
import type { NotifyChange } from '../model/change.ts'
import type { NotificationIds } from '../model/digest.ts'
import type { AboutAlert, NotifyEvent } from '../model/event.ts'
import type { Notification } from '../model/notification.ts'
import type { Windows } from '../mutes/maintenance.ts'
import type { Flapping } from '../mutes/flapping.ts'
import type { Mute } from '../mutes/mute.ts'
import type { RetryLimits } from './outbox/backoff.ts'
import type { Hearing } from './episodes/hearing.ts'
import type { Outbox } from './outbox/outbox.ts'
import type { OwnAlerts } from './own/own-alerts.ts'
import type { CompiledPolicy, Reach } from './route.ts'
import { applyChange } from './state.ts'
import type { NotifyState } from './state.ts'
import type { TimerQueue } from './outbox/timer-queue.ts'

/** What the engine is limited to, and by. */
export interface EngineLimits extends RetryLimits {
  /** Longest attempt, ms. */
  readonly sendTimeoutMs: number
  /** Most alerts at a time of the severities 2 to 5; severity 1 has as much room again for itself. */
  readonly maxOpenAlerts: number
  /** How long a notifier may only fail before that is an alert of its own, ms. */
  readonly failingAfterMs: number
}

/** What one step decided; the caller's to keep. */
export interface Outcome {
  /** To be made durable, in this order; what `restore` takes after a restart. */
  readonly changes: NotifyChange[]
  /** To be told, in this order, after the changes are durable. */
  readonly events: NotifyEvent[]
  /** Attempts to be made, each by its `notifier`; how it ended is to be told as an input `result`. */
  readonly sends: Notification[]
  /** Ids of notifications whose attempt took too long: it is to be given up, and what it still brings is not heard. */
  readonly aborts: string[]
  /** Alerts whose detector is to be asked whether they are still open; the answer is to be told as an input `answer`. */
  readonly asks: Alert[]
}

/** The parts that the functions of the engine share. */
export interface Machine {
  readonly limits: EngineLimits
  readonly state: NotifyState
  /** What holds now; another one may be given at any time. */
  policy: CompiledPolicy
  readonly windows: Windows
  flapping: Flapping
  /** Reasons not to tell now, the first that applies. */
  readonly mutes: readonly Mute[]
  readonly notifiers: ReadonlyMap<string, { readonly concurrency: number }>
  readonly timers: TimerQueue
  readonly outbox: Outbox
  readonly own: OwnAlerts
  /** What was heard of each alert in this life. */
  readonly hearing: Hearing
  /** Ids of open alerts of an earlier life of which no signal has come since. */
  readonly unconfirmed: Set<string>
  /** Who is told of an alert, by its id. */
  readonly reaches: Map<string, Reach>
  readonly idOf: NotificationIds
  /** From 0 to below 1. */
  readonly random: () => number
  /** What the current step has decided so far. */
  outcome: Outcome
}

/** A step that has decided nothing yet. */
export const emptyOutcome = (): Outcome => ({ changes: [], events: [], sends: [], aborts: [], asks: [] })

/** Changes the state, and notes the change for the store. The state is the sum of its changes, always. */
export function record(machine: Machine, change: NotifyChange): void {
  applyChange(machine.state, change)
  machine.outcome.changes.push(change)
}

/** Records an alert as it is from now on. Most changes are of what one place knows: then that is all that is written. */
export function recordAlert(machine: Machine, next: Alert): void {
  const before = machine.state.alerts.get(next.id)
  if (next === before) return
  const place = before && changedPlace(before, next)
  if (place === undefined) record(machine, { type: 'alert', alert: next })
  else record(machine, { type: 'place', alert: next.id, place })
}

/** The place that changed, where there is one, and nothing else did. */
function changedPlace(before: Alert, next: Alert): AlertPlace | undefined {
  let changed: AlertPlace | undefined
  if (before.places.length !== next.places.length || !isSameBeside(before, next)) return undefined
  for (const [index, place] of next.places.entries()) {
    const was = before.places[index]
    if (place === was) continue
    if (changed !== undefined || place.place !== was?.place) return undefined
    changed = place
  }
  return changed
}

/** `next` is a copy of `before` with changes: it has all of its fields. */
function isSameBeside(before: Alert, next: Alert): boolean {
  let name: keyof Alert
  for (name in next) if (name !== 'places' && next[name] !== before[name]) return false
  return true
}

/** Tells a decision. */
export function tell(machine: Machine, event: NotifyEvent): void {
  machine.outcome.events.push(event)
}

/** The common part of events about an alert. */
export const about = (
  { id, ruleSet, series, severity }: Pick<Alert, 'id' | 'ruleSet' | 'series' | 'severity'>,
  now: number,
): AboutAlert => ({
  time: now,
  alert: id,
  ruleSet,
  series,
  severity,
})

/** Who is told of an alert, found once. */
export function reachOf(machine: Machine, alert: Alert): Reach {
  const known = machine.reaches.get(alert.id)
  if (known !== undefined) return known
  const found = machine.policy.reachOf(alert)
  machine.reaches.set(alert.id, found)
  return found
}
