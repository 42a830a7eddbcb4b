import { series } from '@tocsin/core'
import type { Series } from '@tocsin/core'

import { digest } from '../../model/digest.ts'
import type { RefuseReason } from '../../model/event.ts'
import type { Policy } from '../../model/policy.ts'
import { ownRuleSet } from '../../model/signal.ts'
import type { DetectorSignal, FaultSignal, MalformedSignal, Severity } from '../../model/signal.ts'
import type { TimerQueue } from '../outbox/timer-queue.ts'

/** What may be wrong with alerting itself. A `text` says it in one sentence. */
export type OwnTrouble =
  | {
      readonly what: 'notifier_failing'
      readonly notifier: string
      readonly text: string
      readonly since: number
      /** Whether a group of the policy has it. */
      readonly isNamed: boolean
    }
  | { readonly what: 'recipient_refused'; readonly notifier: string; readonly text: string }
  | { readonly what: 'refused'; readonly reason: RefuseReason }
  | { readonly what: 'overflow'; readonly dropped: number }
  | { readonly what: 'store_failing' | 'store_damaged'; readonly text: string }

/** What the runtime says of itself. */
export type OwnInput = { readonly type: 'own' } & (
  | {
      /** So many signals were dropped since the last such input. */
      readonly what: 'overflow'
      readonly dropped: number
    }
  | {
      /** The store does not take what it is given, or could not be read whole; why, in one sentence. */
      readonly what: 'store_failing' | 'store_damaged'
      readonly text: string
    }
  | {
      /** The store has taken everything again. */
      readonly what: 'store_works'
    }
)

/** How a notifier fails. */
export interface Health {
  /** Its first failure since its last success, ms since the Unix epoch. */
  since: number
  /** How many attempts failed since. */
  failures: number
  /** What the last one said. */
  message: string
}

/** What is known of alerting itself: part of the machine, as `own`. */
export interface OwnAlerts {
  /** Alerts about it that are open, by the key of their series. */
  readonly open: Map<string, OwnAlert>
  /** Notifiers that have failed since their last success, by name. */
  readonly health: Map<string, Health>
  /** Signals that follow from what happened; the engine takes them out, and follows them as any other. */
  readonly raised: FaultSignal[]
  /** How many alerts were raised, so that each has a fault of its own. */
  count: number
}

interface OwnAlert {
  readonly signal: FaultSignal
  /** When it happened last, ms since the Unix epoch. */
  lastAt: number
  /** Whether something will say that it is over; the others are over when they have not happened for a while. */
  endsByEvent: boolean
}

/** The parts of the machine that are needed here. */
export interface OwnParts {
  readonly own: OwnAlerts
  readonly timers: TimerQueue
}

/** What happens now and then is over when it has not happened for so long, ms. */
const quietMs = 300_000
/** Longest text, in UTF-16 units: errors of others are part of it. */
const maxTextLength = 4096
/** A tag holds 256 characters, name and all. */
const maxNotifierLength = 240

const severities: Readonly<Record<OwnTrouble['what'], Severity>> = {
  notifier_failing: 1,
  refused: 1,
  overflow: 1,
  store_damaged: 1,
  store_failing: 2,
  recipient_refused: 2,
}

/** Nothing is known to be wrong. */
export const createOwnAlerts = (): OwnAlerts => ({ open: new Map(), health: new Map(), raised: [], count: 0 })

/** Takes up those that an earlier life left open: they go on as if they had happened now. `notifiers` are those that may be told. */
export function restoreOwn(
  parts: OwnParts,
  open: Iterable<FaultSignal>,
  notifiers: Iterable<string>,
  now: number,
): void {
  const { own, timers } = parts
  for (const signal of open) {
    const { key, metric } = signal.series
    own.open.set(key, { signal, lastAt: now, endsByEvent: endsByEvent(metric) })
    // Whether a notifier still fails is only known when it has something to tell.
    if (metric !== metricOf('notifier_failing')) timers.set('own', key, now + quietMs)
  }
  keepNotifiers(parts, notifiers, now)
}

/** Only these may be told from now on: that another one fails is over, as it may never have a success again. */
export function keepNotifiers(parts: OwnParts, notifiers: Iterable<string>, now: number): void {
  const { own, timers } = parts
  const names = new Set(notifiers)
  for (const name of [...own.health.keys()]) {
    if (names.has(name)) continue
    own.health.delete(name)
    timers.set('notifier', name, undefined)
  }
  const kept = new Set([...names].map((notifier) => seriesOf({ what: 'notifier_failing', notifier }).key))
  for (const [key, { signal }] of [...own.open]) {
    if (signal.series.metric === metricOf('notifier_failing') && !kept.has(key))
      endOwn(parts, key, 'the policy or the program has no such notifier any more', now)
  }
}

