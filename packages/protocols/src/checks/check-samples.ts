import { buildSeries, takeValues, type Batch, type Sample, type Series, type Tags } from '@tocsin/core'
import { Observable, type OperatorFunction } from 'rxjs'

import type { CheckResult, CheckState } from './check.ts'

const maxCached = 10_000

/** The numbers of Nagios. */
const states: Readonly<Record<CheckState, number>> = { good: 0, warning: 1, bad: 2, unknown: 3 }

/**
 * The samples of check results, all with the tag `check`, the name of the check:
 *
 * - `state`: kind `state`: 0 good, 1 warning, 2 bad, 3 unknown; of each tick.
 * - `hard_state`: the same of a check with `attempts`, where the state is hard.
 * - `available`: gauge 1 or 0; where it is unknown, none.
 * - `duration`: gauge, ms, of each run; of no tick without one, and of no result of somebody else.
 * - What the check measured.
 *
 * They are what `freshness` and results of Nagios give too, so that one rule judges all.
 *
 * - Emits: at once, in order; a tick without a run gives `state` only. Takes results one by one or in batches; a batch is
 *   acknowledged when the samples of all its results were emitted.
 * - Completes, errors: as its source.
 * - Memory: up to 10000 names.
 * - Time: that of the tick; samples of the check keep theirs.
 */
export function checkSamples(): OperatorFunction<CheckResult | Batch<CheckResult>, Sample> {
  return (results) =>
    new Observable((subscriber) => {
      const withCheck = createTagger()
      return results.subscribe({
        next: (input) =>
          takeValues(input, (result) => {
            for (const sample of samplesOf(result, withCheck)) subscriber.next(sample)
          }),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

/** Gives the series of a name and tags with one tag more; none where the name of the check cannot be a tag. */
type Tagger = (check: string, key: string, metric: string, tags: Tags) => Series | undefined

function createTagger(): Tagger {
  const cache = new Map<string, Series>()
  return (check, key, metric, tags) => {
    const cacheKey = `${check}\n${key}`
    const known = cache.get(cacheKey)
    if (known !== undefined) return known
    const built = buildSeries(metric, { ...tags, check })
    if (!built.ok) return undefined
    if (cache.size >= maxCached) cache.clear()
    cache.set(cacheKey, built.value)
    return built.value
  }
}

function samplesOf(result: CheckResult, withCheck: Tagger): readonly Sample[] {
  const { check, time, available, state, hard, attempts, durationMs, samples } = result
  const own = (metric: string, value: number, kind: 'gauge' | 'state'): readonly Sample[] => {
    const series = withCheck(check, metric, metric, {})
    return series === undefined ? [] : [{ series, time, value, kind }]
  }
  return [
    ...(available === 'unknown' ? [] : own('available', available === 'yes' ? 1 : 0, 'gauge')),
    ...(durationMs > 0 ? own('duration', durationMs, 'gauge') : []),
    ...own('state', states[state], 'state'),
    ...(hard && attempts > 1 ? own('hard_state', states[state], 'state') : []),
    ...samples.map((sample): Sample => {
      const { key, metric, tags } = sample.series
      // A series with no room for one more tag stays as it is.
      return { ...sample, series: withCheck(check, key, metric, tags) ?? sample.series }
    }),
  ]
}
