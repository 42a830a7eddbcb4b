import { crc32 } from 'node:zlib'
import type { FileSystem } from '@tocsin/core'
import type { SchedulerLike, Subscription } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { bytesCodec, defaultJournalOptions, jsonCodec, openJournal } from '../src/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import {
  copyOf,
  countingFileSystem,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  segmentFiles,
  settle,
} from './helpers/journals.ts'
import { temporaryFolder } from './helpers/processes.ts'

describe('openJournal()', () => {
  it('keeps records and its id on a real disk', async () => {
    const folder = await temporaryFolder()
    const journal = await openJournal(`${folder}/a/b`)
    await journal.append(new Uint8Array([1, 2, 3]))
    await journal.close()
    const reopened = await openJournal(`${folder}/a/b`)
    expect(reopened.id).toBe(journal.id)
    expect(reopened.recovery).toMatchObject({
      firstSeq: 1,
      lastSeq: 1,
      records: 1,
      tornBytes: 0,
      problems: [],
    })
    expect(await reopened.append(new Uint8Array(0))).toEqual({ firstSeq: 2, lastSeq: 2 })
    await reopened.close()
  })

  it('opens without a change to the disk when nothing is appended', async () => {
    const fileSystem = newFileSystem()
    await (await openStrings(fileSystem)).close()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    await journal.close()
    const { syncs } = fileSystem
    for (let turn = 0; turn < 3; turn += 1) await (await openStrings(fileSystem)).close()
    // The names of two folders, which an earlier life may have been too short to sync.
    expect(fileSystem.syncs).toBe(syncs + 3 * 2)
    expect((await segmentFiles(fileSystem)).length).toBe(1)
  })

  it('never appends to a segment of an earlier life', async () => {
    const fileSystem = newFileSystem()
    for (let life = 1; life <= 3; life += 1) {
      const journal = await openStrings(fileSystem)
      await journal.append(`${life}`)
      await journal.close()
      expect((await segmentFiles(fileSystem)).length).toBe(life)
    }
  })

  it('refuses wrong options at the call', async () => {
    const fileSystem = newFileSystem()
    const wrong = [
      { durability: 'never' },
      { segmentBytes: 10 },
      { maxBytes: 8192, segmentBytes: 8192 },
      { whenFull: 'never' },
      { minFreeBytes: -1 },
      { codec: { encode: () => new Uint8Array(0), decode: () => [] } },
      { codec: { ...jsonCodec(), name: 5 } },
      { maxpending: 3 },
    ]
    for (const options of wrong) {
      await expect(openJournal(directory, { ...options, fileSystem } as never)).rejects.toMatchObject({
        code: 'JOURNAL_BAD_OPTION',
      })
    }
    await expect(openJournal('')).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(Object.isFrozen(defaultJournalOptions)).toBe(true)
  })

  it('refuses a codec other than the one that the folder was made with', async () => {
    const fileSystem = newFileSystem()
    await openStrings(fileSystem)
    await expect(openJournal(directory, { codec: bytesCodec(), fileSystem })).rejects.toThrow(
      /JOURNAL_CODEC_MISMATCH: journal holds records of codec "json", not "bytes"/,
    )
  })

  it('refuses files that a newer release wrote', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    const bytes = fileSystem.contents(path!)
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    view.setUint16(4, 2, true)
    view.setUint32(124, crc32(bytes.subarray(0, 124)), true)
    await expect(openStrings(fileSystem)).rejects.toMatchObject({
      code: 'JOURNAL_FORMAT',
      facts: { version: 2 },
    })
  })

  it('needs one turn of the event loop in memory, and a timer that certifies, which goes with close()', async () => {
    using time = virtualTime()
    // Its own timers only: a journal of an earlier test may still be closing in this time.
    const waiting = new Set<Subscription>()
    const scheduler: SchedulerLike = {
      now: () => time.now(),
      schedule: (work, delay, state) => {
        const action = time.schedule<typeof state>(
          function (given) {
            waiting.delete(action)
            work.call(this, given as never)
          },
          delay ?? 0,
          state,
        )
        waiting.add(action)
        action.add(() => waiting.delete(action))
        return action
      },
    }
    const journal = await openStrings(newFileSystem(), { scheduler })
    const subscriber = await journal.subscriber('s')
    const seen: string[] = []
    subscriber.batches().subscribe((batch) => {
      seen.push(...batch.values)
      batch.ack()
    })
    void journal.append('1')
    await settle()
    expect(seen).toEqual(['1'])
    // To certify the record, and to sync the position.
    expect(waiting.size).toBe(2)
    const before = journal.stats.bytes
    await time.advanceBy(200)
    expect(journal.stats.bytes).toBe(before + 64)
    await journal.append('2')
    await journal.close()
    expect(waiting.size).toBe(0)
  })

  it('gives its problems to the logger and on problems, with the time of its clock', async () => {
    const fileSystem = newFileSystem()
    const warnings: unknown[] = []
    const logger = {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: (facts: object) => warnings.push(facts),
    }
    const journal = await openStrings(fileSystem, { logger, clock: { now: () => 1234 } })
    const problems: unknown[] = []
    journal.problems.subscribe((problem) => problems.push(problem))
    fileSystem.fail('write', 'EIO')
    await expect(journal.append('1')).rejects.toThrow('EIO')
    expect(problems).toMatchObject([{ reason: 'io', time: 1234, message: expect.stringContaining('EIO') }])
    expect(warnings).toEqual(problems)
  })
})

