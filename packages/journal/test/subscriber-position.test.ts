import { describe, expect, it } from 'vitest'

import type { JournalBatch, Journal, SubscriberPosition } from '../src/index.ts'
import { directory, newFileSystem, openStrings, readAll, replaceFile, settle } from './helpers/journals.ts'
import { first } from './helpers/streams.ts'

let fileSystem = newFileSystem()
let now = 0
const clock = { now: () => now }
const open = (): Promise<Journal<string>> => openStrings(fileSystem, { clock })

/** Ten records, two a segment, written at 1000, 2000 and so on. */
async function tenRecords(): Promise<Journal<string>> {
  fileSystem = newFileSystem()
  const journal = await open()
  for (let index = 1; index <= 10; index += 1) {
    now = index * 1000
    await journal.append(`${index} ${'x'.repeat(1500)}`)
  }
  return journal
}

/** The same, of which the first four are read and removed. */
async function sixOfTen(): Promise<Journal<string>> {
  const journal = await tenRecords()
  const reader = await journal.subscriber('reader')
  await reader.seek({ seq: 5 })
  await settle()
  expect(journal.stats.firstSeq).toBe(5)
  return journal
}

const firstOf = async (journal: Journal<string>, name: string): Promise<JournalBatch<string>> =>
  first((await journal.subscriber(name)).batches({ maxRecords: 1 }))

describe('subscriber() with a position', () => {
  it.each<[SubscriberPosition, number]>([
    ['oldest', 1],
    ['newest', 11],
    [{ seq: 1 }, 1],
    [{ seq: 7 }, 7],
    [{ seq: 11 }, 11],
    [{ time: 0 }, 1],
    [{ time: 6000 }, 6],
    [{ time: 6001 }, 7],
    [{ time: 99_000 }, 11],
    [{ copyOf: 'other' }, 4],
  ])('%j begins at record %i of ten', async (from, seq) => {
    const journal = await tenRecords()
    await journal.subscriber('holder')
    const other = await journal.subscriber('other', { from: { seq: 4 } })
    expect(other.ackedSeq).toBe(3)
    expect((await journal.subscriber('s', { from })).ackedSeq).toBe(seq - 1)
    if (seq > 10) await journal.append('11')
    expect(await firstOf(journal, 's')).toMatchObject({ position: { firstSeq: seq }, gaps: [] })
  })

  it('never skips more than asked where the clock was set back', async () => {
    fileSystem = newFileSystem()
    const journal = await open()
    for (const time of [1000, 9000, 2000, 3000, 4000, 5000]) {
      now = time
      await journal.append(`${time} ${'x'.repeat(1500)}`)
    }
    expect((await journal.subscriber('s', { from: { time: 5000 } })).ackedSeq).toBeLessThanOrEqual(5)
  })

  it('tells of what is not kept any more in a gap', async () => {
    const journal = await sixOfTen()
    await journal.subscriber('late', { from: { seq: 3 } })
    expect(await readAll(journal, 'late')).toMatchObject({
      gaps: [{ fromSeq: 3, toSeq: 4, reason: 'evicted' }],
      values: { size: 6 },
    })
  })

  it('holds what it will read from the moment it was asked for', async () => {
    const journal = await tenRecords()
    const reader = await journal.subscriber('reader')
    const made = journal.subscriber('s', { from: { time: 3000 } })
    await reader.seek('newest')
    expect((await made).ackedSeq).toBe(2)
    expect(journal.stats.firstSeq).toBe(3)
    expect(await firstOf(journal, 's')).toMatchObject({ position: { firstSeq: 3 }, gaps: [] })
  })

  it.each<[SubscriberPosition]>([
    [{ seq: 12 }],
    [{ seq: 0 }],
    [{ copyOf: 'nobody' }],
    [{ time: Number.NaN }],
    ['soon' as 'oldest'],
    [{} as { seq: number }],
  ])('%j is refused and leaves nothing behind', async (from) => {
    const journal = await tenRecords()
    await expect(journal.subscriber('s', { from })).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(journal.subscribers()).toEqual([])
    const subscriber = await journal.subscriber('s')
    await expect(subscriber.seek(from)).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(subscriber.ackedSeq).toBe(0)
  })
})

