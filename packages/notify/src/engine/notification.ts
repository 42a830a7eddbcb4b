import type { Alert, AlertTarget } from './alert.ts'
import { printable } from './printable.ts'
import type { FaultCause, FaultSignal, Severity } from './signal.ts'

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
  /** One line for people. Control characters are gone from it. */
  readonly subject: string
  /** What is wrong, for people. Control characters are gone from it. */
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

/** What is wrong, for people. */
export const describeSignal = (signal: FaultSignal): string =>
  printable(signal.text ?? `${signal.ruleSet}: ${signal.cause.reason}`, maxTextLength)

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
    subject: printable(`${heading(kind, severity, to.severity)} ${alert.series}: ${text}`, maxSubjectLength),
    text,
    fields: fieldsOf(signal),
    fault: signal.fault,
    ruleSet: alert.ruleSet,
    series: alert.series,
    cause: signal.cause,
    openedAt: alert.openedAt,
    time: now,
  }
}

function heading(kind: NotificationKind, severity: Severity, before: Severity | undefined): string {
  if (kind === 'recovery') return '[recovered]'
  return kind === 'transition'
    ? `[severity ${severity}, was ${before ?? severity}]`
    : `[severity ${severity}]`
}

function fieldsOf({ ruleSet, series, cause, openedAt }: FaultSignal): Notification['fields'] {
  const pairs = [
    ['rule set', ruleSet],
    ['metric', series.metric],
    ...Object.entries(series.tags),
    ['reason', cause.reason],
    ['since', new Date(openedAt).toISOString()],
  ] as const
  return pairs.map(([name, value]) => ({ name: printable(name, 256), value: printable(value, 1024) }))
}
