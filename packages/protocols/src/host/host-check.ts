import { hostname } from 'node:os'

import { callback, type Checks, type Defined, optional, resolveOptions, text } from '@tocsin/core'

import type { Check } from '../checks/check.ts'
import { badOption } from '../errors.ts'
import { hostSamples, type HostReading } from './host-samples.ts'
import { createHostReader } from './read-host.ts'
import { createReadingCheck, type Reader, type Readings } from './reading-check.ts'

/** What of a machine is read, and how it is called. */
export interface HostOptions {
  /**
   * Value of the tag `host`.
   * @defaultValue the name of the machine
   */
  readonly hostname?: string | undefined
  /**
   * Reads the machine once.
   * @defaultValue this machine, by Node's `os` and `fs` and, on Linux, `/proc`
   */
  readonly read?: Reader<HostReading> | undefined
}

/** Options of {@link hostCheck}. */
export interface HostCheckOptions extends HostOptions {
  /**
   * Name of the check.
   * @defaultValue `'host'`
   */
  readonly name?: string | undefined
}

/** The defaults of {@link hostCheck}. */
export const defaultHostCheckOptions: Readonly<Pick<Defined<HostCheckOptions>, 'name'>> = Object.freeze({
  name: 'host',
})

/** With every field but the reader, which is made for each use. */
export type ResolvedHost = Required<HostOptions> & { readonly hostname: string }

/** What each of these options may be. */
export const hostChecks: Checks<HostOptions> = { hostname: text(), read: optional(callback) }

/** What is read of a machine; those who read it share the wait for file systems that do not answer. */
export const hostReadings = ({ hostname, read }: ResolvedHost): Readings<HostReading> => ({
  of: 'machine',
  parts: ['cpu', 'load', 'memory', 'disks', 'network'],
  begin: read === undefined ? createHostReader() : () => read,
  samples: (part, previous, time) => hostSamples(part, previous, time, hostname),
})

/**
 * A check of this machine: processor, load, memory, disk and network, beside other checks in one set.
 *
 * Metrics (gauges): `cpu.used_percent`, `cpu.user_percent`, `cpu.system_percent` (since the run before, so not of the first); `load.1m`, `load.5m`,
 * `load.15m`; `memory.used_bytes`, `memory.total_bytes`, `memory.used_percent`; `disk.used_bytes`, `disk.total_bytes`, `disk.used_percent`
 * with tag `path`; `network.received_bytes`, `network.sent_bytes` (counters) with tag `interface`. All have the tag `host`.
 *
 * It is good where the machine could be read; the status says what it does not tell. File systems are read last: where they do not answer, the
 * run is timed out with all that comes before, and those that follow are bad, with it, until they answer. It wants no more of a set than
 * others: a tick without a run has no values. {@link hostMetrics} is the short form of it alone.
 *
 * @example
 * ```ts
 * import { checks, checkSamples } from '@tocsin/protocols/checks'
 * import { hostCheck } from '@tocsin/protocols/host'
 *
 * const samples = checks([{ check: hostCheck({ hostname: 'web1' }), periodMs: 100, phaseMs: 0 }]).pipe(checkSamples())
 * const subscription = samples.subscribe(({ series, value }) => {
 *   if (series.metric !== 'state') return
 *   console.log(series.key, value) // => state|ST[check:host] 0
 *   subscription.unsubscribe()
 * })
 * ```
 */
export function hostCheck(options: HostCheckOptions = {}): Check {
  const resolved = resolveOptions<ResolvedHost & { readonly name: string }>(
    { ...defaultHostCheckOptions, hostname: hostname(), read: undefined },
    options,
    { ...hostChecks, name: text() },
    badOption,
  )
  return createReadingCheck(resolved.name, hostReadings(resolved))
}
