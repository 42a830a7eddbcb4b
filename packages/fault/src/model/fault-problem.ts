import type { Problem } from '@tocsin/core'

/**
 * Why a sample was not judged, or not as it came.
 * `bad-series`: no sample of a series at all. `stale`: too old. `future`: too far ahead, judged as of now. `bad-time`: its time is no finite number.
 * `not-finite`: NaN or an infinity. `wrong-type`: a text, a histogram or something else where a rule set compares numbers, or
 * the reverse. `too-many-series`: no room for another series. `bad-open`: what the store of `open` gave was no fault.
 */
export type FaultProblemReason =
  | 'bad-open'
  | 'bad-series'
  | 'bad-time'
  | 'future'
  | 'not-finite'
  | 'stale'
  | 'too-many-series'
  | 'wrong-type'

/** What can be wrong with one sample. */
export type FlawReason = Exclude<FaultProblemReason, 'bad-open'>

/**
 * Something was wrong with samples. Of a run of troubled samples of one series, the first is told at once for each reason,
 * and the rest as one number when a good sample ends the run; `too-many-series` and `bad-series` are told at the 1st, 10th,
 * 100th, … sample. Of each reason at most 10 are shown in a second. The sum of `count` is the number of samples, but for a
 * run not ended yet and what is held back. `series` is the key of the series; none for `bad-series` and `bad-open`.
 */
export interface FaultProblem extends Problem<FaultProblemReason> {
  /** `'fault'`. */
  readonly from: 'fault'
}
