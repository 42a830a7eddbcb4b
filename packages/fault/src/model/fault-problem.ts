import type { Problem } from '@tocsin/core'

/**
 * Why a sample was not judged, or not as it came.
 * `bad-series`: no sample of a series at all. `stale`: too old. `late`: older than one of its series and source that was judged.
 * `future`: too far ahead, judged as of now. `bad-time`: its time is no finite number. `not-finite`: NaN. `wrong-type`: a text, a
 * histogram or something else where a rule set compares numbers, or the reverse. `too-many-series`: no room for another series.
 *
 * Or what is wrong beside samples.
 * `bad-open`: what the store of `open` gave was no fault. `bad-state`: a saved state could not be read, or not be saved. `bad-ruleset`: a rule set is broken, or has a rule that is worth a
 * look. `clock`: the clock was set, or nobody watched for a while. `never-fills`: the samples of a series are so far apart that a
 * window never has the `minFill` that a rule asks for. `absent-within-period`: a series is regularly silent for as long as an
 * `absentFor` allows.
 */
export type FaultProblemReason =
  | 'absent-within-period'
  | 'bad-open'
  | 'bad-ruleset'
  | 'bad-series'
  | 'bad-state'
  | 'bad-time'
  | 'clock'
  | 'future'
  | 'late'
  | 'never-fills'
  | 'not-finite'
  | 'stale'
  | 'too-many-series'
  | 'wrong-type'

/** What can be wrong with one sample. */
export type FlawReason = Exclude<
  FaultProblemReason,
  'absent-within-period' | 'bad-open' | 'bad-ruleset' | 'bad-state' | 'clock' | 'never-fills'
>

/**
 * Something was wrong with samples, or with what watches them. Of a run of troubled samples of one series, the first is told at
 * once for each reason, and the rest as one number when a good sample ends the run; `too-many-series` and `bad-series` are told
 * at the 1st, 10th, 100th, … sample. Of each reason at most 10 are shown in a second. The sum of `count` is the number of
 * samples, but for a run not ended yet and what is held back. `series` is the key of the series, where there is one.
 */
export interface FaultProblem extends Problem<FaultProblemReason> {
  /** `'fault'`. */
  readonly from: 'fault'
  /** The id of the rule set that is concerned; for `bad-ruleset`, `never-fills` and `absent-within-period`. */
  readonly ruleSet?: string
}

/** Something that was wrong with so many samples, or with what watches them; `evaluate` makes a problem of each. */
export interface Trouble {
  /** Which kind of trouble. */
  readonly reason: FaultProblemReason
  /** What is wrong and what became of the samples, as a sentence. */
  readonly message: string
  /** How many samples it stands for. */
  readonly count: number
  /** Key of the series. */
  readonly series?: string
  /** The id of the rule set that is concerned. */
  readonly ruleSet?: string
}
