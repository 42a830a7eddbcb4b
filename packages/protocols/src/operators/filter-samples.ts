import { type Checks, type Defined, oneOf, port, resolveOptions, wholeNumber } from '@tocsin/core'
import { Flaw, read } from '@tocsin/core/shape'
import { asyncScheduler, type OperatorFunction, type SchedulerLike } from 'rxjs'

import { badOption } from '../errors.ts'
import { defaultNameBytes, nameBytesLimit } from '../option-checks.ts'
import { eachSample, type SampleInput } from './each-sample.ts'
import { createFilterEngine } from './engine/filter-engine.ts'
import { compileFilter, type FilterRule, filterRulesShape } from './engine/filter-rules.ts'
import { type ProblemOption, problemsCheck, reportTo } from './operator-problem.ts'

/** What {@link filterSamples} does where no rule decides, and how much of it there may be. */
export interface FilterSamplesOptions extends ProblemOption {
  /**
   * What becomes of series that no rule decides about.
   * @defaultValue `'allow'`
   */
  readonly otherwise?: 'allow' | 'deny' | undefined
  /**
   * Most series that go through, by their names behind the rules.
   * @defaultValue 100000
   */
  readonly maxSeries?: number | undefined
  /**
   * Most bytes of memory for their names.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
  /**
   * A series that did not come for so long, ms, makes room for others, after twice that at the latest.
   * @defaultValue 3600000
   */
  readonly forgetAfterMs?: number | undefined
  /**
   * Where the present comes from.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** The defaults of {@link filterSamples}. */
export const defaultFilterSamplesOptions: Readonly<Defined<Omit<FilterSamplesOptions, 'problems'>>> =
  Object.freeze({
    otherwise: 'allow',
    maxSeries: 100_000,
    maxNameBytes: defaultNameBytes,
    forgetAfterMs: 3_600_000,
    scheduler: asyncScheduler,
  })

type Resolved = typeof defaultFilterSamplesOptions & ProblemOption

const checks: Checks<Resolved> = {
  otherwise: oneOf('allow', 'deny'),
  maxSeries: wholeNumber(1),
  maxNameBytes: nameBytesLimit,
  forgetAfterMs: wholeNumber(1),
  scheduler: port('now'),
  problems: problemsCheck,
}

/**
 * An ordered set of rules over the series of a stream, as Circonus' filter sets, and a cap on how many series go through. The first
 * rule that allows or denies decides; those that only change go on to the next one.
 *
 * A series beyond the cap is not lost where that is possible: increments, observations and members of sets, of which each counts by
 * itself, go on as one series for each metric, `metric|ST[overflow:true]` (a tenth of the cap, beside it), and are a problem
 * `series-folded`. What makes no sense put together (gauges, counters, histograms, states, texts) is held back, and a problem
 * `too-many-series`. What a rule denies is no problem.
 *
 * - Emits: at once and in order, samples as samples and batches as batches; whoever takes a batch acknowledges it, and one of which
 *   nothing is left is acknowledged here.
 * - Completes, errors: as its source. Wrong rules and options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: `maxSeries` and `maxNameBytes`, and what the rules made of each series for as long as it lives upstream.
 * - Time: rules once for each series object, in linear time, whatever they are; the clock only forgets series.
 *
 * @example
 * ```ts
 * import { series } from '@tocsin/protocols'
 * import { filterSamples } from '@tocsin/protocols/operators'
 * import { from } from 'rxjs'
 *
 * const names = ['debug.gc', 'stats.web.hits', 'cpu'].map((name) => series(name, { host: 'a' }))
 * from(names.map((one) => ({ series: one, time: 0, value: 1, kind: 'gauge' as const })))
 *   .pipe(
 *     filterSamples([
 *       { deny: '__name:debug.*' },
 *       { change: '*', addTags: { site: 'fra' } },
 *       { allow: '__name:/^stats\\.web/', rename: 'web.{host}' },
 *     ]),
 *   )
 *   .subscribe((sample) => console.log(sample.series.key)) // => web.a|ST[host:a,site:fra]
 * // => cpu|ST[host:a,site:fra]
 * ```
 */
export function filterSamples<Input extends SampleInput = SampleInput>(
  rules: readonly FilterRule[],
  options: FilterSamplesOptions = {},
): OperatorFunction<Input, Input> {
  const { otherwise, maxSeries, maxNameBytes, forgetAfterMs, scheduler, problems } = resolveOptions<Resolved>(
    defaultFilterSamplesOptions,
    options,
    checks,
    badOption,
  )
  const checked = read(filterRulesShape, rules, 'rules')
  if (checked instanceof Flaw) throw badOption(checked.message)
  const judge = compileFilter(checked, otherwise)
  return eachSample<Input>(() => {
    const report = reportTo('filterSamples', problems, scheduler)
    const engine = createFilterEngine(
      judge,
      { maxEntries: maxSeries, maxBytes: maxNameBytes, forgetAfterMs },
      (reason, message, series) => report(reason, () => ({ message: message(), series })),
    )
    return (sample) => engine.take(sample, scheduler.now())
  })
}
