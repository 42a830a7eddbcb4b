import type { Series } from '@tocsin/core'

import type { Alert } from '../model/alert.ts'
import type { NotificationKind } from '../model/notification.ts'
import type { Severity } from '../model/signal.ts'
import { printable } from './printable.ts'

/** Longest subject, in UTF-16 units. */
export const maxSubjectLength = 256

/** Longest names in a subject, in UTF-16 units: with all of them cut, there is room left for the text. */
const maxInSubject = { metric: 56, tagName: 20, tagValue: 36, series: 120, ruleSet: 32 } as const
/** Most tags in a subject. */
const maxTagsInSubject = 4
const maxWordLength = 4096

/**
 * One alert in one line: what the text does not say itself of severity, series and rule set, then the text. What is said of its state is
 * taken from the alert and not from the kind alone, since it may have changed after the notification was planned.
 */
export function subjectOf(alert: Alert, kind: NotificationKind, before?: Severity): string {
  const { signal, text } = alert
  const isSaid = (words: string): boolean => says(text, words)
  const { series, ruleSet } = signal
  const name = isSaid(nameOf(series)) ? '' : nameOf(series, isSaid)
  const rules =
    isPart(ruleSet, series.metric) || isSaid(ruleSet) ? '' : printable(ruleSet, maxInSubject.ruleSet)
  const where = name === '' || rules === '' ? `${name}${rules}` : `${name} (${rules})`
  const what = kind === 'recovery' && text === 'recovered' ? '' : text
  const parts = [where, what].filter((part) => part !== '').join(': ')
  return `${heading(alert, kind, before, isSaid)} ${parts}`.trim()
}

/** A series in a few words, such as `queue shop=berlin`: its tags in the order of their names, without what is said already. */
export function nameOf({ metric, tags }: Series, isSaid: (words: string) => boolean = () => false): string {
  const words = sorted(tags)
    .filter(([name, value]) => !isSaid(printable(`${name}=${value}`, maxWordLength)))
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

/** Tags in the order of their names. */
export const sorted = (tags: Series['tags']): [string, string][] =>
  Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))

function heading(
  alert: Alert,
  kind: NotificationKind,
  before: Severity | undefined,
  isSaid: (words: string) => boolean,
): string {
  const isEnd = kind === 'recovery' && alert.clearedAt !== undefined
  const words = isEnd
    ? // Who ended an alert by hand does not say that all is well.
      [alert.signal.type === 'cleared' ? 'recovered' : 'ended']
    : [
        severityWords(alert.severity, kind === 'transition' ? before : undefined, isSaid),
        stateWords(alert, kind),
      ]
  if (alert.openings > 1) words.push(`opened ${alert.openings} times`)
  const said = words.filter((word) => word !== '').join(', ')
  return said === '' ? '' : `[${said}]`
}

function severityWords(
  severity: Severity,
  before: Severity | undefined,
  isSaid: (words: string) => boolean,
): string {
  if (before === undefined || before === severity)
    return isSaid(`severity ${severity}`) ? '' : `severity ${severity}`
  if (isSaid(`severity ${before} to ${severity}`)) return ''
  return isSaid(`severity ${severity}`) ? `was severity ${before}` : `severity ${severity}, was ${before}`
}

function stateWords({ clearedAt, unknownSince }: Alert, kind: NotificationKind): string {
  if (clearedAt !== undefined) return 'over'
  if (unknownSince !== undefined) return 'unknown whether open'
  return kind === 'reminder' || kind === 'recovery' ? 'still open' : ''
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

/** Part of a tag, in quotes where it could be taken for something else. */
function tagWord(text: string, maxLength: number): string {
  const word = printable(text, maxLength)
  return word === '' || /[\s"=]/.test(word) ? JSON.stringify(word) : word
}
