import type { FileSystem, OpenMode } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { JournalBatch } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  segmentFiles,
  settle,
} from './helpers/journals.ts'

const large = (seq: number): string => `${seq}:${'x'.repeat(10_000)}`

/** Four records, each over more than one sector. */
async function fourRecords(): Promise<{ fileSystem: MemoryFileSystem; path: string }> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem, { segmentBytes: 65_536 })
  for (let seq = 1; seq <= 4; seq += 1) await journal.append(large(seq))
  await journal.close()
  const [path = ''] = await segmentFiles(fileSystem)
  return { fileSystem, path }
}

describe('a sector that cannot be read', () => {
  it('costs the frames on it, as one gap, and the others are delivered', async () => {
    const { fileSystem, path } = await fourRecords()
    // Within the second record alone.
    fileSystem.badSectors(path, 12_288, 12_800)
    const journal = await openStrings(fileSystem, { segmentBytes: 65_536 })
    const { values, gaps } = await readAll(journal)
    expect([...values.keys()]).toEqual([1, 3, 4])
    expect(gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'corrupt' }])
    expect((await journal.append('next')).firstSeq).toBe(5)
  })

  it('that can be read when it is asked for again costs nothing', async () => {
    const { fileSystem } = await fourRecords()
    const journal = await openStrings(fileSystem, { segmentBytes: 65_536 })
    fileSystem.fail('read', 'EIO', { path: /segment/, call: 1 })
    const { values, gaps } = await readAll(journal)
    expect(values.size).toBe(4)
    expect(gaps).toEqual([])
  })

  it('under a cursor starts its subscriber again, and nothing is removed before', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let seq = 1; seq <= 6; seq += 1) await journal.append('x'.repeat(1500))
    await journal.subscriber('other')
    await readAll(journal, 'reader')
    await journal.close()
    const name = `${Buffer.from('reader').toString('hex')}.cursor`
    fileSystem.badSectors(`${directory}/subscribers/${name}`, 0, 8192)
    const reopened = await openStrings(fileSystem)
    expect(reopened.recovery.problems).toMatchObject([{ reason: 'cursor-unreadable', subscriber: 'reader' }])
    expect((await readAll(reopened, 'reader')).values.size).toBe(6)
  })
})

describe('a cursor', () => {
  const at = async (fileSystem: FileSystem): Promise<readonly number[]> =>
    (await openStrings(fileSystem)).subscribers().map(({ ackedSeq }) => ackedSeq)

  it('of a copy of the folder that is older than the journal reads on from there', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    await journal.subscriber('reader')
    const name = `${directory}/subscribers/${Buffer.from('reader').toString('hex')}.cursor`
    const old = fileSystem.contents(name).slice()
    for (let seq = 1; seq <= 9; seq += 1) await journal.append(`${seq}${'x'.repeat(1500)}`)
    await readAll(journal, 'reader')
    await journal.close()
    fileSystem.contents(name).set(old)
    const reopened = await openStrings(fileSystem)
    const { firstSeq } = reopened.stats
    expect(firstSeq).toBeGreaterThan(1)
    const { values, gaps } = await readAll(reopened, 'reader')
    expect([...values.keys()].at(-1)).toBe(9)
    expect(gaps).toMatchObject([{ fromSeq: 1, toSeq: firstSeq - 1 }])
  })

  it('of another journal does not count', async () => {
    const fileSystem = newFileSystem()
    const other = newFileSystem()
    for (const [disk, count] of [
      [fileSystem, 3],
      [other, 1],
    ] as const) {
      const journal = await openStrings(disk)
      for (let seq = 1; seq <= count; seq += 1) await journal.append(`${seq}`)
      await readAll(journal, 'reader')
      await journal.close()
    }
    const name = `${directory}/subscribers/${Buffer.from('reader').toString('hex')}.cursor`
    other.contents(name).set(fileSystem.contents(name))
    expect(await at(fileSystem)).toEqual([3])
    expect(await at(other)).toEqual([0])
  })
})

