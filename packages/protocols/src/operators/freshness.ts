import type { Batch, Sample, SampleOf, Series } from '@tocsin/core'
import { Observable, type OperatorFunction } from 'rxjs'

import { createWaker } from '../source/waker.ts'
import { takeEach } from './each-sample.ts'
import { type Availability, createFreshnessEngine } from './engine/freshness-engine.ts'
import { type FreshnessOptions, resolveFreshness, seriesOfSource } from './freshness-options.ts'
import { reportTo } from './operator-problem.ts'
import { createSourceOf, noRoom } from './source-of.ts'

/** What {@link freshness} emits. */
export type FreshnessSample = SampleOf<'gauge'> | SampleOf<'state'> | SampleOf<'stale'>

/**
 * Whether the sources of a stream are heard of: `available` and `state` with tag `source`, as checks give them with the tag `check`. It
 * makes of what is pushed what a check makes of what is pulled, so that one rule judges both.
 *
 * - Emits: a gauge `available` 1 when a source is heard of for the first time or again, 0 when it was silent for `silentAfterMs`,
 *   stamped with the moment when that was, and beside each of them a `state` 0 (good) or 2 (bad); each of them once more every
 *   `silentAfterMs`; and `stale` where a source is forgotten. Nothing of the
 *   samples themselves: let it stand beside what they go to, on a stream that both `share()`. A batch is acknowledged at once.
 * - Completes: with its source, and tells no silence after that. Errors: with its source, or with what `by` throws. Wrong options
 *   throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: one small record for each of `maxSources`; further ones are a problem `too-many-sources`. Samples that say no source
 *   are a problem `no-source`.
 * - Time: that of arrival, by `stopwatch`, whatever the samples say; one timer.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { freshness } from '@tocsin/protocols/operators'
 * import { virtualTime } from '@tocsin/protocols/testing'
 * import { concat, NEVER, of } from 'rxjs'
 *
 * const time = virtualTime()
 * const sample = { series: series('cpu'), time: 0, value: 1, kind: 'gauge' as const, source: 'fra' }
 * const found = concat(of(sample), NEVER).pipe(freshness({ silentAfterMs: 60_000, expect: ['ams'] }))
 * const subscription = found.subscribe(({ series, time: at, value }) => {
 *   console.log(at, series.key, value) // => 0 available|ST[source:fra] 1
 *   // => 0 state|ST[source:fra] 0
 *   // => 60000 available|ST[source:ams] 0
 *   // => 60000 state|ST[source:ams] 2
 *   // => 60000 available|ST[source:fra] 0
 *   // => 60000 state|ST[source:fra] 2
 * })
 * await time.advanceTo(60_000)
 * subscription.unsubscribe()
 * time.end()
 * ```
 */
export function freshness(
  options: FreshnessOptions,
): OperatorFunction<Sample | Batch<Sample>, FreshnessSample> {
  const resolved = resolveFreshness(options)
  const { scheduler, stopwatch, problems, maxSources, by, expect } = resolved
  return (samples) =>
    new Observable((subscriber) => {
      const report = reportTo('freshness', problems, scheduler)
      const sourceOf = createSourceOf(by, report)
      const engine = createFreshnessEngine(resolved, expect, stopwatch.now())
      const tell = (changes: readonly Availability[]): void => {
        for (const change of changes) {
          const available = seriesOfSource('available', change.source)
          const state = seriesOfSource('state', change.source)
          if (available.ok && state.ok) {
            subscriber.next(availableOf(available.value, change))
            subscriber.next(stateOf(state.value, change))
          } else if (!available.ok) report('bad-name', () => ({ message: available.message }))
        }
        if (!subscriber.closed) waker.arm(engine.nextDue())
      }
      const waker = createWaker(stopwatch, scheduler, () =>
        tell(engine.advance(scheduler.now(), stopwatch.now())),
      )
      subscriber.add(waker.stop)
      waker.arm(engine.nextDue())
      subscriber.add(
        takeEach(samples, subscriber, (sample) => {
          const source = sourceOf(sample)
          if (source === undefined) return
          const changes = engine.seen(source, scheduler.now(), stopwatch.now())
          if (changes === 'full')
            report('too-many-sources', () => ({ message: noRoom(maxSources), series: sample.series.key }))
          else if (changes.length > 0) tell(changes)
        }),
      )
    })
}

const availableOf = (series: Series, { time, available }: Availability): FreshnessSample =>
  available === undefined
    ? { series, time, value: NaN, kind: 'stale' }
    : { series, time, value: available, kind: 'gauge' }

/** By the numbers of Nagios, as checks give it. */
const stateOf = (series: Series, { time, available }: Availability): FreshnessSample =>
  available === undefined
    ? { series, time, value: NaN, kind: 'stale' }
    : { series, time, value: available === 1 ? 0 : 2, kind: 'state' }
