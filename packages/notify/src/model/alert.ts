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

/** Why a place is not told now, or was never told. */
export type SuppressReason =
  | 'acknowledged'
  | 'maintenance'
  /** It opens and ends so often that its end is told only when it has lasted. */
  | 'flapping'
  | 'no-route'
  | 'no-notifier'
  | 'cleared-before-wait'
  /**
   * It was over before this place was told, although the wait was over before: it was held back, or no attempt arrived, as with a key that
   * is refused. Each such attempt is told by `attempt-failed`, the last by `dead`, and the notifier that fails is an alert of its own. The
   * end of what was never told is not told either.
   */
  | 'never-told'

/** How far one place has been told of one alert. */
export interface AlertPlace {
  /** Name of the place: a notifier, later also `person:…`, `schedule:…` or `group:…`. */
  readonly place: string
  /** When it is to be told for the first time, ms since the Unix epoch. A wait only ever becomes shorter. */
  readonly due: number
  /** The severity that it was told last; absent while it knows nothing. */
  readonly severity?: Severity | undefined
  /** Whether it knows: `'unsure'` where an attempt may have arrived although it seemed to fail. */
  readonly told: 'no' | 'unsure' | 'yes'
  /** Id of its notification that is planned and not yet settled; there is at most one. */
  readonly planned?: string | undefined
  /** Notifications planned for it so far. */
  readonly sequence: number
  /** Notifications that were given up, one after the other, since one was delivered; each makes the pause before the next longer. */
  readonly givenUp?: number | undefined
  /** When the next one may be planned after one that was given up, ms since the Unix epoch. */
  readonly resumeAt?: number | undefined
  /** It is to be reminded that the alert is still open: nobody holds it any more. */
  readonly remind?: true | undefined
  /** It was told that nobody knows whether the alert is still open. */
  readonly toldUnknown?: true | undefined
  /** Why it is not told although the wait is over. */
  readonly held?: SuppressReason | undefined
  /** The alert is cleared, and what is to be said of that has been planned. */
  readonly closed?: true | undefined
}

/**
 * A fault, from its first signal until everybody who was told of it is told of its end. One that begins again before that goes on as the
 * same alert, and counts its openings. Plain JSON.
 */
export interface Alert {
  /** Identity: rule set, series, and a digest of the first episode. */
  readonly id: string
  /** The rule set that found the fault. */
  readonly ruleSet: string
  /** Key of the series. */
  readonly series: string
  /** The severity now. */
  readonly severity: Severity
  /** When the fault began, event time, ms since the Unix epoch; of one that began again the latest beginning. */
  readonly openedAt: number
  /** When it was cleared, by the engine's clock, ms since the Unix epoch; absent while it is open. */
  readonly clearedAt?: number | undefined
  /** What is wrong, for people. */
  readonly text: string
  /** The latest signal. */
  readonly signal: FaultSignal
  /** Digest of the episode that is open, or was last: what is remembered of it when it has ended. */
  readonly episode: string
  /** Digests of the same episode under other names: a detector that was started anew may name a fault anew. At most 16, the latest last. */
  readonly formerly?: readonly string[] | undefined
  /** How often it has opened: 1, and more where it began again before its end was told. */
  readonly openings: number
  /** When its detector was heard of last, by the engine's clock, ms since the Unix epoch. */
  readonly heardAt: number
  /** Since when nobody knows whether it is still open, ms since the Unix epoch: its detector was asked and did not answer. */
  readonly unknownSince?: number | undefined
  /** Its end is told if it is still over then, ms since the Unix epoch: it opens and ends too often. */
  readonly settlesAt?: number | undefined
  /** Marks of its latest signals before the one that it has, so that one that comes twice is known whatever its time says. At most 64. */
  readonly seen: readonly string[]
  /** Somebody knows of it. */
  readonly acknowledgement?: Acknowledgement | undefined
  /** Ids of the windows of maintenance that it is in. */
  readonly maintenance: readonly string[]
  /** Who is to be told, or was. */
  readonly places: readonly AlertPlace[]
}
