import { buildSeries, takeValues, type Batch, type Sample, type Series, type Tags } from '@tocsin/core'
import { Observable, type OperatorFunction } from 'rxjs'

import type { CheckResult, CheckStatus } from './check.ts'

const maxCached = 10_000

/** The states of Nagios: 0 good, 2 critical, 3 unknown. */
const states: Readonly<Record<CheckStatus, number>> = { ok: 0, failed: 2, timeout: 2, skipped: 3 }

/**
 * The samples of check results: `available` (1 or 0) and `duration` (ms) of each run, `state` (kind `state`: 0 ok, 2 failed
 * or timed out, 3 skipped) of each tick, and what the check measured; all with tag `check`, the name of the check.
 *
 * - Emits: at once, in order; a skipped tick gives `state` only. Takes results one by one or in batches; a batch is acknowledged
 *   when the samples of all its results were emitted.
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

function samplesOf(
  { check, time, status, durationMs, samples }: CheckResult,
  withCheck: Tagger,
): readonly Sample[] {
  const own = (metric: string, value: number, kind: 'gauge' | 'state' = 'gauge'): readonly Sample[] => {
    const series = withCheck(check, metric, metric, {})
    return series === undefined ? [] : [{ series, time, value, kind }]
  }
  return [
    ...(status === 'skipped' ? [] : own('available', status === 'ok' ? 1 : 0)),
    ...(status === 'skipped' ? [] : own('duration', durationMs)),
    ...own('state', states[status], 'state'),
    ...samples.map((sample): Sample => {
      const { key, metric, tags } = sample.series
      // A series with no room for one more tag stays as it is.
      return { ...sample, series: withCheck(check, key, metric, tags) ?? sample.series }
    }),
  ]
}
