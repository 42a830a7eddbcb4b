import { memoryFileSystem, type MemoryFileSystem } from '@tocsin/core/testing'
import { describe, expect, it } from 'vitest'

import { openRollupStore, type RollupProblem, type RollupStore } from '../../src/index.ts'
import { hour, minute, sample } from '../support/samples.ts'

const directory = '/rollups'
const open = (fileSystem: MemoryFileSystem, flushBytes = 1 << 20): Promise<RollupStore> =>
  openRollupStore(directory, { fileSystem, flushBytes })

const batch = (seq: number): Parameters<RollupStore['write']>[0] => ({
  journalId: 'j',
  firstSeq: seq,
  lastSeq: seq,
  values: [sample(`series ${seq % 3}`, seq * 1000, 1)],
})

const total = async (store: RollupStore): Promise<number> => {
  const fetched = await store.fetch({ select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' })
  return fetched.reduce((sum, { values }) => sum + ((values[0] as number | null) ?? 0), 0)
}

const segments = async (fileSystem: MemoryFileSystem): Promise<string[]> =>
  (await fileSystem.list(directory)).filter((name) => name.endsWith('.seg'))

describe('a disk that fails', () => {
  for (const operation of ['write', 'sync', 'rename', 'open'] as const) {
    for (const flushBytes of [1, 1 << 20]) {
      it(`rejects a batch when ${operation} fails, and takes it later, once (flush at ${flushBytes})`, async () => {
        const fileSystem = memoryFileSystem()
        let store = await open(fileSystem, flushBytes)
        await store.write(batch(1))
        const mend = fileSystem.fail(operation, 'EIO')
        const results = await Promise.allSettled([store.write(batch(2)), store.write(batch(3))])
        mend()
        const failed = flushBytes === 1 || operation === 'write' || operation === 'sync'
        expect(results.map(({ status }) => status)).toEqual(Array(2).fill(failed ? 'rejected' : 'fulfilled'))
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ROLLUP_IO' })
        }
        await store.write(batch(2))
        await store.write(batch(3))
        expect(await total(store)).toBe(3)
        store = await open(
          fileSystem.powerCut((bytes) => bytes),
          flushBytes,
        )
        expect(store.position?.seq).toBe(3)
        expect(await total(store)).toBe(3)
      })
    }
  }

  it.each(['write', 'sync', 'rename', 'open'] as const)(
    'leaves no files behind when %s fails for long',
    async (operation) => {
      const fileSystem = memoryFileSystem()
      const store = await open(fileSystem)
      await store.write(batch(1))
      const mend = fileSystem.fail(operation, 'ENOSPC')
      for (let attempt = 0; attempt < 3; attempt += 1) await store.flush().catch(() => undefined)
      mend()
      await store.flush()
      const names = await fileSystem.list(directory)
      expect(names.filter((name) => name.endsWith('.seg'))).toHaveLength(store.stats.segments)
      expect(names.filter((name) => name.startsWith('head-'))).toHaveLength(1)
    },
  )

  it('adds nothing to a log that a new manifest may not name any more', async () => {
    const fileSystem = memoryFileSystem()
    await (await open(fileSystem)).close()
    // A rename is done, but whether it is durable is not known.
    let mend = (): unknown => undefined
    const breaks = { sync: true }
    const store = await openRollupStore(directory, {
      fileSystem: {
        ...fileSystem,
        rename: async (from, to) => {
          await fileSystem.rename(from, to)
          if (breaks.sync) mend = fileSystem.fail('sync', 'EIO')
        },
      },
    })
    await store.write(batch(1))
    await expect(store.flush()).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    await expect(store.write(batch(2))).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    mend()
    breaks.sync = false
    await store.write(batch(2))
    const again = await open(fileSystem)
    expect(again.position?.seq).toBe(2)
    expect(await total(again)).toBe(2)
  })

  it('makes a batch that it finds after a restart durable before it counts it', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    const mend = fileSystem.fail('sync', 'EIO')
    await expect(store.write(batch(1))).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    mend()
    expect((await open(fileSystem)).position?.seq).toBe(1)
    const afterPowerCut = await open(fileSystem.powerCut(() => undefined))
    expect(afterPowerCut.position?.seq).toBe(1)
  })

  it('never reads what a failed write left with the numbers of other series', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    // Both batches are written and not synced; the second one stays behind the first one's next attempt.
    const mend = fileSystem.fail('sync', 'EIO')
    await Promise.allSettled([store.write(batch(1)), store.write(batch(2))])
    mend()
    const other = { ...batch(1), values: [sample('series X', 1000, 1)] }
    await store.write(other)
    const again = await open(fileSystem)
    expect(again.position?.seq).toBe(1)
    expect(again.series().map(({ key }) => key)).toEqual(['series X'])
  })
})

