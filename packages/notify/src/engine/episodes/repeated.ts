import type { Alert } from '../../model/alert.ts'
import type { FaultSignal } from '../../model/signal.ts'
import { about, tell } from '../machine.ts'
import type { Machine } from '../machine.ts'
import { reconcile, withPlaces } from '../reconcile.ts'
import { known } from '../stale.ts'
import { endedBefore, episodeOf, renamed, wordsOf } from './episode.ts'
import { duplicate, heard, worsened } from './heard.ts'

/** Another signal of an alert that is open. A detector that was restarted may name the fault anew; the alert goes on. */
export function onRepeated(machine: Machine, alert: Alert, signal: FaultSignal, now: number): void {
  // A signal that comes once more is none of this life.
  if (machine.unconfirmed.has(alert.id) && !machine.hearing.isSeen(alert, signal))
    machine.unconfirmed.delete(alert.id)
  const isKnown = signal.fault === alert.signal.fault && signal.openedAt === alert.signal.openedAt
  const episode = isKnown ? alert.episode : episodeOf(signal)
  if (!isKnown && episode !== alert.episode && endedBefore(machine, signal, episode) === 'over') {
    duplicate(machine, alert, signal, 'already-cleared', now)
  } else if (signal.severity === alert.severity && signal.type === 'reason') {
    onReason(machine, alert, signal, episode, now)
  } else if (signal.severity === alert.severity) {
    onSame(machine, alert, signal, episode, now)
  } else if (
    machine.hearing.isSeen(alert, signal) ||
    (signal.time < alert.signal.time && signal.severity > alert.severity)
  ) {
    duplicate(machine, alert, signal, 'out-of-order', now)
  } else {
    onSeverity(machine, alert, signal, episode, now)
  }
}

/** It is open for another reason: what is told of it from now on says so, and nobody is told for that alone. */
function onReason(machine: Machine, alert: Alert, signal: FaultSignal, episode: string, now: number): void {
  if (machine.hearing.isSeen(alert, signal) || signal.time < alert.signal.time) {
    onSame(machine, alert, signal, episode, now)
    return
  }
  const next = known(heard(machine, alert, signal, now))
  const openedAt = Math.min(alert.openedAt, signal.openedAt)
  tell(machine, { type: 'reason', ...about(alert, now), signal: signal.id })
  reconcile(machine, { ...next, ...wordsOf(signal), ...renamed(alert, episode), openedAt }, now)
}

function onSame(machine: Machine, alert: Alert, signal: FaultSignal, episode: string, now: number): void {
  const isLate = signal.time < alert.signal.time
  if (isNews(machine, alert, signal, episode)) {
    const next = { ...known(heard(machine, alert, signal, now)), ...renamed(alert, episode) }
    const openedAt = Math.min(alert.openedAt, signal.openedAt)
    reconcile(machine, { ...next, openedAt, ...(!isLate && wordsOf(signal)) }, now)
  } else {
    machine.hearing.repeated(alert, signal, now)
  }
  const reason = isLate ? 'out-of-order' : signal.type === 'opened' ? 'already-open' : 'same-severity'
  duplicate(machine, alert, signal, reason, now)
}

/** Whether a repeated signal is worth a write: it has a name that is new, ends a doubt, or brings news for somebody who is still to be told. */
function isNews(machine: Machine, alert: Alert, signal: FaultSignal, episode: string): boolean {
  if (alert.unknownSince !== undefined) return true
  const isNew = episode !== alert.episode && alert.formerly?.includes(episode) !== true
  if (!isNew && !isToBeTold(alert)) return false
  if (machine.hearing.isSeen(alert, signal)) return false
  return isNew || signal.openedAt < alert.openedAt || !saysTheSame(alert.signal, signal)
}

function isToBeTold({ places }: Alert): boolean {
  for (const { told, planned } of places) if (told !== 'yes' || planned !== undefined) return true
  return false
}

function saysTheSame(a: FaultSignal, b: FaultSignal): boolean {
  return a.text === b.text && JSON.stringify([a.cause, a.info]) === JSON.stringify([b.cause, b.info])
}

function onSeverity(
  machine: Machine,
  before: Alert,
  signal: FaultSignal,
  episode: string,
  now: number,
): void {
  const { severity } = signal
  const isWorse = severity < before.severity
  const next = known(heard(machine, before, signal, now))
  const places = isWorse
    ? // What was given up while it was milder is tried at once.
      next.places.map((to) => ({ ...to, givenUp: undefined, resumeAt: undefined }))
    : next.places
  const openedAt = Math.min(before.openedAt, signal.openedAt)
  const alert: Alert = {
    ...next,
    ...wordsOf(signal),
    ...renamed(before, episode),
    severity,
    openedAt,
    places,
  }
  tell(machine, { type: 'severity', ...about(alert, now), signal: signal.id, from: before.severity })
  reconcile(machine, withPlaces(machine, worsened(machine, alert, now), signal.time, now), now)
}
