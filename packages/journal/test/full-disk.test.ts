import type { FileSystem } from '@tocsin/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Journal, JournalHealth, JournalOptions } from '../src/index.ts'
import type { MemoryFileSystem, VirtualTime } from '../src/testing/index.ts'
import { virtualTime } from '../src/testing/index.ts'
import { directory, newFileSystem, openStrings, readAll, segmentFiles } from './helpers/journals.ts'

const record = (index: number): string => `${index}${'x'.repeat(1500)}`
const refusal = { code: 'JOURNAL_FULL', cause: { code: 'ENOSPC' } }

let time: VirtualTime
beforeEach(() => {
  time = virtualTime()
})
afterEach(() => time.end())

interface Opened {
  readonly journal: Journal<string>
  readonly fileSystem: MemoryFileSystem
  readonly states: JournalHealth[]
}

async function open(options: Partial<JournalOptions<string>> = {}): Promise<Opened> {
  const fileSystem = newFileSystem()
  const journal = await openStrings(fileSystem, { minFreeBytes: 0, ...options })
  const states: JournalHealth[] = []
  journal.health$.subscribe((health) => states.push(health))
  return { journal, fileSystem, states }
}

describe('a full disk', () => {
  it('is one look per append, and no file, until there is room', async () => {
    const { journal, fileSystem, states } = await open()
    for (let index = 1; index <= 4; index += 1) await journal.append(record(index))
    fileSystem.setCapacity(0)
    await expect(journal.append(record(0))).rejects.toMatchObject(refusal)
    const { operations } = fileSystem
    for (let index = 0; index < 100; index += 1) {
      await expect(journal.append(record(0))).rejects.toMatchObject(refusal)
    }
    expect(fileSystem.operations).toBe(operations)
    expect(journal.health).toMatchObject({ state: 'full', reason: 'disk' })
    fileSystem.setCapacity(1 << 20)
    expect(await journal.append(record(5))).toEqual({ firstSeq: 5, lastSeq: 5 })
    expect(states.map(({ state }) => state)).toEqual(['open', 'full', 'open'])
    expect([...(await readAll(journal)).values.keys()]).toEqual([1, 2, 3, 4, 5])
  })

  it('is filled to the end by records, and not by a segment for each of the last', async () => {
    const { journal, fileSystem } = await open({ segmentBytes: 1 << 20 })
    await journal.append(record(0))
    fileSystem.setCapacity(40_000)
    let written = 0
    while (await journal.append(record(written)).then(Boolean, () => false)) written += 1
    expect(written).toBeGreaterThan(20)
    expect((await segmentFiles(fileSystem)).length).toBeLessThan(5)
  })

  it('is open again by itself when there is room, though nothing is appended', async () => {
    const { journal, fileSystem, states } = await open()
    await journal.append(record(1))
    fileSystem.setCapacity(0)
    await expect(journal.append('x'.repeat(3000))).rejects.toMatchObject(refusal)
    await time.advanceBy(30_000)
    expect(states.at(-1)).toMatchObject({ state: 'full', reason: 'disk', since: 0 })
    fileSystem.setCapacity(1 << 20)
    await time.advanceBy(1000)
    expect(states.at(-1)).toEqual({ type: 'health', state: 'open', since: 31_000 })
    // Nothing is looked at any more.
    await time.advanceBy(10_000)
    expect(time.scheduled).toBe(0)
  })

  it.each(['EDQUOT', 'EFBIG', 'ENOSPC'])('that says %s but has room is tried once a second', async (code) => {
    const { journal, fileSystem } = await open()
    await journal.append('1')
    const mend = fileSystem.fail('write', code, { path: /segment$/ })
    const refused = { code: 'JOURNAL_FULL', cause: { code } }
    await expect(journal.append('2')).rejects.toMatchObject(refused)
    const { operations } = fileSystem
    for (let index = 0; index < 50; index += 1)
      await expect(journal.append('2')).rejects.toMatchObject(refused)
    expect(fileSystem.operations).toBe(operations)
    await time.advanceBy(1000)
    await expect(journal.append('2')).rejects.toMatchObject(refused)
    expect(fileSystem.operations).toBeGreaterThan(operations)
    mend()
    await time.advanceBy(1000)
    expect(await journal.append('2')).toEqual({ firstSeq: 2, lastSeq: 2 })
    expect(journal.health.state).toBe('open')
  })

  it('gets the spare segment first, and history, before an append is refused', async () => {
    const { journal, fileSystem } = await open({ keepBytes: 1 << 20 })
    for (let index = 1; index <= 12; index += 1) await journal.append(record(index))
    await readAll(journal)
    expect(journal.stats.firstSeq).toBe(1)
    fileSystem.setCapacity(0)
    for (let index = 13; index <= 16; index += 1) {
      const taken = (await segmentFiles(fileSystem)).reduce(
        (sum, path) => sum + fileSystem.contents(path).length,
        0,
      )
      // Exactly what is taken, so that each append has to find its room.
      fileSystem.setCapacity(taken + 20_000)
      await journal.append(record(index))
    }
    expect(journal.stats.firstSeq).toBeLessThan(13)
    expect(journal.health.state).toBe('open')
    expect((await readAll(journal)).gaps).toEqual([])
  })

  it.each(['drop-oldest', 'evict-subscriber'] as const)(
    'gives up what %s says, with a gap',
    async (whenFull) => {
      const { journal, fileSystem } = await open({ whenFull })
      await journal.subscriber('reader')
      for (let index = 1; index <= 20; index += 1) await journal.append(record(index))
      const names = await fileSystem.list(directory)
      const sizes = names.map((name) =>
        /\./.test(name) ? fileSystem.contents(`${directory}/${name}`).length : 0,
      )
      fileSystem.setCapacity(sizes.reduce((sum, size) => sum + size, 0) + 8300)
      for (let index = 21; index <= 40; index += 1) await journal.append(record(index)).catch(() => undefined)
      const { firstSeq, lastSeq, evicted } = journal.stats
      expect(lastSeq).toBeGreaterThan(25)
      expect(evicted).toBe(firstSeq - 1)
      const { gaps, values } = await readAll(journal)
      expect(gaps).toEqual([{ fromSeq: 1, toSeq: firstSeq - 1, reason: 'evicted' }])
      expect(values.size).toBe(lastSeq - firstSeq + 1)
    },
  )
})

