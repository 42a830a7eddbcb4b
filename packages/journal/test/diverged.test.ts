import { afterEach, describe, expect, it, vi } from 'vitest'

import type { Journal, JournalSubscriber, Position } from '../src/index.ts'
import { jsonCodec } from '../src/index.ts'
import type * as frame from '../src/format/frame.ts'
import type { CopyResult } from '../src/link/index.ts'
import { intoJournal, withPosition } from '../src/link/index.ts'
import { openJournalReader } from '../src/reader/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  segmentFiles,
  settle,
} from './helpers/journals.ts'

/** Copies what is there; gives what came of it, and the error where there was one. */
async function follow(
  subscriber: JournalSubscriber<string>,
  target: Journal<string>,
  after?: Position,
): Promise<{ types: readonly string[]; failure: unknown }> {
  const results: CopyResult[] = []
  let failure: unknown
  const subscription = subscriber
    .frames({ after })
    .pipe(intoJournal(target))
    .subscribe({
      next: (result) => results.push(result),
      error: (error: unknown) => {
        failure = error
      },
    })
  for (let turn = 0; turn < 4; turn += 1) await settle()
  subscription.unsubscribe()
  return { types: results.map(({ type }) => type), failure }
}

/** Both ways: by the cursor, and from the target's own place. */
const ways = (target: Journal<string>, { id }: Journal<string>): readonly (Position | undefined)[] => [
  undefined,
  target.upstreamPosition(id),
]

const diverged = (journal: Journal<string>, seq: number) => ({
  code: 'JOURNAL_DIVERGED',
  retryable: false,
  facts: { journalId: journal.id, seq },
})

/** A journal that holds "a", went on by itself with "left" and was copied so far, and the other side that began as its copy. */
async function forked(): Promise<{ target: Journal<string>; other: Journal<string> }> {
  const disk = newFileSystem()
  const before = await openStrings(disk)
  await before.append('a')
  await before.close()
  const copy = copyOf(disk)
  const journal = await openStrings(disk)
  await journal.append('left')
  const target = await openStrings(newFileSystem())
  const { types } = await follow(await journal.subscriber('link'), target)
  expect(types).toEqual(['copied', 'copied'])
  await journal.close()
  return { target, other: await openStrings(copy) }
}

const recordsOf = async (journal: Journal<string>): Promise<readonly string[]> => [
  ...(await readAll(journal, 'check')).values.values(),
]

