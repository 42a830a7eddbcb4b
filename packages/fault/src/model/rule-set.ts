import type { Duration, Written } from '@tocsin/core'

import type { TimeWindow } from './time-window.ts'

/** How bad a fault is: 1 is the worst, 5 the mildest. */
export type Severity = 1 | 2 | 3 | 4 | 5

/**
 * Exactly one of the objects of a union: fields of the others do not compile beside its own.
 * @internal
 */
type Exactly<Union, Name extends PropertyKey = NameOf<Union>> = Union extends unknown
  ? Union & { readonly [Other in Exclude<Name, keyof Union>]?: never }
  : never

/**
 * The names of all fields of a union.
 * @internal
 */
export type NameOf<Union> = Union extends unknown ? keyof Union : never

/**
 * One object for each field.
 * @internal
 */
type OneOf<Fields> = {
  [Name in keyof Fields]-?: { readonly [Own in Name]: Fields[Own] }
}[keyof Fields]

/** Compares one number with a limit. Once true, `until` keeps it true to the other limit, which lies on the good side. */
interface NumberComparisons {
  /** True for a number greater than this; an infinity is. */
  above: number
  /** True for a number less than this. */
  below: number
  /** True for this number and greater ones. */
  atLeast: number
  /** True for this number and smaller ones. */
  atMost: number
}

interface ScalarComparisons {
  /** True for exactly this number or text. */
  equals: number | string
  /** True for every other number or text. */
  notEquals: number | string
  /** True for a text in which this regular expression finds a match; it runs in linear time. */
  matches: string
  /** True for a text in which this regular expression finds no match. */
  notMatches: string
  /** True for a text that holds this text. */
  contains: string
  /** True for a text that does not hold this text. */
  notContains: string
  /** True for a number or text unlike the one before. */
  changed: true
}

/** What one number or text is compared with: one comparison, and how far it must come back (`until`, hysteresis). */
export type Comparison = Exactly<
  | OneOf<ScalarComparisons>
  | (OneOf<NumberComparisons> & {
      /** Stays true until the number has come back to this limit: `{ above: 80, until: 75 }` ends at 75 or less. */
      readonly until?: number
    })
>

/** A length of time, or that many samples. */
export type Span = Duration | number

/** A term of one series or group. */
type SingleTerm =
  | OneOf<{
      /** The last sample. The term of a comparison that names none. */
      last: true
      /** The mean of the samples in the window. */
      average: Duration
      /** The least of the samples in the window. */
      min: Duration
      /** The greatest of the samples in the window. */
      max: Duration
      /** The sum of the samples in the window. */
      sum: Duration
      /** The standard deviation of the samples in the window, of the whole population. */
      stddev: Duration
      /** The change from the oldest sample in the window to the newest, per second. */
      rate: Duration
      /** The change from the oldest sample in the window to the newest. */
      delta: Duration
      /** The increase of a counter in the window, per second; where it falls, it began anew from 0. */
      counter: Duration
      /** How often the value changed, in the window or among that many samples. */
      changes: Span
      /** How many standard deviations the last sample is from the mean of the window before it. */
      zscore: Duration
    }>
  | {
      /** This quantile, 0 to 1, of the samples in the window, to within 5 %. */
      readonly quantile: number
      /** The window. */
      readonly over: Duration
    }
  | {
      /** The value this far ahead, on the straight line through the window (least squares). */
      readonly forecast: Duration
      /** The window. */
      readonly over: Duration
    }
  | {
      /** How many samples this is true for. */
      readonly count: Comparison
      /** In the window, or among that many samples (at most 32). */
      readonly over: Span
    }
  | {
      /** The share of samples that this is true for, 0 to 1. */
      readonly share: Comparison
      /** In the window, or among that many samples (at most 32). */
      readonly over: Span
    }

/** What is looked at: one number or text, or nothing known, from the samples of a series or of a group. */
export type Term = Exactly<
  | SingleTerm
  | {
      /** One term divided by another, of two parts of the members of a group. */
      readonly ratio: readonly [PartTerm, PartTerm]
    }
>

/** A term, but no ratio itself, of some of the members of a group. */
export type PartTerm = Exactly<SingleTerm, NameOf<SingleTerm> | 'ratio'> & {
  /** Which members: a tag query. @defaultValue all of them */
  readonly select?: string
}