describe('minFreeBytes', () => {
  const floor = 100_000

  it('keeps so much of the disk free, and goes on when there is a little more', async () => {
    const { journal, fileSystem, states } = await open({ minFreeBytes: floor })
    await journal.append('1')
    fileSystem.setCapacity(floor + 40_000)
    const results = []
    for (let index = 0; index < 40; index += 1) {
      results.push(await journal.append(record(index)).catch((error: unknown) => error))
    }
    expect(await fileSystem.freeBytes(directory)).toBeGreaterThanOrEqual(floor - 8192)
    expect(results.at(-1)).toMatchObject({ code: 'JOURNAL_FULL', facts: { minFreeBytes: floor } })
    expect(states.at(-1)).toMatchObject({ state: 'full', reason: 'min-free' })
    fileSystem.setCapacity(floor + 200_000)
    await time.advanceBy(1000)
    expect(states.at(-1)).toMatchObject({ state: 'open' })
    await journal.append('more')
  })

  it('is not looked at with every commit', async () => {
    const memory = newFileSystem()
    let looks = 0
    const freeBytes: FileSystem['freeBytes'] = async (path) => {
      looks += 1
      return memory.freeBytes(path)
    }
    const journal = await openStrings({ ...memory, freeBytes }, { segmentBytes: 1 << 20 })
    for (let index = 0; index < 500; index += 1) await journal.append('x'.repeat(100))
    expect(looks).toBeLessThan(4)
    expect(journal.stats.freeBytes).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('takes a file system that does not tell for one that has room', async () => {
    const { journal, fileSystem } = await open({ minFreeBytes: floor })
    fileSystem.fail('freeBytes', 'ENOSYS')
    await journal.append('1')
    expect(journal.stats.freeBytes).toBeUndefined()
  })

  it('has the oldest segments dropped with drop-oldest, and whoever had not read them gets a gap after a crash too', async () => {
    const options = { minFreeBytes: floor, whenFull: 'drop-oldest' } as const
    const { journal, fileSystem } = await open(options)
    await journal.subscriber('reader')
    for (let index = 1; index <= 20; index += 1) await journal.append(record(index))
    fileSystem.setCapacity(floor + 40_000)
    for (let index = 21; index <= 60; index += 1) await journal.append(record(index))
    const { firstSeq } = journal.stats
    expect(firstSeq).toBeGreaterThan(20)
    expect(await fileSystem.freeBytes(directory)).toBeGreaterThanOrEqual(floor - 8192)
    const crashed = fileSystem.powerCut(() => undefined)
    const { gaps } = await readAll(await openStrings(crashed, options))
    expect(gaps).toEqual([{ fromSeq: 1, toSeq: firstSeq - 1, reason: 'evicted' }])
  })
})
