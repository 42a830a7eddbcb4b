import {
  buildSeries,
  type Check,
  type Checks,
  type Clock,
  type Defined,
  port,
  resolveOptions,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { badOption } from '../errors.ts'
import { maxTimerMs } from '../option-checks.ts'
import { machineStopwatch } from '../source/stopwatch.ts'
import { type ProblemOption, problemsCheck } from './operator-problem.ts'
import { type SourceOf, sourceOfCheck } from './source-of.ts'

/** When `freshness` takes a source for silent, and which sources there are. */
export interface FreshnessOptions extends ProblemOption {
  /** A source of which nothing came for so long is silent, ms. */
  readonly silentAfterMs: number
  /**
   * Who a sample is from: the category of a tag, or a function of the sample.
   * @defaultValue `'source'`: what the sample itself says, or else its tag `source`
   */
  readonly by?: SourceOf | undefined
  /**
   * Sources that are silent until they are heard of, and never forgotten.
   * @defaultValue none
   */
  readonly expect?: readonly string[] | undefined
  /**
   * A source that is silent for so long is forgotten, ms; its last sample is `stale`.
   * @defaultValue 86400000, or `silentAfterMs` where that is longer
   */
  readonly forgetAfterMs?: number | undefined
  /**
   * Most sources, with those that are expected.
   * @defaultValue 10000
   */
  readonly maxSources?: number | undefined
  /**
   * Runs the timer, and says the present.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Measures silence: a clock that never jumps, of which only differences count, in ms.
   * @defaultValue `scheduler` where one is given, or else the machine's, in virtual time that
   */
  readonly stopwatch?: Clock | undefined
}

/** The defaults of `freshness`. */
export const defaultFreshnessOptions: Readonly<
  Defined<Omit<FreshnessOptions, 'silentAfterMs' | 'problems'>>
> = Object.freeze({
  by: 'source',
  expect: Object.freeze([]),
  forgetAfterMs: 86_400_000,
  maxSources: 10_000,
  scheduler: asyncScheduler,
  stopwatch: machineStopwatch,
})

/** All of them. */
export type ResolvedFreshness = typeof defaultFreshnessOptions &
  ProblemOption & { readonly silentAfterMs: number }

const names: Check = (value) =>
  Array.isArray(value) &&
  value.every((name) => typeof name === 'string' && seriesOfSource('available', name).ok)
    ? undefined
    : 'an array of names of sources, each of at most 249 characters'

const checks: Checks<ResolvedFreshness> = {
  silentAfterMs: wholeNumber(1, maxTimerMs),
  by: sourceOfCheck,
  expect: names,
  forgetAfterMs: wholeNumber(1),
  maxSources: wholeNumber(1),
  scheduler: port('now', 'schedule'),
  stopwatch: port('now'),
  problems: problemsCheck,
}

/** A series of a source. */
export const seriesOfSource = (
  metric: 'available' | 'state',
  source: string,
): ReturnType<typeof buildSeries> => buildSeries(metric, { source })

/** The options, checked. */
export function resolveFreshness(options: FreshnessOptions): ResolvedFreshness {
  const given = options as FreshnessOptions | undefined
  const resolved = resolveOptions<ResolvedFreshness>(
    {
      ...defaultFreshnessOptions,
      silentAfterMs: NaN,
      forgetAfterMs: Math.max(defaultFreshnessOptions.forgetAfterMs, Number(given?.silentAfterMs) || 0),
      stopwatch: given?.scheduler ?? defaultFreshnessOptions.stopwatch,
    },
    given,
    checks,
    badOption,
  )
  const { silentAfterMs, forgetAfterMs, expect, maxSources } = resolved
  if (forgetAfterMs < silentAfterMs)
    throw badOption(
      `option "forgetAfterMs" must be at least silentAfterMs, ${silentAfterMs}, got ${forgetAfterMs}`,
    )
  if (expect.length > maxSources)
    throw badOption(`option "expect" must be at most maxSources, ${maxSources}, names, got ${expect.length}`)
  return { ...resolved, expect: [...expect] }
}
