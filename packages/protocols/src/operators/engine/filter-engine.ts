import { buildSeries, type Sample, type SampleKind, type Series } from '@tocsin/core'

import { createBoundedTable, type TableBounds } from './bounded-table.ts'
import type { Verdict } from './filter-rules.ts'

/** Why a sample did not come through as it was, though the rules allow it. */
type FilterProblemReason = 'bad-name' | 'series-folded' | 'too-many-series'

/** Tells of one sample. */
export type ReportFiltered = (reason: FilterProblemReason, message: () => string, series: string) => void

/** Rules and a cap over a stream of samples. */
export interface FilterEngine {
  /** The sample, perhaps under another series; nothing where it goes no further. */
  take(sample: Sample, now: number): Sample | undefined
}

/** Each of their samples counts by itself, so that those of several series are one series too. */
const foldable: ReadonlySet<SampleKind> = new Set<SampleKind>(['delta', 'observation', 'set'])

/** Of the series and of their bytes, so many are there besides for what is put together. */
const overflowShare = 10

/** An engine for one subscription. */
export function createFilterEngine(
  judge: (series: Series) => Verdict,
  bounds: TableBounds,
  report: ReportFiltered,
): FilterEngine {
  // As long as the parser keeps a series, and no longer; what is denied needs no look-up of text.
  const verdicts = new WeakMap<Series, { readonly verdict: Verdict }>()
  const admitted = createBoundedTable<Series>(bounds)
  const overflows = createBoundedTable<Series>({
    ...bounds,
    maxEntries: Math.ceil(bounds.maxEntries / overflowShare),
    maxBytes: Math.ceil(bounds.maxBytes / overflowShare),
  })

  const verdictOf = (series: Series): Verdict => {
    const known = verdicts.get(series)
    if (known !== undefined) return known.verdict
    const verdict = judge(series)
    verdicts.set(series, { verdict })
    return verdict
  }
  const overflowOf = (metric: string, now: number): Series | undefined => {
    const known = overflows.find(metric, now)
    if (known !== undefined) return known
    const built = buildSeries(metric, { overflow: 'true' })
    return built.ok && overflows.add(metric, built.value, now) ? built.value : undefined
  }
  const fold = (sample: Sample, { key, metric }: Series, now: number): Sample | undefined => {
    const overflow = foldable.has(sample.kind) ? overflowOf(metric, now) : undefined
    if (overflow === undefined) {
      report(
        'too-many-series',
        () => `there is no room for the series, and a ${sample.kind} of it goes into no other`,
        key,
      )
      return undefined
    }
    report('series-folded', () => `there is no room for the series; it is counted in ${overflow.key}`, key)
    return { ...sample, series: overflow }
  }
  return {
    take(sample, now) {
      const verdict = verdictOf(sample.series)
      if (verdict === undefined) return undefined
      if ('why' in verdict) {
        report('bad-name', () => `the rules make no series of it: ${verdict.why}`, sample.series.key)
        return undefined
      }
      const { series } = verdict
      if (admitted.find(series.key, now) === undefined && !admitted.add(series.key, series, now))
        return fold(sample, series, now)
      return series === sample.series ? sample : { ...sample, series }
    },
  }
}