/** Something is wrong with alerting itself: raises an alert where none is open. */
export function raiseOwn({ own, timers }: OwnParts, trouble: OwnTrouble, now: number): void {
  const about = seriesOf(trouble)
  const known = own.open.get(about.key)
  const isOverByEvent = endsByEvent(about.metric) && (trouble.what !== 'notifier_failing' || trouble.isNamed)
  if (known !== undefined) {
    known.lastAt = now
    known.endsByEvent = isOverByEvent
    if (isOverByEvent) timers.set('own', about.key, undefined)
    return
  }
  own.count += 1
  const openedAt = trouble.what === 'notifier_failing' ? trouble.since : now
  const fault = `${about.key}@${now}.${own.count}`
  const signal: FaultSignal = {
    type: 'opened',
    id: `${fault} opened`,
    fault,
    ruleSet: ownRuleSet,
    series: about,
    severity: severities[trouble.what],
    openedAt,
    time: now,
    cause: { reason: trouble.what },
    text: textOf(trouble).slice(0, maxTextLength).toWellFormed(),
  }
  own.open.set(about.key, { signal, lastAt: now, endsByEvent: isOverByEvent })
  own.raised.push(signal)
  if (!isOverByEvent) timers.set('own', about.key, now + quietMs)
}

/** It is over. */
export function clearOwn(
  parts: OwnParts,
  over: { readonly what: 'notifier_failing'; readonly notifier: string } | { readonly what: 'store_failing' },
  now: number,
): void {
  const text =
    over.what === 'store_failing'
      ? 'the store takes everything again'
      : `notifier "${over.notifier}" delivers again`
  endOwn(parts, seriesOf(over).key, text, now)
}

/** Alerts about alerting itself need no room, and end when it works again: no detector may raise or end one. */
export function refuseOwn({ id, ruleSet, series: { key } }: DetectorSignal): MalformedSignal | undefined {
  if (ruleSet !== ownRuleSet) return undefined
  const text = `signal.ruleSet must not be "${ownRuleSet}", which is that of alerts about alerting itself`
  return {
    type: 'refused',
    reason: 'malformed',
    signal: id,
    ruleSet,
    series: key,
    path: 'signal.ruleSet',
    text,
  }
}

/** What the runtime says of itself. */
export function onOwn(parts: OwnParts, input: OwnInput, now: number): void {
  if (input.what === 'store_works') clearOwn(parts, { what: 'store_failing' }, now)
  else raiseOwn(parts, input, now)
}

/** The timer `own` of this id is due: what happens now and then may be over. */
export function onOwnTimer(parts: OwnParts, id: string, now: number): void {
  const known = parts.own.open.get(id)
  if (known === undefined) return
  if (now < known.lastAt + quietMs) parts.timers.set('own', id, known.lastAt + quietMs)
  else endOwn(parts, id, `it has not happened for ${quietMs / 60_000} minutes`, now)
}

/**
 * Who is told of an alert about alerting itself: the group `fallback` of the policy, or where that reaches nobody every notifier, and
 * never the one that fails. To be asked instead of the routes where the rule set is {@link ownRuleSet}; there is no wait.
 */
export function ownPlaces(
  { fallback, groups }: Pick<Policy, 'fallback' | 'groups'>,
  notifiers: Iterable<string>,
  { metric, tags }: Series,
): readonly string[] {
  const failing = metric === metricOf('notifier_failing') ? tags['notifier'] : undefined
  const others = [...notifiers].filter((name) => tagOf(name) !== failing)
  const named = fallback === undefined || !Object.hasOwn(groups, fallback) ? [] : groups[fallback]?.notifiers
  const first = others.filter((name) => named?.includes(name))
  return first.length > 0 ? first : others
}

function endOwn({ own, timers }: OwnParts, key: string, text: string, now: number): void {
  const known = own.open.get(key)
  if (known === undefined) return
  own.open.delete(key)
  timers.set('own', key, undefined)
  const { signal } = known
  const cause = { reason: 'recovered' }
  const time = Math.max(now, signal.time)
  own.raised.push({ ...signal, type: 'cleared', id: `${signal.fault} cleared`, time, cause, text })
}

/** The clock was set back by so much, ms. */
export function setBackOwn({ own, timers }: OwnParts, byMs: number, failingAfterMs: number): void {
  for (const [key, known] of own.open) {
    known.lastAt -= byMs
    if (!known.endsByEvent) timers.set('own', key, known.lastAt + quietMs)
  }
  for (const [notifier, health] of own.health) {
    health.since -= byMs
    timers.set('notifier', notifier, health.since + failingAfterMs)
  }
}

/** Whether something says that it is over, unless it is a notifier that may have nothing to tell any more. */
const endsByEvent = (metric: string): boolean =>
  metric === metricOf('notifier_failing') || metric === metricOf('store_failing')

const metricOf = (what: OwnTrouble['what']): string => `notify.${what}`

const tagOf = (notifier: string): string =>
  notifier.length <= maxNotifierLength && notifier.isWellFormed() ? notifier : digest(notifier)

function seriesOf(
  trouble: Pick<OwnTrouble, 'what'> & { readonly notifier?: string; readonly reason?: string },
): Series {
  const { what, notifier, reason } = trouble
  const tags: Record<string, string> = {}
  if (notifier !== undefined) tags['notifier'] = tagOf(notifier)
  if (reason !== undefined) tags['reason'] = reason
  return series(metricOf(what), tags)
}

function textOf(trouble: OwnTrouble): string {
  switch (trouble.what) {
    case 'refused':
      return `alerts are refused and nobody is told of them: ${trouble.reason}`
    case 'overflow':
      return `${trouble.dropped} signals were dropped and nobody is told of them: more came than can wait for the store`
    case 'notifier_failing':
    case 'recipient_refused':
    case 'store_failing':
    case 'store_damaged':
      return trouble.text
  }
}
