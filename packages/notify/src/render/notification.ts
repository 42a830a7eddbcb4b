import type { Series } from '@tocsin/core'

import type { Alert, AlertTarget } from '../model/alert.ts'
import { printable } from './printable.ts'
import type { FaultCause, FaultSignal, Severity } from '../model/signal.ts'

/** Told of an alert for the first time, of a new severity, or of its end. */
export type NotificationKind = 'alert' | 'transition' | 'recovery'

/** A name and a value, for people. */
export interface NotificationField {
  /** Such as `'host'`. */
  readonly name: string
  /** Such as `'web-1'`. */
  readonly value: string
}

/** What one target is told at one moment. It is stored before the first attempt and never changes. Plain JSON. */
export interface Notification {
  /** Idempotency key: the same over attempts, restarts and processes. 32 hexadecimal digits. */
  readonly id: string
  /** Id of the alert. */
  readonly alert: string
  /** What is told. */
  readonly kind: NotificationKind
  /** Name of the notifier. */
  readonly target: string
  /** 1 for the first notification of this alert to this target, and so on. */
  readonly sequence: number
  /** The severity now; of a recovery the last one. */
  readonly severity: Severity
  /** The severity that the target was told before, of a transition. */
  readonly previousSeverity?: Severity
  /**
   * One line for people, such as `[severity 1] queue shop=berlin: 120 is above 100`: what the text does not say itself of
   * severity, series and rule set, then the text. Control characters are gone from it. At most 256 characters.
   */
  readonly subject: string
  /** What is wrong, for people: the text of the signal, else its reason. Control characters are gone from it. */
  readonly text: string
  /** Names and values that belong under the text. Control characters are gone from them. */
  readonly fields: readonly NotificationField[]
  /** The fault, as its detector names it. */
  readonly fault: string
  /** The rule set that found it. */
  readonly ruleSet: string
  /** Key of the series. */
  readonly series: string
  /** Why, with all its fields. */
  readonly cause: FaultCause
  /** When the fault began, event time, ms since the Unix epoch. */
  readonly openedAt: number
  /** When the notification was planned, ms since the Unix epoch. */
  readonly time: number
}

/** Longest subject, in UTF-16 units. */
const maxSubjectLength = 256
/** Longest text, in UTF-16 units. */
const maxTextLength = 4096

/** Longest names in a subject, in UTF-16 units: with all of them cut, at least 60 are left for the text. */
const maxInSubject = { metric: 56, tagName: 20, tagValue: 36, series: 120, ruleSet: 32 } as const
/** Most tags in a subject. */
const maxTagsInSubject = 4

/** What is wrong, for people: with the name of its series in their words, not in the canonical form. */
export function describeSignal({ text = '', series, cause }: FaultSignal): string {
  const isCanonical = series.key !== series.metric && text.includes(series.key)
  const said = isCanonical ? text.replaceAll(series.key, () => nameOf(series)) : text
  return printable(said, maxTextLength) || printable(cause.reason, maxTextLength)
}

/** The notification that a target is due now. */
export function buildNotification(
  alert: Alert,
  to: AlertTarget,
  kind: NotificationKind,
  id: string,
  now: number,
): Notification {
  const { signal, severity, text } = alert
  return {
    id,
    alert: alert.id,
    kind,
    target: to.target,
    sequence: to.sequence + 1,
    severity,
    ...(kind === 'transition' && to.severity !== undefined && { previousSeverity: to.severity }),
    subject: subjectOf(alert, kind, to.severity),
    text,
    fields: fieldsOf(alert),
    fault: signal.fault,
    ruleSet: alert.ruleSet,
    series: alert.series,
    cause: signal.cause,
    openedAt: alert.openedAt,
    time: now,
  }
}

function subjectOf({ signal, severity, text }: Alert, kind: NotificationKind, before = severity): string {
  const isSaid = (words: string): boolean => says(text, words)
  const { series, ruleSet } = signal
  const name = isSaid(nameOf(series)) ? '' : nameOf(series, isSaid)
  const rules =
    isPart(ruleSet, series.metric) || isSaid(ruleSet) ? '' : printable(ruleSet, maxInSubject.ruleSet)
  const where = name === '' || rules === '' ? `${name}${rules}` : `${name} (${rules})`
  const what = kind === 'recovery' && text === 'recovered' ? '' : text
  const parts = [where, what].filter((part) => part !== '').join(': ')
  return printable(`${heading(kind, severity, before, isSaid)} ${parts}`, maxSubjectLength)
}

function heading(
  kind: NotificationKind,
  severity: Severity,
  before: Severity,
  isSaid: (words: string) => boolean,
): string {
  if (kind === 'recovery') return '[recovered]'
  if (kind === 'alert') return isSaid(`severity ${severity}`) ? '' : `[severity ${severity}]`
  if (isSaid(`severity ${before} to ${severity}`)) return ''
  return isSaid(`severity ${severity}`) ? `[was severity ${before}]` : `[severity ${severity}, was ${before}]`
}

/** Whether a rule set is called as the metric is, or as a part of it: `queue` of `queue.length`. */
const isPart = (ruleSet: string, metric: string): boolean =>
  says(metric.replaceAll('.', ' '), ruleSet.replaceAll('.', ' '))

/** Whether a text has these words, and not only as a part of longer ones. */
function says(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) {
    const isWhole =
      !/[\p{L}\p{N}_][.-]?$/u.test(text.slice(Math.max(at - 3, 0), at)) &&
      !/^[.-]?[\p{L}\p{N}_]/u.test(text.slice(at + words.length, at + words.length + 3))
    if (isWhole) return true
  }
  return false
}

/** A series in a few words, such as `queue shop=berlin`: its tags in the order of their names, without what is said already. */
function nameOf({ metric, tags }: Series, isSaid: (words: string) => boolean = () => false): string {
  const words = sorted(tags)
    .filter(([name, value]) => !isSaid(printable(`${name}=${value}`, maxTextLength)))
    .map(([name, value]) => `${tagWord(name, maxInSubject.tagName)}=${tagWord(value, maxInSubject.tagValue)}`)
    .filter((word) => !isSaid(word))
  let name = isSaid(metric) ? '' : printable(metric, maxInSubject.metric)
  for (const [index, word] of words.entries()) {
    const longer = name === '' ? word : `${name} ${word}`
    if (index === maxTagsInSubject || longer.length > maxInSubject.series) {
      return `${name} +${words.length - index} more`
    }
    name = longer
  }
  return name
}

/** Part of a tag, in quotes where it could be taken for something else. */
function tagWord(text: string, maxLength: number): string {
  const word = printable(text, maxLength)
  return word === '' || /[\s"=]/.test(word) ? JSON.stringify(word) : word
}

const sorted = (tags: Series['tags']): [string, string][] =>
  Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))

function fieldsOf({ signal: { ruleSet, series, cause, openedAt }, text }: Alert): Notification['fields'] {
  const pairs = [
    ['rule set', ruleSet],
    ['metric', series.metric],
    ...sorted(series.tags),
    ...(text === cause.reason ? [] : [['reason', cause.reason] as const]),
    ['since', new Date(openedAt).toISOString()],
  ] as const
  return pairs.map(([name, value]) => ({ name: printable(name, 256), value: printable(value, 1024) }))
}
