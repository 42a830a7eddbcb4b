import type { Series } from '@tocsin/core'
import { integer, number, object, oneOf, optional, seriesShape, text, variants } from '@tocsin/core/shape'
import type { Fields, Shape } from '@tocsin/core/shape'

/** How bad it is: 1 is the worst, 5 the mildest. */
export type Severity = 1 | 2 | 3 | 4 | 5

/** Why a fault is there, or is over; whatever else a detector adds is kept. */
export interface FaultCause {
  /** A word for programs, such as `'absent'`. */
  readonly reason: string
}

/** What a rule set has for people and programs: names and whatever JSON holds. */
export type FaultInfo = Readonly<Record<string, unknown>>

/**
 * What a fault detector says; the narrowest view of the events of `@tocsin/fault`, which fit as they are. Plain JSON; fields that
 * are not named here are ignored.
 */
export interface FaultSignal {
  /** The fault began, changed its severity, is there for another reason, or is over. */
  readonly type: 'opened' | 'severity' | 'reason' | 'cleared'
  /** Identity of this signal; the event that answers it carries it. */
  readonly id: string
  /** Identity of the fault from its beginning to its end. */
  readonly fault: string
  /** The rule set that found it. One alert is open per rule set and series. */
  readonly ruleSet: string
  /** The series that it was found in. */
  readonly series: Series
  /** The severity from now on; of a cleared fault the last one. */
  readonly severity: Severity
  /** When the fault began, event time, ms since the Unix epoch. */
  readonly openedAt: number
  /** When this happened, event time, ms since the Unix epoch. */
  readonly time: number
  /** Why; kept and passed on with all its fields, as JSON. */
  readonly cause: FaultCause
  /** The same for people, in one sentence. */
  readonly text?: string
  /** How long the fault should last before somebody is told, ms; counts where the route says no `wait` for its severity. */
  readonly waitMs?: number
  /**
   * What the rule set has for people and programs, such as a `summary`, a `runbook` or an `owner`; passed on in each notification. Plain JSON;
   * one of more than 8192 characters becomes `{ shortened: true }`, and what is no object of JSON is ignored.
   */
  readonly info?: FaultInfo
}

/**
 * What a fault detector holds back, as in a window in which a rule set mutes: nobody is told, and no alert opens. Where the fault is still
 * there when that is over, the detector says so by `opened`. Plain JSON.
 */
export interface MutedSignal extends Omit<FaultSignal, 'type'> {
  /** It is held back. */
  readonly type: 'muted'
  /** What it would have been. */
  readonly change: 'opened' | 'severity' | 'cleared'
}

/**
 * What a fault detector says where a rule set and series is judged good for the first time since it was started: a fault of
 * an earlier life is over, if there was one; the reason that is told then is `'recovered'`. Plain JSON.
 */
export interface NormalSignal extends Pick<
  FaultSignal,
  'id' | 'ruleSet' | 'series' | 'time' | 'cause' | 'text'
> {
  /** Nothing is wrong. */
  readonly type: 'normal'
}

/** Whatever a fault detector says. */
export type DetectorSignal = FaultSignal | MutedSignal | NormalSignal

/** What is told of a signal that is none: that it changed nothing, why, and what it is, as far as that is known. */
export interface MalformedSignal {
  /** It changed nothing. */
  readonly type: 'refused'
  /** Why. */
  readonly reason: 'malformed'
  /** Id of the signal; absent where it has none. */
  readonly signal?: string
  /** The rule set; absent where it names none. */
  readonly ruleSet?: string
  /** Key of the series; absent where it has none. */
  readonly series?: string
  /** What is wrong in it, such as `signal.severity`; at most 200 characters. */
  readonly path: string
  /** The same for people, in one sentence; at most 1000 characters, whatever the signal was. */
  readonly text: string
}

/** Rule set of the alerts about alerting itself. */
export const ownRuleSet = 'tocsin.notify'

/** Largest info, in characters of its JSON. */
export const maxInfoLength = 8192

/** Longest text, in characters; what is longer is shortened. */
export const maxSignalTextLength = 8192

/** A time that people set, ms since the Unix epoch; limited to what a Date can show. */
export const moment: Shape<number> = integer(
  0,
  8.64e15,
  'a time in whole ms since the Unix epoch, such as Date.parse("2026-12-24T03:00:00Z")',
)
/** A severity. */
export const severityShape: Shape<Severity> = oneOf([1, 2, 3, 4, 5], 'a severity from 1, the worst, to 5')

/** A time that a detector measured. */
const instant = number(-8.64e15, 8.64e15, 'a time in ms since the Unix epoch')

/** A cause, and whatever else its detector adds. */
const causeShape: Shape<FaultCause> = object({ reason: text(1, 1024) }, { open: true })

/** Whatever a rule set has. */
const infoShape: Shape<FaultInfo> = object({}, { open: true })

/** The identity of a signal. */
export const signalIdShape: Shape<string> = text(1, 8192)
/** The name of a rule set. */
export const ruleSetShape: Shape<string> = text(1, 1024)

const normal: Fields<Omit<NormalSignal, 'type'>> = {
  id: signalIdShape,
  ruleSet: ruleSetShape,
  series: seriesShape,
  time: instant,
  cause: causeShape,
  text: optional(text(0, maxSignalTextLength)),
}

const fault: Fields<Omit<FaultSignal, 'type'>> = {
  ...normal,
  fault: text(1, 8192),
  severity: severityShape,
  openedAt: instant,
  waitMs: optional(number(0, 8.64e15, 'a number of ms from 0')),
  info: optional(infoShape),
}

const muted: Fields<Omit<MutedSignal, 'type'>> = {
  ...fault,
  change: oneOf(['opened', 'severity', 'cleared']),
}

/** A signal of a fault, and whatever else its detector adds. */
export const faultShape: Shape<FaultSignal> = object(
  { type: oneOf(['opened', 'severity', 'reason', 'cleared']), ...fault },
  { open: true },
)

/** Whatever a detector says. */
export const signalShape: Shape<DetectorSignal> = variants(
  { opened: fault, severity: fault, reason: fault, cleared: fault, muted, normal },
  true,
)