describe('append()', () => {
  it('gives consecutive numbers, and puts what one turn appends into one frame', async () => {
    const journal = await openStrings(newFileSystem())
    const written = await Promise.all([
      journal.append('1'),
      journal.appendBatch(['2', '3']),
      journal.appendBatch([]),
      journal.append('4'),
    ])
    expect(written.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [1, 1],
      [2, 3],
      [1, 0],
      [4, 4],
    ])
    expect(journal.stats).toMatchObject({ appended: 4, commits: 1, pending: 0 })
  })

  it('syncs once per commit and before it resolves; with durability "os" only on flush', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    const first = fileSystem.syncs
    await journal.append('2')
    expect(fileSystem.syncs).toBe(first + 1)

    const other = newFileSystem()
    const relaxed = await openStrings(other, { durability: 'os' })
    await relaxed.append('1')
    const { syncs } = other
    await relaxed.append('2')
    expect(other.syncs).toBe(syncs)
    expect((await openStrings(other.powerCut(() => undefined))).stats.lastSeq).toBe(0)
    await relaxed.flush()
    expect((await openStrings(other.powerCut(() => undefined))).stats.lastSeq).toBe(2)
  })

  it('refuses a record above 8 MiB, and splits what is above 1 MiB into frames', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { segmentBytes: 16_777_216 })
    await expect(journal.append('x'.repeat(8 * 1024 * 1024 + 1))).rejects.toMatchObject({
      code: 'JOURNAL_RECORD_TOO_LARGE',
    })
    const large = Array.from({ length: 12 }, (_, index) => `${index}${'x'.repeat(300_000)}`)
    expect(await journal.appendBatch(large)).toEqual({ firstSeq: 1, lastSeq: 12 })
    expect(journal.stats.commits).toBeGreaterThan(3)
    expect(await journal.append('y'.repeat(2_000_000))).toEqual({ firstSeq: 13, lastSeq: 13 })
    expect([...(await readAll(journal)).values.values()].slice(0, 12)).toEqual(large)
  })

  it('takes a record of exactly 8 MiB, and no byte more', async () => {
    const journal = await openJournal(directory, { fileSystem: newFileSystem() })
    const limit = 8 * 1024 * 1024
    expect(await journal.append(new Uint8Array(limit))).toEqual({ firstSeq: 1, lastSeq: 1 })
    await expect(journal.append(new Uint8Array(limit + 1))).rejects.toMatchObject({
      code: 'JOURNAL_RECORD_TOO_LARGE',
    })
  })

  it('has its own copy of a batch, so that the caller may fill the array anew', async () => {
    const journal = await openStrings(newFileSystem())
    const batch = ['1', '2']
    const written = journal.appendBatch(batch)
    batch.length = 0
    expect(await written).toEqual({ firstSeq: 1, lastSeq: 2 })
    expect([...(await readAll(journal)).values.values()]).toEqual(['1', '2'])
  })

  it('refuses a batch that is no array, instead of taking it for an empty one', async () => {
    const journal = await openStrings(newFileSystem())
    await expect(journal.appendBatch(new Set(['1', '2']) as never)).rejects.toMatchObject({
      code: 'JOURNAL_BAD_OPTION',
    })
    await expect(journal.appendBatch('12' as never)).rejects.toMatchObject({ code: 'JOURNAL_BAD_OPTION' })
    expect(journal.stats.lastSeq).toBe(0)
  })

  it('refuses a codec that gives anything but bytes, instead of acknowledging what cannot be read', async () => {
    const encode = (values: readonly string[]): Uint8Array => JSON.stringify(values) as unknown as Uint8Array
    const codec = { ...jsonCodec<string>(), encode }
    const journal = await openJournal(directory, { codec, fileSystem: newFileSystem() })
    await expect(journal.append('1')).rejects.toMatchObject({ code: 'JOURNAL_UNENCODABLE' })
    expect(journal.stats).toMatchObject({ lastSeq: 0, dropped: 1 })
  })

  it('rejects only what the codec refuses', async () => {
    const journal = await openJournal(directory, { codec: jsonCodec<unknown>(), fileSystem: newFileSystem() })
    const results = await Promise.allSettled(['1', undefined, '3'].map((value) => journal.append(value)))
    expect(results).toMatchObject([
      { value: { firstSeq: 1 } },
      { reason: { code: 'JOURNAL_UNENCODABLE', cause: expect.any(TypeError) } },
      { value: { firstSeq: 2 } },
    ])
  })

  it('refuses more than maxPending waiting records, and takes one batch of any size when none waits', async () => {
    const journal = await openStrings(newFileSystem(), { maxPending: 5 })
    const results = await Promise.allSettled([
      journal.appendBatch(Array.from({ length: 50 }, () => 'x')),
      journal.append('refused'),
    ])
    expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'JOURNAL_BUSY' } }])
    expect(journal.stats).toMatchObject({ pending: 0, dropped: 1 })
  })
})

