import {
  type Check,
  type Checks,
  type Clock,
  type Defined,
  flag,
  maxTagLength,
  oneOf,
  optional,
  port,
  resolveOptions,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import type { Resolver } from '../../checks/exchange/resolver.ts'
import { badOption } from '../../errors.ts'
import { limit, maxTimerMs } from '../../option-checks.ts'
import { machineStopwatch } from '../../source/stopwatch.ts'
import { type CheckLimits, defaultCheckLimits, limitChecks } from '../../ticking/check-limits.ts'

/** What {@link scrape} takes from pages, and how it labels that; a target may say otherwise. */
export interface ScrapeDefaults {
  /**
   * Time between scrapes, ms.
   * @defaultValue 60000
   */
  readonly periodMs?: number | undefined
  /**
   * A scrape is given up after this time, ms, at most the period.
   * @defaultValue half the period, at most 10000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Whether a label of the page goes before that of the target with the same name; else it is renamed to `exported_` and its name.
   * @defaultValue false
   */
  readonly honorLabels?: boolean | undefined
  /**
   * Whether a time on the page is that of its sample; else all have that of the scrape. What has a time of its own gets no `stale` when
   * it is gone, since the page says when it was there.
   * @defaultValue true
   */
  readonly honorTimestamps?: boolean | undefined
}

/** Limits, time and defaults of {@link scrape}. */
export interface ScrapeOptions extends ScrapeDefaults, CheckLimits {
  /**
   * What becomes of `_bucket` and `_count` of a histogram: a counter each, or one sample of kind `histogram` for all of them.
   * @defaultValue `'counters'`
   */
  readonly histograms?: 'counters' | 'bins' | undefined
  /**
   * Largest page, bytes, as it comes and as it is decoded; a larger one is a failed scrape.
   * @defaultValue 16777216
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Most samples of a page; one with more is a failed scrape.
   * @defaultValue 100000
   */
  readonly maxSamples?: number | undefined
  /**
   * Most labels of a series, with its name and those of the target; a page that has one with more is a failed scrape.
   * @defaultValue 64
   */
  readonly maxLabels?: number | undefined
  /**
   * Longest name of a label, characters; a page that has a longer one is a failed scrape.
   * @defaultValue 256
   */
  readonly maxLabelNameLength?: number | undefined
  /**
   * Longest value of a label, characters; a page that has a longer one is a failed scrape.
   * @defaultValue 256
   */
  readonly maxLabelValueLength?: number | undefined
  /**
   * Where the present comes from.
   * @defaultValue the scheduler, which is one
   */
  readonly clock?: Clock | undefined
  /**
   * Runs the timer.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Measures durations and time-outs: a clock that never jumps, of which only differences count, in ms.
   * @defaultValue `clock` or `scheduler` where one is given, or else the machine's
   */
  readonly stopwatch?: Clock | undefined
  /**
   * Finds the addresses of hosts.
   * @defaultValue `createResolver()`, one for each subscription
   */
  readonly resolver?: Resolver | undefined
}

type Always = Omit<ScrapeOptions, 'timeoutMs' | 'resolver'>

/** The defaults of {@link scrape}. */
export const defaultScrapeOptions: Readonly<Defined<Always>> = Object.freeze({
  ...defaultCheckLimits,
  periodMs: 60_000,
  honorLabels: false,
  honorTimestamps: true,
  histograms: 'counters',
  maxBodyBytes: 16 * 1024 * 1024,
  maxSamples: 100_000,
  maxLabels: 64,
  maxLabelNameLength: maxTagLength,
  maxLabelValueLength: maxTagLength,
  clock: asyncScheduler,
  scheduler: asyncScheduler,
  stopwatch: machineStopwatch,
})

/** All options, checked. */
export type ResolvedScrape = Defined<Always> & {
  readonly timeoutMs: number | undefined
  readonly resolver: Resolver | undefined
}

const time: Check = wholeNumber(1, maxTimerMs)

/** What a target may say otherwise. */
export const scrapeDefaultChecks: Checks<ScrapeDefaults> = {
  periodMs: time,
  timeoutMs: optional(time),
  honorLabels: flag,
  honorTimestamps: flag,
}

const checks: Checks<ScrapeOptions> = {
  ...limitChecks,
  ...scrapeDefaultChecks,
  histograms: oneOf('counters', 'bins'),
  maxBodyBytes: limit,
  maxSamples: limit,
  maxLabels: limit,
  maxLabelNameLength: limit,
  maxLabelValueLength: limit,
  clock: port('now'),
  scheduler: port('now', 'schedule'),
  stopwatch: port('now'),
  resolver: optional(port('resolve')),
}

/** The options, checked. Throws `PROTOCOL_BAD_OPTION`. */
export const resolveScrape = (options: ScrapeOptions): ResolvedScrape =>
  resolveOptions<ResolvedScrape>(
    {
      ...defaultScrapeOptions,
      clock: options.scheduler ?? defaultScrapeOptions.clock,
      stopwatch: options.clock ?? options.scheduler ?? defaultScrapeOptions.stopwatch,
      timeoutMs: undefined,
      resolver: undefined,
    },
    options,
    checks,
    badOption,
  )