/** A comparison of a term. */
export type TermComparison = Comparison & {
  /** What is compared. @defaultValue `{ last: true }` */
  readonly of?: Term
  /** Unknown until this much of the window is covered. @defaultValue `'0s'` */
  readonly minFill?: Duration
}

/** What is true, false, or unknown of a series or a group. */
export type Condition = Exactly<
  | TermComparison
  | OneOf<{
      /** No sample has come for this long. */
      absentFor: Duration
      /** No sample came in the last such window of time, when it ended; true until the next sample. */
      missedDuring: TimeWindow
      /** Each of these is true. */
      all: readonly Condition[]
      /** One of these is true. */
      any: readonly Condition[]
      /** This is false. */
      not: Condition
    }>
  | {
      /** At least so many, or this share, of these are true. */
      readonly some: number | `${number}%`
      /** Of these. */
      readonly of: readonly Condition[]
    }
  | {
      /** At least so many, or this share, of the members of the group. */
      readonly some: number | `${number}%`
      /** Are such, each by its own samples. */
      readonly members: Condition
    }
>

/** One rule: when it is violated, and how bad that is. */
export interface Rule {
  /** How bad it is. */
  readonly severity: Severity
  /** What violates it. */
  readonly when: Condition
  /** Violated only once the condition has been true for this long, without a break. @defaultValue `'0s'` */
  readonly for?: Duration
  /** Ends only when this is true, instead of when `when` is false. */
  readonly clear?: Condition
  /** Ends only once it could have ended for this long, without a break. @defaultValue `'0s'` */
  readonly keep?: Duration
  /** Whoever tells people should wait this long, in case it ends; carried by the events. */
  readonly wait?: Duration
}

/** While faults are not told. */
export interface RuleMute {
  /** When. */
  readonly when: {
    /** In this window. */
    readonly during: TimeWindow
  }
  /** Only those severities. @defaultValue all */
  readonly severities?: readonly Severity[]
}

/** Rules for the series that a tag query selects, each series, or group of series, with its own state. Plain JSON. */
export interface RuleSet {
  /** Names the rule set in events; unique, without `|`. */
  readonly id: string
  /** For people. */
  readonly name?: string
  /** Tag query over the tags of a series; the category `__name` stands for the metric name. */
  readonly select: string
  /** Judge together all series with the same values of these tags. A series without one of them is not judged. */
  readonly by?: readonly string[]
  /** What the last value of a group is, of the last values of its members. Needed where a rule with `by` looks at `last`. */
  readonly combine?: 'sum' | 'min' | 'max' | 'average'
  /** Groups that must be there though nothing of them was ever seen: the values of the tags in `by`. */
  readonly expect?: readonly Readonly<Record<string, string>>[]
  /** In order. */
  readonly rules: readonly Rule[]
  /** Which of the violated rules decides: the first, or the first of the worst severity. @defaultValue `'first'` */
  readonly decide?: 'first' | 'worst'
  /** What a rule does whose condition is unknown. @defaultValue `'hold'`: neither opens nor clears */
  readonly unknown?: 'hold' | 'clear' | 'fire'
  /** A series that sent nothing for this long is gone: its state is forgotten, and what is open is cleared. @defaultValue `'1d'`, or twice the longest `absentFor` if that is more */
  readonly forgetAfter?: Duration
  /** When faults are not told. State goes on meanwhile. */
  readonly mute?: readonly RuleMute[]
  /** For people: what to do about it. */
  readonly notes?: string
  /** For people: where to read on. */
  readonly link?: string
  /** For programs: carried by the events; at most 4096 bytes of JSON. */
  readonly info?: Readonly<Record<string, unknown>>
}

/** A {@link RuleSet} that was written down without its type, as a `const` whose severities are `number`; checked where it is given. */
// An interface, so that the compiler calls it by its name.
export interface RuleSetInput extends Written<Omit<RuleSet, 'info'>> {
  /** In order. */
  readonly rules: readonly Written<Rule>[]
  /** The form of earlier versions: the term of each rule that names none. */
  readonly window?: {
    /** `'average'`. */
    readonly function: string
    /** Its length. */
    readonly duration: string
    /** How much of it must be there. */
    readonly minFill?: string
  }
  /** For programs. */
  readonly info?: Readonly<Record<string, unknown>>
}
