import type { FileSystem } from '@tocsin/core'
import { expect, it } from 'vitest'

import { cursorName, readCursor } from '../src/cursors/cursor-file.ts'
import type { Cursors } from '../src/cursors/cursors.ts'
import { loadCursors } from '../src/cursors/cursors.ts'
import type { MemoryFileSystem, VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { newFileSystem } from './helpers/journals.ts'

const folder = 'subscribers'
const journalId = '0b9a4b5e-3c11-4f4e-9d8a-5b6c7d8e9f00'
const cursorSyncMs = 1000

/** Counts what is open, and what is done to cursors. */
function counted(disk: MemoryFileSystem): {
  fileSystem: FileSystem
  counts: { open: number; mostOpen: number; mostAtOnce: number; writes: number; folderSyncs: number }
} {
  const counts = { open: 0, mostOpen: 0, mostAtOnce: 0, writes: 0, folderSyncs: 0 }
  let atOnce = 0
  const during = async <R>(work: () => Promise<R>): Promise<R> => {
    atOnce += 1
    counts.mostAtOnce = Math.max(counts.mostAtOnce, atOnce)
    try {
      return await work()
    } finally {
      atOnce -= 1
    }
  }
  const fileSystem: FileSystem = {
    ...disk,
    open: async (path, mode) => {
      const file = await disk.open(path, mode)
      counts.open += 1
      counts.mostOpen = Math.max(counts.mostOpen, counts.open)
      return {
        ...file,
        write: (bytes, position) => {
          counts.writes += 1
          return during(() => file.write(bytes, position))
        },
        sync: () => during(() => file.sync()),
        close: async () => {
          counts.open -= 1
          await file.close()
        },
      }
    },
    syncDirectory: async (path) => {
      counts.folderSyncs += 1
      await disk.syncDirectory(path)
    },
  }
  return { fileSystem, counts }
}

async function start(fileSystem: FileSystem, scheduler: VirtualTime): Promise<Cursors> {
  await fileSystem.makeDirectory(folder)
  return loadCursors({
    ...{ fileSystem, folder, journalId, cursorSyncMs, scheduler },
    report: ({ message }) => {
      throw new Error(message)
    },
  })
}

it('hundreds of cursors that move have few files open, and none when they stand still', async () => {
  const time = virtualTime()
  const disk = newFileSystem()
  const { fileSystem, counts } = counted(disk)
  const cursors = await start(fileSystem, time)
  const names = Array.from({ length: 300 }, (_, index) => `s${index}`)
  const made = await Promise.all(names.map((name) => cursors.create(name, 0)))
  expect(counts.open).toBe(0)
  counts.mostOpen = counts.mostAtOnce = 0
  for (const seq of [1, 2, 3]) for (const cursor of made) cursors.ack(cursor, seq)
  await time.advanceBy(cursorSyncMs - 1)
  expect(counts.mostOpen).toBeLessThanOrEqual(32)
  for (const name of names) {
    expect((await readCursor(disk, `${folder}/${cursorName(name)}`, journalId))?.ackedSeq).toBe(3)
  }
  await time.advanceBy(4 * cursorSyncMs)
  expect(counts.open).toBe(0)
  expect(counts.mostAtOnce).toBeLessThanOrEqual(3)
  expect(cursors.minDurable).toBe(3)
  await cursors.close()
  time.end()
})

it('what is acknowledged of one subscriber while others are written is one write', async () => {
  const time = virtualTime()
  const { fileSystem, counts } = counted(newFileSystem())
  const cursors = await start(fileSystem, time)
  const made = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => cursors.create(name, 0)))
  counts.writes = 0
  for (let seq = 1; seq <= 50; seq += 1) {
    for (const cursor of made) cursors.ack(cursor, seq)
    await Promise.resolve()
  }
  await time.advanceBy(cursorSyncMs - 1)
  // Those that wait for their turn take what has come meanwhile along.
  expect(counts.writes).toBeLessThan(50)
  expect(made.map(({ ackedSeq }) => ackedSeq)).toEqual([50, 50, 50, 50, 50, 50])
  await cursors.close()
  time.end()
})

it('the names of cursors that are made together become durable together', async () => {
  const time = virtualTime()
  const disk = newFileSystem()
  const { fileSystem, counts } = counted(disk)
  const cursors = await start(fileSystem, time)
  counts.folderSyncs = 0
  await Promise.all(Array.from({ length: 100 }, (_, index) => cursors.create(`s${index}`, 0)))
  expect(counts.folderSyncs).toBeLessThan(50)
  expect(await disk.powerCut(() => undefined).list(folder)).toHaveLength(100)
  await cursors.close()
  time.end()
})

it('where no descriptor is left a cursor is written after another is closed', async () => {
  const time = virtualTime()
  const disk = newFileSystem()
  const { fileSystem, counts } = counted(disk)
  let limit = Infinity
  const cursors = await start(
    {
      ...fileSystem,
      open: async (path, mode) => {
        if (counts.open >= limit) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
        return fileSystem.open(path, mode)
      },
    },
    time,
  )
  const first = await cursors.create('first', 0)
  const second = await cursors.create('second', 0)
  limit = 1
  cursors.ack(first, 1)
  await time.advanceBy(1)
  cursors.ack(second, 1)
  await time.advanceBy(1)
  for (const name of ['first', 'second']) {
    expect((await readCursor(disk, `${folder}/${cursorName(name)}`, journalId))?.ackedSeq).toBe(1)
  }
  limit = Infinity
  await cursors.close()
  time.end()
})