describe('a power cut after a first opening that went wrong', () => {
  const lostNames = { name: () => false }

  it('loses nothing of a folder whose name could not be made durable at first', async () => {
    const fileSystem = newFileSystem()
    fileSystem.fail('sync', 'EIO', { path: /^[.]$/, call: 1 })
    await expect(openStrings(fileSystem)).rejects.toMatchObject({ code: 'JOURNAL_IO' })
    await expect((await openStrings(fileSystem)).append('kept')).resolves.toMatchObject({ firstSeq: 1 })
    const { values } = await readAll(await openStrings(fileSystem.powerCut(lostNames)))
    expect([...values.values()]).toEqual(['kept'])
  })

  it('loses no subscriber that was there when the journal was opened again', async () => {
    for (let stopAt = 10; stopAt < 24; stopAt += 1) {
      const first = newFileSystem()
      first.stopAt(stopAt)
      void openStrings(first).then((journal) => journal.subscriber('reader'))
      await settle()
      const killed = first.processKill()
      await (await openStrings(killed)).subscriber('reader')
      const survived = await openStrings(killed.powerCut(lostNames))
      expect(survived.subscribers()).toMatchObject([{ name: 'reader' }])
    }
  })

  it('takes back nothing that was delivered from a tail that could not be written again', async () => {
    let delivered = 0
    for (let stopAt = 8; stopAt < 24; stopAt += 1) {
      const first = newFileSystem()
      first.stopAt(stopAt)
      void openStrings(first).then((journal) => journal.append('tail'))
      await settle()
      const killed = first.processKill()
      killed.fail('write', 'ENOSPC', { path: /segment[.]new/ })
      const { values } = await readAll(await openStrings(killed))
      const survived = await readAll(await openStrings(killed.powerCut(lostNames)), 'other')
      if (values.size > 0) expect([...survived.values]).toEqual([...values])
      delivered += values.size
    }
    expect(delivered).toBeGreaterThan(0)
  })
})

describe('a disk that says it has synced and has not', () => {
  it('loses what was acknowledged when the power goes, which nothing can prevent', async () => {
    const fileSystem = newFileSystem()
    const lying: FileSystem = {
      ...fileSystem,
      syncDirectory: async () => undefined,
      open: async (path, mode) => ({
        ...(await fileSystem.open(path, mode === 'durable' ? 'update' : mode)),
        sync: async () => undefined,
      }),
    }
    const journal = await openStrings(lying)
    for (const value of ['1', '2', '3']) await journal.append(value)
    const names = { name: () => true }
    // The first frame got there, by luck, and the others did not.
    let writes = 0
    const survived = fileSystem.powerCut({
      ...names,
      write: (bytes, { path }) => (!path.includes('.segment') || writes++ === 0 ? bytes : undefined),
    })
    const reopened = await openStrings(survived)
    expect(reopened.stats.lastSeq).toBe(1)
    expect((await readAll(reopened)).gaps).toEqual([])
  })

  it('is noticed where a subscriber had got further than what is left', async () => {
    const fileSystem = newFileSystem()
    const lying: FileSystem = {
      ...fileSystem,
      open: async (path, mode) => {
        const file = await fileSystem.open(path, mode === 'durable' ? 'update' : mode)
        return path.includes('.segment') ? { ...file, sync: async () => undefined } : file
      },
    }
    const journal = await openStrings(lying)
    for (const value of ['1', '2', '3']) await journal.append(value)
    await readAll(journal, 'reader')
    await journal.close()
    const reopened = await openStrings(fileSystem.powerCut({ name: () => true }))
    expect(reopened.recovery.problems).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ reason: 'cursor-ahead', toSeq: 3 })]),
    )
    expect((await reopened.append('next')).firstSeq).toBe(4)
  })
})

