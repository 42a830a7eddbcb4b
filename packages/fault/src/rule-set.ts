import type { Duration, Written } from '@tocsin/core'

/** How bad a fault is: 1 is the worst, 5 the mildest. */
export type Severity = 1 | 2 | 3 | 4 | 5

/**
 * When a rule is violated; an object with exactly one of these fields. Numbers are compared with number samples (or with
 * the average of the window), texts with text samples; a sample of the other type says neither yes nor no.
 */
export type Criterion =
  | {
      /** Violated by a number greater than this. */
      readonly above: number
    }
  | {
      /** Violated by a number less than this. */
      readonly below: number
    }
  | {
      /** Violated by exactly this number or text. */
      readonly equals: number | string
    }
  | {
      /** Violated by every other number or text. */
      readonly notEquals: number | string
    }
  | {
      /** Violated by a text in which this regular expression (flag `u`, unanchored) finds a match. */
      readonly matches: string
    }
  | {
      /** Violated by a text in which this regular expression finds no match. */
      readonly notMatches: string
    }
  | {
      /** Violated by a text that holds this text. */
      readonly contains: string
    }
  | {
      /** Violated by a text that does not hold this text. */
      readonly notContains: string
    }
  | {
      /** Violated by a number or text unlike the one before; no longer violated by the next equal one. */
      readonly changed: true
    }
  | {
      /** Violated once no sample has come for this long, counted in sample time from the last one. */
      readonly absentFor: Duration
    }

/** One rule: what violates it, and how bad that is. */
export interface Rule {
  /** What violates the rule. */
  readonly when: Criterion
  /** How bad that is. */
  readonly severity: Severity
}

/** Judges the average of the last samples in place of each sample. */
export interface RuleWindow {
  /** The only function so far. */
  readonly function: 'average'
  /** The average is over the samples in `(t - duration, t]`, where `t` is the time of the newest. */
  readonly duration: Duration
  /** Nothing is judged until the window is filled this far; at most `duration`. @defaultValue `'0s'` */
  readonly minFill?: Duration
}

/**
 * Rules for all series that a tag query selects, each series with its own state. Rules are tried in order and the first
 * violated one decides, so the worst comes first. Plain JSON.
 */
export interface RuleSet {
  /** Names the rule set in events; unique, without `|`. */
  readonly id: string
  /** For people. */
  readonly name?: string
  /** Tag query over the tags of a series; the category `__name` stands for the metric name. */
  readonly select: string
  /** Judge an average in place of each sample. */
  readonly window?: RuleWindow
  /** Number criteria or text criteria, not both; `changed` and `absentFor` go with either. */
  readonly rules: readonly Rule[]
  /** For people: what to do about it. */
  readonly notes?: string
  /** For people: where to read on. */
  readonly link?: string
}

/** A {@link RuleSet} that was written down without its type, as a `const` whose severities are `number`; checked where it is given. */
// An interface, so that the compiler calls it by its name.
export interface RuleSetInput extends Written<RuleSet> {
  /** Number criteria or text criteria, not both; `changed` and `absentFor` go with either. */
  readonly rules: readonly Written<Rule>[]
}
