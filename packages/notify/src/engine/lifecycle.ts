import { digest } from '../model/digest.ts'
import type { Alert } from '../model/alert.ts'
import type { DuplicateReason, RefuseReason } from '../model/event.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { describeSignal } from '../render/notification.ts'
import { reconcile, withTargets } from './reconcile.ts'
import { alertKey } from '../model/signal.ts'
import type { FaultSignal, NormalSignal } from '../model/signal.ts'

/** Answers one signal: an alert to create, a duplicate, a new severity, an end, or nothing that can be followed. */
export function onSignal(machine: Machine, signal: FaultSignal, now: number): void {
  const alert = openAlertOf(machine, signal)
  machine.unconfirmed.delete(alertKey(signal.ruleSet, signal.series.key))
  if (alert !== undefined) {
    if (signal.type === 'cleared') onCleared(machine, alert, signal, now)
    else onRepeated(machine, alert, signal, now)
  } else if (isOver(machine, signal)) {
    duplicate(machine, newAlert(machine, signal), signal, 'already-cleared', now)
  } else if (signal.type === 'cleared') {
    refuse(machine, signal, 'unknown-alert', now)
  } else if (machine.state.alerts.size >= machine.limits.maxOpenAlerts) {
    refuse(machine, signal, 'too-many-alerts', now)
  } else {
    // A 'severity' without an 'opened' is a fault all the same, and somebody must be told of it.
    const created = newAlert(machine, signal)
    tell(machine, { type: 'created', ...about(created, now), signal: signal.id })
    reconcile(machine, withTargets(machine, created, signal.openedAt, now), now)
  }
}

/**
 * Ends the alert of an earlier life, unless a signal of this life has confirmed it: its detector knows nothing of it, and
 * finds that all is well. What was measured before the fault began says nothing of its end.
 */
export function onNormal(machine: Machine, signal: NormalSignal, now: number): void {
  const alert = openAlertOf(machine, signal)
  const key = alertKey(signal.ruleSet, signal.series.key)
  if (alert === undefined || !machine.unconfirmed.has(key) || signal.time < alert.signal.openedAt) return
  machine.unconfirmed.delete(key)
  const { severity, fault, openedAt } = alert.signal
  const cause = { ...signal.cause, reason: 'recovered' }
  onCleared(machine, alert, { ...signal, type: 'cleared', fault, severity, openedAt, cause }, now)
}

function openAlertOf(
  { state }: Machine,
  { ruleSet, series }: Pick<FaultSignal, 'ruleSet' | 'series'>,
): Alert | undefined {
  const id = state.open.get(alertKey(ruleSet, series.key))
  return id === undefined ? undefined : state.alerts.get(id)
}

/** Whether the signal belongs to an episode that has ended: it comes a second time, or late. */
function isOver({ state }: Machine, signal: FaultSignal): boolean {
  const ended = state.ended.get(alertKey(signal.ruleSet, signal.series.key))
  if (ended === undefined) return false
  return (
    signal.openedAt < ended.openedAt || (signal.openedAt === ended.openedAt && signal.fault === ended.fault)
  )
}

function newAlert(machine: Machine, signal: FaultSignal): Alert {
  const { ruleSet, series, fault, severity, openedAt } = signal
  const episode = digest(JSON.stringify([ruleSet, series.key, fault, openedAt])).slice(0, 16)
  return {
    id: `${ruleSet}|${series.key}|${episode}`,
    ruleSet,
    series: series.key,
    severity,
    openedAt,
    text: describeSignal(signal),
    signal,
    maintenance: [],
    targets: [],
  }
}

/** Another signal of an alert that is open. A detector that was restarted may name the fault anew; the alert goes on. */
function onRepeated(machine: Machine, alert: Alert, signal: FaultSignal, now: number): void {
  if (signal.time < alert.signal.time) {
    duplicate(machine, alert, signal, 'out-of-order', now)
  } else if (signal.severity === alert.severity) {
    if (signal.fault !== alert.signal.fault) reconcile(machine, { ...alert, signal }, now)
    duplicate(machine, alert, signal, signal.type === 'opened' ? 'already-open' : 'same-severity', now)
  } else {
    onSeverity(machine, alert, signal, now)
  }
}

function onSeverity(machine: Machine, before: Alert, signal: FaultSignal, now: number): void {
  const { severity } = signal
  const alert = { ...before, severity, signal, text: describeSignal(signal) }
  tell(machine, { type: 'severity', ...about(alert, now), signal: signal.id, from: before.severity })
  const known = alert.acknowledgement
  if (known !== undefined && severity < known.severity) {
    tell(machine, { type: 'unacknowledged', ...about(alert, now), reason: 'worse-severity' })
    alert.acknowledgement = undefined
  }
  reconcile(machine, withTargets(machine, alert, signal.time, now), now)
}

function onCleared(machine: Machine, before: Alert, signal: FaultSignal, now: number): void {
  if (signal.fault !== before.signal.fault && signal.time < before.signal.openedAt) {
    duplicate(machine, before, signal, 'out-of-order', now)
    return
  }
  const { fault, openedAt } = signal
  const alert: Alert = { ...before, signal, text: describeSignal(signal), clearedAt: now }
  const told = before.targets
    .filter((to) => to.told !== 'no' || to.outstanding !== undefined)
    .map(({ target }) => target)
  tell(machine, { type: 'cleared', ...about(alert, now), signal: signal.id, told })
  const key = alertKey(alert.ruleSet, alert.series)
  record(machine, { type: 'ended', episode: { key, fault, openedAt } })
  reconcile(machine, alert, now)
}

function duplicate(
  machine: Machine,
  alert: Alert,
  signal: FaultSignal,
  reason: DuplicateReason,
  now: number,
): void {
  tell(machine, { type: 'duplicate', ...about(alert, now), signal: signal.id, reason })
}

function refuse(machine: Machine, signal: FaultSignal, reason: RefuseReason, now: number): void {
  tell(machine, { type: 'refused', ...about(newAlert(machine, signal), now), signal: signal.id, reason })
}
