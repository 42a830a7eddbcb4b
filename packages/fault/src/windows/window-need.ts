import type { Comparison } from '../model/rule-set.ts'

/**
 * What is kept of the samples in a window. `count`: how many; `sum`; `extremes`; `spread`: mean and squares about it; `zscore`: the same,
 * and the last sample's; `ends`: the oldest and the newest; `increase`: of a counter; `trend`: the line through them; `matches`:
 * how many a comparison is true for; `quantiles`: how many in each of many small ranges.
 */
export type Lane =
  'count' | 'sum' | 'extremes' | 'spread' | 'zscore' | 'ends' | 'increase' | 'trend' | 'matches' | 'quantiles'

/** One thing to keep, of the samples of a length of time, or of the last 32 samples. */
export type WindowNeed =
  | { readonly durationMs: number; readonly lane: Exclude<Lane, 'matches'>; readonly comparison?: never }
  | { readonly durationMs: number; readonly lane: 'matches'; readonly comparison: Comparison }
  | { readonly durationMs?: never; readonly lane: 'recent'; readonly comparison: Comparison }

/** Equal needs have equal keys. */
export const keyOfNeed = ({ durationMs, lane, comparison }: WindowNeed): string =>
  JSON.stringify([durationMs, lane, comparison && Object.entries(comparison).sort()])
