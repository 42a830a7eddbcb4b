import { hostname } from 'node:os'
import { parse } from 'node:path'

import { callback, type Defined, resolveOptions, type Sample, text } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { processSamples } from './process-samples.ts'
import { defaultReadingOptions, readingChecks, type ReadingOptions, readingTime } from './reading-options.ts'
import { takeReadings } from './take-readings.ts'
import { watchProcess, type ProcessWatch } from './watch-process.ts'

/** How often {@link processMetrics} reads, and what. */
export interface ProcessMetricsOptions extends ReadingOptions {
  /**
   * Value of the tag `process`, which tells the processes of a machine apart; the same after a restart.
   * @defaultValue the name of the main script without folder and ending; `node` where there is none
   */
  readonly name?: string | undefined
  /**
   * Value of the tag `host`.
   * @defaultValue the name of the machine
   */
  readonly hostname?: string | undefined
  /**
   * Begins to watch; called for each subscription.
   * @defaultValue this process, by Node's `perf_hooks`, `process` and `v8` and, on Linux, `/proc`
   */
  readonly watch?: (() => ProcessWatch) | undefined
}

type Resolved = Defined<ProcessMetricsOptions>

/** The defaults of {@link processMetrics}. */
export const defaultProcessMetricsOptions: Readonly<Omit<Resolved, 'hostname' | 'name'>> = Object.freeze({
  ...defaultReadingOptions,
  watch: watchProcess,
})

const resolve = (options: ProcessMetricsOptions): Resolved =>
  resolveOptions<Resolved>(
    {
      ...defaultProcessMetricsOptions,
      ...readingTime(options),
      name: parse(process.argv[1] ?? '').name || 'node',
      hostname: hostname(),
    },
    options,
    { ...readingChecks, name: text(), hostname: text(), watch: callback },
    badOption,
  )

/**
 * Reads this process once a period: its event loop, garbage collection, memory, processor time, and what it holds open.
 *
 * | Name                                                                        | Kind                  | prom-client's                                                        |
 * | --------------------------------------------------------------------------- | --------------------- | -------------------------------------------------------------------- |
 * | `process.event_loop.delay_p50_ms`, `.delay_p99_ms`, `.delay_max_ms`         | gauge                 | `nodejs_eventloop_lag_p50_seconds`, `_p99_seconds`, `_max_seconds`   |
 * | `process.event_loop.used_percent`                                           | gauge                 | `nodejs_eventloop_utilization`                                       |
 * | `process.gc.runs`, `process.gc.duration_ms`                                 | counter, tag `kind`   | `nodejs_gc_duration_seconds_count`, `_sum`                           |
 * | `process.heap.used_bytes`, `.total_bytes`, `.limit_bytes`                   | gauge                 | `nodejs_heap_size_used_bytes`, `nodejs_heap_size_total_bytes`, none  |
 * | `process.memory.rss_bytes`                                                  | gauge                 | `process_resident_memory_bytes`                                      |
 * | `process.memory.external_bytes`, `.array_buffers_bytes`                     | gauge                 | `nodejs_external_memory_bytes`, none                                 |
 * | `process.resources.active`                                                  | gauge, tag `type`     | `nodejs_active_resources`, and those of handles and requests         |
 * | `process.descriptors.open`, `.limit`                                        | gauge, Linux          | `process_open_fds`, `process_max_fds`                                |
 * | `process.cpu.user_ms`, `process.cpu.system_ms`                              | counter               | `process_cpu_user_seconds_total`, `process_cpu_system_seconds_total` |
 * | `process.uptime_ms`                                                         | gauge                 | `process_start_time_seconds`, a moment                               |
 *
 * All have the tags `process` and `host`. Delay and use of the event loop are those since the reading before; the delay is how much later than
 * asked for a timer comes that is set every 10 ms, where prom-client's has these 10 ms in it. Collections are counted from the subscription
 * on, of the kinds `minor`, `major`, `incremental` and `weakcb`. A type of resource that is gone is 0 once.
 *
 * - Emits: one batch a period, at a fixed phase; what is left out, counted and told, is as for {@link hostMetrics}.
 * - Completes: never.
 * - Errors: never, but with what `watch` throws; what the process does not tell is one problem `not-available`.
 * - Memory: two readings, and a histogram of delays. Nothing watches without a subscriber.
 * - Time: that of the tick, by `clock`; time-outs by `stopwatch`.
 */
export function processMetrics(options: ProcessMetricsOptions = {}): Source<Sample> {
  const resolved = resolve(options)
  const base = createSourceBase<ProblemReason>('processMetrics', resolved.clock)
  return createSource<Sample, ProblemReason>(base, (run) => {
    const tags = { process: resolved.name, host: resolved.hostname }
    const watch = resolved.watch()
    const stop = takeReadings(resolved, run, {
      of: 'process',
      parts: ['eventLoop', 'garbageCollection', 'memory', 'cpu', 'resources', 'descriptors', 'uptimeMs'],
      begin: () => () => watch.read(),
      samples: (part, previous, time) => processSamples(part, previous, time, tags),
    })
    return () => {
      stop()
      watch.stop()
    }
  })
}
