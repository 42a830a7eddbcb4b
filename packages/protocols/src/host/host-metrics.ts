import { hostname } from 'node:os'

import {
  callback,
  type Clock,
  type Defined,
  port,
  resolveOptions,
  type Sample,
  text,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler, type SchedulerLike } from 'rxjs'

import { hostSamples, type HostReading } from './host-samples.ts'
import { badOption } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { maxTimerMs } from '../option-checks.ts'
import { readHost } from './read-host.ts'
import { readPeriodically } from './read-periodically.ts'

/** How often {@link hostMetrics} reads, and what. */
export interface HostMetricsOptions {
  /**
   * Time between readings, ms; they are taken at whole multiples of it since the Unix epoch.
   * @defaultValue 1000
   */
  readonly periodMs?: number | undefined
  /**
   * Value of the tag `host`.
   * @defaultValue the name of the machine
   */
  readonly hostname?: string | undefined
  /**
   * Reads the machine once.
   * @defaultValue this machine, by Node's `os` and `fs` and, on Linux, `/proc`
   */
  readonly read?: (() => PromiseLike<HostReading>) | undefined
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
}

/** The defaults of {@link hostMetrics}. */
export const defaultHostMetricsOptions: Readonly<Omit<Defined<HostMetricsOptions>, 'hostname'>> =
  Object.freeze({
    periodMs: 1000,
    read: readHost,
    clock: asyncScheduler,
    scheduler: asyncScheduler,
  })

const resolve = (options: HostMetricsOptions): Defined<HostMetricsOptions> =>
  resolveOptions<Defined<HostMetricsOptions>>(
    {
      ...defaultHostMetricsOptions,
      hostname: hostname(),
      clock: options.scheduler ?? defaultHostMetricsOptions.clock,
    },
    options,
    {
      periodMs: wholeNumber(1, maxTimerMs),
      hostname: text(),
      read: callback,
      clock: port('now'),
      scheduler: port('now', 'schedule'),
    },
    badOption,
  )

/**
 * Reads processor, load, memory, disk and network of this machine once a period.
 *
 * `cpu.used_percent`, `cpu.user_percent`, `cpu.system_percent` (since the reading before, so not with the first);
 * `load.1m`, `load.5m`, `load.15m`; `memory.used_bytes`, `memory.total_bytes`, `memory.used_percent`; `disk.used_bytes`,
 * `disk.total_bytes`, `disk.used_percent` with tag `path`; `network.received_bytes`, `network.sent_bytes` (kind `counter`)
 * with tag `interface`. All have tag `host`.
 *
 * - Emits: one batch a period, at a fixed phase. A tick that comes while a reading is still running, or while a subscriber of
 *   batches has no room, is left out and counted in `stats.dropped`, as are ticks that passed while the process was stopped.
 * - Completes: never.
 * - Errors: never; what the machine does not offer is one problem `not-available`.
 * - Memory: two readings.
 * - Time: that of the tick, by `clock`.
 */
export function hostMetrics(options: HostMetricsOptions = {}): Source<Sample> {
  const resolved = resolve(options)
  const base = createSourceBase<ProblemReason>('hostMetrics', resolved.clock)
  return createSource<Sample, ProblemReason>(base, (run) => {
    let previous: HostReading | undefined
    return readPeriodically(base, resolved, run, {
      of: 'machine',
      parts: ['cpu', 'load', 'memory', 'disks', 'network'],
      read: resolved.read,
      samples(current, tick) {
        const samples = hostSamples(current, previous, tick, resolved.hostname)
        previous = current
        return samples
      },
    })
  })
}
