import type { FileSystem } from '@tocsin/core'
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'

import type { MemoryFileSystem } from '../../src/testing/index.ts'
import type { FetchedSeries, RollupQuery, RollupStore } from '../../src/store.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { fullDays } from './living/any-life.ts'
import { batchOf, LivingStore } from './living/living-store.ts'

const query = (more: Partial<RollupQuery> = {}): RollupQuery => ({
  select: '__name:*',
  from: 0,
  to: 5 * minute,
  period: '1m',
  value: 'count',
  ...more,
})

/** The values of a series, `null` where there is none. */
const slotsOf = ({ values, valid, texts }: FetchedSeries): (number | string | null)[] =>
  Array.from(values, (value, at) => (valid[at] === 1 ? (texts?.[at] ?? value) : null))

async function slots(store: RollupStore, more: Partial<RollupQuery>): Promise<(number | string | null)[][]> {
  return (await store.fetch(query(more))).map(slotsOf)
}

async function storeOf(samples: Parameters<typeof batchOf>[0], options = {}): Promise<LivingStore> {
  const living = new LivingStore(options)
  await living.open()
  if (samples.length > 0) await living.store.write(batchOf(samples, 0, samples.length))
  return living
}

describe('fetch', () => {
  const samples = [
    sample('a', 1000, 1),
    sample('a', 2000, 3),
    sample('a', 3 * minute, 8),
    sample('a', day, 1),
  ]

  it('gives columns with one slot a window, empty where nothing was said, from memory and from files', async () => {
    const { store } = await storeOf(samples)
    for (const step of ['in memory', 'in a segment']) {
      const [fetched] = await store.fetch(query({ value: 'average' }))
      expect(fetched, step).toEqual({
        series: samples[0]?.series,
        start: 0,
        periodMs: minute,
        values: Float64Array.of(2, NaN, NaN, 8, NaN),
        valid: Uint8Array.of(1, 0, 0, 1, 0),
      })
      await store.flush()
    }
    expect(store.stats.flushes).toBe(1)
  })

  it('begins with the window that holds its first moment and ends before its last', async () => {
    const { store } = await storeOf(samples)
    expect(await store.fetch(query({ from: 59_999, to: 3 * minute }))).toMatchObject([{ start: 0 }])
    expect(await slots(store, { from: 59_999, to: 3 * minute })).toEqual([[2, null, null]])
  })

  it('selects by tags, by key, and leaves out series without a window in the range', async () => {
    const { store } = await storeOf([
      sample('cpu.user', 0, 1),
      sample('cpu.idle', 0, 2),
      sample('cpu.old', day, 3),
    ])
    const fetched = await store.fetch(query({ select: '__name:cpu.*' }))
    expect(fetched.map(({ series }) => series.key)).toEqual(['cpu.idle', 'cpu.user'])
    expect(await store.fetch(query({ select: 'and(__name:cpu.*,host:x)' }))).toEqual([])
    expect(store.series().map(({ key }) => key)).toEqual(['cpu.idle', 'cpu.old', 'cpu.user'])
    expect(store.series('__name:*.old').map(({ key }) => key)).toEqual(['cpu.old'])
  })

  it('gives texts beside values that are none', async () => {
    const said = ['up', 'up', 'down', 'up'].map((value, at) => sample('t', at * 20_000, value, 'text'))
    const { store } = await storeOf([...said, sample('t', hour, 'end', 'text')])
    for (const step of ['in memory', 'in a segment']) {
      const [fetched] = await store.fetch(query({ value: 'last', to: 3 * minute }))
      expect(fetched?.texts, step).toEqual(['down', 'up', null])
      expect(fetched?.values).toEqual(new Float64Array(3).fill(NaN))
      expect(fetched?.valid).toEqual(Uint8Array.of(1, 1, 0))
      expect(await slots(store, { value: 'changes', period: '5m' })).toEqual([[2]])
      expect((await store.fetch(query({ value: 'changes' })))[0]).not.toHaveProperty('texts')
      await store.flush()
    }
  })

  it('counts the step of a counter from one window to the next, wherever the range begins', async () => {
    const readings = [0, 60, 120, 30, 90].map((value, at) =>
      sample('c', at * minute + 5000, value, 'counter'),
    )
    const living = await storeOf([])
    for (let at = 0; at < readings.length; at += 1) {
      await living.store.write(batchOf(readings, at, at + 1))
      await living.store.flush()
    }
    const { store } = living
    expect(await slots(store, { value: 'increase' })).toEqual([[null, 60, 60, 30, 60]])
    expect(await slots(store, { value: 'rate' })).toEqual([[null, 1, 1, null, 1]])
    expect(await slots(store, { value: 'increase', from: 2 * minute })).toEqual([[60, 30, 60]])
    expect(await slots(store, { value: 'increase', period: '5m' })).toEqual([[210]])
    expect(await slots(store, { value: 'resets', period: '5m' })).toEqual([[1]])
  })

  it('does not count the step of a counter over a pause of more than a day', async () => {
    const { store } = await storeOf([sample('c', 0, 0, 'counter'), sample('c', day + 1, 600, 'counter')])
    expect(await slots(store, { value: 'increase', from: day, to: day + minute })).toEqual([[null]])
    const earlier = await storeOf([sample('c', 1, 0, 'counter'), sample('c', day + 1, 600, 'counter')])
    expect(await slots(earlier.store, { value: 'increase', from: day, to: day + minute })).toEqual([[600]])
  })

  it('flags what may be off since samples came when those of their window were gone', async () => {
    const living = await storeOf(
      [sample('c', 0, 1, 'counter'), sample('c', 2000, 5, 'counter'), sample('c', 5 * minute, 9, 'counter')],
      { rawHorizonMs: 0 },
    )
    const late = [
      ...Array(3).fill(sample('c', 0, 0, 'counter')),
      sample('c', 9 * minute, 9, 'counter'),
      sample('c', 1000, 3, 'counter'),
    ]
    await living.store.flush()
    await living.restart()
    await living.store.write(batchOf(late, 3, 4))
    living.now += 1
    await living.store.flush()
    await living.store.write(batchOf(late, 4, 5))
    for (const step of ['in memory', 'in a segment']) {
      const [fetched] = await living.store.fetch(query({ value: 'increase' }))
      expect(fetched?.inexact, step).toEqual(Uint8Array.of(1, 0, 0, 0, 0))
      expect(
        (await living.store.fetch(query({ value: 'increase', period: '1h' })))[0]?.inexact,
        step,
      ).toEqual(Uint8Array.of(1))
      expect((await living.store.fetch(query({ from: minute, to: 6 * minute })))[0], step).not.toHaveProperty(
        'inexact',
      )
      await living.store.flush()
    }
  })

  it.each([
    ['a broken selection', { select: 'and(' }, 'ROLLUP_BAD_QUERY'],
    ['what is no multiple of a window', { period: '90s' }, 'ROLLUP_BAD_QUERY'],
    ['no period', { period: '0s' }, 'ROLLUP_BAD_QUERY'],
    ['slots of more than a year', { period: '367d' }, 'ROLLUP_BAD_QUERY'],
    ['an end before the start', { to: 0 }, 'ROLLUP_BAD_QUERY'],
    ['no number', { from: NaN }, 'ROLLUP_BAD_QUERY'],
    ['a time before 1970', { from: -1 }, 'ROLLUP_BAD_QUERY'],
    ['no selection', { select: undefined }, 'ROLLUP_BAD_QUERY'],
    ['a value from elsewhere', { value: 'p99' }, 'ROLLUP_BAD_QUERY'],
    ['too many slots', { to: 30 * 365 * day }, 'ROLLUP_QUERY_TOO_LARGE'],
  ])('refuses %s', async (_name, wrong, code) => {
    const { store } = await storeOf([])
    await expect(store.fetch({ ...query(), ...wrong } as never)).rejects.toMatchObject({ code })
    await expect(store.explain({ ...query(), ...wrong } as never)).rejects.toMatchObject({ code })
  })

  it('names the windows that there are, and refuses too many series and points, which chunks give', async () => {
    const { store } = await storeOf([sample('a', 0, 1), sample('b', 0, 1)], {
      maxFetchSeries: 1,
      maxFetchPoints: 100,
      windows: ['1m', '10m'],
    })
    await expect(store.fetch(query({ period: '30s' }))).rejects.toThrow('1m, 10m')
    await expect(store.fetch(query())).rejects.toMatchObject({ code: 'ROLLUP_QUERY_TOO_LARGE' })
    await expect(store.fetch(query({ select: '__name:a', to: 101 * minute }))).rejects.toMatchObject({
      code: 'ROLLUP_QUERY_TOO_LARGE',
    })
    expect(await slots(store, { select: '__name:a' })).toHaveLength(1)
    const pieces = await lastValueFrom(store.chunks(query({ to: 101 * minute })).pipe(toArray()))
    expect(pieces.flat().map(({ series }) => series.key)).toEqual(['a', 'b'])
  })
})

