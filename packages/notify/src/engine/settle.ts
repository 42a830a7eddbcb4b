import type { Alert, AlertPlace } from '../model/alert.ts'
import type { DeadReason } from '../model/event.ts'
import type { PlannedNotification } from '../model/notification.ts'
import { backoffMs, giveUpMs } from './outbox/backoff.ts'
import { record } from './machine.ts'
import type { Machine } from './machine.ts'
import { afterDelivery, afterDoubt } from './place.ts'
import { reconcile } from './reconcile.ts'

/** How a planned notification ended. */
export type Ending =
  | { readonly type: 'delivered' }
  | { readonly type: 'dead'; readonly reason: DeadReason; readonly arrived: 'no' | 'perhaps' }

/** Longest pause before a notification is planned again of which the first was given up, ms; it doubles with each. */
const firstPauseMs = 30_000

/**
 * A planned notification ended, and the event of that was told: takes it out of outbox and state, notes what its place knows now, and
 * plans what follows.
 */
export function settle(machine: Machine, planned: PlannedNotification, ending: Ending, now: number): void {
  machine.outbox.remove(planned.id)
  record(machine, { type: 'settled', id: planned.id })
  for (const id of planned.alerts) {
    const alert = machine.state.alerts.get(id)
    if (alert === undefined) continue
    const places = alert.places.map((to) =>
      to.planned === planned.id ? after(machine, alert, to, planned, ending, now) : to,
    )
    reconcile(machine, { ...alert, places }, now)
  }
}

/** An attempt failed and will be made again: what changed while it was under way may be told instead. */
export function reconsider(machine: Machine, id: string, now: number): void {
  for (const each of machine.state.notifications.get(id)?.alerts ?? []) {
    const alert = machine.state.alerts.get(each)
    if (alert !== undefined) reconcile(machine, alert, now)
  }
}

function after(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  planned: PlannedNotification,
  ending: Ending,
  now: number,
): AlertPlace {
  if (ending.type === 'delivered') return afterDelivery(to, planned)
  const known = { ...(ending.arrived === 'no' ? to : afterDoubt(to, planned.kind)), planned: undefined }
  const givenUp = (to.givenUp ?? 0) + 1
  const isEnd = planned.kind === 'recovery' && alert.clearedAt !== undefined
  if (isEnd && isSpent(machine, ending.reason, givenUp, planned)) return { ...known, closed: true }
  // Where nobody can tell it, nothing is waited for.
  if (ending.reason === 'no-notifier') return known
  const resumeAt = now + backoffMs(pausesOf(machine), givenUp, machine.random())
  return { ...known, closed: undefined, givenUp, resumeAt }
}

const pausesOf = ({ limits: { maxDelayMs } }: Machine): { baseDelayMs: number; maxDelayMs: number } => ({
  baseDelayMs: Math.min(firstPauseMs, maxDelayMs),
  maxDelayMs,
})

/** Whether an end was tried for as long as it is worth: sleep and downtime are in none of these pauses. */
function isSpent(
  machine: Machine,
  reason: DeadReason,
  givenUp: number,
  { severity }: PlannedNotification,
): boolean {
  if (reason !== 'refused') return true
  const pauses = pausesOf(machine)
  const worthMs = giveUpMs(machine.policy.giveUp, severity)
  let spentMs = 0
  for (let each = 1; each < givenUp && spentMs < worthMs; each++) spentMs += backoffMs(pauses, each, 0.5)
  return spentMs >= worthMs
}
