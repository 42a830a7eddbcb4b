import {
  createProblemReporter,
  optional,
  port,
  resolveOptions,
  takeValues,
  type Batch,
  type Checks,
  type Defined,
  type ProblemListener,
  type Sample,
} from '@tocsin/core'
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs'

import { badOption } from '../../errors.ts'
import type { Problem } from '../../source/problem.ts'
import { createWaker } from '../../source/waker.ts'
import { createStatsdAggregateEngine } from './aggregate-engine.ts'
import {
  aggregateEngineChecks,
  defaultAggregateEngine,
  type StatsdAggregateEngineOptions,
} from './aggregate-options.ts'

/** How {@link statsdAggregate} makes the numbers of a flush. */
export interface StatsdAggregateOptions extends StatsdAggregateEngineOptions {
  /** Clock of the flushes. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Hears of samples that are not taken; a `Subject` fits.
   * @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<Problem> | undefined
}

type Defaults = Defined<Omit<StatsdAggregateOptions, 'problems'>>
type Resolved = Defaults & Pick<StatsdAggregateOptions, 'problems'>

/** What {@link statsdAggregate} does unless told otherwise. */
export const defaultStatsdAggregateOptions: Defaults = Object.freeze({
  ...defaultAggregateEngine,
  scheduler: asyncScheduler,
})

const checks: Checks<StatsdAggregateOptions> = {
  ...aggregateEngineChecks,
  scheduler: port('now', 'schedule'),
  problems: optional(port('next')),
}

/**
 * The flush numbers of etsy's daemon, from samples of `statsd`, as samples with tag `statsd_type`:
 *
 * - a counter `a`: `a.count` and `a.rate`, a second; 0 while it is idle;
 * - a gauge: its last value; a set: `a.count`, how many members it had in the interval;
 * - a timer: `a.count`, `count_ps`, `mean`, `median`, `std`, `upper`, `lower`, `sum`, `sum_squares`, and of each percentile `mean_90`,
 *   `upper_90`, `count_90`, `sum_90`, `sum_squares_90`; of a negative one, the largest values, `lower_top10` in place of `upper`. Only `count` and
 *   `count_ps` stand for what clients sampled away. With `timers: 'histogram'` it is one sample of kind `histogram`, where each value counts 1 / rate.
 *
 * - Emits: when an interval ends, stamped at its last millisecond. Other samples, and those with a timestamp of their own, which
 *   DogStatsD's agent does not add up either, pass at once as they are.
 * - Completes: with the source, after the interval that has not ended. Errors: with the source, or with what `ack` of a batch throws.
 * - Memory: `maxBytes`; what is beyond is a problem `too-many-series` or `too-many-values`. Idle names are forgotten after `expiryMs`.
 * - Time: that of the samples, at most that of the scheduler, which ends the interval when no sample comes.
 *
 * Takes batches too; a batch is acknowledged when its values are added up, which is in memory.
 *
 * Source: statsd 0.9.0, `stats.js` and `lib/process_metrics.js`. What the daemon gets wrong is right here: a `topN` of all values has a
 * sum (the daemon: NaN); its sums add up what is in it, where the daemon subtracts two large sums; a name may be `constructor` or `__proto__`;
 * a gauge that `deleteIdle` leaves out is still what a change is added to; a member of a set may be empty, or `__proto__`; a rate `@2e-1` is 0.2; no value is counted for a type that is not known. Its own
 * counters (`statsd.bad_lines_seen`, …) are the `stats` of the source; its intervals begin when it starts, these at multiples of `flushMs`.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { statsdAggregate } from '@tocsin/protocols/statsd'
 * import { from } from 'rxjs'
 *
 * const load = series('load')
 * from([30, 10, 20].map((value) => ({ series: load, time: 0, value, kind: 'observation' as const })))
 *   .pipe(statsdAggregate({ percentiles: [] }))
 *   .subscribe(({ series, value }) => {
 *     if (series.metric === 'load.median') console.log(series.key, value) // => load.median|ST[statsd_type:timer] 20
 *   })
 * ```
 */
export function statsdAggregate(
  options?: StatsdAggregateOptions,
): OperatorFunction<Sample | Batch<Sample>, Sample> {
  const { scheduler, problems, ...engineOptions } = resolveOptions<Resolved>(
    defaultStatsdAggregateOptions,
    options,
    checks,
    badOption,
  )
  return (source) =>
    new Observable<Sample>((subscriber) => {
      const report = createProblemReporter<Problem>({
        from: 'statsdAggregate',
        clock: scheduler,
        listener: problems,
      })
      const engine = createStatsdAggregateEngine(engineOptions, (reason, message, series) =>
        report(reason, () => ({ message: `${message} (series ${series})`, series })),
      )
      const waker = createWaker(scheduler, scheduler, (now) => emit(engine.advance(now)))
      const emit = (samples: readonly Sample[]): void => {
        for (const sample of samples) subscriber.next(sample)
        if (!subscriber.closed) waker.arm(engine.nextDue())
      }
      subscriber.add(waker.stop)
      subscriber.add(
        source.subscribe({
          next: (input) => {
            try {
              takeValues(input, (sample) => emit(engine.add(sample, scheduler.now())))
            } catch (error) {
              subscriber.error(error)
            }
          },
          error: (error: unknown) => subscriber.error(error),
          complete: () => {
            for (const sample of engine.end()) subscriber.next(sample)
            subscriber.complete()
          },
        }),
      )
    })
}
