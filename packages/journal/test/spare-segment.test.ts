import { readdir, rm, writeFile } from 'node:fs/promises'

import type { FileSystem } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../vitest.runs.ts'
import type { SpareSegment } from '../src/segments/spare-segment.ts'
import { createSpareSegment } from '../src/segments/spare-segment.ts'
import type { Journal } from '../src/index.ts'
import type { MemoryFileSystem } from '../src/testing/index.ts'
import { memoryFileSystem } from '../src/testing/index.ts'
import { directory, newFileSystem, openStrings, readAll, settle } from './helpers/journals.ts'
import { temporaryFolder } from './helpers/processes.ts'

const size = { minBytes: 100, maxBytes: 1000 }

async function withFiles(sizes: Readonly<Record<string, number>>): Promise<{
  fileSystem: MemoryFileSystem
  spare: SpareSegment
}> {
  const fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory('d')
  for (const [name, bytes] of Object.entries(sizes)) {
    const file = await fileSystem.open(`d/${name}`, 'create')
    await file.write(new Uint8Array(bytes).fill(7), 0)
    await file.sync()
    await file.close()
  }
  await fileSystem.syncDirectory('d')
  return { fileSystem, spare: createSpareSegment(fileSystem, 'd', size) }
}

describe('the spare segment', () => {
  it('is the first one that is retired, without its header; others are removed', async () => {
    const { fileSystem, spare } = await withFiles({ a: 500, b: 500 })
    await spare.retire('d/a')
    await spare.retire('d/b')
    expect(await fileSystem.list('d')).toEqual(['spare'])
    expect(
      fileSystem
        .contents('d/spare')
        .subarray(0, 128)
        .every((byte) => byte === 0),
    ).toBe(true)
    expect(await spare.use('d/c')).toBe(500)
    expect(await spare.use('d/e')).toBeUndefined()
    expect(await fileSystem.list('d')).toEqual(['c'])
  })

  it('is none that is smaller or larger than a segment may be', async () => {
    const { fileSystem, spare } = await withFiles({ small: 99, large: 1001, spare: 99 })
    await spare.retire('d/small')
    await spare.retire('d/large')
    expect(await spare.use('d/next')).toBeUndefined()
    expect(await fileSystem.list('d')).toEqual([])
  })

  it('never takes the place of a file that is there', async () => {
    const { fileSystem, spare } = await withFiles({ spare: 500, taken: 10 })
    await expect(spare.use('d/taken')).rejects.toMatchObject({ code: 'EEXIST' })
    expect(fileSystem.contents('d/taken').length).toBe(10)
    expect(fileSystem.contents('d/spare').length).toBe(500)
  })

  it.each(['open', 'size', 'write', 'sync', 'rename'] as const)(
    'is done without where %s fails: the segment is removed',
    async (operation) => {
      const { fileSystem, spare } = await withFiles({ a: 500 })
      fileSystem.fail(operation, 'EIO')
      await spare.retire('d/a')
      expect((await fileSystem.list('d')).filter((name) => name === 'a')).toEqual([])
    },
  )

  it('works where files can have one name only', async () => {
    const { fileSystem, spare } = await withFiles({ a: 500 })
    fileSystem.fail('renameNew', 'EPERM')
    await spare.retire('d/a')
    expect(await spare.use('d/b')).toBe(500)
  })

  it('leaves no file open, whatever fails', async () => {
    const folder = await temporaryFolder()
    const before = (await readdir('/proc/self/fd')).length
    for (let index = 0; index < 20; index += 1) {
      const failing: FileSystem = {
        ...nodeFileSystem,
        rename: () => Promise.reject(new Error('rename')),
        open: async (path, mode) => ({
          ...(await nodeFileSystem.open(path, mode)),
          ...(index % 2 === 0 && { sync: () => Promise.reject(new Error('sync')) }),
        }),
      }
      const spare = createSpareSegment(failing, folder, size)
      await writeFile(`${folder}/a`, new Uint8Array(500))
      await spare.retire(`${folder}/a`)
      await writeFile(`${folder}/spare`, new Uint8Array(500))
      await expect(spare.use(`${folder}/b`)).rejects.toThrow('rename')
      await rm(`${folder}/spare`)
    }
    expect(await readdir(folder)).toEqual([])
    expect((await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(before)
  })
})

describe('a journal that recycles', () => {
  const record = (index: number): string => `${index}:${'x'.repeat(1300 + (index % 7) * 90)}`
  const options = { maxBytes: 16_384, minFreeBytes: 0 }

  /** Appends and reads what comes; gives the newest record that was acknowledged. */
  async function live(journal: Journal<string>, from: number, acked: (seq: number) => void): Promise<void> {
    await journal.subscriber('reader')
    for (let index = from; index < from + 14; index += 1) {
      const { lastSeq } = await journal.append(record(index))
      acked(lastSeq)
      if (index % 3 === 0) await readAll(journal)
    }
  }

  it('loses nothing that was acknowledged, wherever its process or its power goes, twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ stop: fc.integer({ min: 0, max: 160 }), power: fc.boolean() }), {
          minLength: 2,
          maxLength: 3,
        }),
        fc.infiniteStream(fc.boolean()),
        async (lives, kept) => {
          const keeps = (): boolean => kept.next().value === true
          let fileSystem = newFileSystem()
          let lastSeq = 0
          for (const { stop, power } of lives) {
            const end = fileSystem.operations + stop
            fileSystem.stopAt(end)
            const life = { isAlive: true }
            const acked = (seq: number): void => {
              if (life.isAlive) lastSeq = seq
            }
            const done = (): boolean => (life.isAlive = false)
            void openStrings(fileSystem, options)
              .then((journal) => live(journal, lastSeq + 1, acked))
              .then(done, done)
            // A process that is gone never settles.
            while (life.isAlive && fileSystem.operations < end) await settle()
            life.isAlive = false
            fileSystem = power
              ? fileSystem.powerCut({ write: (bytes) => (keeps() ? bytes : undefined), name: keeps })
              : fileSystem.processKill()
          }
          const journal = await openStrings(fileSystem, options)
          await journal.subscriber('reader')
          const { values, gaps } = await readAll(journal)
          expect(gaps).toEqual([])
          expect(journal.stats.lastSeq).toBeGreaterThanOrEqual(lastSeq)
          for (const [, value] of values) expect(value).toBe(record(Number(value.split(':')[0])))
          await journal.append(record(0))
          expect([...(await readAll(journal)).values.values()]).toEqual([record(0)])
          expect(
            (await fileSystem.list(directory)).filter((name) => name.endsWith('segment')).length,
          ).toBeLessThan(8)
        },
      ),
      runs(60),
    )
  }, 60_000)
})