describe('explain', () => {
  it('tells which windows were read, and from where', async () => {
    const living = await storeOf(
      [...fullDays(1), sample('filler', day + hour, 1), sample('filler', day + 2 * hour, 1)],
      { rawHorizonMs: 0 },
    )
    const { store } = living
    expect(await store.explain(query({ period: '1d', to: day }))).toMatchObject({
      segments: 0,
      slots: 1,
      series: 1,
      foldedWindows: 1,
      memoryWindows: 1440,
      complete: true,
    })
    await store.flush()
    const sealed = await store.explain(query({ period: '1d', to: day }))
    expect(sealed).toMatchObject({
      periodMs: day,
      foldedWindows: 0,
      storedWindows: 1,
      complete: true,
      unreadable: [],
    })
    // Before it is sealed, the next day is folded from its minutes.
    expect(await store.explain(query({ period: '1d', from: day, to: 2 * day }))).toMatchObject({
      foldedWindows: 1,
    })
    expect(await store.explain(query({ period: '2h', to: day }))).toMatchObject({ periodMs: hour, slots: 12 })
  })
})

describe('chunks', () => {
  const many = Array.from({ length: 200 }, (_, at) => sample(`s${String(at).padStart(3, '0')}`, 0, at))

  it('gives what fetch gives, in pieces of a few series', async () => {
    const { store } = await storeOf(many)
    const pieces = await lastValueFrom(store.chunks(query({ value: 'last' })).pipe(toArray()))
    expect(pieces.length).toBeGreaterThan(2)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(64)
    expect(pieces.flat()).toEqual(await store.fetch(query({ value: 'last' })))
  })

  it('reads nothing before it is subscribed, and nothing more after it is unsubscribed', async () => {
    let reads = 0
    const living = new LivingStore({}, (memory: MemoryFileSystem): FileSystem => ({
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        const read = (into: Uint8Array, position: number): Promise<number> => {
          if (path.endsWith('.seg')) reads += 1
          return file.read(into, position)
        }
        return { ...file, read }
      },
    }))
    await living.open()
    await living.writeRest([...many, sample('s000', hour, 1)])
    await living.store.flush()
    reads = 0
    const chunks = living.store.chunks(query({ value: 'last' }))
    expect(reads).toBe(0)
    await lastValueFrom(chunks)
    const all = reads
    reads = 0
    const first = await firstValueFrom(chunks)
    expect(first[0]?.series.key).toBe('s000')
    await living.store.close()
    expect(reads).toBeLessThan(all)
  })

  it('ends with the error of a wrong query, and of a store that is closed', async () => {
    const { store } = await storeOf(many)
    await expect(lastValueFrom(store.chunks(query({ select: 'and(' })))).rejects.toMatchObject({
      code: 'ROLLUP_BAD_QUERY',
    })
    await store.close()
    await expect(lastValueFrom(store.chunks(query()))).rejects.toMatchObject({ code: 'ROLLUP_CLOSED' })
  })
})
