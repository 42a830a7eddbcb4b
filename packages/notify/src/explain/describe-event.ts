import { parseSeries } from '@tocsin/core'

import type { NotifyEvent } from '../model/event.ts'
import type { NotificationKind } from '../model/notification.ts'
import { ownRuleSet } from '../model/signal.ts'
import { printable } from '../render/printable.ts'
import { nameOf } from '../render/subject.ts'

const maxLength = 1000
/** Longest name of an alert whose series cannot be read. */
const maxName = 120

const moment = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : 'never')

/**
 * A decision of `notify` as one sentence for people, such as `pager is not told of load host=web-1: somebody has acknowledged the alert`.
 * What somebody is told of, or not, is called by its metric and at most four tags; all of it stands in `alert`, `ruleSet` and `series` of
 * the event. Control characters from outside are gone from it. At most 1000 characters.
 */
export const describeEvent = (event: NotifyEvent): string => printable(sentence(event), maxLength)

function sentence(event: NotifyEvent): string {
  switch (event.type) {
    case 'created':
      return `the alert opened with severity ${event.severity}`
    case 'reopened':
      return `the alert opened again with severity ${event.severity}, for the ${ordinal(event.openings)} time`
    case 'duplicate':
      return `the signal ${event.signal} changed nothing: ${duplicates[event.reason]}`
    case 'severity':
      return `the severity changed from ${event.from} to ${event.severity}`
    case 'reason':
      return 'the alert is open for another reason'
    case 'muted':
      return event.change === 'cleared'
        ? `what was held back${of(event)} is over: ${event.text}`
        : `nobody is told${of(event)}, severity ${event.severity}, which its detector holds back: ${event.text}`
    case 'cleared':
      return `the alert is over: ${clears[event.reason]}${event.by === undefined ? '' : ` (${event.by})`}; ${
        event.told.length === 0 ? 'nobody has been told of it' : `${event.told.join(', ')} will be told`
      }`
    case 'refused':
      return event.reason === 'malformed'
        ? `a signal was refused: ${event.text}`
        : `the signal ${event.signal} was refused: ${refusals[event.reason]}`
    case 'acknowledged': {
      const until = event.until === undefined ? '' : ` until ${moment(event.until)}`
      return `${event.by} acknowledged the alert${until}${event.notes === undefined ? '' : `: ${event.notes}`}`
    }
    case 'unacknowledged':
      return `the acknowledgement ended: ${unacknowledged[event.reason]}${event.by === undefined ? '' : ` (${event.by})`}`
    case 'maintenance-set':
      return `maintenance ${event.maintenance.id} was set, from ${moment(event.maintenance.from)} to ${moment(event.maintenance.to)}`
    case 'maintenance-ended':
      return `maintenance ${event.id} ended, by ${event.reason === 'time' ? 'its time' : 'a command'}`
    case 'command-refused':
      return `a command was refused: ${event.text}`
    case 'waiting':
      return `${event.place} is told${of(event)} if the alert lasts until ${moment(event.until)}`
    case 'suppressed':
      return `${event.place === undefined ? 'nobody is' : `${event.place} is not`} told${of(event)}: ${suppressionOf(event)}`
    case 'planned':
      return `${event.place} is to be told${of(event)}, by ${event.notifier}: ${kinds[event.kind]}`
    case 'attempt-failed': {
      const next = event.retryAt === undefined ? 'it is given up' : `tried again at ${moment(event.retryAt)}`
      const arrived = event.arrived === 'perhaps' ? ', and it may have arrived all the same' : ''
      return `attempt ${event.attempt} to tell ${event.place}${of(event)} failed (${event.failure}): ${event.message}${arrived}; ${next}`
    }
    case 'delivered': {
      const refused = event.refused?.map(({ recipient, message }) => `${recipient} was refused: ${message}`)
      const told = `${event.place} was told${of(event)}, by ${event.notifier}: ${kinds[event.kind]}`
      return [told, ...(refused ?? [])].join('; ')
    }
    case 'superseded':
      return `what ${event.place} was to be told${of(event)} is out of date: ${supersessions[event.reason]}`
    case 'dead':
      return `${event.place} was not told${of(event)}${afterAttempts(event.attempts)}: ${deaths[event.reason]}`
    case 'asked':
      return `nothing was heard of the alert for long; ${event.unasked ? 'nobody can be asked, without the option stillOpen' : 'its detector was asked'}`
    case 'still-open':
      return 'the detector says that the alert is still open'
    case 'unknown':
      return `${event.unasked ? 'nobody can be asked, without the option stillOpen' : 'the detector did not answer'}: nobody knows whether the alert is still open`
    case 'policy-changed':
      return 'another policy holds from now on'
  }
}