describe('seek()', () => {
  it('moves an active subscription forward and back, whose earlier batches then acknowledge nothing', async () => {
    const journal = await tenRecords()
    const subscriber = await journal.subscriber('s')
    const seen: JournalBatch<string>[] = []
    subscriber.batches({ maxRecords: 2, maxInFlight: 2 }).subscribe((batch) => seen.push(batch))
    await settle()
    await subscriber.seek({ seq: 8 })
    await settle()
    expect(seen.map(({ position }) => position.firstSeq)).toEqual([1, 3, 8, 10])
    seen[1]!.ack()
    expect(subscriber.ackedSeq).toBe(7)
    seen[3]!.ack()
    await subscriber.seek('oldest')
    seen[2]!.ack()
    await settle()
    expect(subscriber.ackedSeq).toBe(journal.stats.firstSeq - 1)
    expect(seen.at(-2)?.position.firstSeq).toBe(journal.stats.firstSeq)
  })

  it('is durable before it resolves', async () => {
    const journal = await tenRecords()
    await journal.subscriber('holder')
    const subscriber = await journal.subscriber('s')
    for (const seq of [9, 3, 6]) {
      await subscriber.seek({ seq })
      const after = await openStrings(fileSystem.powerCut(() => undefined))
      expect((await after.subscriber('s')).ackedSeq).toBe(seq - 1)
    }
  })

  it('that fails changes nothing, and works when the disk is mended', async () => {
    const journal = await tenRecords()
    const subscriber = await journal.subscriber('s')
    const mend = fileSystem.fail('sync', 'EIO', { path: /cursor/ })
    await expect(subscriber.seek({ seq: 6 })).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    expect(subscriber.ackedSeq).toBe(0)
    expect(await firstOf(journal, 's')).toMatchObject({ position: { firstSeq: 1 } })
    mend()
    await subscriber.seek({ seq: 6 })
    expect(await firstOf(journal, 's')).toMatchObject({ position: { firstSeq: 6 } })
  })

  it('frees what a cursor held that cannot be read', async () => {
    let journal = await tenRecords()
    await journal.subscriber('s')
    await journal.close()
    await replaceFile(fileSystem, `${directory}/subscribers/73.cursor`, new Uint8Array(100))
    journal = await open()
    expect(journal.recovery.problems).toMatchObject([{ reason: 'cursor-unreadable', subscriber: 's' }])
    await (await journal.subscriber('other')).seek('newest')
    expect(journal.stats.firstSeq).toBe(1)
    await (await journal.subscriber('s')).seek('newest')
    await settle()
    expect(journal.stats.firstSeq).toBe(9)
    await journal.close()
    expect((await open()).subscribers()).toMatchObject([{ ackedSeq: 10 }, { ackedSeq: 10 }])
  })

  it('is refused when the subscriber was removed or the journal closed', async () => {
    const journal = await tenRecords()
    const removed = await journal.subscriber('removed')
    const closed = await journal.subscriber('closed')
    await journal.removeSubscriber('removed')
    await journal.close()
    for (const subscriber of [removed, closed]) {
      await expect(subscriber.seek('oldest')).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
    }
  })
})

describe('a transient subscriber', () => {
  it('holds what it has not read, has no file, and is gone when the journal is closed', async () => {
    const journal = await tenRecords()
    const subscriber = await journal.subscriber('t', { transient: true })
    await readAll(journal, 'reader')
    expect(journal.stats.firstSeq).toBe(1)
    expect(journal.subscribers()).toMatchObject([
      { name: 't', transient: true },
      { name: 'reader', transient: false },
    ])
    expect(await fileSystem.list(`${directory}/subscribers`)).toEqual(['726561646572.cursor'])
    const batch = await first(subscriber.batches({ maxRecords: 4 }))
    batch.ack()
    await settle()
    expect(journal.stats.firstSeq).toBe(5)
    await subscriber.seek({ seq: 9 })
    await settle()
    expect(journal.stats.firstSeq).toBe(9)
    await journal.close()
    expect((await open()).subscribers()).toMatchObject([{ name: 'reader' }])
  })

  it('lets everything go when it is removed', async () => {
    const journal = await tenRecords()
    await journal.subscriber('t', { transient: true })
    await readAll(journal, 'reader')
    await journal.removeSubscriber('t')
    expect(journal.stats.firstSeq).toBe(9)
  })

  it('and a durable one cannot have the same name', async () => {
    const journal = await tenRecords()
    await journal.subscriber('t', { transient: true })
    await journal.subscriber('d')
    const wrong = { code: 'JOURNAL_BAD_OPTION' }
    await expect(journal.subscriber('t')).rejects.toMatchObject(wrong)
    await expect(journal.subscriber('d', { transient: true })).rejects.toMatchObject(wrong)
  })
})

describe('for await', () => {
  it('reads one batch after the other and lets go when it is left', async () => {
    const journal = await tenRecords()
    const subscriber = await journal.subscriber('s')
    const seen: number[] = []
    for await (const batch of subscriber) {
      expect(journal.subscribers()).toMatchObject([{ active: true }])
      seen.push(batch.position.firstSeq)
      batch.ack()
      if (batch.position.lastSeq === 10) break
    }
    expect(seen).toEqual([1])
    expect(journal.subscribers()).toMatchObject([{ active: false, ackedSeq: 10 }])
  })
})

describe('subscribers()', () => {
  it('tells the age of the oldest record that is not acknowledged', async () => {
    const journal = await tenRecords()
    now = 20_000
    const lags = new Map<number, number | undefined>()
    const subscriber = await journal.subscriber('s')
    for (const seq of [4, 5]) {
      await subscriber.seek({ seq })
      lags.set(seq, journal.subscribers()[0]?.lagMs)
    }
    // Two a segment: every other is where its segment begins.
    expect(lags.get(5)).toBe(15_000)
    expect(lags.get(4)).toBe(16_000)
    await subscriber.seek('newest')
    expect(journal.subscribers()).toMatchObject([{ lagMs: 0, lagRecords: 0 }])
  })
})
