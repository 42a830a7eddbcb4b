import type { FaultInput } from './fault-input.ts'
import type { Criterion, Severity } from './rule-set.ts'

/**
 * Why an event came: the criterion that decided, or `absent` (its `absentFor` ran out), `recovered` (no rule is violated
 * any more), `removed` (a restored fault that no rule set watches now).
 */
export type CauseReason =
  | 'above'
  | 'below'
  | 'equals'
  | 'notEquals'
  | 'matches'
  | 'notMatches'
  | 'contains'
  | 'notContains'
  | 'changed'
  | 'absent'
  | 'recovered'
  | 'removed'

/** The facts behind one event; plain JSON. */
export interface Cause {
  /** What decided. */
  readonly reason: CauseReason
  /** Index of the rule that decided; after `recovered` and `removed`, of the rule that had decided before. */
  readonly rule: number
  /** The criterion of that rule. */
  readonly criterion: Criterion
  /** The sample or the average that was judged; a text is cut after 1024 characters. None for `absent` and `removed`. */
  readonly value?: number | string
  /** What it was compared with; milliseconds for `absentFor`, none for `changed`. */
  readonly threshold?: number | string
  /** Time of the sample that was judged, ms since the Unix epoch; for `absent`, of the last sample before the silence. */
  readonly sampleTime: number
  /** The window behind an average. */
  readonly window?: {
    /** The average that was judged. */
    readonly average: number
    /** Samples in the window. */
    readonly count: number
    /** Time that they cover, ms. */
    readonly filledMs: number
  }
}

/** A fault opened, changed its severity, or cleared. Plain JSON, if `sample` is. */
export interface FaultChange<S extends FaultInput = FaultInput> {
  /** What happened to the fault. */
  readonly type: 'opened' | 'severity' | 'cleared'
  /** Names this event; the same input gives the same id. The fault, and the number of the event within it. */
  readonly id: string
  /** Names the fault from opening to clearing: rule set, series and time of opening, joined by `|`. */
  readonly fault: string
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The series that was judged. */
  readonly series: S['series']
  /** The severity from now on; for `cleared`, the one that it had. */
  readonly severity: Severity
  /** The severity before; only for `severity`. */
  readonly previousSeverity?: Severity
  /** When the fault opened, ms since the Unix epoch. */
  readonly openedAt: number
  /** When this happened in sample time, ms since the Unix epoch; never goes back within a rule set and series. */
  readonly time: number
  /** Why it happened. */
  readonly cause: Cause
  /** The same for people: one line without the severity, short enough for the subject of an e-mail. */
  readonly text: string
  /** What decided, the very object that came in; none for `absent` and `removed`, where no sample did. */
  readonly sample?: S
}

/**
 * A rule set judged a series for the first time since the subscription, and nothing is violated. It says that a fault of
 * an earlier life of the program, if there was one, has ended; who keeps no alerts ignores it. Plain JSON, if `sample` is.
 */
export interface FaultNormal<S extends FaultInput = FaultInput> {
  /** Nothing is wrong. */
  readonly type: 'normal'
  /** Names this event; the same input gives the same id. */
  readonly id: string
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The series that was judged. */
  readonly series: S['series']
  /** When it was judged in sample time, ms since the Unix epoch. */
  readonly time: number
  /** What was judged. */
  readonly cause: Pick<Cause, 'value' | 'sampleTime' | 'window'> & {
    /** No rule is violated. */
    readonly reason: 'normal'
  }
  /** The same for people, in one short line. */
  readonly text: string
  /** What was judged, the very object that came in. */
  readonly sample?: S
}

/** What {@link evaluate} tells; `type` tells the kinds apart. */
export type FaultEvent<S extends FaultInput = FaultInput> = FaultChange<S> | FaultNormal<S>

/**
 * A fault as a store keeps it over a restart: its last event, which is of type `opened` or `severity`. The facts of its
 * cause are checked when it is handed back, so that a store that knows them only as JSON fits.
 */
export type OpenFault = Omit<FaultChange, 'type' | 'previousSeverity' | 'cause' | 'text' | 'sample'> & {
  /** Why; the other facts of a {@link Cause} must be there too. */
  readonly cause: {
    /** The one word of it. */
    readonly reason: string
  }
}

/** Who remembers which faults are open over a restart; the alert store of `@tocsin/notify` is one. */
export interface OpenFaultStore {
  /** The open alerts, each with the last event of its fault. */
  openAlerts(): readonly {
    /** The last event. */
    readonly signal: OpenFault
  }[]
}

/** What is needed of an {@link OpenFault}, checked. */
export type RestoredFault = Omit<FaultChange, 'type' | 'previousSeverity' | 'cause' | 'text' | 'sample'> & {
  /** Why, as far as it is needed. */
  readonly cause: Pick<Cause, 'rule' | 'criterion' | 'threshold' | 'sampleTime'>
}
