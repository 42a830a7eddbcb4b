import type { Alert } from '../model/alert.ts'
import type {
  Notification,
  NotificationField,
  NotifiedAlert,
  PlannedNotification,
} from '../model/notification.ts'
import type { FaultSignal } from '../model/signal.ts'
import { printable } from './printable.ts'
import { maxSubjectLength, nameOf, sorted, subjectOf } from './subject.ts'

/** Longest text of one alert, in UTF-16 units. */
const maxTextLength = 4096
/** Most alerts that have a line of the text. */
const maxLines = 50

const notStored = ' (not stored)'
/** Most fields that come from the info of a rule set. */
const maxInfoFields = 20
/** How the end of a text looks that was shortened. */
const shortened = /… \(shortened from (\d+) characters\)$/

/**
 * What is wrong, for people: with the name of its series in their words, not in the canonical form. One that is too long is shortened,
 * and says so.
 */
export function describeSignal({ text = '', series, cause }: FaultSignal): string {
  const isCanonical = series.key !== series.metric && text.includes(series.key)
  const said = isCanonical ? text.replaceAll(series.key, () => nameOf(series)) : text
  return lineOf(said) || lineOf(cause.reason)
}

/**
 * What a place is told now of these alerts, of which there is at least one. Pure: made at each attempt, from what is known then. `attempt`
 * is 1 for the first one since the start of the program.
 */
export function renderNotification(
  planned: PlannedNotification,
  alerts: readonly Alert[],
  attempt: number,
): Notification {
  const { id, kind, place, notifier, sequence, previousSeverity, time } = planned
  const [worst, ...others] = alerts.toSorted(byImportance)
  if (worst === undefined) throw new RangeError(`notification ${id} is about no alert`)
  const before = others.length === 0 ? previousSeverity : undefined
  const subject = subjectOf(worst, kind, before)
  return {
    id,
    kind,
    place,
    notifier,
    sequence,
    severity: worst.severity,
    ...(kind === 'transition' && previousSeverity !== undefined && { previousSeverity }),
    subject: ending(subject, others.length === 0 ? '' : ` (+${others.length} more)`),
    text: others.length === 0 ? worst.text : linesOf([worst, ...others], planned),
    alerts: [notifiedAlert(worst), ...others.map(notifiedAlert)],
    time,
    attempt,
  }
}

/** The same for people who are told although the store did not take it. */
export const unstored = (notification: Notification): Notification =>
  notification.unstored === true
    ? notification
    : { ...notification, subject: ending(notification.subject, notStored), unstored: true }

/** What is open before what is over, then the worst, then what lasts longest. */
function byImportance(a: Alert, b: Alert): number {
  const isOver = ({ clearedAt }: Alert): number => (clearedAt === undefined ? 0 : 1)
  return isOver(a) - isOver(b) || a.severity - b.severity || a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1)
}

/** A subject that is cut before its ending, and not in it. */
const ending = (subject: string, end: string): string =>
  printable(subject, maxSubjectLength - end.length) + end

function linesOf(alerts: readonly Alert[], { kind }: PlannedNotification): string {
  const lines = alerts.slice(0, maxLines).map((alert) => printable(subjectOf(alert, kind), maxSubjectLength))
  return [...lines, ...(alerts.length > maxLines ? [`and ${alerts.length - maxLines} more`] : [])].join('\n')
}

function lineOf(text: string): string {
  const line = printable(text, Infinity)
  if (line.length <= maxTextLength) return line
  // Who shortened it before knows how long it was.
  const [whole = '', length = String(line.length)] = shortened.exec(line) ?? []
  const end = ` (shortened from ${length} characters)`
  return printable(line.slice(0, line.length - whole.length), maxTextLength - end.length) + end
}

function notifiedAlert(alert: Alert): NotifiedAlert {
  const { id, ruleSet, series, severity, text, signal, openedAt, clearedAt, openings } = alert
  return {
    id,
    fault: signal.fault,
    ruleSet,
    series,
    severity,
    text,
    fields: fieldsOf(alert),
    cause: signal.cause,
    ...(signal.info !== undefined && { info: signal.info }),
    openedAt,
    ...(clearedAt !== undefined && { clearedAt }),
    ...(openings > 1 && { openings }),
  }
}

function fieldsOf(alert: Alert): NotificationField[] {
  const { signal, text, openedAt, clearedAt, unknownSince, openings } = alert
  const { ruleSet, series, cause } = signal
  const fields = [field('rule set', ruleSet), field('metric', series.metric)]
  for (const [name, value] of sorted(series.tags)) fields.push(field(name, value))
  if (text !== cause.reason) fields.push(field('reason', cause.reason))
  fields.push({ name: 'since', value: iso(openedAt) })
  if (openings > 1) fields.push({ name: 'opened', value: `${openings} times` })
  if (clearedAt !== undefined) fields.push({ name: 'over since', value: iso(clearedAt) })
  else if (unknownSince !== undefined) fields.push({ name: 'unknown since', value: iso(unknownSince) })
  for (const [name, value] of Object.entries(signal.info ?? {})
    .filter(isSaid)
    .slice(0, maxInfoFields))
    fields.push(field(name, String(value)))
  return fields
}

/** What is more than a word or a line is for programs. */
const isSaid = ([, value]: readonly [string, unknown]): boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

const field = (name: string, value: string): NotificationField => ({
  name: printable(name, 256),
  value: printable(value, 1024),
})

const iso = (time: number): string => new Date(time).toISOString()
