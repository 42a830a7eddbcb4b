import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Gap, Journal, JournalBatch, JournalOptions } from '../src/index.ts'
import { jsonCodec } from '../src/index.ts'
import { openJournalReader } from '../src/reader/index.ts'
import type { MemoryFileSystem, VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { directory, newFileSystem, openStrings, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

const valuesOf = (batches: readonly JournalBatch<string>[]): readonly string[] =>
  batches.flatMap(({ values }) => values)

const gapsOf = (batches: readonly JournalBatch<string>[]): readonly Gap[] =>
  batches.flatMap(({ gaps }) => gaps)

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

/** Record n was written at 10 n. */
async function tens(
  count: number,
  options: Partial<JournalOptions<string>> = {},
): Promise<{ fileSystem: MemoryFileSystem; journal: Journal<string> }> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem, options)
  for (let index = 1; index <= count; index += 1) {
    await time.advanceTo(10 * index)
    await journal.append(`${index}`.padEnd(100))
  }
  return { fileSystem, journal }
}

const numbers = (batches: readonly JournalBatch<string>[]): readonly number[] => valuesOf(batches).map(Number)

describe('readFrom() without acknowledgements', () => {
  it('replays 8640 records that nobody acknowledges, and ends', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(Array.from({ length: 8640 }, (_, index) => `${index}`))
    const batches = await collect(journal.readFrom({ time: 0 }))
    expect(batches.length).toBe(9)
    expect(numbers(batches)).toEqual(Array.from({ length: 8640 }, (_, index) => index))
    expect(batches[8]?.position).toMatchObject({ journalId: journal.id, firstSeq: 8001, lastSeq: 8640 })
  })

  it('waits for them where maxInFlight is given', async () => {
    const { journal } = await tens(5)
    const batches: JournalBatch<string>[] = []
    const read = journal.readFrom('oldest', { maxRecords: 1, maxInFlight: 2 })
    const reading = read.subscribe((batch) => batches.push(batch))
    await settle()
    expect(numbers(batches)).toEqual([1, 2])
    batches[0]?.ack()
    await settle()
    expect(numbers(batches)).toEqual([1, 2, 3])
    reading.unsubscribe()
  })
})

describe('readFrom({ until })', () => {
  it('ends right before a number, a frame of that time, or what was durable', async () => {
    const { journal } = await tens(100)
    for (const [from, until, first, last] of [
      [{ seq: 3 }, { seq: 8 }, 3, 7],
      [{ seq: 3 }, { time: 80 }, 3, 7],
      [{ time: 25 }, { time: 81 }, 3, 8],
      [{ time: 30 }, { seq: 1000 }, 3, 100],
      ['oldest', { time: 5000 }, 1, 100],
      ['oldest', { seq: 101 }, 1, 100],
    ] as const) {
      const read = numbers(await collect(journal.readFrom(from, { until, maxRecords: 3 })))
      expect([read[0], read.at(-1), read.length]).toEqual([first, last, last - first + 1])
    }
  })

  it('gives nothing where it ends before it begins', async () => {
    const { journal } = await tens(10)
    for (const [from, until] of [
      [{ seq: 5 }, { seq: 5 }],
      [{ seq: 5 }, { time: 20 }],
      [{ time: 50 }, { time: 50 }],
      ['oldest', { seq: 1 }],
    ] as const) {
      expect(await collect(journal.readFrom(from, { until }))).toEqual([])
    }
  })

  it('cuts a batch off where its frame holds more', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['1', '2', '3', '4'])
    expect(numbers(await collect(journal.readFrom('oldest', { until: { seq: 3 } })))).toEqual([1, 2])
  })

  it.each([
    [{ seq: 7 }, 6],
    [{ time: 70 }, 7],
  ])('waits for %j where it follows, and ends with record %d', async (until, last) => {
    const { journal } = await tens(4)
    const batches: JournalBatch<string>[] = []
    let ended = false
    journal.readFrom('oldest', { until, follow: true }).subscribe({
      next: (batch) => batches.push(batch),
      complete: () => (ended = true),
    })
    for (const number of [5, 6, 7]) {
      await time.advanceTo(10 * number)
      expect(ended).toBe(number > last)
      await journal.append(`${number}`)
    }
    await settle()
    expect(numbers(batches)).toEqual([1, 2, 3, 4, 5, 6])
    expect(ended).toBe(true)
  })

  it('ends also for one who acknowledges, batch by batch', async () => {
    const { journal } = await tens(10)
    const read: string[] = []
    let ended = false
    journal.readFrom('oldest', { until: { time: 50 }, maxRecords: 1, maxInFlight: 1 }).subscribe({
      next: (batch) => {
        read.push(...batch.values)
        setImmediate(() => batch.ack())
      },
      complete: () => (ended = true),
    })
    for (let turn = 0; turn < 40; turn += 1) await settle()
    expect([read.map(Number), ended]).toEqual([[1, 2, 3, 4], true])
  })

  it.each(['oldest', { seq: 0 }, { time: NaN }, {}, 3])('refuses the end %j at the call', async (until) => {
    const { journal } = await tens(1)
    expect(() => journal.readFrom('oldest', { until: until as { seq: number } })).toThrow(
      /JOURNAL_BAD_OPTION.*"until" must be \{ seq/,
    )
  })
})

describe('readFrom() behind what is kept', () => {
  it('tells it as one gap, by number and by time, to a journal and to a reader of another process', async () => {
    const { fileSystem, journal } = await tens(200, {
      maxBytes: 8192,
      whenFull: 'drop-oldest',
      minFreeBytes: 0,
    })
    const { firstSeq } = journal.stats
    expect(firstSeq).toBeGreaterThan(100)
    await journal.close()
    const again = await openStrings(fileSystem)
    await using reader = await openJournalReader(directory, { fileSystem, codec: jsonCodec<string>() })
    for (const source of [again, reader]) {
      const gaps = async (from: Parameters<typeof source.readFrom>[0]): Promise<readonly Gap[]> =>
        gapsOf(await collect(source.readFrom(from)))
      const evicted = (fromSeq: number): Gap => ({ fromSeq, toSeq: firstSeq - 1, reason: 'evicted' })
      expect(await gaps({ seq: 3 })).toEqual([evicted(3)])
      // The oldest that is kept was written at this time, and others may have been too.
      for (const from of [0, 500, 10 * firstSeq]) expect(await gaps({ time: from })).toEqual([evicted(1)])
      // All that was removed had been written before the oldest segment was begun.
      for (const from of [10 * firstSeq + 1, 10 * firstSeq + 10, 2000])
        expect(await gaps({ time: from })).toEqual([])
      expect(await gaps('oldest')).toEqual([])
    }
    await again.close()
  })

  it('tells none where nothing was removed', async () => {
    const { journal } = await tens(10)
    for (const from of [0, 10, 15])
      expect(gapsOf(await collect(journal.readFrom({ time: from })))).toEqual([])
  })

  it('ends within the gap where it is to end there', async () => {
    const { journal } = await tens(200, { maxBytes: 8192, whenFull: 'drop-oldest', minFreeBytes: 0 })
    expect(await collect(journal.readFrom({ seq: 3 }, { until: { seq: 6 } }))).toMatchObject([
      {
        values: [],
        gaps: [{ fromSeq: 3, toSeq: 5, reason: 'evicted' }],
        position: { firstSeq: 3, lastSeq: 5 },
      },
    ])
  })
})
