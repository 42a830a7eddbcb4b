import { take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { ackAfter } from '../src/index.ts'
import type { JournalBatch } from '../src/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { countingFileSystem, newFileSystem, openStrings, settle } from './helpers/journals.ts'
import { collect } from './helpers/streams.ts'

const valuesOf = (batches: readonly JournalBatch<string>[]): readonly string[] =>
  batches.flatMap(({ values }) => values)

const letters = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${String(index + 1).padStart(3, '0')}${'x'.repeat(100)}`)

describe('readFrom()', () => {
  it('completes at what was durable when it was subscribed', async () => {
    await using journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b'])
    await journal.append('c')
    const batches: JournalBatch<string>[] = []
    let done = false
    journal.readFrom('oldest', { maxRecords: 2 }).subscribe({
      next: (batch) => batches.push(batch),
      complete: () => {
        done = true
      },
    })
    await journal.append('d')
    await settle()
    expect(done).toBe(true)
    expect(batches.map(({ position: { firstSeq, lastSeq }, values }) => [firstSeq, lastSeq, values])).toEqual(
      [
        [1, 2, ['a', 'b']],
        [3, 3, ['c']],
      ],
    )
  })

  it('cuts the last batch off where one frame holds more', async () => {
    await using journal = await openStrings(newFileSystem())
    await journal.append('a')
    const batches: JournalBatch<string>[] = []
    journal.readFrom('oldest').subscribe((batch) => batches.push(batch))
    await journal.appendBatch(['b', 'c'])
    await settle()
    expect(valuesOf(batches)).toEqual(['a'])
  })

  it('completes at once where nothing is there, and without waiting for the last ack', async () => {
    await using journal = await openStrings(newFileSystem())
    expect(await collect(journal.readFrom('oldest'))).toEqual([])
    await journal.append('a')
    expect(await collect(journal.readFrom({ seq: 2 }))).toEqual([])
    expect(valuesOf(await collect(journal.readFrom({ seq: 1 }, { maxInFlight: 1 })))).toEqual(['a'])
  })

  it('begins in the middle of a frame', async () => {
    await using journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c'])
    const [batch] = await collect(journal.readFrom({ seq: 2 }))
    expect(batch).toMatchObject({
      position: { journalId: journal.id, firstSeq: 2, lastSeq: 3 },
      values: ['b', 'c'],
      gaps: [],
    })
  })

  it('waits for acks while maxInFlight batches are out', async () => {
    await using journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c', 'd'])
    const batches: JournalBatch<string>[] = []
    const out = journal.readFrom('oldest', { maxRecords: 1, maxInFlight: 2 })
    const subscription = out.subscribe((batch) => batches.push(batch))
    await settle()
    expect(valuesOf(batches)).toEqual(['a', 'b'])
    batches[0]?.ack()
    await settle()
    expect(valuesOf(batches)).toEqual(['a', 'b', 'c'])
    subscription.unsubscribe()
    const values = journal
      .readFrom('oldest', { maxRecords: 1, maxInFlight: 1 })
      .pipe(ackAfter((batch) => batch.values))
    expect(await collect(values)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('goes on with what is appended later when it follows, until the journal is closed', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.append('a')
    const seen: string[] = []
    let done = false
    const follow = journal.readFrom({ seq: 2 }, { follow: true }).pipe(ackAfter((batch) => batch.values))
    follow.subscribe({
      next: (value) => seen.push(value),
      complete: () => {
        done = true
      },
    })
    await journal.append('b')
    await journal.append('c')
    await settle()
    expect(seen).toEqual(['b', 'c'])
    await journal.close()
    expect(done).toBe(true)
  })

  it('may be subscribed several times at once, and holds no files afterwards', async () => {
    const { fileSystem, open } = countingFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.appendBatch(letters(50))
    const before = open()
    const read = journal.readFrom('oldest', { maxRecords: 10, maxInFlight: 100 })
    const [first, second] = await Promise.all([collect(read), collect(read)])
    expect(valuesOf(first)).toEqual(letters(50))
    expect(valuesOf(second)).toEqual(letters(50))
    await collect(read.pipe(take(1)))
    await settle()
    expect(open()).toBe(before)
    await journal.close()
  })

  it('ends with an error where the journal is closed before the end', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b'])
    const read = journal.readFrom('oldest', { maxRecords: 1, maxInFlight: 1 })
    const reading = collect(read)
    await journal.close()
    await expect(reading).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
    await expect(collect(read)).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
    expect(await collect(journal.readFrom('oldest', { follow: true }))).toEqual([])
  })

  it('tells of what was removed, before and while it reads, as one gap each time', async () => {
    await using journal = await openStrings(newFileSystem())
    const reader = await journal.subscriber('reader')
    for (const value of letters(100)) await journal.append(value)
    const batches: JournalBatch<string>[] = []
    journal
      .readFrom('oldest', { maxRecords: 1, maxInFlight: 1, follow: true })
      .subscribe((batch) => batches.push(batch))
    await settle()
    const subscription = reader.batches().subscribe((batch) => batch.ack())
    await settle()
    subscription.unsubscribe()
    const { firstSeq } = journal.stats
    expect(firstSeq).toBeGreaterThan(50)
    batches[0]?.ack()
    for (let turn = 0; turn < 100; turn += 1) {
      await settle()
      batches.at(-1)?.ack()
    }
    const gaps = batches.flatMap((batch) => batch.gaps)
    expect(gaps).toHaveLength(1)
    expect(gaps[0]?.reason).toBe('evicted')
    expect(gaps[0]?.toSeq).toBe(firstSeq - 1)
    const lost = (gaps[0]?.toSeq ?? 0) - (gaps[0]?.fromSeq ?? 0) + 1
    expect(valuesOf(batches)).toHaveLength(100 - lost)
    const [again] = await collect(
      journal.readFrom({ seq: 3 }, { maxRecords: 1, maxInFlight: 100 }).pipe(take(1)),
    )
    expect(again?.gaps).toEqual([{ fromSeq: 3, toSeq: firstSeq - 1, reason: 'evicted' }])
    // Nobody was entitled to it: that is no problem.
    expect(journal.stats.problems).toBe(0)
  })

  it('refuses wrong positions and options at the call', async () => {
    await using journal = await openStrings(newFileSystem())
    const read = journal.readFrom.bind(journal) as (position: unknown, options?: unknown) => unknown
    for (const position of [
      'newest',
      3,
      null,
      undefined,
      {},
      { seq: 0 },
      { seq: 1.5 },
      { time: NaN },
      { seq: 1, time: 2 },
    ]) {
      expect(() => read(position)).toThrow(/JOURNAL_BAD_OPTION: a position is/)
    }
    expect(() => read('oldest', { follow: 1 })).toThrow(/"follow" must be true or false/)
    expect(() => read('oldest', { maxInFlight: 0 })).toThrow(/JOURNAL_BAD_OPTION/)
  })
})

describe('readFrom({ time })', () => {
  it('begins at the first frame of that time or later, in any segment', async () => {
    using time = virtualTime({ start: 1000 })
    await using journal = await openStrings(newFileSystem())
    const values = letters(120)
    for (const value of values) {
      await time.advanceBy(10)
      await journal.append(value)
    }
    expect(journal.stats.segments).toBeGreaterThan(3)
    for (const [from, first] of [
      [0, 1],
      [1010, 1],
      [1011, 2],
      [1355, 36],
      [2200, 120],
    ] as const) {
      const batches = await collect(journal.readFrom({ time: from }).pipe(take(1)))
      expect(batches[0]?.position.firstSeq).toBe(first)
    }
    for (let index = 0; index < 120; index += 7) {
      const [batch] = await collect(
        journal.readFrom({ time: 1005 + 10 * index }, { maxRecords: 1 }).pipe(take(1)),
      )
      expect(batch?.values).toEqual([values[index]])
    }
    expect(await collect(journal.readFrom({ time: 2201 }).pipe(toArray()))).toEqual([[]])
  })

  it('begins at a frame of that time or later where the clock was set back', async () => {
    let now = 0
    await using journal = await openStrings(newFileSystem(), { clock: { now: () => now } })
    const times: number[] = []
    for (const [index, value] of letters(120).entries()) {
      now = 1000 + 10 * index - (index > 60 ? 400 : 0)
      times.push(now)
      await journal.append(value)
    }
    for (let time = 1000; time <= 1600; time += 30) {
      const [batch] = await collect(journal.readFrom({ time }).pipe(take(1)))
      expect(times[(batch?.position.firstSeq ?? 0) - 1]).toBeGreaterThanOrEqual(time)
    }
  })
})
