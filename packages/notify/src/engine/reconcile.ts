import { digest } from '../model/digest.ts'
import type { Alert, AlertTarget } from '../model/alert.ts'
import { about, record, routesOf, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { buildNotification } from '../render/notification.ts'
import type { NotificationKind } from '../render/notification.ts'
import { waitsOf } from './route.ts'

/**
 * Compares what each target of an alert knows with what it should know now, and plans what is missing. Looks at the
 * present only, so it may be called at any time and as often as one likes: a second call decides nothing more.
 * A target has at most one notification planned and unsettled, so a recovery cannot overtake its alert, and severities
 * that came and went meanwhile are told as one transition.
 */
export function reconcile(machine: Machine, changed: Alert, now: number): void {
  const alert = refresh(machine, changed, now)
  const targets = alert.targets.map((to) =>
    alert.clearedAt === undefined ? whileOpen(machine, alert, to, now) : onceCleared(machine, alert, to, now),
  )
  const next = targets.every((to, index) => to === alert.targets[index]) ? alert : { ...alert, targets }
  if (next.clearedAt !== undefined && targets.every((to) => to.closed && to.outstanding === undefined)) {
    record(machine, { type: 'alert-gone', id: next.id })
    machine.timers.set('alert', next.id, undefined)
    machine.matches.delete(next.id)
    return
  }
  if (next !== machine.state.alerts.get(next.id)) record(machine, { type: 'alert', alert: next })
  machine.timers.set('alert', next.id, nextDue(machine, next, now))
}

/** Gives the targets of the present severity their due times. A due time that is set only ever moves to an earlier one. */
export function withTargets(machine: Machine, alert: Alert, since: number, now: number): Alert {
  const waits = waitsOf(routesOf(machine, alert), alert.severity)
  const start = Math.min(since, now)
  const targets = new Map(alert.targets.map((to) => [to.target, to]))
  let changed = false
  for (const [target, waitMs] of waits) {
    const known = targets.get(target)
    const due = start + waitMs
    if (known !== undefined && (known.severity !== undefined || known.due <= due)) continue
    targets.set(target, known === undefined ? { target, due, told: 'no', sequence: 0 } : { ...known, due })
    changed = true
    if (due > now) tell(machine, { type: 'waiting', ...about(alert, now), target, until: due })
  }
  const reached = waits.size > 0 || alert.targets.some(({ told }) => told !== 'no')
  if (!reached) tell(machine, { type: 'suppressed', ...about(alert, now), reason: 'no-route' })
  return changed ? { ...alert, targets: [...targets.values()] } : alert
}

/** Whether a target that knows nothing yet will be told in time without a further signal. */
export const isWaiting = (machine: Machine, alert: Alert, now: number): boolean =>
  alert.clearedAt === undefined && nextWait(machine, alert, now) !== Infinity

/** Ends what has ended by itself, and notes the maintenance that the alert is in. */
function refresh(machine: Machine, alert: Alert, now: number): Alert {
  const until = alert.acknowledgement?.until
  if (until !== undefined && until <= now && alert.clearedAt === undefined) {
    tell(machine, { type: 'unacknowledged', ...about(alert, now), reason: 'expired' })
    return refresh(machine, { ...alert, acknowledgement: undefined }, now)
  }
  const maintenance = machine.windows.covering(alert, now)
  const same =
    maintenance.length === alert.maintenance.length &&
    maintenance.every((id, index) => id === alert.maintenance[index])
  return same ? alert : { ...alert, maintenance }
}

function whileOpen(machine: Machine, alert: Alert, to: AlertTarget, now: number): AlertTarget {
  if (to.outstanding !== undefined || to.severity === alert.severity) return released(to)
  if (to.told === 'no' && (now < to.due || !isRouted(machine, alert, to.target))) return released(to)
  const mute = muteOf(alert)
  if (mute === undefined) return plan(machine, alert, to, to.told === 'no' ? 'alert' : 'transition', now)
  if (to.held === mute) return to
  tell(machine, { type: 'suppressed', ...about(alert, now), target: to.target, reason: mute })
  return { ...to, held: mute }
}

function onceCleared(machine: Machine, alert: Alert, to: AlertTarget, now: number): AlertTarget {
  if (to.outstanding !== undefined || to.closed) return to
  if (to.told !== 'no') return { ...plan(machine, alert, to, 'recovery', now), closed: true }
  const waited = Math.min(now, alert.signal.time) < to.due && to.severity === undefined
  if (isRouted(machine, alert, to.target)) {
    const reason = waited ? 'cleared-before-wait' : 'never-told'
    tell(machine, { type: 'suppressed', ...about(alert, now), target: to.target, reason })
  }
  return { ...to, closed: true }
}

const muteOf = (alert: Alert): 'acknowledged' | 'maintenance' | undefined =>
  alert.acknowledgement !== undefined
    ? 'acknowledged'
    : alert.maintenance.length > 0
      ? 'maintenance'
      : undefined

const released = (to: AlertTarget): AlertTarget => (to.held === undefined ? to : { ...to, held: undefined })

const isRouted = (machine: Machine, alert: Alert, target: string): boolean =>
  waitsOf(routesOf(machine, alert), alert.severity).has(target)

function plan(
  machine: Machine,
  alert: Alert,
  to: AlertTarget,
  kind: NotificationKind,
  now: number,
): AlertTarget {
  const { target, sequence } = to
  if (!machine.targets.has(target)) {
    tell(machine, { type: 'suppressed', ...about(alert, now), target, reason: 'no-notifier' })
    return { ...to, severity: alert.severity, held: undefined }
  }
  const id = digest(JSON.stringify([alert.id, target, kind, sequence + 1]))
  const notification = buildNotification(alert, to, kind, id, now)
  record(machine, { type: 'notification', notification })
  machine.outbox.add(notification, false)
  tell(machine, { type: 'planned', ...about(alert, now), notification: id, target, kind })
  return { ...to, severity: alert.severity, outstanding: id, sequence: sequence + 1, held: undefined }
}

/** When the alert must be looked at again at the latest. */
function nextDue(machine: Machine, alert: Alert, now: number): number | undefined {
  if (alert.clearedAt !== undefined) return undefined
  const due = Math.min(nextWait(machine, alert, now), alert.acknowledgement?.until ?? Infinity)
  return due === Infinity ? undefined : due
}

function nextWait(machine: Machine, alert: Alert, now: number): number {
  const waiting = alert.targets.filter(
    ({ target, due, severity }) => severity === undefined && due > now && isRouted(machine, alert, target),
  )
  return waiting.reduce((earliest, { due }) => Math.min(earliest, due), Infinity)
}