describe('a journal that was copied and went on by itself', () => {
  it('is refused with the number where the histories part, nothing acknowledged', async () => {
    const { target, other } = await forked()
    await other.append('right')
    for (const after of ways(target, other)) {
      const link = await other.subscriber('link')
      const { types, failure } = await follow(link, target, after)
      expect(types).toEqual([])
      expect(failure).toMatchObject(diverged(other, 2))
      expect(link.ackedSeq).toBe(0)
    }
    expect(await recordsOf(target)).toEqual(['a', 'left'])
  })

  it('is refused where it has gone farther, and where its subscriber passed the place', async () => {
    const { target, other } = await forked()
    const link = await other.subscriber('link', { from: 'newest' })
    await other.append('right')
    await other.append('more')
    await link.seek({ seq: 3 })
    for (const after of ways(target, other)) {
      expect((await follow(link, target, after)).failure).toMatchObject(diverged(other, 2))
      expect(link.ackedSeq).toBe(2)
    }
  })

  it('is refused where it ends before the place, at once where the place is given', async () => {
    const { target, other } = await forked()
    for (const after of ways(target, other)) {
      const { failure } = await follow(await other.subscriber('link'), target, after)
      expect(failure).toMatchObject(diverged(other, 2))
    }
  })

  it('is no other one as long as it holds the same', async () => {
    const disk = newFileSystem()
    const journal = await openStrings(disk)
    const target = await openStrings(newFileSystem())
    await journal.append('a')
    await follow(await journal.subscriber('link'), target)
    await journal.append('b')
    const same = await openStrings(copyOf(disk))
    expect(await follow(await same.subscriber('link'), target, target.upstreamPosition(same.id))).toEqual({
      types: ['copied'],
      failure: undefined,
    })
    await journal.append('c')
    expect((await follow(await journal.subscriber('link'), target)).failure).toBeUndefined()
    expect(await recordsOf(target)).toEqual(['a', 'b', 'c'])
  })

  it('is refused by frames alone, as they come over a network', async () => {
    const { target, other } = await forked()
    await other.append('right')
    await other.append('more')
    const link = await other.subscriber('link')
    const failures: unknown[] = []
    link.frames().subscribe((frame) => {
      void target.appendFrame(frame).then(
        () => failures.push(undefined),
        (error: unknown) => failures.push(error),
      )
    })
    await settle()
    // Of the first it cannot be told; the second is the one that it stands on, and the third goes on behind that.
    expect(failures).toMatchObject([undefined, diverged(other, 2), diverged(other, 2)])
  })

  it('is refused where the frame of the place was removed meanwhile', async () => {
    for (const records of [1, 2]) {
      const { target, other } = await forked()
      const link = await other.subscriber('link', { from: 'newest' })
      // The place ends a segment: the fence of the next says what it holds.
      await other.append('right'.padEnd(3900))
      for (let index = 0; index < records; index += 1) await other.append('more'.padEnd(3900))
      await link.seek({ seq: 3 })
      await settle()
      expect(other.stats.firstSeq).toBe(3)
      const { failure } = await follow(link, target, target.upstreamPosition(other.id))
      expect(failure).toMatchObject(diverged(other, 2))
    }
  })

  it('is refused to a sink that keeps its position', async () => {
    const { target, other } = await forked()
    await other.append('right')
    const position = target.upstreamPosition(other.id)
    const saved: unknown[] = []
    const store = { load: async () => position, save: async (batch: unknown) => void saved.push(batch) }
    let failure: unknown
    const error = (found: unknown): void => {
      failure = found
    }
    withPosition(await other.subscriber('sink'), store).subscribe({ error })
    await settle()
    expect(failure).toMatchObject(diverged(other, 2))
    expect(saved).toEqual([])
    await other.close()
  })

  it('is refused to whoever reads its folder from another process', async () => {
    const disk = newFileSystem()
    const journal = await openStrings(disk)
    await journal.append('a')
    const copy = copyOf(disk)
    await journal.append('left')
    const target = await openStrings(newFileSystem())
    await follow(await journal.subscriber('link'), target)
    for (const [fileSystem, value] of [
      [disk, undefined],
      [copy, 'right'],
    ] as const) {
      const writer = value === undefined ? journal : await openStrings(fileSystem)
      if (value !== undefined) await writer.append(value)
      await writer.close()
      await using reader = await openJournalReader(directory, { codec: jsonCodec<string>(), fileSystem })
      const place = target.upstreamPosition(journal.id)
      const { failure } = await follow(await reader.subscriber('reader'), target, place)
      if (value === undefined) expect(failure).toBeUndefined()
      else expect(failure).toMatchObject(diverged(journal, 2))
    }
  })
})

