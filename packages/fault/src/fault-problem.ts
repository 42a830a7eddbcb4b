import type { Series } from '@tocsin/core'

/**
 * Why a sample was not judged, or not as it came.
 * `bad-series`: no sample of a series at all. `stale`: too old. `future`: too far ahead, judged as of now. `bad-time`: its time is no finite number.
 * `not-finite`: NaN or an infinity. `wrong-type`: a text, a histogram or something else where a rule set compares numbers, or
 * the reverse. `too-many-series`: no room for another series.
 */
export type FaultProblemReason =
  'bad-series' | 'stale' | 'future' | 'bad-time' | 'not-finite' | 'wrong-type' | 'too-many-series'

/**
 * Something was wrong with samples. Of a run of troubled samples of one series, the first is told at once for each reason,
 * and the rest as one number when a good sample ends the run; `too-many-series` and `bad-series` are told at the 1st, 10th,
 * 100th, … sample.
 */
export interface FaultProblem {
  /** What was wrong. */
  readonly reason: FaultProblemReason
  /** One sentence. */
  readonly message: string
  /** When it was noticed, ms since the Unix epoch. */
  readonly time: number
  /** The series of the samples; for `too-many-series`, of the last one. None for `bad-series`. */
  readonly series?: Series
  /** How many samples this problem stands for; the sum over problems is the number of samples, but for a run not ended yet. */
  readonly count: number
}
