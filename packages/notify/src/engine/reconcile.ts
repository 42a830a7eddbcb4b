import type { Alert, AlertPlace } from '../model/alert.ts'
import type { AboutNotification, SupersedeReason } from '../model/event.ts'
import type { NotificationKind, PlannedNotification } from '../model/notification.ts'
import { about, reachOf, record, recordAlert, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import type { Delivery } from './outbox/delivery.ts'
import { afterDoubt, mayKnow, newPlace } from './place.ts'
import { waitOf } from './route.ts'
import { rankOf } from './outbox/rank.ts'
import { staleDue } from './stale.ts'

/**
 * Compares what each place of an alert knows with what it should know now, plans what is missing, and lets go of what is outdated and not
 * under way. Looks at the present only, so it may be called at any time and as often as one likes: a second call decides nothing more.
 * A place has at most one notification planned and unsettled, so an end cannot overtake its beginning, and what came and went meanwhile
 * is told as one.
 */
export function reconcile(machine: Machine, changed: Alert, now: number): void {
  const alert = refresh(machine, changed, now)
  let places: AlertPlace[] | undefined
  let index = 0
  for (const to of alert.places) {
    const next = nextOf(machine, alert, to, now)
    if (next !== to) (places ??= [...alert.places])[index] = next
    index += 1
  }
  const next = places === undefined ? alert : { ...alert, places }
  if (isDone(next)) {
    record(machine, { type: 'alert-gone', id: next.id })
    forget(machine, next.id)
    return
  }
  recordAlert(machine, next)
  machine.timers.set('alert', next.id, dueOf(machine, next, now))
}

function forget(machine: Machine, id: string): void {
  machine.timers.set('alert', id, undefined)
  machine.reaches.delete(id)
  machine.hearing.forget(id)
  machine.unconfirmed.delete(id)
}

const isDone = ({ clearedAt, places }: Alert): boolean =>
  clearedAt !== undefined && places.every(({ closed, planned }) => closed === true && planned === undefined)

/** Gives the places of the present severity their due times. A due time that is set only ever moves to an earlier one. */
export function withPlaces(machine: Machine, alert: Alert, since: number, now: number): Alert {
  const waits = reachOf(machine, alert).waits[alert.severity]
  const start = Math.min(since, now)
  let places: AlertPlace[] | undefined
  for (const [place, wait] of waits) {
    const index = alert.places.findIndex((to) => to.place === place)
    const known = alert.places[index]
    const due = start + waitOf(wait, alert.signal)
    if (known !== undefined && known.due <= due) continue
    places ??= [...alert.places]
    if (known === undefined) places.push(newPlace(place, due))
    else places[index] = { ...known, due }
    const isWaiting = known === undefined || (!mayKnow(known) && known.planned === undefined)
    if (due > now && isWaiting) tell(machine, { type: 'waiting', ...about(alert, now), place, until: due })
  }
  if (waits.size === 0 && !alert.places.some(mayKnow))
    tell(machine, { type: 'suppressed', ...about(alert, now), reason: 'no-route' })
  return places === undefined ? alert : { ...alert, places }
}

/** Whether a place that knows nothing yet will be told in time without a further signal. */
export const isWaiting = (machine: Machine, alert: Alert, now: number): boolean =>
  alert.clearedAt === undefined
    ? nextWait(machine, alert, now) !== Infinity
    : alert.settlesAt !== undefined && alert.settlesAt > now

/** Ends what has ended by itself, and notes the maintenance that the alert is in. */
function refresh(machine: Machine, alert: Alert, now: number): Alert {
  const until = alert.acknowledgement?.until
  if (until !== undefined && until <= now && alert.clearedAt === undefined) {
    tell(machine, { type: 'unacknowledged', ...about(alert, now), reason: 'expired' })
    return refresh(machine, unheld(alert), now)
  }
  const maintenance = machine.windows.covering(alert, now)
  const same =
    maintenance.length === alert.maintenance.length &&
    maintenance.every((id, index) => id === alert.maintenance[index])
  return same ? alert : { ...alert, maintenance }
}

/** Nobody holds it any more: who was told of it is reminded, unless there is news. */
export const unheld = (alert: Alert): Alert => ({
  ...alert,
  acknowledgement: undefined,
  places: alert.places.map((to) => (mayKnow(to) ? { ...to, remind: true } : to)),
})

function nextOf(machine: Machine, alert: Alert, to: AlertPlace, now: number): AlertPlace {
  const planned = to.planned === undefined ? undefined : machine.state.notifications.get(to.planned)
  if (planned === undefined) return unplanned(machine, alert, to, now)
  const delivery = machine.outbox.get(planned.id)
  if (delivery === undefined || delivery.state === 'sending') return to
  const reason = outdatedBy(machine, alert, to, planned, now)
  if (reason !== undefined) return supersede(machine, alert, to, delivery, reason, now)
  machine.outbox.rerank(planned.id, rankOf(planned, alert.clearedAt !== undefined))
  return to
}

/** `notBefore` is when what is planned may be tried, where it takes the place of another. */
function unplanned(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  now: number,
  notBefore?: number,
): AlertPlace {
  if (to.resumeAt !== undefined && to.resumeAt > now) return to
  return alert.clearedAt === undefined
    ? whileOpen(machine, alert, to, now, notBefore)
    : onceCleared(machine, alert, to, now, notBefore)
}

/** Why what is planned is not what should be told now. An 'alert' is told also where it is over by now; its words say so. */
function outdatedBy(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  { kind, severity }: PlannedNotification,
  now: number,
): SupersedeReason | undefined {
  if (alert.clearedAt !== undefined) {
    if (kind === 'recovery') return undefined
    if (kind !== 'alert' && !isSettling(alert, now)) return 'cleared'
    // The words are those of now: what was planned before the severity changed would be taken for told.
    return severity === alert.severity ? undefined : 'severity'
  }
  if (kind === 'recovery') return 'reopened'
  if (kind === 'reminder' || kind === 'unknown') {
    if (to.severity !== alert.severity) return 'severity'
    return kind === 'unknown' && alert.unknownSince === undefined ? 'still-open' : undefined
  }
  if (severity !== alert.severity) return 'severity'
  return kind === 'alert' && !mayKnow(to) && !isRouted(machine, alert, to.place) ? 'policy' : undefined
}

function supersede(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  { planned, arrived, retryAt }: Delivery,
  reason: SupersedeReason,
  now: number,
): AlertPlace {
  tell(machine, { type: 'superseded', ...aboutPlanned(alert, planned, now), reason })
  record(machine, { type: 'settled', id: planned.id })
  machine.outbox.remove(planned.id)
  const known = arrived === 'perhaps' ? afterDoubt(to, planned.kind) : to
  // A worse severity is tried at once; what is no worse waits as long as the other one would have.
  const isWorse = reason === 'severity' && alert.severity < planned.severity
  const notBefore = isWorse || retryAt === undefined || retryAt <= now ? undefined : retryAt
  const free: AlertPlace = { ...known, planned: undefined, resumeAt: undefined }
  if (planned.kind === 'alert' && alert.clearedAt !== undefined)
    return plan(machine, alert, free, 'alert', now, notBefore)
  const next = unplanned(machine, alert, free, now, notBefore)
  return next.planned === undefined && notBefore !== undefined ? { ...next, resumeAt: notBefore } : next
}

function whileOpen(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  now: number,
  notBefore: number | undefined,
): AlertPlace {
  const kind = wanted(machine, alert, to, now)
  if (kind === undefined) return released(to)
  const reason = machine.notifiers.has(to.place) ? muteOf(machine, alert, to.place, now) : 'no-notifier'
  if (reason === undefined) return plan(machine, alert, to, kind, now, notBefore)
  return held(machine, alert, to, reason, now)
}

/** What an open alert has to say to a place. */
function wanted(machine: Machine, alert: Alert, to: AlertPlace, now: number): NotificationKind | undefined {
  if (to.severity === undefined) {
    if (mayKnow(to)) return 'alert'
    return now >= to.due && isRouted(machine, alert, to.place) ? 'alert' : undefined
  }
  if (to.severity !== alert.severity || to.told === 'unsure') return 'transition'
  if (alert.unknownSince !== undefined && to.toldUnknown !== true) return 'unknown'
  const isKnownAgain = alert.unknownSince === undefined && to.toldUnknown === true
  return to.remind === true || isKnownAgain ? 'reminder' : undefined
}

function onceCleared(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  now: number,
  notBefore: number | undefined,
): AlertPlace {
  if (to.closed === true) return to
  if (!mayKnow(to)) {
    if (isRouted(machine, alert, to.place)) {
      const reason = Math.min(now, alert.signal.time) < to.due ? 'cleared-before-wait' : 'never-told'
      tell(machine, { type: 'suppressed', ...about(alert, now), place: to.place, reason })
    }
    return { ...to, closed: true }
  }
  if (!machine.notifiers.has(to.place))
    return { ...held(machine, alert, to, 'no-notifier', now), closed: true }
  if (isSettling(alert, now)) return held(machine, alert, to, 'flapping', now)
  return { ...plan(machine, alert, to, 'recovery', now, notBefore), closed: true }
}

const isSettling = ({ settlesAt }: Alert, now: number): boolean => settlesAt !== undefined && now < settlesAt

function muteOf({ mutes }: Machine, alert: Alert, place: string, now: number): AlertPlace['held'] {
  for (const mute of mutes) {
    const reason = mute(alert, place, now)
    if (reason !== undefined) return reason
  }
  return undefined
}

function held(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  reason: NonNullable<AlertPlace['held']>,
  now: number,
): AlertPlace {
  if (to.held === reason) return to
  tell(machine, { type: 'suppressed', ...about(alert, now), place: to.place, reason })
  return { ...to, held: reason }
}

const released = (to: AlertPlace): AlertPlace => (to.held === undefined ? to : { ...to, held: undefined })

const isRouted = (machine: Machine, alert: Alert, place: string): boolean =>
  reachOf(machine, alert).waits[alert.severity].has(place)

function plan(
  machine: Machine,
  alert: Alert,
  to: AlertPlace,
  kind: NotificationKind,
  now: number,
  notBefore: number | undefined,
): AlertPlace {
  const { place, severity: before } = to
  const sequence = to.sequence + 1
  const id = machine.idOf(alert.id, place, kind, sequence)
  const planned: PlannedNotification = {
    id,
    kind,
    place,
    notifier: place,
    alerts: [alert.id],
    sequence,
    severity: alert.severity,
    previousSeverity: kind === 'transition' && before !== alert.severity ? before : undefined,
    time: now,
    notBefore,
  }
  record(machine, { type: 'notification', notification: planned })
  machine.outbox.add(planned, rankOf(planned, alert.clearedAt !== undefined), false, now)
  tell(machine, { type: 'planned', ...aboutPlanned(alert, planned, now) })
  return { ...to, planned: id, sequence, resumeAt: undefined, held: undefined }
}

const aboutPlanned = (alert: Alert, planned: PlannedNotification, now: number): AboutNotification => {
  const { id: notification, place, notifier, kind } = planned
  return { notification, place, notifier, kind, ...about(alert, now) }
}

/** When the alert must be looked at again at the latest. */
function dueOf(machine: Machine, alert: Alert, now: number): number | undefined {
  let due = Infinity
  for (const { planned, closed, resumeAt } of alert.places) {
    if (planned === undefined && closed !== true && resumeAt !== undefined && resumeAt > now)
      due = Math.min(due, resumeAt)
  }
  if (alert.clearedAt !== undefined) {
    const { settlesAt } = alert
    if (settlesAt !== undefined && now < settlesAt) due = Math.min(due, settlesAt)
  } else {
    const until = alert.acknowledgement?.until ?? Infinity
    due = Math.min(due, until, nextWait(machine, alert, now), staleDue(machine, alert))
  }
  return due === Infinity ? undefined : due
}

function nextWait(machine: Machine, alert: Alert, now: number): number {
  let earliest = Infinity
  for (const to of alert.places) {
    if (to.planned !== undefined || mayKnow(to) || to.due <= now || to.due >= earliest) continue
    if (isRouted(machine, alert, to.place)) earliest = to.due
  }
  return earliest
}