describe('close()', () => {
  it('waits for a subscriber that is being made, and leaves no file open', async () => {
    const { fileSystem, open } = countingFileSystem()
    const slow: FileSystem = {
      ...fileSystem,
      open: async (path, mode) => {
        if (path.endsWith('.cursor')) for (let turn = 0; turn < 5; turn += 1) await settle()
        return fileSystem.open(path, mode)
      },
    }
    const journal = await openStrings(slow)
    const making = journal.subscriber('s')
    await journal.close()
    expect((await making).name).toBe('s')
    expect(open()).toBe(0)
  })

  it('waits for what is pending, is idempotent, and refuses everything afterwards', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    let written = false
    const pending = journal.append('1').then(() => {
      written = true
    })
    const closing = journal.close()
    expect(journal.close()).toBe(closing)
    await closing
    await pending
    expect(written).toBe(true)
    for (const refused of [
      journal.append('2'),
      journal.appendBatch(['2']),
      journal.flush(),
      journal.subscriber('s'),
      journal.removeSubscriber('s'),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' })
    }
    expect((await openStrings(copyOf(fileSystem))).recovery.rewrittenRecords).toBe(0)
  })

  it('lets the folder go although the disk fails', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('1')
    fileSystem.fail('sync', 'EIO')
    await journal.close()
    expect(journal.stats.problems).toBe(1)
  })
})
