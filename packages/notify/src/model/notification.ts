import type { FaultCause, FaultInfo, Severity } from './signal.ts'

/**
 * Told of an alert for the first time, of a new severity, of its end; reminded that it is still open, or told that nobody knows whether it
 * is.
 */
export type NotificationKind = 'alert' | 'transition' | 'recovery' | 'reminder' | 'unknown'

/** A name and a value, for people. */
export interface NotificationField {
  /** Such as `'host'`. */
  readonly name: string
  /** Such as `'web-1'`. */
  readonly value: string
}

/**
 * That a place is to be told something. It is stored before the first attempt and never changes; the words are made at each attempt, from
 * what is known then. Plain JSON.
 */
export interface PlannedNotification {
  /** Idempotency key: the same over attempts, restarts and processes. 32 hexadecimal digits. */
  readonly id: string
  /** What is told. */
  readonly kind: NotificationKind
  /** Who is told. */
  readonly place: string
  /** Name of the notifier that tells it. */
  readonly notifier: string
  /** Ids of the alerts that it is about. */
  readonly alerts: readonly string[]
  /** 1 for the first notification of this alert to this place, and so on. */
  readonly sequence: number
  /** The worst severity of its alerts when it was planned; of a recovery the last one. */
  readonly severity: Severity
  /** The severity that the place was told before, of a transition. */
  readonly previousSeverity?: Severity | undefined
  /** When it was planned, ms since the Unix epoch. */
  readonly time: number
  /** When it may be tried for the first time, ms since the Unix epoch: it takes the place of one that waits to be tried again. @defaultValue at once */
  readonly notBefore?: number | undefined
}

/** One alert in a notification, as it is when it is told. Plain JSON. */
export interface NotifiedAlert {
  /** Id of the alert: the same for all that is told of it. */
  readonly id: string
  /** The fault, as its detector names it. */
  readonly fault: string
  /** The rule set that found it. */
  readonly ruleSet: string
  /** Key of the series. */
  readonly series: string
  /** The severity; of one that is over the last one. */
  readonly severity: Severity
  /** What is wrong, for people. Control characters are gone from it. At most 4096 characters. */
  readonly text: string
  /** Names and values that belong under the text: tags, and what `info` says in one word or line, at most 20 of that. Control characters are gone from them. */
  readonly fields: readonly NotificationField[]
  /** Why, with all its fields. */
  readonly cause: FaultCause
  /** What its rule set has for people and programs; absent where that has nothing. Texts and numbers of it are among the fields too. */
  readonly info?: FaultInfo
  /** When the fault began, event time, ms since the Unix epoch. */
  readonly openedAt: number
  /** When it was cleared, ms since the Unix epoch; absent while it is open. */
  readonly clearedAt?: number
  /** How often it has opened since the place was told of it for the first time; absent where once. */
  readonly openings?: number
}

/** What one place is told at one moment, in words. Plain JSON. */
export interface Notification {
  /** Idempotency key: the same over attempts, restarts and processes. 32 hexadecimal digits. */
  readonly id: string
  /** What is told. */
  readonly kind: NotificationKind
  /** Who is told. */
  readonly place: string
  /** Name of the notifier that tells it. */
  readonly notifier: string
  /** 1 for the first notification of this alert to this place, and so on. */
  readonly sequence: number
  /** The worst severity of its alerts; of a recovery the last one. */
  readonly severity: Severity
  /** The severity that the place was told before, of a transition. */
  readonly previousSeverity?: Severity
  /**
   * One line for people, such as `[severity 1] queue shop=berlin: 120 is above 100`. Control characters are gone from it. At most 256
   * characters.
   */
  readonly subject: string
  /** What is wrong, for people; of several alerts a line for each. Control characters are gone from it. */
  readonly text: string
  /** What it is about, the worst first; at least one. */
  readonly alerts: readonly [NotifiedAlert, ...NotifiedAlert[]]
  /** When it was planned, ms since the Unix epoch. */
  readonly time: number
  /** 1 for the first attempt since the start of the program; a later one may be a repeat of what has arrived. */
  readonly attempt: number
  /** The store did not take it: after a restart it may come again. */
  readonly unstored?: true
}
