import type { Alert, AlertPlace } from '../model/alert.ts'
import { sourceMark } from '../model/digest.ts'
import type { Referenced } from '../model/command.ts'
import type { Because, ClearReason, RefuseReason } from '../model/event.ts'
import { ownRuleSet } from '../model/signal.ts'
import type { FaultSignal, MutedSignal, NormalSignal } from '../model/signal.ts'
import { endedBefore, episodeOf, newAlert, renamed, subjectOf, wordsOf } from './episodes/episode.ts'
import type { Subject } from './episodes/episode.ts'
import { duplicate, heard, worsened } from './episodes/heard.ts'
import { onRepeated } from './episodes/repeated.ts'
import { about, record, tell } from './machine.ts'
import type { Machine } from './machine.ts'
import { raiseOwn } from './own/own-alerts.ts'
import { mayKnow, never } from './place.ts'
import { reconcile, withPlaces } from './reconcile.ts'
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
 * What its detector holds back is told to nobody, and there is no alert of it. Only beginnings are held back: where the alert is open
 * already, as from an earlier life of a detector that knows nothing of it, the signal is what it would have been.
 */
export function onMuted(machine: Machine, given: MutedSignal, now: number): void {
  const { change, ...signal } = named(machine, given)
  const spoken: FaultSignal = { ...signal, type: change }
  const alert = alertOf(machine.state, spoken)
  if (alert !== undefined && alert.clearedAt === undefined) {
    onSignal(machine, spoken, now)
    return
  }
  const { cause } = spoken
  const { text } = wordsOf(spoken)
  const subject = about(subjectOf(spoken, episodeOf(spoken)), now)
  tell(machine, { type: 'muted', ...subject, signal: spoken.id, change, cause, text })
}

/**
 * Ends the alert of an earlier life, unless a signal of this life has confirmed it: its detector knows nothing of it, and
 * finds that all is well. What was measured before the fault began says nothing of its end, unless that beginning is still to come.
 */
export function onNormal(machine: Machine, given: NormalSignal, now: number): void {
  const signal = named(machine, given)
  const alert = alertOf(machine.state, signal)
  if (alert === undefined || !machine.unconfirmed.has(alert.id)) return
  const { severity, fault, openedAt, info } = alert.signal
  if (signal.time < openedAt && openedAt <= now) return
  const cause = { ...signal.cause, reason: 'recovered' }
  const facts = { fault, severity, openedAt, cause, ...(info !== undefined && { info }) }
  end(machine, alert, { ...signal, type: 'cleared', ...facts }, now)
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

function refuse(
  machine: Machine,
  alert: Subject,
  signal: FaultSignal,
  reason: RefuseReason,
  now: number,
): void {
  tell(machine, { type: 'refused', ...about(alert, now), signal: signal.id, reason })
}
