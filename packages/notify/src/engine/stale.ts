import { ownRuleSet } from '../model/signal.ts'
import type { Alert } from '../model/alert.ts'
import { durationIn } from '../model/duration-in.ts'
import { about, tell } from './machine.ts'
import type { Machine } from './machine.ts'

/** How long a detector may take to answer, ms. */
const answerWithinMs = 30_000

/** When an open alert is to be looked at because nothing is heard of it, ms since the Unix epoch. */
export function staleDue({ policy, hearing }: Machine, alert: Alert): number {
  const { stale } = policy.given
  if (stale === undefined || alert.ruleSet === ownRuleSet) return Infinity
  const askedAt = hearing.askedAt(alert.id)
  if (askedAt !== undefined) return askedAt + answerWithinMs
  const afterMs = durationIn(stale.after, alert.severity)
  return afterMs === undefined ? Infinity : hearing.quietSince(alert) + afterMs
}

/** Asks for an alert of which nothing was heard for long; one whose detector does not answer is unknown. */
export function askIfStale(machine: Machine, alert: Alert, now: number): Alert {
  if (alert.clearedAt !== undefined || staleDue(machine, alert) > now) return alert
  if (machine.hearing.askedAt(alert.id) !== undefined) return unknown(machine, alert, now)
  machine.hearing.asked(alert, now, now)
  machine.outcome.asks.push(alert)
  tell(machine, { type: 'asked', ...about(alert, now) })
  return alert
}

/** Nobody knows whether it is still open: never an end, and never good. */
export function unknown(machine: Machine, alert: Alert, now: number): Alert {
  machine.hearing.asked(alert, undefined, now)
  if (alert.unknownSince !== undefined) return alert
  tell(machine, { type: 'unknown', ...about(alert, now) })
  return { ...alert, unknownSince: now }
}

/** Its detector was heard of again. */
export const known = (alert: Alert): Alert =>
  alert.unknownSince === undefined ? alert : { ...alert, unknownSince: undefined }