describe('a disk that hangs', () => {
  it('has appends wait up to maxPending, refuses the rest with JOURNAL_BUSY, and takes all that waited when it goes on', async () => {
    const memory = newFileSystem()
    let gate = Promise.resolve()
    const fileSystem: FileSystem = {
      ...memory,
      open: async (path, mode: OpenMode) => {
        const file = await memory.open(path, mode)
        return { ...file, write: (bytes, position) => gate.then(() => file.write(bytes, position)) }
      },
    }
    const journal = await openStrings(fileSystem, { maxPending: 10 })
    await journal.append('before')
    const seen: string[] = []
    const reader = await journal.subscriber('reader')
    let goOn = (): void => undefined
    gate = new Promise((resolve) => {
      goOn = resolve
    })
    const results = Promise.allSettled(Array.from({ length: 25 }, (_, index) => journal.append(`${index}`)))
    await settle()
    expect(journal.stats).toMatchObject({ pending: 10, dropped: 15 })
    // Reading goes on meanwhile.
    reader.batches({ maxInFlight: 100 }).subscribe(({ values }) => seen.push(...values))
    await settle()
    expect(seen).toEqual(['before'])
    goOn()
    const settled = await results
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBe(10)
    for (const result of settled.slice(10)) expect(result).toMatchObject({ reason: { code: 'JOURNAL_BUSY' } })
    await settle()
    expect(seen.length).toBe(11)
  })
})

describe('a subscriber that is far behind', () => {
  it('is given a backlog in batches that it asked for, one window of the disk at a time', async () => {
    const memory = newFileSystem()
    let inMemory = 0
    let most = 0
    const fileSystem: FileSystem = {
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        if (mode !== 'read') return file
        return {
          ...file,
          read: async (into, position) => {
            inMemory += into.length
            most = Math.max(most, inMemory)
            return file.read(into, position)
          },
        }
      },
    }
    const options = { segmentBytes: 1 << 20 }
    const journal = await openStrings(fileSystem, options)
    const reader = await journal.subscriber('reader')
    const records = Array.from({ length: 20 }, (_, index) => `${index}${'x'.repeat(20_000)}`)
    for (let round = 0; round < 20; round += 1) await journal.appendBatch(records)
    let received = 0
    let out = 0
    await new Promise<void>((resolve) => {
      reader.batches({ maxRecords: 10, maxInFlight: 2 }).subscribe((batch: JournalBatch<string>) => {
        out += 1
        expect(out).toBeLessThanOrEqual(2)
        received += batch.values.length
        // Slower than the disk.
        setImmediate(() => {
          out -= 1
          // What was read for what is acknowledged can go.
          inMemory = 0
          batch.ack()
          if (received === 400) resolve()
        })
      })
    })
    expect(most).toBeLessThan(4 << 20)
    expect(journal.stats.bytes).toBeLessThan(2 << 20)
  })
})

describe('a clock that jumps', () => {
  it.each([
    ['starts in 1970', 0, 1, 2],
    ['goes back by a year', 1.8e12, 1.77e12, 1.8e12],
    ['is far in the future', 2 ** 53, 1.8e12, 2 ** 53],
    ['is no number for a while', Number.NaN, 1.8e12, Number.NaN],
  ])('and %s changes neither order, nor positions, nor what is kept', async (_, ...times) => {
    using time = virtualTime()
    const fileSystem = newFileSystem()
    let now = 0
    const clock = { now: () => now }
    for (const [index, jump] of times.entries()) {
      now = jump
      const journal = await openStrings(fileSystem, { clock })
      for (let part = 0; part < 4; part += 1) await journal.append(`${index}:${part}:${'x'.repeat(1200)}`)
      await journal.subscriber('reader')
      await time.advanceBy(1000)
      if (index < times.length - 1) await journal.close()
    }
    const journal = await openStrings(copyOf(fileSystem), { clock })
    expect(journal.recovery.gaps).toEqual([])
    const { values, gaps } = await readAll(journal, 'reader')
    expect(gaps).toEqual([])
    expect([...values.values()].map((value) => value.slice(0, 3)).join(' ')).toBe(
      '0:0 0:1 0:2 0:3 1:0 1:1 1:2 1:3 2:0 2:1 2:2 2:3',
    )
  })
})
