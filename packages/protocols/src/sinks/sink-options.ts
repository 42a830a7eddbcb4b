import { callback, port, resolveOptions, text, wholeNumber, type Checks, type Defined } from '@tocsin/core'
import { backOffChecks } from '@tocsin/core/back-off'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { badOption } from '../errors.ts'
import { limit, maxTimerMs } from '../option-checks.ts'

/** How much a sink sends at once, and how it tries again; the same for every destination. */
export interface SinkOptions {
  /**
   * What its samples are tagged with, and what its errors call it.
   * @defaultValue that of the destination
   */
  readonly name?: string | undefined
  /**
   * Most samples in a request.
   * @defaultValue 5000
   */
  readonly maxRequestSamples?: number | undefined
  /**
   * Largest request, bytes, as well as they are known before it is made; one sample may be larger.
   * @defaultValue 1048576
   */
  readonly maxRequestBytes?: number | undefined
  /**
   * How long a sample waits for others to go with, ms.
   * @defaultValue 1000
   */
  readonly gatherMs?: number | undefined
  /**
   * Longest wait after a first failure, ms.
   * @defaultValue 100
   */
  readonly minDelayMs?: number | undefined
  /**
   * Longest wait after any failure, ms, unless the destination asks for more: so late it is noticed that it has returned.
   * @defaultValue 10000
   */
  readonly maxDelayMs?: number | undefined
  /**
   * Spreads the waits: from 0 to below 1.
   * @defaultValue `Math.random`
   */
  readonly random?: (() => number) | undefined
  /**
   * Runs the timer, and says the present.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** All of {@link SinkOptions}, resolved. */
export type ResolvedSink = Defined<SinkOptions>

/** The defaults of {@link SinkOptions}. */
export const defaultSinkOptions: ResolvedSink = Object.freeze({
  name: 'sink',
  maxRequestSamples: 5000,
  maxRequestBytes: 1024 * 1024,
  gatherMs: 1000,
  minDelayMs: 100,
  maxDelayMs: 10_000,
  random: () => Math.random(),
  scheduler: asyncScheduler,
})

/** What {@link SinkOptions} allow. */
export const sinkChecks: Checks<ResolvedSink> = {
  name: text(),
  maxRequestSamples: limit,
  maxRequestBytes: limit,
  gatherMs: wholeNumber(0, maxTimerMs),
  ...backOffChecks,
  random: callback,
  scheduler: port('now', 'schedule'),
}

/** The options of a sink with those of its destination, checked. */
export function resolveSink<Options extends ResolvedSink>(
  defaults: Options,
  given: { readonly [Name in keyof Options]?: Options[Name] | undefined } | undefined,
  checks: Checks<Options>,
): Options {
  const options = resolveOptions<Options>(defaults, given, checks, badOption)
  const { minDelayMs, maxDelayMs } = options
  if (minDelayMs > maxDelayMs)
    throw badOption(`option "minDelayMs" must be at most "maxDelayMs" (${maxDelayMs}), got ${minDelayMs}`)
  return options
}
