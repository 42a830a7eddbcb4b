import type { Comparison } from '../model/rule-set.ts'
import type { WindowSample } from './window-sample.ts'

/**
 * What is kept of the samples in a window, beside how many they are. `spread`: mean and squares about it; `zscore`: the same,
 * and how far off the newest was; `ends`: the oldest and the newest; `increase`: of a counter; `trend`: the line through them;
 * `matches`: how many a comparison is true for; `quantiles`: how many lie in each of many small ranges.
 */
export type Lane =
  'count' | 'sum' | 'extremes' | 'spread' | 'zscore' | 'ends' | 'increase' | 'trend' | 'matches' | 'quantiles'

/** A comparison of single samples: 0 false, 1 true, 2 unknown. */
export interface SampleTest {
  /** As it was written: equal comparisons are one. */
  readonly comparison: Comparison
  readonly test: (sample: WindowSample) => 0 | 1 | 2
}

/** One thing to keep: of the samples of a length of time, or (`recent`) of the last 32 samples. */
export type WindowNeed = {
  /** What must be covered for it to be known, ms; for {@link WindowsOptions.neverFills}. @defaultValue 0 */
  readonly minFillMs?: number
} & (
  | { readonly durationMs: number; readonly lane: Exclude<Lane, 'matches'>; readonly of?: never }
  | { readonly durationMs: number; readonly lane: 'matches'; readonly of: SampleTest }
  | { readonly durationMs: 0; readonly lane: 'recent'; readonly of: SampleTest }
)

/** Needs of the same key are kept once. */
export const keyOfLane = ({ durationMs, lane, of }: WindowNeed): string =>
  JSON.stringify([durationMs, lane, of && Object.entries(of.comparison).sort()])