/** Which alert: the metric and the tags of its series, where it is known. */
function of({ series }: { readonly series: string }): string {
  if (series === '') return ''
  const parsed = parseSeries(series)
  return ` of ${parsed.ok ? nameOf(parsed.value) : printable(series, maxName)}`
}

const afterAttempts = (count: number): string =>
  count === 0 ? '' : ` after ${count} attempt${count === 1 ? '' : 's'}`

/** Alerts about alerting itself have no routes: every notifier is asked but the one that fails. */
const suppressionOf = ({ reason, ruleSet }: OfEvent<'suppressed'>): string =>
  reason === 'no-route' && ruleSet === ownRuleSet ? 'no notifier is left to tell it' : suppressions[reason]

const ordinal = (count: number): string => {
  const tens = count % 100
  const suffix = tens > 10 && tens < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')
  return `${count}${suffix}`
}

type OfEvent<Type extends NotifyEvent['type']> = Extract<NotifyEvent, { readonly type: Type }>

type Reasons<Type extends NotifyEvent['type']> =
  OfEvent<Type> extends { readonly reason: infer Reason extends string }
    ? Readonly<Record<Reason, string>>
    : never

const duplicates: Reasons<'duplicate'> = {
  'already-open': 'the alert is open already',
  'same-severity': 'the alert has this severity already',
  'already-cleared': 'its episode is over',
  'out-of-order': 'a later signal came before it',
}

const clears: Reasons<'cleared'> = {
  signal: 'its detector says so',
  command: 'somebody ended it',
  asked: 'its detector said so when it was asked',
  policy: 'the policy has no place for it any more',
}

const refusals: Readonly<Record<'unknown-alert' | 'too-many-alerts', string>> = {
  'unknown-alert': 'no open alert is meant',
  'too-many-alerts': 'as many alerts are open as may be',
}

const unacknowledged: Reasons<'unacknowledged'> = {
  command: 'somebody took it back',
  expired: 'its time is over',
  'worse-severity': 'the severity became worse',
}

const suppressions: Reasons<'suppressed'> = {
  acknowledged: 'somebody has acknowledged the alert',
  maintenance: 'it is in maintenance',
  flapping: 'it opens and ends so often that its end is told only when it has lasted',
  'no-route': 'no route of the policy is about it',
  'no-notifier': 'there is no such notifier',
  'cleared-before-wait': 'the alert was over before the wait was',
  'never-told': 'the alert was over before it could be told',
}

const kinds: Readonly<Record<NotificationKind, string>> = {
  alert: 'the alert',
  transition: 'its new severity',
  recovery: 'its end',
  reminder: 'that it is still open',
  unknown: 'that nobody knows whether it is still open',
}

const supersessions: Reasons<'superseded'> = {
  severity: 'the severity is another',
  cleared: 'the alert is over',
  reopened: 'the alert is open again',
  'still-open': 'its detector says that it is still open',
  policy: 'the policy has changed',
}

const deaths: Reasons<'dead'> = {
  refused: 'it was refused for good',
  deadline: 'it has been tried for as long as the policy says',
  'no-notifier': 'its notifier is not there any more',
}
