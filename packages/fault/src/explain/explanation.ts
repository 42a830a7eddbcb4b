import type { Cause } from '../model/fault-event.ts'
import type { Condition, Severity } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'

/** What a condition or a part of it was found to be. */
export type ExplainedTruth = 'true' | 'false' | 'unknown'

/**
 * Why a part of a condition is unknown, in one short phrase: `window filled 20s of 30s`. `no number from its window`: an infinity is in it, or a
 * restart without a snapshot lost some of it.
 */
export type UnknownReason =
  | 'no sample yet'
  | 'absent'
  | 'not a number'
  | 'text'
  | 'number'
  | 'no window has passed yet'
  | 'no members'
  | 'members unknown'
  | 'too few samples'
  | 'no number from its window'
  | `window filled ${string} of ${string}`

/** One part of a condition that has no parts itself. Plain JSON. */
export interface ExplainedPart {
  /** As it was written. */
  readonly condition: Condition
  /** What it was when it was judged last. */
  readonly truth: ExplainedTruth
  /** What was compared; none where it is unknown, and for `absentFor` and `missedDuring`. An infinity is said as a text. */
  readonly value?: number | string
  /** The limit in force. */
  readonly threshold?: number | string
  /** The window behind the value. */
  readonly window?: NonNullable<Cause['window']>
  /** Why it is unknown, or compares nothing. */
  readonly why?: UnknownReason
}

/** One rule. Plain JSON; times are ms since the Unix epoch. */
export interface ExplainedRule {
  /** Its index. */
  readonly rule: number
  /** How bad it would be. */
  readonly severity: Severity
  /** `pending`: true, not for long enough; `ending`: could end, not for long enough. */
  readonly phase: 'quiet' | 'pending' | 'firing' | 'ending'
  /** What its condition was when it was judged last. */
  readonly truth: ExplainedTruth
  /** Since when the condition is true (pending, firing), or the rule could end (ending). */
  readonly since?: number
  /** When it fires (pending) or ends (ending), if nothing changes. */
  readonly due?: number
  /** Whether it decides what the open fault says. */
  readonly decides: boolean
  /** The parts of its condition. */
  readonly when: readonly ExplainedPart[]
  /** The parts of what ends it, where it has such. */
  readonly clear?: readonly ExplainedPart[]
}

/** Why a rule set has a fault of a series open, or has not. Plain JSON; times are ms since the Unix epoch. */
export interface Explanation {
  /** The id of the rule set. */
  readonly ruleSet: string
  /** The key of the series; of its group, where the rule set has `by`. */
  readonly series: string
  /** Of when this is: the last moment that the engine was told. */
  readonly time: number
  /** The last sample of the series or group; none where none has come. */
  readonly sampleTime?: number
  /** The open fault; one that a mute holds back is open too. */
  readonly open?: {
    /** Its id. */
    readonly fault: string
    /** How bad it is. */
    readonly severity: Severity
    /** Since when. */
    readonly openedAt: number
  }
  /** What holds the fault back. */
  readonly muted?: {
    /** Its window. */
    readonly during: TimeWindow
    /** When it ends. */
    readonly until: number
  }
  /** The source whose fault tells the silence of this series. */
  readonly heldBy?: string
  /** Each rule, in order. */
  readonly rules: readonly ExplainedRule[]
  /** Why it is open, or why not, in one line. */
  readonly text: string
}
