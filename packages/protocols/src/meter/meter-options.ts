import { optional, port, text, wholeNumber, type Checks, type Clock, type Defined } from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { limit, maxTimerMs } from '../option-checks.ts'

/** How much a meter keeps, and for how long. */
export interface MeterOptions {
  /**
   * What its problems come from.
   * @defaultValue `'meter'`
   */
  readonly name?: string | undefined
  /**
   * Most bytes of memory for all series, about 1,000 to a MiB; a tenth more is for the series of overflow.
   * @defaultValue 16777216
   */
  readonly maxBytes?: number | undefined
  /**
   * A series with tags for which nothing was measured for so long, ms, is let go; a counter that comes back begins at 0. Looked at when
   * samples are made.
   * @defaultValue none: they are kept
   */
  readonly expireAfterMs?: number | undefined
  /**
   * Where the time of samples comes from.
   * @defaultValue the scheduler, which is one
   */
  readonly clock?: Clock | undefined
  /**
   * Runs the timers.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
}

/** All of {@link MeterOptions}, resolved. */
export type ResolvedMeter = Defined<Omit<MeterOptions, 'expireAfterMs'>> & Pick<MeterOptions, 'expireAfterMs'>

/** The defaults of {@link MeterOptions}. */
export const defaultMeterOptions: ResolvedMeter = Object.freeze({
  name: 'meter',
  maxBytes: 16 * 1024 * 1024,
  clock: asyncScheduler,
  scheduler: asyncScheduler,
})

/** What {@link MeterOptions} allow. */
export const meterChecks: Checks<MeterOptions> = {
  name: text(),
  maxBytes: limit,
  expireAfterMs: optional(wholeNumber(1, maxTimerMs)),
  clock: port('now'),
  scheduler: port('now', 'schedule'),
}

/** How often samples are made. */
export interface MeterSamplesOptions {
  /**
   * Time between them, ms; they are made at whole multiples of it since the Unix epoch.
   * @defaultValue 10000
   */
  readonly everyMs?: number | undefined
}

/** The defaults of {@link MeterSamplesOptions}. */
export const defaultMeterSamplesOptions: Defined<MeterSamplesOptions> = Object.freeze({ everyMs: 10_000 })

/** What {@link MeterSamplesOptions} allow. */
export const meterSamplesChecks: Checks<MeterSamplesOptions> = { everyMs: wholeNumber(1, maxTimerMs) }