describe('a follower that was restored from an older copy', () => {
  it('goes on from its own place, older or newer than the cursor', async () => {
    const journal = await openStrings(newFileSystem())
    const audit = await journal.subscriber('audit')
    const link = await journal.subscriber('link')
    const disk = newFileSystem()
    const target = await openStrings(disk)
    await journal.append('a')
    await follow(link, target)
    const older = await openStrings(copyOf(disk))
    for (const value of ['b', 'c']) await journal.append(value)
    await follow(link, target)
    expect(await follow(link, older, older.upstreamPosition(journal.id))).toEqual({
      types: ['copied', 'copied'],
      failure: undefined,
    })
    expect(await recordsOf(older)).toEqual(['a', 'b', 'c'])
    await link.seek('oldest')
    await journal.append('d')
    expect((await follow(link, older, older.upstreamPosition(journal.id))).types).toEqual(['copied'])
    expect(link.ackedSeq).toBe(4)
    expect(audit.ackedSeq).toBe(0)
  })

  it('is told of what is not kept any more', async () => {
    const journal = await openStrings(newFileSystem())
    const link = await journal.subscriber('link')
    const disk = newFileSystem()
    const target = await openStrings(disk)
    await journal.append('a')
    await follow(link, target)
    const older = await openStrings(copyOf(disk))
    for (const value of ['b', 'c', 'd']) await journal.append(value.padEnd(3900))
    await follow(link, target)
    await settle()
    const { firstSeq } = journal.stats
    expect(firstSeq).toBeGreaterThan(2)
    const { types, failure } = await follow(link, older, older.upstreamPosition(journal.id))
    expect([types[0], failure]).toEqual(['gap', undefined])
  })
})

describe('frames({ after })', () => {
  it('refuses what is no position, and one of another journal', async () => {
    const journal = await openStrings(newFileSystem())
    const link = await journal.subscriber('link')
    const wrong = [
      { seq: 1 },
      { journalId: journal.id, seq: -1 },
      { journalId: journal.id, seq: 1, checksum: 1.5 },
    ]
    for (const after of wrong as unknown as Position[]) {
      expect(() => link.frames({ after })).toThrow(/JOURNAL_BAD_OPTION/)
      expect(() => link.batches({ after })).toThrow(/JOURNAL_BAD_OPTION/)
    }
    const other = { journalId: '00000000-0000-4000-8000-000000000000', seq: 0 }
    const target = await openStrings(newFileSystem())
    expect((await follow(link, target, other)).failure).toMatchObject({ code: 'JOURNAL_POSITION' })
  })

  it('leaves the cursor to an active subscription', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b'])
    const link = await journal.subscriber('link')
    const active = link.batches().subscribe()
    const target = await openStrings(newFileSystem())
    const { failure } = await follow(link, target, { journalId: journal.id, seq: 2 })
    expect(failure).toMatchObject({ code: 'JOURNAL_SUBSCRIBER_BUSY' })
    expect(link.ackedSeq).toBe(0)
    active.unsubscribe()
  })

  it('carries the checksum of the frame that a batch ends in, also in the middle of it', async () => {
    const journal = await openStrings(newFileSystem())
    await journal.appendBatch(['a', 'b', 'c'])
    const places: Position[] = []
    const link = await journal.subscriber('link')
    link.batches({ maxRecords: 2 }).subscribe(({ position: { journalId, lastSeq, checksum } }) => {
      places.push({ journalId, seq: lastSeq, checksum })
    })
    await settle()
    expect(places.map(({ seq }) => seq)).toEqual([2, 3])
    expect(places[0]?.checksum).toBe(places[1]?.checksum)
    for (const after of places) {
      const again = await journal.subscriber(`behind ${after.seq}`)
      const values: string[] = []
      again.batches({ after }).subscribe((batch) => values.push(...batch.values))
      await settle()
      expect(values).toEqual(['a', 'b', 'c'].slice(after.seq))
    }
  })

  it('holds back while as many bytes are out as it may', async () => {
    const journal = await openStrings(newFileSystem())
    for (let index = 0; index < 4; index += 1) await journal.append('x'.repeat(500))
    const link = await journal.subscriber('link')
    const frames: { ack(): void }[] = []
    link.frames({ maxInFlight: 100, maxInFlightBytes: 600 }).subscribe((frame) => frames.push(frame))
    await settle()
    expect(frames).toHaveLength(2)
    frames[0]?.ack()
    await settle()
    expect(frames).toHaveLength(3)
    frames[2]?.ack()
    await settle()
    expect(frames).toHaveLength(4)
  })
})

