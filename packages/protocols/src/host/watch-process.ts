import { readdir, readFile } from 'node:fs/promises'
import { constants, monitorEventLoopDelay, performance, PerformanceObserver } from 'node:perf_hooks'
import process from 'node:process'
import { getHeapStatistics } from 'node:v8'

import { readOpenFilesLimit } from './proc.ts'
import type { ProcessReading } from './process-samples.ts'

/** What watches a process from one reading to the next. */
export interface ProcessWatch {
  /** What is known now, of some since the reading before. */
  read(): PromiseLike<ProcessReading>
  /** Ends all that goes on in between. */
  stop(): void
}

/** Time between the timers that the delay is measured by, ms. */
const resolutionMs = 10

const kinds: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Watches this process; what its system does not offer is absent. */
export function watchProcess(): ProcessWatch {
  const collections = watchCollections()
  const loop = watchEventLoop()
  return {
    async read() {
      const eventLoop = loop.read()
      const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
      const { user, system } = process.cpuUsage()
      const descriptors = await readDescriptors()
      return {
        eventLoop,
        garbageCollection: collections.read(),
        memory: {
          rssBytes: rss,
          heapUsedBytes: heapUsed,
          heapTotalBytes: heapTotal,
          heapLimitBytes: getHeapStatistics().heap_size_limit,
          externalBytes: external,
          arrayBuffersBytes: arrayBuffers,
        },
        cpu: { userMs: user / 1000, systemMs: system / 1000 },
        resources: countOf(process.getActiveResourcesInfo()),
        ...(descriptors !== undefined && { descriptors }),
        uptimeMs: process.uptime() * 1000,
      }
    },
    stop() {
      collections.stop()
      loop.stop()
    },
  }
}

function watchEventLoop(): { read(): NonNullable<ProcessReading['eventLoop']>; stop(): void } {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs })
  delays.enable()
  let before = performance.eventLoopUtilization()
  // What is recorded is the time from one timer to the next, of which the resolution was asked for.
  const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return {
    read() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      const reading = {
        delayP50Ms: delayOf(delays.percentile(50)),
        delayP99Ms: delayOf(delays.percentile(99)),
        delayMaxMs: delayOf(delays.max),
        utilisation: utilization,
      }
      delays.reset()
      return reading
    },
    stop: () => void delays.disable(),
  }
}

function watchCollections(): {
  read(): NonNullable<ProcessReading['garbageCollection']>
  stop(): void
} {
  // All from the beginning, so that the first of a kind is a rise.
  const totals = new Map([...kinds.values()].map((kind) => [kind, { count: 0, durationMs: 0 }]))
  const observer = new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries()) {
      const total = totals.get(kinds.get((detail as { kind?: unknown } | undefined)?.kind) ?? '')
      if (total === undefined) continue
      total.count += 1
      total.durationMs += duration
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    read: () => [...totals].map(([kind, total]) => ({ kind, ...total })),
    stop: () => observer.disconnect(),
  }
}

function countOf(types: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}

/** Linux says which descriptors there are, one of them that of the look itself. */
async function readDescriptors(): Promise<ProcessReading['descriptors']> {
  // One after the other, or the first would count the second.
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const open = await readdir('/proc/self/fd').catch(() => undefined)
  return open && { open: Math.max(0, open.length - 1), limit: readOpenFilesLimit(limits) }
}
