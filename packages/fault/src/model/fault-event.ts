import type { FaultInput } from './fault-input.ts'
import type { Condition, Severity } from './rule-set.ts'
import type { TimeWindow } from './time-window.ts'

/**
 * Why an event came. A comparison's own word, such as `above`: that comparison decided. `absent`: its `absentFor` ran out;
 * `missed`: its time window passed without a sample; `some`: enough members are such; `unknown`: the rule set reads unknown as
 * violated. `recovered`: nothing is violated any more. `removed`: no rule set watches it now; `edited`: the rule that was
 * violated is another one now; `gone`: the series was forgotten. Of a whole source, `silent`: nothing comes from it, `late`:
 * only what is too old does. `refused`: there was no room for more series.
 */
export type CauseReason =
  | 'above'
  | 'below'
  | 'atLeast'
  | 'atMost'
  | 'equals'
  | 'notEquals'
  | 'matches'
  | 'notMatches'
  | 'contains'
  | 'notContains'
  | 'changed'
  | 'absent'
  | 'missed'
  | 'some'
  | 'unknown'
  | 'recovered'
  | 'removed'
  | 'edited'
  | 'gone'
  | 'silent'
  | 'late'
  | 'refused'

/** The facts behind one event; plain JSON. */
export interface Cause {
  /** What decided. */
  readonly reason: CauseReason
  /** Index of the rule that decided; where a fault ended, of the rule that had decided before. 0 where no rule stands behind it. */
  readonly rule: number
  /** The part of that rule's condition that decided. None where no rule stands behind the fault, as for what was refused. */
  readonly condition?: Condition
  /** What was compared: the last value, or what the term gave; of `some`, how many are such. A text is cut after 1024 characters. */
  readonly value?: number | string
  /** What it was compared with: the limit in force, which is `until` where that kept it; of `some`, how many are needed; ms for `absentFor`. */
  readonly threshold?: number | string
  /** Whether that part is true: false where a fault ended by it, and where it stands below a `not`. None where that is unknown, or where nobody looked. */
  readonly isTrue?: boolean
  /** How many other parts of the condition are as they must be for it to be true, where there are any. */
  readonly more?: number
  /** Of `some`: how many members there are. */
  readonly all?: number
  /** Time of the last sample of the series or group, ms since the Unix epoch; for a silence, of the last one before it. */
  readonly sampleTime: number
  /** The window behind the value. */
  readonly window?: {
    /** Its length, ms. */
    readonly durationMs: number
    /** Time of it that samples cover, ms. */
    readonly filledMs: number
    /** Samples in it. */
    readonly count: number
  }
  /** Since when the rule's condition is true, ms since the Unix epoch; before the opening by the rule's `for`. */
  readonly since?: number
  /** How long it had to be true, ms: the rule's `for`. */
  readonly forMs?: number
  /**
   * Of a silent source: the series that it sent when its fault opened, as far as rules watch their silence. The one fault stands for all of
   * them. None where it opened before a restart without `state`.
   */
  readonly held?: {
    /** How many. */
    readonly count: number
    /** The keys of the first ones, at most 20. */
    readonly series: readonly string[]
  }
}

/** What each event of a fault says. */
interface FaultFacts<S extends FaultInput> {
  /** Names this event; the same input gives the same id. The fault, and the number of the event within it. */
  readonly id: string
  /** Names the fault from opening to clearing: rule set, series and time of opening, joined by `|`. */
  readonly fault: string
  /** The id of the rule set; `tocsin.source` and `tocsin.refused` are of the engine itself. */
  readonly ruleSet: string
  /** The series that was judged; of a group, its tags and the metric of its first member. */
  readonly series: S['series']
  /** The severity from now on; for `cleared`, the one that it had. */
  readonly severity: Severity
  /** When the fault opened, ms since the Unix epoch. */
  readonly openedAt: number
  /** When this happened in sample time, ms since the Unix epoch; never goes back within a rule set and series. */
  readonly time: number
  /** Why it happened. */
  readonly cause: Cause
  /** The same for people: one line without the severity, short enough for the subject of an e-mail. */
  readonly text: string
  /** What decided, the very object that came in; none where no sample did, as for a silence. */
  readonly sample?: S
  /** The rule's `wait`, ms: how long whoever tells people should wait, in case it ends. */
  readonly waitMs?: number
  /** The rule set's `info`. */
  readonly info?: Readonly<Record<string, unknown>>
}

/**
 * A fault opened, changed its severity, changed its reason (another rule of the same severity decides), or cleared. Plain
 * JSON, if `sample` is.
 */
export interface FaultChange<S extends FaultInput = FaultInput> extends FaultFacts<S> {
  /** What happened to the fault. */
  readonly type: 'opened' | 'severity' | 'reason' | 'cleared'
  /** The severity before; only for `severity`. */
  readonly previousSeverity?: Severity
}

/**
 * What would have been an event of a fault that a mute holds back. Where the fault is still open when the mute ends, it comes
 * as `opened` then, with the `openedAt` of here. Plain JSON, if `sample` is.
 */
export interface FaultMuted<S extends FaultInput = FaultInput> extends FaultFacts<S> {
  /** It is held back. */
  readonly type: 'muted'
  /** What happened to the fault. */
  readonly change: 'opened' | 'severity' | 'cleared'
  /** The severity before; only where `change` is `severity`. */
  readonly previousSeverity?: Severity
  /** The mute that holds it back; where `change` is `cleared`, that held it back. */
  readonly mute: {
    /** Its window. */
    readonly during: TimeWindow
  }
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
  /** The series that was judged; of a group, its tags and the metric of its first member. */
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
export type FaultEvent<S extends FaultInput = FaultInput> = FaultChange<S> | FaultMuted<S> | FaultNormal<S>

/** What of a fault's last event a restart needs, beside its cause. */
type Remembered = Pick<
  FaultChange,
  'id' | 'fault' | 'ruleSet' | 'series' | 'severity' | 'openedAt' | 'time' | 'waitMs' | 'info'
>

/**
 * A fault as a store keeps it over a restart: its last event, which is of type `opened`, `severity` or `reason`. The facts of
 * its cause are checked when it is handed back, so that a store that knows them only as JSON fits.
 */
export type OpenFault = Remembered & {
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

/** An {@link OpenFault}, checked, with what is needed of its cause. A store of an earlier version said `criterion` for the condition. */
export type RestoredFault = Remembered & {
  /** Why, as far as it is needed. */
  readonly cause: Pick<Cause, 'rule' | 'condition' | 'threshold' | 'sampleTime'> & {
    /** The one word of it. */
    readonly reason: string
  }
}
