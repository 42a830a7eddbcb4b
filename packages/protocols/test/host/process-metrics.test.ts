import { tap } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { processMetrics } from '../../src/host/process-metrics.ts'
import { processSamples, type ProcessReading } from '../../src/host/process-samples.ts'
import { readOpenFilesLimit } from '../../src/host/proc.ts'
import { watchProcess } from '../../src/host/watch-process.ts'
import { virtualTime } from '../../src/testing/index.ts'
import { receive } from '../sockets.ts'

const reading: ProcessReading = {
  eventLoop: { delayP50Ms: 0.5, delayP99Ms: 3, delayMaxMs: 12, utilisation: 0.25 },
  garbageCollection: [{ kind: 'minor', count: 4, durationMs: 2.5 }],
  memory: {
    ...{ rssBytes: 1, heapUsedBytes: 2, heapTotalBytes: 3 },
    ...{ heapLimitBytes: 4, externalBytes: 5, arrayBuffersBytes: 6 },
  },
  cpu: { userMs: 70, systemMs: 30 },
  resources: new Map([['TCPSocketWrap', 2]]),
  descriptors: { open: 20, limit: 1024 },
  uptimeMs: 5000,
}
const tags = { process: 'shop', host: 'web1' }

describe('samples of a process', () => {
  it('have names, kinds and units', () => {
    const samples = processSamples(reading, undefined, 1000, tags)
    expect(samples.map(({ series, value, kind }) => `${series.metric} ${Number(value)} ${kind}`)).toEqual([
      'process.event_loop.delay_p50_ms 0.5 gauge',
      'process.event_loop.delay_p99_ms 3 gauge',
      'process.event_loop.delay_max_ms 12 gauge',
      'process.event_loop.used_percent 25 gauge',
      'process.gc.runs 4 counter',
      'process.gc.duration_ms 2.5 counter',
      'process.memory.rss_bytes 1 gauge',
      'process.heap.used_bytes 2 gauge',
      'process.heap.total_bytes 3 gauge',
      'process.heap.limit_bytes 4 gauge',
      'process.memory.external_bytes 5 gauge',
      'process.memory.array_buffers_bytes 6 gauge',
      'process.cpu.user_ms 70 counter',
      'process.cpu.system_ms 30 counter',
      'process.resources.active 2 gauge',
      'process.descriptors.open 20 gauge',
      'process.descriptors.limit 1024 gauge',
      'process.uptime_ms 5000 gauge',
    ])
    expect(samples.every(({ series, time }) => series.tags['host'] === 'web1' && time === 1000)).toBe(true)
    expect(samples.find(({ series }) => series.metric === 'process.gc.runs')?.series.key).toBe(
      'process.gc.runs|ST[host:web1,kind:minor,process:shop]',
    )
  })

  it('say 0 once of a type of resource that is gone', () => {
    const none = { resources: new Map<string, number>() }
    const gone = processSamples(none, reading, 1000, tags)
    expect(gone).toMatchObject([{ value: 0, series: { tags: { type: 'TCPSocketWrap' } } }])
    expect(processSamples(none, none, 2000, tags)).toEqual([])
  })

  it('have no limit of descriptors where there is none', () => {
    expect(
      readOpenFilesLimit('Max open files            unlimited            unlimited            files'),
    ).toBe(Infinity)
    expect(
      readOpenFilesLimit('Max open files            1024                 4096                 files'),
    ).toBe(1024)
    expect(readOpenFilesLimit('')).toBeUndefined()
    const samples = processSamples({ descriptors: { open: 3, limit: Infinity } }, undefined, 0, tags)
    expect(samples).toHaveLength(1)
  })
})

describe('processMetrics', () => {
  it('watches for each subscription from its beginning to its end, and reads at multiples of the period', async () => {
    using time = virtualTime()
    const log: string[] = []
    const source = processMetrics({
      ...{ name: 'shop', hostname: 'web1' },
      watch: () => {
        log.push('begun')
        return {
          read: async () => {
            log.push(`read at ${time.now()}`)
            return { uptimeMs: time.now() }
          },
          stop: () => void log.push('stopped'),
        }
      },
    })
    const problems = receive(source.problems)
    expect(log).toEqual([])
    const { values, subscription } = receive(source.batches().pipe(tap((batch) => batch.ack())))
    await time.advanceTo(2500)
    subscription.unsubscribe()
    await time.advanceTo(9000)
    expect(log).toEqual(['begun', 'read at 1000', 'read at 2000', 'stopped'])
    expect(time.scheduled).toBe(0)
    expect(values.map(({ values: [sample] }) => [sample?.time, sample?.value])).toEqual([
      [1000, 1000],
      [2000, 2000],
    ])
    expect(problems.values.map(({ message }) => message)).toContain(
      'this process does not tell its descriptors',
    )
  })

  it('names a process by its main script where nobody says otherwise', () => {
    expect(() => processMetrics({ name: '' })).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => processMetrics({ watch: 1 as never })).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('this process', () => {
  it('tells all that there is, and stops watching', async () => {
    const watch = watchProcess()
    const waste: string[][] = []
    for (let turn = 0; turn < 40; turn += 1) {
      waste.splice(0, waste.length, ...Array.from({ length: 5000 }, (_, at) => [`${turn} ${at}`]))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    const found = await watch.read()
    watch.stop()
    expect(found.eventLoop?.utilisation).toBeGreaterThan(0)
    expect(found.eventLoop?.utilisation).toBeLessThanOrEqual(1)
    expect(found.eventLoop?.delayMaxMs).toBeGreaterThanOrEqual(found.eventLoop?.delayP99Ms ?? Infinity)
    expect(found.garbageCollection?.map(({ kind }) => kind)).toEqual([
      ...['minor', 'major', 'incremental', 'weakcb'],
    ])
    const collections = found.garbageCollection?.reduce((sum, { count }) => sum + count, 0)
    expect(collections).toBeGreaterThan(0)
    const { memory, descriptors } = found
    expect(memory?.heapUsedBytes).toBeLessThan(memory?.heapLimitBytes ?? 0)
    expect(found.cpu?.userMs).toBeGreaterThan(0)
    expect([...(found.resources?.values() ?? [])].every((count) => count > 0)).toBe(true)
    if (process.platform === 'linux') {
      expect(descriptors?.open).toBeGreaterThan(2)
      expect(descriptors?.limit).toBeGreaterThan(descriptors?.open ?? Infinity)
    }
  })
})
