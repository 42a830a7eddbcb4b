import { openJournal } from '@tocsin/journal'
import type { Journal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryFileSystem } from '@tocsin/journal/testing'
import { series } from '@tocsin/protocols'
import type { Sample } from '@tocsin/protocols'
import { Observable } from 'rxjs'
import type { Subscription } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { Recent } from '../server/live/recent.ts'
import type { RecentLimits, RecentRow } from '../server/live/recent.ts'

const load = series('load')
const sent = series('sent')
const start = 1_700_000_000_000
const gauge = (time: number, value: number, of = load): Sample => ({ series: of, time, value, kind: 'gauge' })
const counter = (time: number, value: number): Sample => ({ series: sent, time, value, kind: 'counter' })

let now = start
let journal: Journal<Sample>
let subscriptions: Subscription[] = []
beforeEach(async () => {
  now = start
  const clock = { now: () => now }
  journal = await openJournal('journal', { codec: sampleCodec(), fileSystem: memoryFileSystem(), clock })
})
afterEach(async () => {
  for (const subscription of subscriptions) subscription.unsubscribe()
  subscriptions = []
  await journal.close()
})

function watch(recent: Recent): RecentRow[] {
  const rows: RecentRow[] = []
  subscriptions.push(recent.rows.subscribe({ next: (more) => rows.push(...more), error: console.error }))
  return rows
}
const recentOf = (limits: Partial<RecentLimits> = {}): Recent => new Recent(journal, limits, () => now)
const points = (recent: Recent, key: string): unknown => recent.find(key)?.between(0, Infinity)

