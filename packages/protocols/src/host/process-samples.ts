import { buildSeries, type Sample, type Tags } from '@tocsin/core'

/** One reading of a process; a part that its runtime or system cannot give is absent. */
export interface ProcessReading {
  /** Since the reading before. */
  readonly eventLoop?: {
    /** How much later than asked for a timer came: of half of them at most so long, ms. */
    readonly delayP50Ms: number
    /** Of 99 of a hundred at most so long, ms. */
    readonly delayP99Ms: number
    /** The longest, ms. */
    readonly delayMaxMs: number
    /** Share of the time in which it did not wait for anything, from 0 to 1. */
    readonly utilisation: number
  }
  /** Garbage collections since the subscription began, by kind. */
  readonly garbageCollection?: readonly {
    /** `minor`, `major`, `incremental` or `weakcb`. */
    readonly kind: string
    /** How many. */
    readonly count: number
    /** How long all of them took, ms. */
    readonly durationMs: number
  }[]
  /** Memory, bytes. */
  readonly memory?: {
    /** What of the process is in memory. */
    readonly rssBytes: number
    /** Objects on the heap. */
    readonly heapUsedBytes: number
    /** The heap. */
    readonly heapTotalBytes: number
    /** What the heap may grow to. */
    readonly heapLimitBytes: number
    /** What objects hold outside of the heap. */
    readonly externalBytes: number
    /** Array buffers, which are part of that. */
    readonly arrayBuffersBytes: number
  }
  /** Processor time since the process started, ms. */
  readonly cpu?: {
    /** In the program. */
    readonly userMs: number
    /** In the system, for it. */
    readonly systemMs: number
  }
  /** Handles, requests and timers that keep the process alive, by type. */
  readonly resources?: ReadonlyMap<string, number>
  /** Descriptors of files and sockets. */
  readonly descriptors?: {
    /** How many are open. */
    readonly open: number
    /** How many may be; `Infinity` where there is no limit. */
    readonly limit?: number | undefined
  }
  /** Since the process started, ms. */
  readonly uptimeMs?: number
}

type Add = (metric: string, value: number, kind?: 'gauge' | 'counter', tags?: Tags) => void

/** The samples of a reading. Types of resources that `previous` had, and this one has not, are 0. */
export function processSamples(
  reading: ProcessReading,
  previous: ProcessReading | undefined,
  time: number,
  tags: Tags,
): readonly Sample[] {
  const samples: Sample[] = []
  const add: Add = (metric, value, kind = 'gauge', more = {}) => {
    const built = buildSeries(`process.${metric}`, { ...tags, ...more })
    if (built.ok) samples.push({ series: built.value, time, value, kind })
  }
  const { eventLoop, garbageCollection = [], memory, cpu, resources, descriptors, uptimeMs } = reading
  if (eventLoop !== undefined) {
    add('event_loop.delay_p50_ms', eventLoop.delayP50Ms)
    add('event_loop.delay_p99_ms', eventLoop.delayP99Ms)
    add('event_loop.delay_max_ms', eventLoop.delayMaxMs)
    add('event_loop.used_percent', 100 * eventLoop.utilisation)
  }
  for (const { kind, count, durationMs } of garbageCollection) {
    add('gc.runs', count, 'counter', { kind })
    add('gc.duration_ms', durationMs, 'counter', { kind })
  }
  if (memory !== undefined) {
    add('memory.rss_bytes', memory.rssBytes)
    add('heap.used_bytes', memory.heapUsedBytes)
    add('heap.total_bytes', memory.heapTotalBytes)
    add('heap.limit_bytes', memory.heapLimitBytes)
    add('memory.external_bytes', memory.externalBytes)
    add('memory.array_buffers_bytes', memory.arrayBuffersBytes)
  }
  if (cpu !== undefined) {
    add('cpu.user_ms', cpu.userMs, 'counter')
    add('cpu.system_ms', cpu.systemMs, 'counter')
  }
  if (resources !== undefined) {
    const types = new Set([...resources.keys(), ...(previous?.resources?.keys() ?? [])])
    for (const type of types) add('resources.active', resources.get(type) ?? 0, 'gauge', { type })
  }
  if (descriptors !== undefined) {
    add('descriptors.open', descriptors.open)
    if (descriptors.limit !== undefined && Number.isFinite(descriptors.limit))
      add('descriptors.limit', descriptors.limit)
  }
  if (uptimeMs !== undefined) add('uptime_ms', uptimeMs)
  return samples
}
