import type { Acknowledgement, Alert, AlertPlace } from '../model/alert.ts'
import { sourceMark } from '../model/digest.ts'
import type { Referenced } from '../model/command.ts'
import type { Because, ClearReason, DuplicateReason, RefuseReason } from '../model/event.ts'
import { ownRuleSet } from '../model/signal.ts'
import type { FaultSignal, NormalSignal } from '../model/signal.ts'
import { endedBefore, episodeOf, newAlert, renamed, subjectOf, wordsOf } from './episodes/episode.ts'
import type { Subject } from './episodes/episode.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { raiseOwn } from './own/own-alerts.ts'
import { mayKnow, never } from './place.ts'
import { reconcile, withPlaces } from './reconcile.ts'
import { known } from './stale.ts'
import { alertOf } from './state.ts'

/** Answers one signal: an alert to create, one to go on with, a duplicate, a new severity, an end, or nothing that can be followed. */
export function onSignal(machine: Machine, given: FaultSignal, now: number): void {
  const signal = named(machine, given)
  const alert = alertOf(machine.state, signal)
  if (alert === undefined) onUnknown(machine, signal, now)
  else if (alert.clearedAt !== undefined) onLiving(machine, alert, signal, now)
  else if (signal.type === 'cleared') onCleared(machine, alert, signal, now)
  else onRepeated(machine, alert, signal, now)
}

/**
 * Ends the alert of an earlier life, unless a signal of this life has confirmed it: its detector knows nothing of it, and
 * finds that all is well. What was measured before the fault began says nothing of its end, unless that beginning is still to come.
 */
export function onNormal(machine: Machine, given: NormalSignal, now: number): void {
  const signal = named(machine, given)
  const alert = alertOf(machine.state, signal)
  if (alert === undefined || !machine.unconfirmed.has(alert.id)) return
  const { severity, fault, openedAt } = alert.signal
  if (signal.time < openedAt && openedAt <= now) return
  const cause = { ...signal.cause, reason: 'recovered' }
  end(machine, alert, { ...signal, type: 'cleared', fault, severity, openedAt, cause }, now)
}

/** A detector may still use an old name of a rule set. */
function named<S extends Pick<FaultSignal, 'ruleSet'>>({ policy }: Machine, signal: S): S {
  const ruleSet = policy.ruleSetOf(signal.ruleSet)
  return ruleSet === signal.ruleSet ? signal : { ...signal, ruleSet }
}

/** There is no alert of this rule set and series. */
function onUnknown(machine: Machine, signal: FaultSignal, now: number): void {
  const episode = episodeOf(signal)
  const ended = endedBefore(machine, signal, episode)
  if (ended === 'over') {
    duplicate(machine, subjectOf(signal, episode), signal, 'already-cleared', now)
  } else if (signal.type === 'cleared') {
    refuse(machine, subjectOf(signal, episode), signal, 'unknown-alert', now)
  } else if (!hasRoom(machine, signal)) {
    refuse(machine, subjectOf(signal, episode), signal, 'too-many-alerts', now)
    raiseOwn(machine, { what: 'refused', reason: 'too-many-alerts' }, now)
  } else {
    // A 'severity' without an 'opened' is a fault all the same, and somebody must be told of it.
    const created = newAlert(
      signal,
      episode,
      now,
      ended === 'worse' ? machine.state.ended.get(episode) : undefined,
    )
    tell(machine, { type: 'created', ...about(created, now), signal: signal.id })
    reconcile(machine, withPlaces(machine, created, signal.openedAt, now), now)
  }
}

/** The alert is cleared, and its end is not told to everybody yet: a new episode goes on with it. */
function onLiving(machine: Machine, alert: Alert, signal: FaultSignal, now: number): void {
  const episode = episodeOf(signal)
  if (machine.hearing.isSeen(alert, signal) || endedBefore(machine, signal, episode) === 'over') {
    duplicate(machine, alert, signal, 'already-cleared', now)
  } else if (signal.type === 'cleared') {
    refuse(machine, alert, signal, 'unknown-alert', now)
  } else {
    reopen(machine, alert, signal, episode, now)
  }
}

function reopen(machine: Machine, before: Alert, signal: FaultSignal, episode: string, now: number): void {
  const { severity, openedAt } = signal
  const alert: Alert = {
    ...heard(machine, before, signal, now),
    ...wordsOf(signal),
    severity,
    openedAt,
    clearedAt: undefined,
    settlesAt: undefined,
    // It ended with what was acknowledged, unless that end was not to be told: one place that is away holds up no other.
    acknowledgement: before.settlesAt === undefined ? undefined : before.acknowledgement,
    episode,
    formerly: undefined,
    openings: before.openings + 1,
    places: before.places.map((to) => reopened(machine, to, severity < before.severity)),
  }
  tell(machine, { type: 'reopened', ...about(alert, now), signal: signal.id, openings: alert.openings })
  reconcile(machine, withPlaces(machine, worsened(machine, alert, now), openedAt, now), now)
}

/** Who knows nothing of it waits anew, unless what is to be said is on its way already. */
function reopened({ state }: Machine, to: AlertPlace, isWorse: boolean): AlertPlace {
  const planned = to.planned === undefined ? undefined : state.notifications.get(to.planned)
  const isBeingTold = planned?.kind === 'alert' || (to.told === 'unsure' && to.severity === undefined)
  return {
    ...to,
    due: isBeingTold ? to.due : never,
    closed: undefined,
    held: undefined,
    ...(isWorse && { givenUp: undefined, resumeAt: undefined }),
  }
}

