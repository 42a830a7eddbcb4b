import type { FaultChange, FaultEvent } from '@tocsin/fault'
import type { Alert, Maintenance, NotifyEvent, Policy } from '@tocsin/notify'

import type { FaultRecord, TellingRecord } from './records.ts'
import type { Comparison, Judgement, Severity } from '../wire.ts'

/** What is told of a fault, as far as a route of the policy asks for it. */
interface Told {
  readonly ruleSet: string
  /** Key. */
  readonly series: string
  readonly severity: Severity
}

/** Whether a tag query selects the series with a key; `false` also where nobody can say. */
export type IsSelected = (select: string, key: string) => boolean

/** The rule set of alerts about alerting itself. */
const ownRuleSet = 'tocsin.notify'

/** Whether it is about alerting itself: it is told to people as any other, and is no fault of what is watched. */
export const isOwn = ({ ruleSet }: { readonly ruleSet: string }): boolean => ruleSet === ownRuleSet

/** What is known of people when something is written down. */
export interface Context {
  /** Names of the groups that are told of it by that notifier. */
  readonly groupsOf: (notifier: string, told: Told) => readonly string[]
}

export function contextOf({ groups, routes }: Policy, isSelected: IsSelected): Context {
  return {
    groupsOf: (notifier, { ruleSet, series, severity }) => {
      const all = routes.filter(
        ({ ruleSets, severities, select }) =>
          (ruleSets?.includes(ruleSet) ?? true) &&
          (severities?.includes(severity) ?? true) &&
          (select === undefined || isSelected(select, series)),
      )
      const first = all.filter(({ otherwise }) => otherwise !== true)
      const reached = (first.length > 0 ? first : all).map(({ group }) => group)
      return [...new Set(reached)].filter((group) => groups[group]?.notifiers.includes(notifier))
    },
  }
}

/** What the rules found, as it is kept; nothing where nothing changed. */
export function recordOfFault(event: FaultEvent): FaultRecord | undefined {
  // None of its rules holds anything back.
  if (event.type === 'normal' || event.type === 'muted') return undefined
  const { type: change, id, fault, ruleSet, series, severity, openedAt, time, text } = event
  const judgement = judgementOf(event, text)
  const { key, metric, tags } = series
  return {
    type: 'found',
    change,
    id,
    fault,
    ruleSet,
    series: { key, metric, tags },
    severity,
    openedAt,
    time,
    judgement,
    text,
  }
}

/** The latest finding of an alert, as if it had just been found. */
export function recordOfAlert({ signal, text }: Alert): Extract<FaultRecord, { type: 'found' }> {
  const { type: change, id, fault, ruleSet, series, severity, openedAt, time } = signal
  const judgement = judgementOf(signal, text)
  return { type: 'found', change, id, fault, ruleSet, series, severity, openedAt, time, judgement, text }
}

export const windowOf = (
  { id, select, from, to, notes }: Maintenance,
  planned: boolean,
  time: number,
): FaultRecord => ({
  type: 'window',
  id,
  select,
  from,
  to,
  ...(notes !== undefined && { notes }),
  planned,
  time,
})

/** What became of telling people, as it is kept. Windows that begin are none of it: see the store of alerts. */
export function recordOfNotify(event: NotifyEvent, context: Context): FaultRecord | undefined {
  if ('alert' in event && isOwn(event)) return undefined
  switch (event.type) {
    case 'created':
    case 'reopened':
    case 'severity': {
      const { alert, signal: entry, severity, type } = event
      const again = type === 'reopened' && ({ again: true } as const)
      return { type: 'answered', alert, entry, isEnd: false, severity, ...again }
    }
    case 'cleared': {
      const { alert, signal: entry, severity, reason, time, by, notes } = event
      if (reason === 'signal') return { type: 'answered', alert, entry, isEnd: true, severity }
      const stated = { ...(by !== undefined && { by }), ...(notes !== undefined && { notes }) }
      return { type: 'ended', id: `ended|${alert}|${time}`, alert, time, reason, ...stated }
    }
    case 'acknowledged': {
      const { alert, time, by, until, notes } = event
      return acknowledgedRecord(alert, {
        at: time,
        by,
        ...(until !== undefined && { until }),
        ...(notes !== undefined && { notes }),
      })
    }
    case 'unacknowledged': {
      const { type, alert, time, reason, by } = event
      const id = `${type}|${alert}|${time}`
      return { type, id, alert, time, reason, ...(by !== undefined && { by }) }
    }
    case 'maintenance-ended':
      return { type: 'window-ended', id: event.id, time: event.time, reason: event.reason }
    case 'waiting':
    case 'suppressed':
    case 'planned':
    case 'attempt-failed':
    case 'delivered':
    case 'superseded':
    case 'dead':
      return tellingOf(event, context)
    // That is known from the rules, which come first.
    case 'reason':
    case 'muted':
    case 'duplicate':
    case 'refused':
    case 'maintenance-set':
    case 'command-refused':
    // What the detector says when it is asked of an alert changes nothing that is shown.
    case 'asked':
    case 'still-open':
    case 'unknown':
    case 'policy-changed':
      return undefined
  }
}

