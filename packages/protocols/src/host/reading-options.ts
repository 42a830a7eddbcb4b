import { type Checks, type Clock, type Defined, port, wholeNumber } from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { maxTimerMs } from '../option-checks.ts'
import { machineStopwatch } from '../source/stopwatch.ts'

/** When something is read, and by which time. */
export interface ReadingOptions {
  /**
   * Time between readings, ms; they are taken at whole multiples of it since the Unix epoch.
   * @defaultValue 1000
   */
  readonly periodMs?: number | undefined
  /**
   * A reading is given up after this time, ms; the next one is taken when it has ended.
   * @defaultValue 10000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Where the time of the readings comes from.
   * @defaultValue the scheduler, which is one
   */
  readonly clock?: Clock | undefined
  /**
   * Runs the timer.
   * @defaultValue `asyncScheduler`
   */
  readonly scheduler?: SchedulerLike | undefined
  /**
   * Measures the time-out: a clock that never jumps, of which only differences count, in ms.
   * @defaultValue `clock` or `scheduler` where one is given, or else the machine's, in virtual time that
   */
  readonly stopwatch?: Clock | undefined
}

/** The defaults of {@link ReadingOptions}. */
export const defaultReadingOptions: Readonly<Defined<ReadingOptions>> = Object.freeze({
  periodMs: 1000,
  timeoutMs: 10_000,
  clock: asyncScheduler,
  scheduler: asyncScheduler,
  stopwatch: machineStopwatch,
})

/** Those that follow from what is given. */
export const readingTime = ({
  clock,
  scheduler,
}: ReadingOptions): Pick<Defined<ReadingOptions>, 'clock' | 'stopwatch'> => ({
  clock: scheduler ?? defaultReadingOptions.clock,
  stopwatch: clock ?? scheduler ?? defaultReadingOptions.stopwatch,
})

export const readingChecks: Checks<ReadingOptions> = {
  periodMs: wholeNumber(1, maxTimerMs),
  timeoutMs: wholeNumber(1, maxTimerMs),
  clock: port('now'),
  scheduler: port('now', 'schedule'),
  stopwatch: port('now'),
}