/** Another signal of an alert that is open. A detector that was restarted may name the fault anew; the alert goes on. */
function onRepeated(machine: Machine, alert: Alert, signal: FaultSignal, now: number): void {
  // A signal that comes once more is none of this life.
  if (machine.unconfirmed.has(alert.id) && !machine.hearing.isSeen(alert, signal))
    machine.unconfirmed.delete(alert.id)
  const isKnown = signal.fault === alert.signal.fault && signal.openedAt === alert.signal.openedAt
  const episode = isKnown ? alert.episode : episodeOf(signal)
  if (!isKnown && episode !== alert.episode && endedBefore(machine, signal, episode) === 'over') {
    duplicate(machine, alert, signal, 'already-cleared', now)
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
  return a.text === b.text && JSON.stringify(a.cause) === JSON.stringify(b.cause)
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

function onCleared(machine: Machine, alert: Alert, signal: FaultSignal, now: number): void {
  const { fault, openedAt } = alert.signal
  if (machine.hearing.isSeen(alert, signal)) {
    duplicate(machine, alert, signal, 'already-cleared', now)
  } else if (signal.fault !== fault) {
    const isOver = endedBefore(machine, signal, episodeOf(signal)) === 'over'
    // What happened before this fault began does not end it, unless that beginning is still to come.
    const isLate = signal.time < openedAt && openedAt <= now
    if (isOver) duplicate(machine, alert, signal, 'already-cleared', now)
    else if (isLate) duplicate(machine, alert, signal, 'out-of-order', now)
    else end(machine, alert, signal, now)
  } else end(machine, alert, signal, now)
}

function end(machine: Machine, before: Alert, signal: FaultSignal, now: number): void {
  const alert = { ...heard(machine, before, signal, now), ...wordsOf(signal) }
  const episode = episodeOf(signal)
  close(machine, { ...alert, ...renamed(before, episode) }, { reason: 'signal', signal: signal.id }, now)
}

/** What is told of an end. */
interface Closing extends Referenced, Because<ClearReason> {
  readonly signal: string
  readonly by?: string
  readonly notes?: string
}

/** Ends an open alert: whoever was told of it is told of its end. */
export function close(machine: Machine, before: Alert, closing: Closing, now: number): void {
  const { ruleSet, series, severity, episode, formerly = [] } = before
  machine.unconfirmed.delete(before.id)
  const told = before.places.filter((to) => mayKnow(to) || to.planned !== undefined).map(({ place }) => place)
  tell(machine, { type: 'cleared', ...about(before, now), ...closing, told })
  const of = sourceMark(ruleSet, series)
  const byHand = closing.reason === 'command' && {
    byHand: severity,
    seen: machine.hearing.marksOf(before, before.signal),
  }
  for (const id of formerly) record(machine, { type: 'ended', episode: { id, of: -1, at: now, ...byHand } })
  record(machine, { type: 'ended', episode: { id: episode, of, at: now, ...byHand } })
  const settleMs = ruleSet === ownRuleSet ? 0 : machine.flapping.ended(of, now)
  const places = before.places.map((to) => (to.givenUp === undefined ? to : { ...to, givenUp: undefined }))
  const alert: Alert = {
    ...before,
    clearedAt: now,
    unknownSince: undefined,
    settlesAt: settleMs > 0 ? now + settleMs : undefined,
    places,
  }
  reconcile(machine, alert, now)
}

/** Severity 1 has as much room again for itself; alerts about alerting need none. */
function hasRoom({ state: { count }, limits: { maxOpenAlerts } }: Machine, signal: FaultSignal): boolean {
  if (signal.ruleSet === ownRuleSet) return true
  return signal.severity === 1 ? count.worst + count.others < 2 * maxOpenAlerts : count.others < maxOpenAlerts
}

/** Notes that a signal was heard that changes the alert. */
function heard(machine: Machine, alert: Alert, signal: FaultSignal, now: number): Alert {
  const seen = machine.hearing.marksOf(alert, signal)
  machine.hearing.recorded(alert.id)
  machine.hearing.heard(alert, now)
  return { ...alert, heardAt: now, seen }
}

/** A worse severity than the one that was acknowledged ends the acknowledgement. */
function worsened(machine: Machine, alert: Alert, now: number): Alert {
  const acknowledgement: Acknowledgement | undefined = alert.acknowledgement
  if (acknowledgement === undefined || alert.severity >= acknowledgement.severity) return alert
  tell(machine, { type: 'unacknowledged', ...about(alert, now), reason: 'worse-severity' })
  return { ...alert, acknowledgement: undefined }
}

function duplicate(
  machine: Machine,
  alert: Subject,
  signal: FaultSignal,
  reason: DuplicateReason,
  now: number,
): void {
  const { id, ruleSet, series, severity } = alert
  // Nearly all signals are duplicates: this one is made at once, and not of parts.
  tell(machine, {
    type: 'duplicate',
    time: now,
    alert: id,
    ruleSet,
    series,
    severity,
    signal: signal.id,
    reason,
  })
}

function refuse(
  machine: Machine,
  alert: Subject,
  signal: FaultSignal,
  reason: RefuseReason,
  now: number,
): void {
  tell(machine, { type: 'refused', ...about(alert, now), signal: signal.id, reason })
}
