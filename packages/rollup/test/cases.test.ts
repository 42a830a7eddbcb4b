import type { FileSystem, Sample } from '@tocsin/core'
import { memoryFileSystem } from '@tocsin/core/testing'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'

import type { RollupProblem } from '../src/problem.ts'
import type { RollupBatch, RollupQuery } from '../src/rollup-store.ts'
import type { RollupStoreOptions } from '../src/store-options.ts'
import { openRollupStore } from '../src/store.ts'
import { day, hour, minute, sample } from './support/samples.ts'

// What was measured from outside, each with the right value.

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

const batch = (values: readonly Sample[], firstSeq: number): RollupBatch => ({
  values,
  position: { journalId: 'j', firstSeq, lastSeq: firstSeq + values.length - 1 },
})

function openOn(fileSystem: FileSystem, options: RollupStoreOptions = {}) {
  return openRollupStore('/rollups', { fileSystem, ...options })
}

const ask = (
  metric: string,
  period: RollupQuery['period'],
  value: RollupQuery['value'],
  to: number,
): RollupQuery => ({
  select: `__name:${metric}`,
  from: 0,
  to,
  period,
  value,
})

describe('a store of rollups', () => {
  it.each([0, 1, 3, 4, 5])(
    'keeps the deviation of close values, flushed after %i samples',
    async (flushAfter) => {
      const tenths = [80_000_000.1, 80_000_000.2, 80_000_000.3, 80_000_000.2, 80_000_000.1]
      await using store = await openOn(memoryFileSystem())
      for (const [at, value] of tenths.entries()) {
        if (at === flushAfter) await store.flush()
        await store.write(batch([sample('g', at * minute, value)], at + 1))
      }
      await store.flush()
      const [longer] = await store.fetch(ask('g', '5m', 'stddev', 5 * minute))
      const [minutes] = await store.fetch(ask('g', '1m', 'stddev', 5 * minute))
      // Of the decimals: the squares of -0.08, 0.02, 0.12, 0.02 and -0.08 have the mean 0.0056.
      expect(longer?.values[0]).toBe(Math.sqrt(0.0056))
      expect([...(minutes?.values ?? [])]).toEqual([0, 0, 0, 0, 0])
    },
  )

  it('leaves longer windows as they are when shorter ones cannot be read', async () => {
    const files = memoryFileSystem()
    const found: RollupProblem[] = []
    {
      await using store = await openOn(files, { rawHorizonMs: 0, maxRawBytes: 1 })
      let seq = 1
      for (let time = 0; time < 3 * day; time += 2 * minute) {
        const values = ['a', 'b', 'c', 'd', 'e'].map((metric) => sample(metric, time, (time % 97) / 10))
        await store.write(batch(values, seq))
        seq += values.length
      }
      await store.write(batch([sample('z', 4 * day, 1)], seq))
      await store.flush()
    }
    for (const name of await files.list('/rollups')) {
      if (!name.endsWith('.seg')) continue
      // The beginning of a segment is the first block of its shortest windows.
      files.contents(`/rollups/${name}`).fill(0xff, 0, 64)
    }
    await using store = await openOn(files, {
      rawHorizonMs: 0,
      maxRawBytes: 1,
      problems: { next: (one) => found.push(one) },
    })
    const { seq } = store.position ?? { seq: NaN }
    await store.write(batch([sample('a', minute / 2, 1)], seq + 1))
    await store.flush()
    const [fives] = await store.fetch(ask('a', '5m', 'count', 5 * minute))
    const [hours] = await store.fetch(ask('a', '1h', 'count', hour))
    expect(fives?.values[0]).toBeGreaterThanOrEqual(3)
    expect(hours?.values[0]).toBeGreaterThanOrEqual(30)
    expect(hours?.inexact?.[0]).toBe(1)
    expect(found.map(({ reason }) => reason)).toContain('damaged-block')
  })

  it('opens whatever byte of its small files is wrong, with all that was stored', async () => {
    const whole = memoryFileSystem()
    {
      await using store = await openOn(whole)
      await store.write(batch([sample('a', 0, 1), sample('b', 10 * minute, 2)], 1))
      await store.flush()
      await store.write(batch([sample('a', 11 * minute, 3)], 3))
    }
    const names = (await whole.list('/rollups')).filter((name) => !name.endsWith('.seg'))
    expect(names).toContain('series.log')
    for (const name of names) {
      for (let at = 0; at < whole.contents(`/rollups/${name}`).length; at += 1) {
        const files = whole.processKill()
        const bytes = files.contents(`/rollups/${name}`)
        bytes[at] = (bytes[at] ?? 0) ^ 0x10
        await using store = await openOn(files, { problems: { next: () => undefined } })
        const [a] = await store.fetch(ask('a', '1m', 'last', minute))
        expect([name, at, a?.values[0]]).toEqual([name, at, 1])
      }
    }
  })

  it('puts a late reading of a counter between those that are stored', async () => {
    await using store = await openOn(memoryFileSystem())
    await store.write(batch([sample('c', 0, 100, 'counter'), sample('c', 40_000, 5, 'counter')], 1))
    await store.write(batch([sample('later', hour, 1)], 3))
    await store.flush()
    await store.write(batch([sample('c', 20_000, 120, 'counter')], 4))
    const [increase] = await store.fetch(ask('c', '1m', 'increase', minute))
    expect(increase?.values[0]).toBe(25)
    expect(increase?.inexact).toBeUndefined()
  })

  it('refuses a leap in the numbers of records that nobody told of', async () => {
    await using store = await openOn(memoryFileSystem())
    await store.write(batch([sample('a', 0, 1)], 9))
    await expect(store.write(batch([sample('a', 1, 1)], 100))).rejects.toMatchObject({ code: 'ROLLUP_GAP' })
    expect(await store.write(batch([sample('a', 2, 1)], 10))).toMatchObject({ count: 1 })
    await store.write({ values: [], position: { journalId: 'j', firstSeq: 11, lastSeq: 99 } })
    expect(await store.write(batch([sample('a', 3, 1)], 100))).toMatchObject({ count: 1 })
    const gaps = [{ fromSeq: 101, toSeq: 109, reason: 'retention' }]
    expect(await store.write({ ...batch([sample('a', 4, 1)], 110), gaps })).toMatchObject({ count: 1 })
  })

  it('makes few files of times from anywhere, and refuses those from the future', async () => {
    const files = memoryFileSystem()
    const found: RollupProblem[] = []
    await using store = await openOn(files, { problems: { next: (one) => found.push(one) } })
    const now = Date.now()
    const values = Array.from({ length: 2000 }, (_, at) => sample('a', (at * 8e15) / 2000, 1))
    await store.write(batch(values, 1))
    await store.flush()
    expect((await files.list('/rollups')).length).toBeLessThan(10)
    expect(store.stats.problems).toBe(values.filter(({ time }) => time > now + 300_000).length)
    expect(found.some(({ reason }) => reason === 'in-future')).toBe(true)
  })

  it('has one owner', async () => {
    const folder = await mkdtemp(`${tmpdir()}/rollups-`)
    folders.push(folder)
    const store = await openRollupStore(folder)
    await expect(openRollupStore(folder)).rejects.toMatchObject({ code: 'ROLLUP_LOCKED' })
    await store.close()
    await (await openRollupStore(folder)).close()
  })

  it('counts the steps of a counter that is read less often than its windows are long', async () => {
    await using store = await openOn(memoryFileSystem())
    const values = Array.from({ length: 7 }, (_, at) => sample('c', at * 10 * minute, at * 600, 'counter'))
    await store.write(batch(values, 1))
    for (const period of ['1m', '5m', '30m', '1h'] as const) {
      const [fetched] = await store.fetch(ask('c', period, 'increase', hour + minute))
      const sum = fetched?.values.reduce((total, value) => total + (Number.isNaN(value) ? 0 : value), 0)
      expect([period, sum]).toEqual([period, 3600])
    }
  })

  it('counts a value of a moment once, however often it comes', async () => {
    await using store = await openOn(memoryFileSystem())
    await store.write(batch([sample('g', 0, 5), sample('g', 0, 5)], 1))
    await store.write(batch([sample('g', 0, 5)], 3))
    const [counts] = await store.fetch(ask('g', '1m', 'count', minute))
    expect(counts?.values[0]).toBe(1)
    expect(store.stats.duplicates).toBe(2)
  })

  it('adds fractional weights to the same in any order', async () => {
    const weights = [3.3333333333333335, 1.4285714285714286, 1.1111111111111112, 10, 3.3333333333333335]
    const counts = new Set<number | undefined>()
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
    ]) {
      await using store = await openOn(memoryFileSystem())
      const values = order.map((at) => sample('o', at, 1, 'observation', { weight: weights[at] ?? 1 }))
      await store.write(batch(values, 1))
      counts.add((await store.fetch(ask('o', '1m', 'count', minute)))[0]?.values[0])
    }
    expect(counts.size).toBe(1)
  })

  it('is copied while it runs, and the copy opens', async () => {
    const files = memoryFileSystem()
    await using store = await openOn(files)
    for (let copy = 0; copy < 10; copy += 1) {
      const writes = Array.from({ length: 10 }, async (_, at) => {
        const time = (copy * 10 + at) * minute
        return store.write(batch([sample('a', time, 1)], copy * 10 + at + 1))
      })
      const flushed = store.flush()
      await store.snapshot(`/copy-${copy}`)
      await Promise.all([...writes, flushed])
      await using copied = await openRollupStore(`/copy-${copy}`, { fileSystem: files })
      const { seq } = copied.position ?? { seq: 0 }
      const [counts] = await copied.fetch(ask('a', '1d', 'count', day))
      expect(counts?.values[0] ?? 0).toBe(seq)
      expect(seq).toBeGreaterThanOrEqual(copy * 10)
    }
  })
})
