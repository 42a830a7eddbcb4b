import type { FaultSignal, Severity } from './signal.ts'

/** Somebody knows of the alert. */
export interface Acknowledgement {
  /** Who. */
  readonly by: string
  /** Since when, ms since the Unix epoch. */
  readonly at: number
  /** When it ends by itself, ms since the Unix epoch; with the alert where absent. */
  readonly until?: number
  /** For people. */
  readonly notes?: string
  /** The severity that was acknowledged; a worse one ends the acknowledgement. */
  readonly severity: Severity
}

/** Why a target is not told now, or was never told. */
export type SuppressReason =
  'acknowledged' | 'maintenance' | 'no-route' | 'no-notifier' | 'cleared-before-wait' | 'never-told'

/** How far one target has been told of one alert. */
export interface AlertTarget {
  /** Name of the notifier. */
  readonly target: string
  /** When it is to be told for the first time, ms since the Unix epoch. It only ever moves forward in the queue. */
  readonly due: number
  /** Severity of the latest notification planned for it. */
  readonly severity?: Severity | undefined
  /** Whether it knows: `'unsure'` where an attempt may have arrived although it seemed to fail. */
  readonly told: 'no' | 'unsure' | 'yes'
  /** Id of its notification that is planned and not yet settled; there is at most one. */
  readonly outstanding?: string | undefined
  /** Notifications planned for it so far. */
  readonly sequence: number
  /** Why it is not told although the wait is over. */
  readonly held?: SuppressReason | undefined
  /** The alert is cleared, and what is to be said of that has been planned. */
  readonly closed?: true
}

/** One episode of a fault, from its first signal until everybody who was told of it is told of its end. Plain JSON. */
export interface Alert {
  /** Identity: rule set, series, and a digest of the episode. */
  readonly id: string
  /** The rule set that found the fault. */
  readonly ruleSet: string
  /** Key of the series. */
  readonly series: string
  /** The severity now. */
  readonly severity: Severity
  /** When the fault began, event time, ms since the Unix epoch. */
  readonly openedAt: number
  /** When it was cleared, by the engine's clock, ms since the Unix epoch; absent while it is open. */
  readonly clearedAt?: number
  /** What is wrong, for people. */
  readonly text: string
  /** The latest signal. */
  readonly signal: FaultSignal
  /** Somebody knows of it. */
  readonly acknowledgement?: Acknowledgement | undefined
  /** Ids of the windows of maintenance that it is in. */
  readonly maintenance: readonly string[]
  /** Who is to be told, or was. */
  readonly targets: readonly AlertTarget[]
}
