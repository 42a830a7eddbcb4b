import { takeValues, type Batch } from '@tocsin/core'
import { Observable, type OperatorFunction, type Subscription } from 'rxjs'

import type { RollupInput } from './engine/reading.ts'
import type { RollupUpdate } from './engine/windows/window-engine.ts'
import { createWindowEngine } from './engine.ts'
import { reportTo } from './report.ts'
import { resolveRollup, type RollupOptions } from './rollup-options.ts'

/** Timers fire at once when asked for more; waking early does no harm. */
const maxDelayMs = 2_147_483_647

/**
 * Windows of several lengths over all series of a stream, by event time. Takes samples one by one or in batches; a batch is
 * acknowledged when all its samples are in their windows, which are in memory: who must lose none keeps them in a store.
 *
 * Emits: each window that holds samples once it closes: when event time, that of the newest sample less `maxDisorderMs`, reaches
 * its end; while no sample comes, event time goes on at the scheduler's pace. A sample that is ahead of the scheduler moves nothing,
 * so that a sender with a fast clock closes nobody else's windows. A sample that comes later corrects its windows, which are
 * emitted again with the next revision, until `maxLateMs` after the end; after that those longer ones only that are not final
 * themselves, and it is a problem `too-late`. Windows of one moment come from short to long. Where a series has several values at
 * one millisecond, one counts (`sameTime`): what is delivered twice changes nothing, unless it is an event.
 * Completes: with the source, after the windows that are still open (cause `end`).
 * Errors: with the source, or with what `ack` of a batch throws, at once; open windows are not emitted. Wrong options throw at the call.
 * Memory: `maxSeries` series; of each the shortest windows of the last `maxLateMs` with their samples (about 500 bytes each and 16 a
 * number, a text by its length; of observations and deltas only the sums; at most 64 KiB, beyond which the older half is put together), and
 * about 1 KB per longer window. Samples beyond are problems.
 * Time: event time of the samples; the scheduler only wakes, by one action at a time.
 *
 * @example
 * ```ts
 * import { rollup, rollupValue, series } from '@tocsin/rollup'
 * import { from } from 'rxjs'
 *
 * const cpu = series('cpu', { host: 'web-1' })
 * const samples = [10, 30, 20].map((value, index) => ({ series: cpu, time: index * 35_000, value, kind: 'gauge' as const }))
 * from(samples)
 *   .pipe(rollup({ windows: ['1m'] }))
 *   .subscribe(({ start, cause, aggregate }) => console.log(start, cause, rollupValue(aggregate, 'average'))) // => 0 close 20
 * // => 60000 end 20
 * ```
 */
export function rollup<S extends RollupInput>(
  options?: RollupOptions,
): OperatorFunction<S | Batch<S>, RollupUpdate<S['series']>> {
  const { scheduler, problems, ...bounds } = resolveRollup(options)
  return (source) =>
    new Observable<RollupUpdate<S['series']>>((subscriber) => {
      const engine = createWindowEngine<S>(bounds, reportTo(problems, scheduler))
      let wake: { readonly at: number; readonly action: Subscription } | undefined

      const emit = (updates: readonly RollupUpdate<S['series']>[]): void => {
        for (const update of updates) subscriber.next(update)
      }
      const plan = (): void => {
        const at = engine.nextDue()
        // Waking too early costs little, planning anew with each sample costs more.
        if (at < Infinity && wake !== undefined && wake.at <= at) return
        wake?.action.unsubscribe()
        wake =
          at === Infinity || subscriber.closed
            ? undefined
            : {
                at,
                action: scheduler.schedule(wakeUp, Math.min(Math.max(0, at - scheduler.now()), maxDelayMs)),
              }
      }
      const wakeUp = (): void => {
        wake = undefined
        emit(engine.advance(scheduler.now()))
        plan()
      }

      const take = (sample: S): void => {
        emit(engine.add(sample, scheduler.now()))
        plan()
      }
      subscriber.add(() => wake?.action.unsubscribe())
      subscriber.add(
        source.subscribe({
          next: (input) => {
            try {
              takeValues(input, take)
            } catch (error) {
              subscriber.error(error)
            }
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            emit(engine.end())
            subscriber.complete()
          },
        }),
      )
    })
}
