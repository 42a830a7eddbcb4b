import { crc32 } from 'node:zlib'

import { memoryFileSystem, type MemoryFileSystem } from '../../src/testing/index.ts'
import { describe, expect, it, vi } from 'vitest'

import type { RollupProblem } from '../../src/index.ts'
import { openRollupStore, type RollupStore, type RollupStoreOptions } from '../../src/store.ts'
import { day, hour, minute, sample } from '../support/samples.ts'

const directory = '/rollups'
const open = (fileSystem: MemoryFileSystem, options: RollupStoreOptions = {}): Promise<RollupStore> =>
  openRollupStore(directory, { fileSystem, flushBytes: 1 << 20, ...options })

const batch = (seq: number): Parameters<RollupStore['write']>[0] => ({
  position: { journalId: 'j', firstSeq: seq, lastSeq: seq },
  values: [sample(`series ${seq % 3}`, seq * 1000, 1)],
})

const total = async (store: RollupStore): Promise<number> => {
  const fetched = await store.fetch({ select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' })
  return fetched.reduce((sum, { values }) => sum + ((values[0] as number | null) ?? 0), 0)
}

/** Counts the files that are open, now and at most. */
function counting(fileSystem: MemoryFileSystem): {
  readonly fileSystem: MemoryFileSystem
  readonly opened: () => number
  readonly most: () => number
} {
  let [now, most] = [0, 0]
  const open: MemoryFileSystem['open'] = async (path, mode) => {
    const file = await fileSystem.open(path, mode)
    now += 1
    most = Math.max(most, now)
    const close = async (): Promise<void> => {
      now -= 1
      await file.close()
    }
    return { ...file, close }
  }
  return { fileSystem: { ...fileSystem, open }, opened: () => now, most: () => most }
}

const segments = async (fileSystem: MemoryFileSystem): Promise<string[]> =>
  (await fileSystem.list(directory)).filter((name) => name.endsWith('.seg'))

describe('a disk that fails', () => {
  for (const operation of ['write', 'sync', 'rename', 'open'] as const) {
    for (const flushBytes of [1, 1 << 20]) {
      it(`rejects a batch when ${operation} fails, and takes it later, once (flush at ${flushBytes})`, async () => {
        const fileSystem = memoryFileSystem()
        let store = await open(fileSystem, { flushBytes })
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
          { flushBytes },
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

  it('takes no later batch before one that failed, which would be skipped when it came again', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.write(batch(1))
    const mend = fileSystem.fail('sync', 'EIO')
    await expect(store.write(batch(2))).rejects.toMatchObject({ code: 'ROLLUP_IO', retryable: true })
    mend()
    await expect(store.write(batch(4))).rejects.toMatchObject({ code: 'ROLLUP_IO', facts: { missing: 2 } })
    expect(store.position?.seq).toBe(1)
    await Promise.all([store.write(batch(2)), store.write(batch(4))])
    expect(await total(store)).toBe(3)
    // Without a failure, numbers may be left out: a journal has gaps.
    await store.write(batch(9))
    expect(store.position?.seq).toBe(9)
  })

  it('goes on behind a batch that failed once an empty one gives it up', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem, { flushBytes: 1 })
    await store.write(batch(1))
    const mend = fileSystem.fail('write', 'ENOSPC')
    await Promise.allSettled([store.write(batch(2)), store.write(batch(3))])
    mend()
    await store.write({ ...batch(2), values: [] })
    await store.write(batch(3))
    expect(await total(store)).toBe(2)
  })

  it('counts what it skips once, however often the batch fails', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.write(batch(1))
    const again = {
      position: { journalId: 'j', firstSeq: 1, lastSeq: 2 },
      values: [...batch(1).values, ...batch(2).values],
    }
    const mend = fileSystem.fail('write', 'EIO')
    await expect(store.write(again)).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    mend()
    await store.write(again)
    expect(store.stats).toMatchObject({ samples: 2, skipped: 1 })
  })

  it.each(['sync', 'read'] as const)('closes the files that it opened when %s fails', async (operation) => {
    const { fileSystem, opened } = counting(memoryFileSystem())
    const store = await openRollupStore(directory, { fileSystem })
    await store.write(batch(1))
    await store.flush()
    await store.close()
    expect(opened()).toBe(0)
    const mend = fileSystem.fail(operation, 'EIO')
    await expect(openRollupStore(directory, { fileSystem })).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    mend()
    expect(opened()).toBe(0)
  })

  it('reads a file again that could not be read', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open(fileSystem)
    await store.write(batch(1))
    await store.flush()
    for (const operation of ['open', 'read'] as const) {
      const mend = fileSystem.fail(operation, 'EMFILE')
      const during = [total(store), total(store)]
      for (const result of await Promise.allSettled(during)) expect(result.status).toBe('rejected')
      mend()
      expect(await total(store)).toBe(1)
    }
  })

  it('keeps few files open, however many days late samples belong to', async () => {
    const { fileSystem, opened, most } = counting(memoryFileSystem())
    const store = await openRollupStore(directory, { fileSystem })
    for (const seq of [1, 101]) {
      const values = Array.from({ length: 100 }, (_, index) => sample('a', index * day + seq, 1))
      await store.write({ position: { journalId: 'j', firstSeq: seq, lastSeq: seq + 99 }, values })
      await store.flush()
    }
    const query = { select: '__name:*', from: 0, to: 100 * day, period: '1d', value: 'count' } as const
    expect((await store.fetch(query))[0]?.values).toEqual(Array(100).fill(2))
    expect(most()).toBeLessThan(80)
    await store.close()
    expect(opened()).toBe(0)
  })

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
    const seen: RollupProblem[] = []
    const store = await open(fileSystem, { problems: { next: (problem) => seen.push(problem) } })
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

  it.each([
    ['"version":2', '"version":3', 'manifest.version must be one of 1, 2, got 3'],
    ['"periods":[60000', '"periods":["1m"', 'manifest.periods[0] must be a whole number from 1'],
    ['"head":', '"hat":', 'manifest.head is missing'],
    ['"shard":', '"shard":null,"was":', 'manifest.segments[0].shard must be a whole number'],
    ['"position":', '"position":{"seq":1},"was":', 'manifest.position.journalId is missing'],
  ])('opens no store whose MANIFEST passes its checksum and says %s as %s', async (right, wrong, message) => {
    const fileSystem = await filled()
    const [, before = ''] = new TextDecoder().decode(fileSystem.contents(`${directory}/MANIFEST`)).split('\n')
    const json = before.replace(right, wrong)
    expect(json).not.toBe(before)
    await fileSystem.remove(`${directory}/MANIFEST`)
    const file = await fileSystem.open(`${directory}/MANIFEST`, 'create')
    const sum = crc32(json).toString(16).padStart(8, '0')
    await file.write(new TextEncoder().encode(`${sum}\n${json}\n`), 0)
    await expect(open(fileSystem)).rejects.toMatchObject({ code: 'ROLLUP_CORRUPT' })
    await expect(open(fileSystem)).rejects.toThrow(message)
  })

  it('tells of damage that it met when opening, also where nobody listens', async () => {
    const fileSystem = await filled()
    const [name] = await segments(fileSystem)
    await fileSystem.remove(`${directory}/${name}`)
    const seen: RollupProblem[] = []
    await open(fileSystem, { problems: { next: (problem) => seen.push(problem) } })
    expect(seen).toMatchObject([{ from: 'rollup', reason: 'damaged-segment', count: 1, file: name }])

    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    await open(fileSystem)
    expect(warning.mock.calls).toMatchObject([
      [expect.stringContaining(name!), { type: 'TocsinWarning', code: 'rollup/damaged-segment' }],
    ])
    warning.mockRestore()
  })

  it('ends a log at a damaged batch and tells of it', async () => {
    const written = memoryFileSystem()
    const first = await open(written)
    const ends: number[] = []
    for (const seq of [1, 2, 3]) {
      await first.write(batch(seq))
      ends.push(first.stats.headBytes + 12)
    }
    for (let at = 12; at < ends[2]!; at += 1) {
      const fileSystem = written.powerCut((bytes) => bytes)
      fileSystem.contents(`${directory}/head-1.log`)[at]! ^= 1 << (at % 8)
      const seen: string[] = []
      const store = await open(fileSystem, { problems: { next: ({ reason }) => seen.push(reason) } })
      const whole = ends.filter((end) => end <= at).length
      expect(store.position?.seq ?? 0).toBe(whole)
      expect(await total(store)).toBe(whole)
      // A wrong length looks like the end, and behind the last batch there is nothing to tell damage from it.
      const isLength = at < [12, ...ends][whole]! + 4
      if (!isLength) expect(seen).toEqual(whole === 2 ? [] : ['damaged-log'])
    }
  })

  it('has nothing to tell of a log that was cut off or ends with zeros', async () => {
    const written = memoryFileSystem()
    const first = await open(written)
    for (const seq of [1, 2, 3]) await first.write(batch(seq))
    for (let from = 12; from < first.stats.headBytes; from += 1) {
      const fileSystem = written.powerCut((bytes) => bytes)
      fileSystem.contents(`${directory}/head-1.log`).fill(0, from)
      const store = await open(fileSystem)
      expect(store.stats.problems).toBe(0)
      expect(await total(store)).toBe(store.position?.seq ?? 0)
    }
  })

  it('does not begin anew over batches without a manifest', async () => {
    const fileSystem = memoryFileSystem()
    await (await open(fileSystem)).write(batch(1))
    await fileSystem.remove(`${directory}/MANIFEST`)
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
    const store = await open(fileSystem, { flushBytes: 1 })
    for (let seq = 1; seq <= 60; seq += 1) await store.write(batch(seq))
    expect(await total(store)).toBe(60)
    const { segments: named, merges } = store.stats
    expect(merges).toBeGreaterThan(0)
    expect(named).toBeLessThanOrEqual(5 * 9)
    expect(await segments(fileSystem)).toHaveLength(named)
  })
})
