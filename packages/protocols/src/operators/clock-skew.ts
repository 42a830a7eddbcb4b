import {
  type Batch,
  buildSeries,
  type Checks,
  type Defined,
  port,
  resolveOptions,
  type Sample,
  type SampleOf,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs'

import { badOption } from '../errors.ts'
import { takeEach } from './each-sample.ts'
import { createSkewEngine } from './engine/skew-engine.ts'
import { type ProblemOption, problemsCheck, reportTo } from './operator-problem.ts'
import { createSourceOf, noRoom, type SourceOf, sourceOfCheck } from './source-of.ts'

/** How {@link clockSkew} estimates. */
export interface ClockSkewOptions extends ProblemOption {
  /**
   * From one estimate of a source to the next, at least, ms.
   * @defaultValue 60000
   */
  readonly periodMs?: number | undefined
  /**
   * Of how many samples an estimate is the median.
   * @defaultValue 31
   */
  readonly window?: number | undefined
  /**
   * Who a sample is from: the category of a tag, or a function of the sample.
   * @defaultValue `'source'`: what the sample itself says, or else its tag `source`
   */
  readonly by?: SourceOf | undefined
  /**
   * Most sources.
   * @defaultValue 10000
   */
  readonly maxSources?: number | undefined
  /**
   * A source of which nothing came for so long, ms, makes room for others, after twice that at the latest.
   * @defaultValue 3600000
   */
  readonly forgetAfterMs?: number | undefined
  /**
   * Where the present comes from.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** The defaults of {@link clockSkew}. */
export const defaultClockSkewOptions: Readonly<Defined<Omit<ClockSkewOptions, 'problems'>>> = Object.freeze({
  periodMs: 60_000,
  window: 31,
  by: 'source',
  maxSources: 10_000,
  forgetAfterMs: 3_600_000,
  scheduler: asyncScheduler,
})

type Resolved = typeof defaultClockSkewOptions & ProblemOption

const checks: Checks<Resolved> = {
  periodMs: wholeNumber(0),
  window: wholeNumber(1, 10_001),
  by: sourceOfCheck,
  maxSources: wholeNumber(1),
  forgetAfterMs: wholeNumber(1),
  scheduler: port('now'),
  problems: problemsCheck,
}

/**
 * How far the clocks of sources are ahead of this machine's: the median of `time` less `receivedAt` of the last samples of each, so
 * that single samples that were held up, or bear a wrong time, change nothing. What a sample takes on its way, and how long its sender
 * gathers, makes a clock seem behind by so much: a skew above zero is one, below zero it may be the way.
 *
 * - Emits: a gauge `clock.skew` with tag `source`, ms, with a sample of the source, when `periodMs` have passed since the last one, or
 *   since the source was first heard of; none of a source that sends nothing. Samples without `receivedAt` have the time of arrival,
 *   say nothing about a clock, and are passed over. Nothing of the samples themselves: see `freshness`. A batch is acknowledged at once.
 * - Completes: with its source. Errors: with its source, or with what `by` throws. Wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: `window` numbers for each of `maxSources`; samples of further ones are a problem `too-many-sources`, and those that say
 *   no source a problem `no-source`.
 * - Time: `scheduler` for the period, no timer; the estimates are stamped by it.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { clockSkew } from '@tocsin/protocols/operators'
 * import { from } from 'rxjs'
 *
 * const cpu = series('cpu')
 * const samples = [5000, 5001, 90_000, 4999].map((ahead, at) => {
 *   const receivedAt = at * 10_000
 *   return { series: cpu, time: receivedAt + ahead, receivedAt, value: 1, kind: 'gauge' as const, source: 'fra' }
 * })
 * const seen: number[] = []
 * from(samples)
 *   .pipe(clockSkew({ periodMs: 0, window: 3 }))
 *   .subscribe(({ value }) => seen.push(value))
 * console.log(seen.join(' ')) // => 5000 5000.5 5001 5001
 * ```
 */
export function clockSkew(
  options: ClockSkewOptions = {},
): OperatorFunction<Sample | Batch<Sample>, SampleOf<'gauge'>> {
  const resolved = resolveOptions<Resolved>(defaultClockSkewOptions, options, checks, badOption)
  const { scheduler, problems, maxSources, by } = resolved
  return (samples) =>
    new Observable((subscriber) => {
      const report = reportTo('clockSkew', problems, scheduler)
      const sourceOf = createSourceOf(by, report)
      const engine = createSkewEngine(resolved)
      return takeEach(samples, subscriber, (sample) => {
        const { time, receivedAt, series } = sample
        if (receivedAt === undefined || !Number.isFinite(time - receivedAt)) return
        const source = sourceOf(sample)
        if (source === undefined) return
        const now = scheduler.now()
        const skew = engine.take(source, time - receivedAt, now)
        if (skew === undefined) return
        if (skew === 'full') {
          report('too-many-sources', () => ({ message: noRoom(maxSources), series: series.key }))
          return
        }
        const built = buildSeries('clock.skew', { source })
        if (built.ok) subscriber.next({ series: built.value, time: now, value: skew, kind: 'gauge' })
        else report('bad-name', () => ({ message: built.message, series: series.key }))
      })
    })
}
