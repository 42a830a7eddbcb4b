import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Journal, JournalOptions } from '../src/index.ts'
import { jsonCodec, openJournal } from '../src/index.ts'
import { createRetention } from '../src/room/retention.ts'
import { createSegments } from '../src/segments/segments.ts'
import type { VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'

const record = (index: number): string => `${index}${'x'.repeat(1500)}`
const hourMs = 3_600_000

let time: VirtualTime
beforeEach(() => {
  time = virtualTime({ start: 1_000_000_000 })
})
afterEach(() => time.end())

const open = (options: Partial<JournalOptions<string>>): Promise<Journal<string>> =>
  openStrings(newFileSystem(), { minFreeBytes: 0, ...options })

describe('history', () => {
  it('is kept, and nobody is woken for it, while the clock tells no time', async () => {
    const schedule = vi.spyOn(time, 'schedule')
    const clock = { now: () => Number.NaN }
    const journal = await open({ keepMs: hourMs, scheduler: time, clock })
    await journal.subscriber('reader')
    for (let index = 1; index <= 8; index += 1) await journal.append(record(index))
    await readAll(journal)
    const delays = schedule.mock.calls.map(([, delay]) => delay)
    expect(delays.length).toBeGreaterThan(0)
    expect(delays.filter(Number.isNaN)).toEqual([])
    expect(journal.stats.firstSeq).toBe(1)
    await journal.close()
  })

  it('is kept for keepMs though everybody has read it, and goes by itself when its time is over', async () => {
    const journal = await open({ keepMs: hourMs })
    await journal.subscriber('reader')
    for (let index = 1; index <= 8; index += 1) {
      await journal.append(record(index))
      await readAll(journal)
      await time.advanceBy(60_000)
    }
    expect(journal.stats.firstSeq).toBe(1)
    expect((await readAll(journal, 'replay')).values.size).toBe(8)
    // Records 1 and 2 share a segment, which ended when the third came.
    await time.advanceBy(hourMs - 6 * 60_000 - 1)
    expect(journal.stats.firstSeq).toBe(1)
    await time.advanceBy(1)
    expect(journal.stats.firstSeq).toBe(3)
    await time.advanceBy(2 * 60_000)
    expect(journal.stats.firstSeq).toBe(5)
    await time.advanceBy(10 * hourMs)
    // The newest segment always stays, and nothing is scheduled for it.
    expect(journal.stats).toMatchObject({ segments: 1, evicted: 0 })
    expect(time.scheduled).toBe(0)
  })

  it('is one scheduled action at most, and none after close()', async () => {
    const journal = await open({ keepMs: hourMs })
    await journal.subscriber('reader')
    for (let index = 1; index <= 20; index += 1) await journal.append(record(index))
    await readAll(journal)
    await time.advanceBy(10_000)
    expect(time.scheduled).toBe(1)
    await journal.close()
    expect(time.scheduled).toBe(0)
  })

  it('is kept up to keepBytes, and with both as long as either says so', async () => {
    for (const keepMs of [0, 1000]) {
      const journal = await open({ keepBytes: 20_000, keepMs })
      await journal.subscriber('reader')
      for (let index = 1; index <= 40; index += 1) {
        await journal.append(record(index))
        await readAll(journal)
      }
      await time.advanceBy(hourMs)
      await readAll(journal)
      expect(journal.stats.bytes).toBeGreaterThanOrEqual(20_000)
      expect(journal.stats.bytes).toBeLessThan(20_000 + 4096)
    }
  })

  it('makes way when room is needed, without a gap for anybody', async () => {
    const journal = await open({ keepMs: hourMs, maxBytes: 12_288 })
    await journal.subscriber('reader')
    let gaps = 0
    for (let index = 1; index <= 40; index += 1) {
      await journal.append(record(index))
      gaps += (await readAll(journal)).gaps.length
    }
    expect(gaps).toBe(0)
    expect(journal.stats).toMatchObject({ lastSeq: 40, dropped: 0, evicted: 0 })
    expect(journal.stats.bytes).toBeLessThanOrEqual(12_288)
    expect(journal.stats.segments).toBeGreaterThan(2)
  })

  it('is what a replay reads again', async () => {
    const fileSystem = newFileSystem()
    const options = { codec: jsonCodec<string>(), segmentBytes: 4096, keepMs: hourMs, fileSystem }
    await using journal = await openJournal('kept', options)
    await journal.subscriber('reader')
    for (let index = 1; index <= 9; index += 1) await journal.append(record(index))
    await readAll(journal)
    const again: number[] = []
    await new Promise<void>((resolve) => {
      journal.readFrom('oldest').subscribe({
        next: (batch) => batch.values.forEach((_, index) => again.push(batch.position.firstSeq + index)),
        complete: resolve,
      })
    })
    expect(again).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('keeps all where there is no subscriber, since nothing was read', async () => {
    const journal = await open({ keepMs: 1000 })
    for (let index = 1; index <= 9; index += 1) await journal.append(record(index))
    await time.advanceBy(hourMs)
    expect(journal.stats.firstSeq).toBe(1)
  })
})

describe('retention', () => {
  it('touches nothing once the folder is not its own, not even the list of segments', async () => {
    const at = (segment: number): object => ({
      segment,
      path: `${segment}`,
      baseSeq: segment,
      lastSeq: segment,
    })
    const segments = createSegments(
      [1, 2, 3].map((segment) => ({ ...at(segment), bytes: 100, time: 1, chain: 0 }) as never),
      3,
      0,
    )
    const touched: string[] = []
    const spare = {
      retire: async (path: string) => void touched.push(path),
      use: async () => undefined,
      drop: async () => void touched.push('spare'),
    }
    let held = false
    const retention = createRetention({
      ...{ segments, spare, keepMs: 0, keepBytes: 0, scheduler: time, now: () => 0 },
      pins: { readSeq: 3, behind: () => [], releasedSeq: () => 3 } as never,
      whenBeyond: async (_seq, remove) => {
        await remove()
        return true
      },
      held: () => held,
      scarce: () => false,
      freed: () => undefined,
      report: () => undefined,
    })
    await retention.reclaim()
    await retention.shrink(0)
    await retention.evict(segments.list().slice(0, 1))
    expect(touched).toEqual([])
    expect(segments.count).toBe(3)
    held = true
    await retention.reclaim()
    expect(touched).toEqual(['1', '2'])
  })
})
