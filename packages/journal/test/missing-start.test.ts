import { describe, expect, it } from 'vitest'
import { lastValueFrom, toArray } from 'rxjs'

import type { MemoryFileSystem } from '../src/testing/index.ts'
import {
  copyOf,
  directory,
  newFileSystem,
  openStrings,
  readAll,
  replaceFile,
  segmentFiles,
} from './helpers/journals.ts'

/** Ten records, two a segment; a subscriber that waits for all of them, and one that has read three. */
async function fiveSegments(names: readonly string[] = ['all', 'three']): Promise<{
  readonly fileSystem: MemoryFileSystem
  readonly files: readonly string[]
}> {
  const fileSystem = newFileSystem()
  // Also what everybody has read.
  const journal = await openStrings(fileSystem, { keepBytes: 1024 * 1024 })
  for (const name of names) await journal.subscriber(name)
  for (let seq = 1; seq <= 10; seq += 1) await journal.append(`${seq}:${'x'.repeat(1500)}`)
  if (names.includes('three')) await (await journal.subscriber('three')).seek({ seq: 4 })
  await journal.close()
  return { fileSystem, files: await segmentFiles(fileSystem) }
}

const garbage = (length: number): Uint8Array => {
  let state = 1
  return Uint8Array.from({ length }, () => (state = (state * 48271) % 2147483647) & 255)
}

describe('an oldest segment that is not there any more', () => {
  it.each<[string, string, (fileSystem: MemoryFileSystem, path: string) => Promise<void>]>([
    [
      'removed',
      'missing-segment',
      async (fileSystem, path) => {
        await fileSystem.remove(path)
        await fileSystem.syncDirectory(directory)
      },
    ],
    ['cut to nothing', 'missing-segment', (fileSystem, path) => replaceFile(fileSystem, path, garbage(0))],
    [
      'cut below its header',
      'missing-segment',
      (fileSystem, path) => replaceFile(fileSystem, path, fileSystem.contents(path).slice(0, 100)),
    ],
    ['random bytes', 'corrupt', (fileSystem, path) => replaceFile(fileSystem, path, garbage(4000))],
  ])(
    'where it was %s is reported at opening, and is a gap for whoever reads from there',
    async (_, reason, damage) => {
      const { fileSystem, files } = await fiveSegments()
      await damage(fileSystem, files[0]!)
      const gap = { fromSeq: 1, toSeq: 2, reason }
      for (let opened = 1; opened <= 2; opened += 1) {
        const journal = await openStrings(copyOf(fileSystem))
        expect(journal.recovery.gaps).toEqual([gap])
        expect(journal.recovery.problems).toMatchObject([gap])
        const batches = await lastValueFrom(journal.readFrom('oldest').pipe(toArray()))
        expect(batches.flatMap(({ gaps }) => gaps)).toEqual([gap])
        const { values, gaps } = await readAll(journal, 'all')
        expect(gaps).toEqual([gap])
        expect([...values.keys()]).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
        expect((await readAll(journal, 'three')).gaps).toEqual([])
        await journal.close()
      }
      // Nothing is told once nobody waits for it.
      const journal = await openStrings(fileSystem)
      await readAll(journal, 'all')
      await journal.close()
      const again = await openStrings(fileSystem)
      expect(again.recovery).toMatchObject({ gaps: [], problems: [] })
      expect(again.recovery.firstSeq).toBeGreaterThan(2)
    },
  )

  it('is a gap for as many segments as are gone, and none for what everybody has read', async () => {
    const { fileSystem, files } = await fiveSegments(['three'])
    for (const path of files.slice(0, 3)) await fileSystem.remove(path)
    const journal = await openStrings(fileSystem)
    expect(journal.recovery.gaps).toEqual([{ fromSeq: 4, toSeq: 6, reason: 'missing-segment' }])
    const { fileSystem: read, files: left } = await fiveSegments(['three'])
    await read.remove(left[0]!)
    expect((await openStrings(read)).recovery).toMatchObject({ firstSeq: 3, gaps: [], problems: [] })
  })

  it('is no problem where nobody says that he waits for it', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (let seq = 1; seq <= 10; seq += 1) await journal.append(`${seq}:${'x'.repeat(1500)}`)
    await journal.close()
    const [oldest] = await segmentFiles(fileSystem)
    await fileSystem.remove(oldest!)
    expect((await openStrings(fileSystem)).recovery).toMatchObject({ firstSeq: 3, gaps: [], problems: [] })
  })
})

describe('a file of random bytes with the name of a segment', () => {
  it('is told where it is all that there is, and no number is given twice', async () => {
    const fileSystem = newFileSystem()
    const journal = await openStrings(fileSystem)
    for (const value of ['1', '2', '3']) await journal.append(value)
    await journal.close()
    const [path] = await segmentFiles(fileSystem)
    await replaceFile(fileSystem, path!, garbage(1000))
    const reopened = await openStrings(fileSystem)
    expect(reopened.recovery.gaps).toEqual([{ fromSeq: 1, toSeq: 1000, reason: 'corrupt' }])
    expect(reopened.recovery.problems).toMatchObject([{ reason: 'corrupt', fromSeq: 1 }])
    expect((await reopened.append('next')).firstSeq).toBe(1001)
    expect((await readAll(reopened)).gaps).toEqual(reopened.recovery.gaps)
  })

  it('is told among others, which it costs nothing', async () => {
    const { fileSystem, files } = await fiveSegments()
    await replaceFile(fileSystem, `${directory}/0000000000000000.segment`.replace(/0\./, 'f.'), garbage(1000))
    await fileSystem.remove(files[1]!)
    await replaceFile(fileSystem, files[1]!, garbage(1000))
    const journal = await openStrings(fileSystem)
    expect(journal.recovery.problems.filter(({ file }) => file === files[1])).toMatchObject([
      { reason: 'corrupt' },
    ])
    expect([...(await readAll(journal, 'all')).values.keys()]).toEqual([1, 2, 5, 6, 7, 8, 9, 10])
  })

  it('is not seen in what a crash leaves of a segment that was being begun', async () => {
    const { fileSystem, files } = await fiveSegments()
    const header = fileSystem.contents(files[0]!).slice(0, 128)
    for (const left of [0, 1, 64, 120, 124]) {
      const copy = copyOf(fileSystem)
      await replaceFile(copy, `${directory}/000000000000000f.segment`, header.slice(0, left))
      const before = await openStrings(copy)
      expect(before.recovery).toMatchObject({ lastSeq: 10, gaps: [], problems: [] })
    }
  })
})