describe('the samples of the last hour', () => {
  it('are read from the journal when somebody begins to watch, and followed from there', async () => {
    await journal.appendBatch([gauge(start, 1), gauge(start + 1000, 2)])
    const recent = recentOf()
    const rows = watch(recent)
    await recent.ready()
    expect(points(recent, 'load')).toEqual({ times: [start, start + 1000], values: [1, 2] })
    await journal.append(gauge(start + 2000, 3))
    await vi.waitUntil(() => rows.length > 0, 30_000)
    expect(rows).toEqual([{ key: 'load', time: start + 2000, value: 3 }])
    expect(recent.find('load')?.latest).toEqual({ time: start + 2000, value: 3 })
  })

  it('are ready at once where there are none, and where all are too old', async () => {
    const recent = recentOf()
    watch(recent)
    await recent.ready()
    expect(recent.reach).toBe(start - 3_600_000)
    await journal.append(gauge(start, 1))
    now = start + 7_200_000
    const later = recentOf()
    watch(later)
    await later.ready()
    expect([later.reach, later.find('load')]).toEqual([now - 3_600_000, undefined])
  })

  it('are read once for all who watch, and gone with the last of them', async () => {
    await journal.append(gauge(start, 1))
    const readFrom = vi.spyOn(journal, 'readFrom')
    const recent = recentOf()
    expect(readFrom).not.toHaveBeenCalled()
    watch(recent)
    watch(recent)
    await recent.ready()
    const reads = readFrom.mock.calls.length
    const [first, second] = subscriptions.splice(0)
    first?.unsubscribe()
    expect(recent.find('load')).toBeDefined()
    second?.unsubscribe()
    expect([recent.find('load'), recent.reach, recent.weight]).toEqual([undefined, Infinity, 0])
    await recent.ready()
    await journal.append(gauge(start + 1000, 2))
    expect(recent.find('load')).toBeUndefined()
    expect(readFrom).toHaveBeenCalledTimes(reads)
  })

  it('tell those who wait for them that they are not there when all have left meanwhile', async () => {
    await journal.append(gauge(start, 1))
    const recent = recentOf()
    watch(recent)
    const ready = recent.ready()
    subscriptions.pop()?.unsubscribe()
    await ready
    expect(recent.reach).toBe(Infinity)
  })

  it('of a counter are what it grew per second, but for the first and over a reset', async () => {
    const readings = [10, 30, 35, 5, 6].map((value, index) => counter(start + index * 2000, value))
    await journal.appendBatch(readings)
    const recent = recentOf()
    watch(recent)
    await recent.ready()
    expect(recent.find('sent')?.drawn).toBe('rate')
    expect(points(recent, 'sent')).toEqual({
      times: [start + 2000, start + 4000, start + 8000],
      values: [10, 2.5, 0.5],
    })
  })

  it('begin where the newest records begin that are read at most, which says how far back all is here', async () => {
    await journal.appendBatch(Array.from({ length: 2500 }, (_, index) => gauge(start + index, index)))
    now = start + 10_000
    const recent = recentOf({ maxRecords: 1500 })
    watch(recent)
    await recent.ready()
    const { times, values } = recent.find('load')?.between(0, Infinity) ?? { times: [], values: [] }
    expect(recent.reach).toBeGreaterThan(start + 1000)
    expect(times[0]).toBe(recent.reach)
    expect([times.length, values.at(-1)]).toEqual([start + 2500 - recent.reach, 2499])
  })

  it('are never more than may be, and the oldest go first', async () => {
    const recent = recentOf({ maxPoints: 100 })
    watch(recent)
    await recent.ready()
    for (let minute = 0; minute < 50; minute++) {
      now = start + minute * 60_000
      const one = series('many', { id: String(minute % 7) })
      await journal.appendBatch(
        Array.from({ length: 10 }, (_, index) => gauge(now - 50 + index, minute, one)),
      )
    }
    const last = series('many', { id: '0' }).key
    await vi.waitUntil(() => recent.find(last)?.latest?.value === 49, 30_000)
    expect(recent.weight).toBeLessThanOrEqual(100)
    expect(recent.reach).toBeGreaterThan(start)
    expect(recent.find(last)?.between(0, recent.reach - 1).times).toEqual([])
  })

  it('are never more than may be where their times are ahead of the clock', async () => {
    const recent = recentOf({ maxPoints: 100 })
    watch(recent)
    await recent.ready()
    await journal.appendBatch(
      Array.from({ length: 500 }, (_, index) => gauge(start + 200_000 + index, index)),
    )
    await vi.waitUntil(() => recent.reach > start - 3_600_000, 30_000)
    expect(recent.weight).toBeLessThanOrEqual(100)
  })

  it('leave an hour behind', async () => {
    await journal.append(gauge(start, 1))
    const recent = recentOf()
    watch(recent)
    await recent.ready()
    now = start + 3_600_001
    await journal.append(gauge(now, 2))
    await vi.waitUntil(() => recent.find('load')?.latest?.value === 2, 30_000)
    expect(points(recent, 'load')).toEqual({ times: [now], values: [2] })
  })

  it('leave out what is too far ahead of the clock, which would hide what comes now', async () => {
    await journal.appendBatch([gauge(start + 300_001, 42), gauge(4_102_444_800_000, 42), gauge(start, 7)])
    const recent = recentOf()
    watch(recent)
    await recent.ready()
    expect(recent.find('load')?.latest).toEqual({ time: start, value: 7 })
  })

  it('err when the clock is set back, and begin anew by the clock as it is then', async () => {
    const recent = recentOf()
    const failed = vi.fn()
    subscriptions.push(recent.rows.subscribe({ error: failed }))
    now = start + 1_000_000
    await journal.append(gauge(now, 1))
    await vi.waitUntil(() => recent.find('load') !== undefined, 30_000)
    now = start
    await journal.append(gauge(now, 2))
    await vi.waitUntil(() => failed.mock.calls.length > 0, 30_000)
    expect(failed).toHaveBeenCalledWith(new Error('the clock was set back'))
    watch(recent)
    await recent.ready()
    expect(recent.find('load')?.latest).toEqual({ time: start, value: 2 })
  })

  it('err where the journal cannot be read', async () => {
    const broken = new Error('the disk is gone')
    const readFrom = () => new Observable<never>((subscriber) => subscriber.error(broken))
    const recent = new Recent({ readFrom, stats: journal.stats }, {}, () => now)
    const error = await new Promise((resolve) => recent.rows.subscribe({ error: resolve }))
    expect(error).toBe(broken)
    await recent.ready()
  })
})
