import type { OpenMode } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { copyOf, directory, newFileSystem, openStrings, readAll, segmentFiles } from './helpers/journals.ts'

const values = (delivered: { readonly values: ReadonlyMap<number, string> }): readonly string[] => [
  ...delivered.values.values(),
]

describe('a disk that fails', () => {
  it.each(['commit', 'os'] as const)(
    'once costs nothing with durability "%s": the frame goes to a fresh segment',
    async (durability) => {
      const fileSystem = newFileSystem()
      let failures = 1
      const flaky = {
        ...fileSystem,
        open: async (path: string, mode: OpenMode) => {
          const file = await fileSystem.open(path, mode)
          if (!path.endsWith('.segment') || mode === 'read') return file
          const trip = (): void => {
            if (written && failures-- > 0) throw Object.assign(new Error('EIO'), { code: 'EIO' })
          }
          return {
            ...file,
            write: async (bytes: Uint8Array, position: number) => {
              if (durability === 'commit') trip()
              await file.write(bytes, position)
            },
            sync: async () => {
              trip()
              await file.sync()
            },
          }
        },
      }
      let written = false
      const journal = await openStrings(flaky, { durability })
      await journal.append('before')
      await journal.flush()
      await journal.subscriber('keeper')
      written = true
      expect(await journal.append('during')).toEqual({ firstSeq: 2, lastSeq: 2 })
      await journal.flush()
      await journal.append('after')
      await journal.flush()
      // What was accepted before is copied into a segment of its own.
      expect((await segmentFiles(fileSystem)).length).toBe(durability === 'os' ? 3 : 2)
      expect(journal.stats).toMatchObject({ appended: 3, dropped: 0, problems: 1 })
      expect(values(await readAll(journal))).toEqual(['before', 'during', 'after'])
      const reopened = await openStrings(copyOf(fileSystem))
      expect(values(await readAll(reopened, 'again'))).toEqual(['before', 'during', 'after'])
    },
  )

  it.each(['write', 'sync', 'open'] as const)(
    'for good in %s rejects what waits, keeps readers going, and is tried again by later appends',
    async (operation) => {
      const fileSystem = newFileSystem()
      const journal = await openStrings(fileSystem)
      await journal.append('first')
      await journal.subscriber('reader')
      // A failing open also fails the reader, who says so; readers are told apart in a test of their own.
      if (operation === 'open') await journal.append('x'.repeat(4000))
      const mend = fileSystem.fail(operation, 'EIO')
      const refused = await Promise.allSettled([
        journal.append('y'.repeat(3000)),
        journal.appendBatch(['a', 'b']),
        journal.append('c'),
      ])
      for (const result of refused) {
        expect(result).toMatchObject({
          reason: { code: 'JOURNAL_IO', cause: { code: 'EIO' } },
        })
      }
      expect(journal.stats).toMatchObject({ dropped: 4, pending: 0 })
      if (operation === 'write') expect(values(await readAll(journal))).toEqual(['first'])
      const before = journal.stats.lastSeq
      mend()
      expect(await journal.append('again')).toEqual({ firstSeq: before + 1, lastSeq: before + 1 })
      const reopened = await openStrings(copyOf(fileSystem))
      expect(values(await readAll(reopened)).at(-1)).toBe('again')
      expect(reopened.recovery.gaps).toEqual([])
    },
  )

  it('does not leave a file for every append that fails', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('first')
    fileSystem.fail('write', 'EIO')
    for (let index = 0; index < 10; index += 1)
      await expect(journal.append('no')).rejects.toThrow('JOURNAL_IO')
    expect((await segmentFiles(fileSystem)).length).toBe(1)
  })

  it('in reading ends the stream with JOURNAL_IO, and subscribing again goes on where it was', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('first')
    const subscriber = await journal.subscriber('reader')
    const mend = fileSystem.fail('open', 'EMFILE')
    await expect(
      new Promise((_, reject) => {
        subscriber.batches().subscribe({ error: reject })
      }),
    ).rejects.toMatchObject({ code: 'JOURNAL_IO', cause: { code: 'EMFILE' } })
    mend()
    expect(values(await readAll(journal))).toEqual(['first'])
  })

  it('while a cursor is saved holds the segments until a later ack gets through', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let index = 0; index < 6; index += 1) await journal.append(`${index}${'x'.repeat(1500)}`)
    await journal.subscriber('reader')
    const mend = fileSystem.fail('sync', 'EIO')
    await readAll(journal)
    const files = await segmentFiles(fileSystem)
    expect(files.length).toBe(3)
    expect(journal.stats.problems).toBeGreaterThan(0)
    mend()
    await journal.append('more')
    await readAll(journal)
    expect((await segmentFiles(fileSystem)).length).toBeLessThan(files.length)
  })

  it('at opening with a tail that cannot be written again syncs it in place', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.append('first')
    await journal.append('second')
    const crashed = copyOf(fileSystem)
    crashed.fail('write', 'ENOSPC')
    const reopened = await openStrings(crashed)
    expect(reopened.recovery).toMatchObject({ lastSeq: 2, rewrittenRecords: 0, problems: [{ reason: 'io' }] })
    // What was copied so far would take the room that is missing.
    expect((await crashed.list(directory)).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('at opening with a tail that lost its sync and cannot be copied writes it over itself', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { durability: 'os' })
    await journal.append('first')
    await journal.flush()
    await journal.append('second')
    // The kernel counts the pages as written now, and keeps them only in its cache.
    fileSystem.fail('sync', 'EIO', { call: 1, drops: true })
    fileSystem.fail('write', 'ENOSPC')
    await expect(journal.flush()).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    const killed = fileSystem.processKill()
    killed.fail('open', 'ENOSPC', { path: /segment.new$/ })
    const reopened = await openStrings(killed)
    expect(reopened.recovery).toMatchObject({ lastSeq: 2, rewrittenRecords: 0 })
    expect(values(await readAll(reopened))).toEqual(['first', 'second'])
    expect(values(await readAll(await openStrings(killed.powerCut({})), 'again'))).toEqual([
      'first',
      'second',
    ])
  })

  it('makes what it took before durable on flush() all the same, with durability "os"', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { durability: 'os' })
    await journal.appendBatch(['1', '2'])
    const mend = fileSystem.fail('write', 'EIO')
    await expect(journal.append('lost')).rejects.toThrow('JOURNAL_IO')
    mend()
    await journal.append('3')
    await journal.flush()
    const survived = await openStrings(fileSystem.powerCut(() => undefined))
    expect(values(await readAll(survived))).toEqual(['1', '2', '3'])
  })

  it('in syncing a full segment rejects what comes next, and loses nothing that was accepted, with durability "os"', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem, { durability: 'os' })
    await journal.append('1'.repeat(3000))
    const mend = fileSystem.fail('sync', 'EIO')
    const refused = { code: 'JOURNAL_IO', cause: { code: 'EIO' } }
    await expect(journal.append('2'.repeat(3000))).rejects.toMatchObject(refused)
    await expect(journal.flush()).rejects.toMatchObject(refused)
    mend()
    await journal.flush()
    const survived = await openStrings(fileSystem.powerCut(() => undefined))
    expect(values(await readAll(survived))).toEqual(['1'.repeat(3000)])
  })

  it('is got over although the logger fails as well', async () => {
    const fileSystem = newFileSystem()
    const fail = (): void => {
      throw new Error('logger')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const journal = await openStrings(fileSystem, { logger })
    await journal.append('1')
    const mend = fileSystem.fail('sync', 'EIO')
    await expect(journal.append('lost')).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    mend()
    await journal.append('2')
    expect(values(await readAll(journal))).toEqual(['1', '2'])
  })

  it('so that nothing can be opened gives JOURNAL_IO, JOURNAL_FULL or JOURNAL_READ_ONLY, with the cause', async () => {
    const fileSystem = newFileSystem()
    const mend = fileSystem.fail('open', 'EIO')
    await expect(openStrings(fileSystem)).rejects.toMatchObject({
      code: 'JOURNAL_IO',
      cause: { code: 'EIO' },
    })
    mend()
    const makeRoom = fileSystem.fail('open', 'ENOSPC')
    const full = { code: 'JOURNAL_FULL', cause: { code: 'ENOSPC' } }
    await expect(openStrings(fileSystem)).rejects.toMatchObject(full)
    makeRoom()
    fileSystem.fail('open', 'EACCES')
    const refused = { code: 'JOURNAL_READ_ONLY', cause: { code: 'EACCES' } }
    await expect(openStrings(fileSystem)).rejects.toMatchObject(refused)
  })

  it('that Deno does not permit gives JOURNAL_READ_ONLY, with the flag that it names', async () => {
    const needed = Object.assign(new Error('Requires write access, run again with the --allow-write flag'), {
      name: 'NotCapable',
    })
    const fileSystem = { ...newFileSystem(), list: () => Promise.reject(needed) }
    const refused = { code: 'JOURNAL_READ_ONLY', message: expect.stringContaining('--allow-write') }
    await expect(openStrings(fileSystem)).rejects.toMatchObject(refused)
  })

  it('that knows no second names keeps a tail that is written again all the same', async () => {
    const fileSystem = newFileSystem()
    await (await openStrings(fileSystem)).append('only')
    const crashed = copyOf(fileSystem)
    crashed.fail('renameNew', 'EPERM')
    const reopened = await openStrings(crashed)
    expect(reopened.recovery).toMatchObject({ rewrittenRecords: 1, problems: [] })
    expect(values(await readAll(reopened))).toEqual(['only'])
  })

  it('writes a tail that was not certified again, once', async () => {
    const fileSystem = newFileSystem()
    await (await openStrings(fileSystem)).append('only')
    const crashed = copyOf(fileSystem)
    expect((await openStrings(crashed)).recovery.rewrittenRecords).toBe(1)
    const again = await openStrings(copyOf(crashed))
    expect(again.recovery).toMatchObject({ rewrittenRecords: 0, lastSeq: 1 })
    expect(values(await readAll(again))).toEqual(['only'])
    expect(await crashed.list(directory)).not.toContain('0000000000000002.segment.new')
  })
})