export const acknowledgedRecord = (
  alert: string,
  { at, by, until, notes }: { at: number; by: string; until?: number; notes?: string },
): FaultRecord => ({
  type: 'acknowledged',
  // Two people may do it in the same millisecond.
  id: `acknowledged|${alert}|${at}|${by}|${until ?? ''}`,
  alert,
  time: at,
  by,
  ...(until !== undefined && { until }),
  ...(notes !== undefined && { notes }),
})

type TellEvent = Extract<
  NotifyEvent,
  { type: 'waiting' | 'suppressed' | 'planned' | 'attempt-failed' | 'delivered' | 'superseded' | 'dead' }
>

function tellingOf(event: TellEvent, { groupsOf }: Context): TellingRecord | undefined {
  const { alert, place: target, time } = event
  // No route reaches anybody: there is no channel to tell of.
  if (target === undefined) return undefined
  const about = { type: 'telling', alert, target, time } as const
  switch (event.type) {
    case 'waiting':
      return { ...about, is: 'waiting', until: event.until }
    case 'suppressed':
      return { ...about, is: 'held', reason: event.reason }
    case 'planned': {
      const { notification, kind, severity } = event
      const isReminder = kind === 'reminder' && ({ isReminder: true } as const)
      return { ...about, is: 'planned', notification, isEnd: kind === 'recovery', severity, ...isReminder }
    }
    case 'attempt-failed': {
      const { notification, attempt, message, retryAt } = event
      return {
        ...about,
        is: 'failed',
        notification,
        attempt,
        message,
        ...(retryAt !== undefined && { retryAt }),
      }
    }
    case 'delivered': {
      const { notification, kind, notifier, plannedAt, attempts } = event
      // A clock that was set back meanwhile says nothing of how long it took.
      const tookMs = Math.max(0, time - plannedAt)
      const groups = groupsOf(notifier, event)
      return {
        ...about,
        is: 'delivered',
        notification,
        isEnd: kind === 'recovery',
        tookMs,
        attempts,
        groups,
      }
    }
    case 'superseded':
    case 'dead':
      return { ...about, is: event.type, notification: event.notification, reason: event.reason }
  }
}

const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['above', 'above'],
  ['below', 'below'],
  ['equals', 'equals'],
  ['notEquals', 'notEquals'],
  ['matches', 'matches'],
  ['notMatches', 'notMatches'],
  ['contains', 'contains'],
  ['notContains', 'notContains'],
  ['changed', 'changed'],
  ['absentFor', 'absent'],
] as const)

/** The facts of a cause that are shown; a stored one is known as JSON only. */
interface CauseFacts {
  readonly reason: string
  readonly condition?: unknown
  /** The same in older stores. */
  readonly criterion?: unknown
  readonly isTrue?: unknown
  readonly value?: unknown
  readonly threshold?: unknown
  readonly sampleTime?: unknown
  readonly window?: { readonly filledMs?: unknown }
}

/** What was compared and how, where one comparison decided; otherwise the sentence that the rules say of it. */
function judgementOf(
  { type, time, cause }: Pick<FaultChange, 'type' | 'time'> & { readonly cause: { readonly reason: string } },
  text: string,
): Judgement {
  const { reason, value, threshold, window, ...facts }: CauseFacts = cause
  const sampleTime = typeof facts.sampleTime === 'number' ? facts.sampleTime : time
  const ended = reason === 'removed' && ({ ended: 'removed' } as const)
  const is = comparisonOf(facts, type, reason)
  if (is === undefined) return { is: 'said', said: text, sampleTime, ...ended }
  const averageMs = window?.filledMs
  return {
    is,
    ...(isShown(threshold) && { threshold: asJson(threshold) }),
    ...(isShown(value) && { value: asJson(value) }),
    sampleTime,
    ...(typeof averageMs === 'number' && { averageMs }),
    ...ended,
  }
}

/** The comparison of the last value or an average, by which a fault is open where it is true; `undefined` where that does not say it. */
function comparisonOf(
  { criterion, condition = criterion, isTrue }: Pick<CauseFacts, 'criterion' | 'condition' | 'isTrue'>,
  type: FaultChange['type'],
  reason: string,
): Comparison | undefined {
  if (typeof condition !== 'object' || condition === null || reason === 'unknown') return undefined
  // As below a `not`, or where another condition ends the fault.
  if (typeof isTrue === 'boolean' && isTrue === (type === 'cleared')) return undefined
  const { of } = condition as { readonly of?: object }
  if (of !== undefined && !Object.hasOwn(of, 'average')) return undefined
  return Object.keys(condition).flatMap((name) => comparisons.get(name) ?? [])[0]
}

const isShown = (value: unknown): value is number | string =>
  typeof value === 'number' || typeof value === 'string'

/** JSON has no number for an infinite one. */
const asJson = (value: number | string): number | string =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