describe('the same history', () => {
  const goesOn = async (
    disk: MemoryFileSystem,
    target: Journal<string>,
    values: readonly string[],
  ): Promise<void> => {
    const journal = await openStrings(disk)
    const place = target.upstreamPosition(journal.id)
    expect((await follow(await journal.subscriber('link'), target, place)).failure).toBeUndefined()
    for (const value of values) await journal.append(value)
    expect((await follow(await journal.subscriber('link'), target)).failure).toBeUndefined()
    await journal.close()
  }

  it('is known again after a crash, where records were written again', async () => {
    const disk = newFileSystem()
    const journal = await openStrings(disk, { durability: 'os' })
    const target = await openStrings(newFileSystem())
    const link = await journal.subscriber('link')
    for (const value of ['a', 'b', 'c']) await journal.append(value)
    await journal.flush()
    await follow(link, target)
    const killed = disk.processKill()
    await goesOn(killed, target, ['d'])
    await goesOn(killed, target, ['e'])
    expect(await recordsOf(target)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it.each(['a', 'b', 'c'])('is not taken for another one where %s is damaged', async (damaged) => {
    const disk = newFileSystem()
    const journal = await openStrings(disk)
    const target = await openStrings(newFileSystem())
    const link = await journal.subscriber('link')
    for (const value of ['a', 'b', 'c']) await journal.append(value.repeat(5))
    await follow(link, target)
    await journal.close()
    const [path = ''] = await segmentFiles(disk)
    const bytes = disk.contents(path)
    bytes[Buffer.from(bytes).indexOf(damaged.repeat(5))]! ^= 1
    await goesOn(disk, target, ['d'])
    await goesOn(disk, target, ['e'])
    expect(await recordsOf(target)).toEqual(['aaaaa', 'bbbbb', 'ccccc', 'd', 'e'])
  })
})

describe('an earlier release, which wrote no history', () => {
  afterEach(() => {
    vi.doUnmock('../src/format/frame.ts')
    vi.resetModules()
  })

  /** Opens as that release did. */
  async function openEarlier(disk: MemoryFileSystem): Promise<Journal<string>> {
    vi.resetModules()
    vi.doMock('../src/format/frame.ts', async (importOriginal) => {
      const original = await importOriginal<typeof frame>()
      const writeFrame: typeof frame.writeFrame = (into, at, header, body) =>
        original.writeFrame(into, at, { ...header, history: 0 }, body)
      return { ...original, writeFrame, frameHistory: () => 0, settledHistory: () => 0 }
    })
    const { openStrings: openMocked } = await import('./helpers/journals.ts')
    return openMocked(disk)
  }

  it.each([false, true])('may open it in between, after a crash: %s', async (crash) => {
    const disk = newFileSystem()
    const journal = await openStrings(disk)
    const target = await openStrings(newFileSystem())
    const link = await journal.subscriber('link')
    for (const value of ['a', 'b']) await journal.append(value)
    await follow(link, target)
    if (!crash) await journal.close()
    const left = disk.processKill()
    const earlier = await openEarlier(left)
    expect(earlier.recovery.rewrittenRecords).toBe(crash ? 1 : 0)
    if (!crash) await earlier.append('c')
    await earlier.close()
    for (const value of ['d', 'e', 'f']) {
      const later = await openStrings(left)
      const place = target.upstreamPosition(later.id)
      expect((await follow(await later.subscriber('link'), target, place)).failure).toBeUndefined()
      await later.append(value)
      const subscriber = await later.subscriber('link')
      expect((await follow(subscriber, target)).failure).toBeUndefined()
      // What is there already comes again, as after a lost acknowledgement.
      await subscriber.seek('oldest')
      expect((await follow(subscriber, target)).failure).toBeUndefined()
      await later.close()
    }
    expect(await recordsOf(target)).toEqual(['a', 'b', ...(crash ? [] : ['c']), 'd', 'e', 'f'])
  })
})