describe('damaged files', () => {
  const filled = async (): Promise<MemoryFileSystem> => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    for (let seq = 1; seq <= 60; seq += 1) await store.write(batch(seq))
    await store.close()
    return fileSystem
  }

  it('serves the rest of a segment with a damaged block and tells of it', async () => {
    const fileSystem = await filled()
    const name = (await segments(fileSystem)).find((file) => file.startsWith(`${hour}-`))
    const bytes = fileSystem.contents(`${directory}/${name}`)
    bytes[10] = bytes[10]! ^ 1
    const store = await open(fileSystem)
    const seen: RollupProblem[] = []
    store.problems.subscribe((problem) => seen.push(problem))
    const fetched = await store.fetch({ select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' })
    expect(fetched.map(({ series }) => series.key)).toEqual(['series 0', 'series 2'])
    expect(seen).toMatchObject([{ reason: 'damaged-block', file: name }])
    expect(
      await store.fetch({ select: '__name:*', from: 0, to: hour, period: '1m', value: 'count' }),
    ).toHaveLength(3)
  })

  it('leaves out a segment whose directory is damaged, and keeps the file', async () => {
    const fileSystem = await filled()
    const [name] = await segments(fileSystem)
    const bytes = fileSystem.contents(`${directory}/${name}`)
    bytes[bytes.length - 20] = bytes[bytes.length - 20]! ^ 1
    let store = await open(fileSystem)
    expect(store.stats).toMatchObject({ problems: 1, segments: 4 })
    await store.write(batch(61))
    await store.close()
    store = await open(fileSystem)
    expect(await segments(fileSystem)).toContain(name)
  })

  it.each([['MANIFEST'], ['series.dat'], ['head']])('opens no store whose %s is damaged', async (start) => {
    const fileSystem = await filled()
    const name = (await fileSystem.list(directory)).find((file) => file.startsWith(start))
    const bytes = fileSystem.contents(`${directory}/${name}`)
    bytes[9] = bytes[9]! ^ 1
    await expect(open(fileSystem)).rejects.toMatchObject({ code: 'ROLLUP_CORRUPT' })
  })

  it('does not begin anew over segments without a manifest', async () => {
    const fileSystem = await filled()
    await fileSystem.remove(`${directory}/MANIFEST`)
    await expect(open(fileSystem)).rejects.toMatchObject({ code: 'ROLLUP_CORRUPT' })
  })

  it('never serves a wrong value, whichever byte of a segment is flipped', async () => {
    const clean = await filled()
    for (const name of await segments(clean)) {
      const size = clean.contents(`${directory}/${name}`).length
      for (let at = 0; at < size; at += 7) {
        const fileSystem = clean.powerCut((bytes) => bytes)
        const bytes = fileSystem.contents(`${directory}/${name}`)
        bytes[at] = bytes[at]! ^ (1 << (at % 8))
        const store = await open(fileSystem)
        const sums = await store.fetch({
          select: '__name:*',
          from: 0,
          to: 2 * minute,
          period: '1m',
          value: 'sum',
        })
        for (const { values } of sums)
          expect([
            [20, null],
            [20, 1],
            [19, 1],
          ]).toContainEqual(values)
      }
    }
  })
})

describe('old files', () => {
  it('removes what a flush left when it was cut off, and nothing else', async () => {
    const fileSystem = memoryFileSystem()
    await (await open(fileSystem)).close()
    for (const name of ['60000-0-99.seg', 'head-7.log', 'MANIFEST.tmp', 'notes.txt']) {
      await fileSystem.open(`${directory}/${name}`, 'create')
    }
    await open(fileSystem)
    expect(await fileSystem.list(directory)).toEqual(['MANIFEST', 'head-1.log', 'notes.txt'])
  })

  it('keeps at most a few segments per shard and no replaced ones', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem, 1)
    for (let seq = 1; seq <= 60; seq += 1) await store.write(batch(seq))
    expect(await total(store)).toBe(60)
    const { segments: named, merges } = store.stats
    expect(merges).toBeGreaterThan(0)
    expect(named).toBeLessThanOrEqual(5 * 9)
    expect(await segments(fileSystem)).toHaveLength(named)
  })
})
