import { buildSeries, flag, optional, port, resolveOptions } from '@tocsin/core'
import type { Checks, Duration, ProblemListener, Sample, Series, Tags } from '@tocsin/core'
import { asyncScheduler, Observable, type OperatorFunction, type SchedulerLike } from 'rxjs'

import { rollupValue, rollupValues, type RollupValue } from './engine/value.ts'
import type { RollupUpdate } from './engine/windows/window-engine.ts'
import { badOption } from './errors.ts'
import type { RollupProblem } from './problem.ts'
import { reportTo } from './report.ts'

/** How {@link rollupSamples} makes samples of windows. */
export interface RollupSamplesOptions {
  /** Whether windows that are emitted again, since a late sample changed them, are samples again. @defaultValue false */
  readonly corrections?: boolean | undefined
  /** Clock of problems. @defaultValue `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Hears of windows that are no samples, since their series takes no further tag; a `Subject` fits.
   * @defaultValue none: the first of each reason is a warning of the process
   */
  readonly problems?: ProblemListener<RollupProblem> | undefined
}

/** A value of a window as a sample; its series is that of the window with one tag more. */
export type RollupSample<S extends Series = Series> = Sample<
  Series<
    S['tags'] & {
      /** Names the value. */
      readonly stat: string
    }
  >,
  'gauge' | 'text'
> & {
  /** How often the window was corrected before; a higher one replaces a lower one of the same series and time. */
  readonly revision: number
}

interface CheckedOptions extends Pick<RollupSamplesOptions, 'problems'> {
  readonly corrections: boolean
  readonly scheduler: SchedulerLike
}

const defaults: CheckedOptions = { corrections: false, scheduler: asyncScheduler }
const checks: Checks<CheckedOptions> = {
  corrections: flag,
  scheduler: port('now', 'schedule'),
  problems: optional(port('next')),
}

/**
 * Values of windows as samples, to be judged, stored and rolled up like those that were measured.
 *
 * A sample has the time of the last millisecond of its window, `end - 1`, so that it falls into that window again. Its series
 * is that of the window with a tag `stat` that names the value; windows of other lengths than the first one have a tag `period`
 * too, or they would be the same series. What a series has in such a tag already is kept in front: `stat:average.max`.
 *
 * Emits: per window one sample for each of `values` in their order, of kind `gauge`, or `text` for texts; none where the
 * window has no such value (`null` of {@link rollupValue}). Corrections only by option: then the sample has the same series and
 * time as before, and the next `revision`. A series that takes no further tag (its name, or the tag, would be too long, or has
 * 256) gives none, and a problem `bad-series` for each of its windows.
 * Completes: with the source. Errors: with the source; wrong values and options throw `ROLLUP_BAD_OPTION` at the call.
 * Memory: the series it made, each for as long as the series of the window lives upstream.
 * Time: none of its own; `scheduler` stamps problems.
 *
 * @example
 * ```ts
 * import { rollup, rollupSamples, series } from '@tocsin/rollup'
 * import { from } from 'rxjs'
 *
 * const cpu = series('cpu', { host: 'a' })
 * const samples = [10, 30].map((value, index) => ({ series: cpu, time: index * 1000, value, kind: 'gauge' as const }))
 * from(samples)
 *   .pipe(rollup({ windows: ['1m'] }), rollupSamples('average'))
 *   .subscribe(({ series, time, value }) => console.log(series.key, time, value)) // => cpu|ST[host:a,stat:average] 59999 20
 * ```
 */
export function rollupSamples<S extends Series = Series>(
  values: RollupValue | readonly RollupValue[],
  options?: RollupSamplesOptions,
): OperatorFunction<RollupUpdate<S>, RollupSample<S>> {
  const wanted = checkValues(values)
  const { corrections, scheduler, problems } = resolveOptions<CheckedOptions>(
    defaults,
    options,
    checks,
    badOption,
  )
  return (source) =>
    new Observable((subscriber) => {
      const report = reportTo(problems, scheduler)
      const tagged = createTaggedSeries<S>()
      return source.subscribe({
        next: ({ series, period, end, revision, aggregate }) => {
          if (revision > 0 && !corrections) return
          const time = end - 1
          for (const stat of wanted) {
            const value = rollupValue(aggregate, stat)
            if (value === null) continue
            const of = tagged(series, period, stat)
            if (typeof of === 'string') {
              report('bad-series', () => ({ message: of, series: series.key, sampleTime: time }))
            } else {
              subscriber.next(
                typeof value === 'string'
                  ? { series: of, time, value, kind: 'text', revision }
                  : { series: of, time, value, kind: 'gauge', revision },
              )
            }
          }
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

function checkValues(given: unknown): readonly RollupValue[] {
  const values: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isValue = (value: unknown): value is RollupValue => rollupValues.includes(value as RollupValue)
  if (values.length > 0 && values.every(isValue) && new Set(values).size === values.length) return [...values]
  throw badOption(
    `the values of rollupSamples() must be one or more of ${rollupValues.join(', ')}, each once`,
  )
}

/** The series of a value of windows, or why there can be none. */
function createTaggedSeries<S extends Series>(): (
  series: S,
  period: Duration,
  stat: RollupValue,
) => RollupSample<S>['series'] | string {
  const known = new WeakMap<Series, Map<string, RollupSample<S>['series'] | string>>()
  // Windows that close together come from short to long, so that this is the shortest.
  let untagged: Duration | undefined
  return (series, period, stat) => {
    untagged ??= period
    const tags = period === untagged ? { stat } : { stat, period }
    const made = known.get(series) ?? new Map<string, RollupSample<S>['series'] | string>()
    if (made.size === 0) known.set(series, made)
    const name = `${stat} ${period}`
    let result = made.get(name)
    if (result === undefined) made.set(name, (result = addTags(series, tags)))
    return result
  }
}

function addTags<S extends Series>(
  { key, metric, tags }: S,
  added: Tags & { readonly stat: string },
): RollupSample<S>['series'] | string {
  const joined = Object.entries(added).map(([category, value]) => {
    const before = tags[category]
    return [category, before === undefined ? value : `${before}.${value}`] as const
  })
  const built = buildSeries(metric, { ...tags, ...Object.fromEntries(joined) })
  if (built.ok) return built.value as RollupSample<S>['series']
  return `the windows of ${key} are no samples, since it takes no tag ${Object.keys(added).join(' and ')}: ${built.message}`
}
