import { hostname } from 'node:os'

import { type Defined, resolveOptions, type Sample } from '@tocsin/core'

import { badOption } from '../errors.ts'
import type { ProblemReason } from '../source/problem.ts'
import { createSourceBase } from '../source/source-base.ts'
import { createSource, type Source } from '../source/source.ts'
import { hostChecks, type HostOptions, hostReadings, type ResolvedHost } from './host-check.ts'
import { defaultReadingOptions, readingChecks, type ReadingOptions, readingTime } from './reading-options.ts'
import { takeReadings } from './take-readings.ts'

/** How often {@link hostMetrics} reads, and what. */
export interface HostMetricsOptions extends ReadingOptions, HostOptions {}

/** The defaults of {@link hostMetrics}. */
export const defaultHostMetricsOptions: Readonly<Defined<ReadingOptions>> = defaultReadingOptions

/**
 * Reads processor, load, memory, disk and network of this machine once a period: `hostCheck` alone, of which only the samples are told.
 *
 * `cpu.used_percent`, `cpu.user_percent`, `cpu.system_percent` (since the reading before, so not with the first);
 * `load.1m`, `load.5m`, `load.15m`; `memory.used_bytes`, `memory.total_bytes`, `memory.used_percent`; `disk.used_bytes`,
 * `disk.total_bytes`, `disk.used_percent` with tag `path`; `network.received_bytes`, `network.sent_bytes` (kind `counter`)
 * with tag `interface`. All have tag `host`.
 *
 * - Emits: one batch a period, at a fixed phase. A tick is left out that comes while a reading is still running (problem `still-running`)
 *   or while a subscriber of batches has no room (`overflow`), and so are those that passed while the process was stopped
 *   (`overloaded`); all are counted in `stats.dropped`. A reading that fails or is given up at `timeoutMs` is too (`reading-failed`), and has
 *   what was read by then: where file systems do not answer, all but `disk`. What could not be read is not in the stream, and nothing
 *   stands in its place; who wants a sample that says so runs `hostCheck` in `checks`, whose ticks each have `state`.
 * - Completes: never.
 * - Errors: never; what the machine does not offer is one problem `not-available`.
 * - Memory: two readings.
 * - Time: that of the tick, by `clock`; time-outs by `stopwatch`, so that setting the clock ends no reading.
 */
export function hostMetrics(options: HostMetricsOptions = {}): Source<Sample> {
  const resolved = resolveOptions<Defined<ReadingOptions> & ResolvedHost>(
    { ...defaultHostMetricsOptions, ...readingTime(options), hostname: hostname(), read: undefined },
    options,
    { ...readingChecks, ...hostChecks },
    badOption,
  )
  const readings = hostReadings(resolved)
  const base = createSourceBase<ProblemReason>('hostMetrics', resolved.clock)
  return createSource<Sample, ProblemReason>(base, (run) => takeReadings(resolved, run, readings))
}
