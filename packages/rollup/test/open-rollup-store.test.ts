import type { FileSystem } from '@tocsin/core'
import { nodeFileSystem } from '@tocsin/core/node'
import { memoryFileSystem } from '../src/testing/index.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { config } from 'rxjs'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { RollupError, RollupInput, RollupProblem, RollupValue } from '../src/index.ts'
import { openRollupStore, type RollupStore, type RollupStoreOptions, type StoredBatch } from '../src/store.ts'
import { exactSlot, isPromised } from './support/oracle.ts'
import { day, hour, minute, sample } from './support/samples.ts'

const open = (options: RollupStoreOptions = {}): Promise<RollupStore> =>
  openRollupStore('/data/rollups', { fileSystem: memoryFileSystem(), ...options })

/** Writes samples as the next records of a journal. */
async function write(store: RollupStore, values: readonly RollupInput[]): Promise<StoredBatch> {
  const firstSeq = (store.position?.seq ?? 0) + 1
  return store.write({
    position: { journalId: 'journal', firstSeq, lastSeq: firstSeq + values.length - 1 },
    values,
  })
}

async function valuesOf(
  store: RollupStore,
  value: RollupValue,
  more: Partial<Parameters<RollupStore['fetch']>[0]> = {},
): Promise<readonly (number | string | null)[] | undefined> {
  const query = { select: '__name:*', from: 0, to: 5 * minute, period: '1m', value, ...more } as const
  const [fetched] = await store.fetch(query)
  return fetched?.values
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error as RollupError).code,
  )

describe('fetch', () => {
  const samples = [sample('a', 1000, 1), sample('a', 2000, 3), sample('a', 3 * minute, 8)]

  it('gives one slot per window and null where nothing was said, from memory and from files', async () => {
    const store = await open()
    await write(store, samples)
    for (const step of ['in memory', 'in a segment']) {
      expect(await valuesOf(store, 'average'), step).toEqual([2, null, null, 8, null])
      expect(await valuesOf(store, 'sum', { period: '5m', to: 10 * minute }), step).toEqual([12, null])
      await store.flush()
    }
  })

  it('begins with the window that holds its first moment and ends before its last', async () => {
    const store = await open()
    await write(store, samples)
    const [fetched] = await store.fetch({
      select: '__name:a',
      from: 59_999,
      to: 3 * minute,
      period: '1m',
      value: 'count',
    })
    expect(fetched).toMatchObject({ start: 0, periodMs: minute, values: [2, null, null] })
  })

  it('selects by tags and leaves out series without a window in the range', async () => {
    const store = await open()
    await write(store, [sample('cpu.user', 0, 1), sample('cpu.idle', 0, 2), sample('cpu.old', day, 3)])
    const query = { from: 0, to: minute, period: '1m', value: 'last' } as const
    const fetched = await store.fetch({ select: '__name:cpu.*', ...query })
    expect(fetched.map(({ series, values }) => [series.key, ...values])).toEqual([
      ['cpu.idle', 2],
      ['cpu.user', 1],
    ])
    expect(await store.fetch({ select: 'and(__name:cpu.*,host:x)', ...query })).toEqual([])
    expect(store.series().map(({ key }) => key)).toEqual(['cpu.idle', 'cpu.old', 'cpu.user'])
    expect(store.series('__name:*.old').map(({ key }) => key)).toEqual(['cpu.old'])
  })

  it('knows texts', async () => {
    const store = await open()
    await write(
      store,
      ['up', 'up', 'down', 'up'].map((value, index) => sample('t', index * 20_000, value, 'text')),
    )
    for (const step of ['in memory', 'in a segment']) {
      expect(await valuesOf(store, 'last', { to: 2 * minute }), step).toEqual(['down', 'up'])
      expect(await valuesOf(store, 'changes', { to: 2 * minute }), step).toEqual([1, 0])
      expect(await valuesOf(store, 'changes', { period: '5m' }), step).toEqual([2])
      expect(await valuesOf(store, 'average', { to: 2 * minute }), step).toEqual([null, null])
      await store.flush()
    }
  })

  it('counts the step of a counter from one window to the next, wherever the range begins', async () => {
    const store = await open()
    // One reading per minute, with a restart in the third.
    const readings = [0, 60, 120, 30, 90].map((value, index) =>
      sample('c', index * minute + 5000, value, 'counter'),
    )
    for (const reading of readings) {
      await write(store, [reading])
      await store.flush()
    }
    expect(await valuesOf(store, 'increase')).toEqual([null, 60, 60, 30, 60])
    expect(await valuesOf(store, 'rate')).toEqual([null, 1, 1, null, 1])
    expect(await valuesOf(store, 'increase', { from: 2 * minute })).toEqual([60, 30, 60])
    expect(await valuesOf(store, 'increase', { period: '5m' })).toEqual([210])
    expect(await valuesOf(store, 'rate', { period: '5m' })).toEqual([1])
    expect(await valuesOf(store, 'resets', { period: '5m' })).toEqual([1])
  })

  it('does not count a counter over a pause that is longer than five minutes', async () => {
    const store = await open()
    await write(store, [sample('c', 0, 0, 'counter'), sample('c', 6 * minute, 600, 'counter')])
    expect(await valuesOf(store, 'increase', { from: 6 * minute, to: 7 * minute })).toEqual([null])
    expect(await valuesOf(store, 'increase', { to: hour, period: '1h' })).toEqual([600])
  })

  it('does not lose the steps of a counter above 2^53', async () => {
    const store = await open()
    const from = 2n ** 62n
    for (const step of [0n, 7n, 9n]) {
      const time = Number(step) * 1000
      await write(store, [sample('c', time, Number(from + step), 'counter', { exact: from + step })])
      await store.flush()
    }
    expect(await valuesOf(store, 'increase', { to: minute })).toEqual([9])
  })

  it('names the slots that are estimates since a sample came between others that were stored', async () => {
    const store = await open()
    await write(store, [sample('c', 0, 1, 'counter'), sample('c', 2000, 5, 'counter')])
    await store.flush()
    await write(store, [sample('c', 1000, 3, 'counter'), sample('c', minute, 7, 'counter')])
    const query = { select: '__name:c', from: 0, to: 2 * minute, period: '1m', value: 'increase' } as const
    for (const flush of [false, true]) {
      if (flush) await store.flush()
      expect(await store.fetch(query)).toMatchObject([{ values: [4, 2], inexact: [0] }])
      expect(await store.fetch({ ...query, period: '5m' })).toMatchObject([{ values: [6], inexact: [0] }])
      expect((await store.fetch({ ...query, value: 'count' }))[0]).not.toHaveProperty('inexact')
      expect((await store.fetch({ ...query, from: minute }))[0]).not.toHaveProperty('inexact')
    }
  })

  it('folds years of minutes of one series without asking all of them for each hour', async () => {
    const store = await open()
    const count = 60_000
    await write(
      store,
      Array.from({ length: count }, (_, index) => sample('a', index * minute, 1)),
    )
    const days = { to: count * minute, period: '1d' } as const
    const sums = Array.from({ length: 42 }, (_, index) => (index < 41 ? 1440 : 960))
    expect(await valuesOf(store, 'sum', days)).toEqual(sums)
    await store.flush()
    expect(await valuesOf(store, 'sum', days)).toEqual(sums)
  })

  it.each([
    ['a broken selection', { select: 'and(' }, 'ROLLUP_BAD_QUERY'],
    ['another window length', { period: '2m' }, 'ROLLUP_BAD_QUERY'],
    ['an end before the start', { to: 0 }, 'ROLLUP_BAD_QUERY'],
    ['no number', { from: NaN }, 'ROLLUP_BAD_QUERY'],
    ['a time before 1970', { from: -1 }, 'ROLLUP_BAD_QUERY'],
    ['no selection', { select: undefined }, 'ROLLUP_BAD_QUERY'],
    ['a value from elsewhere', { value: 'p99' }, 'ROLLUP_BAD_QUERY'],
    ['too many slots', { to: 30 * day }, 'ROLLUP_QUERY_TOO_LARGE'],
  ])('refuses %s', async (_name, wrong, code) => {
    const store = await open()
    const query = { select: '__name:*', from: 0, to: hour, period: '1m', value: 'count', ...wrong }
    expect(await codeOf(store.fetch(query as never))).toBe(code)
  })

  it('names the windows that there are, and refuses too many series', async () => {
    const store = await open({ maxFetchSeries: 1, windows: ['1m', '10m'] })
    await write(store, [sample('a', 0, 1), sample('b', 0, 1)])
    await expect(valuesOf(store, 'count', { period: '5m' })).rejects.toThrow('1m, 10m')
    expect(await codeOf(valuesOf(store, 'count'))).toBe('ROLLUP_QUERY_TOO_LARGE')
  })

  it('goes on with what it began with while flushes and merges replace it', async () => {
    const memory = memoryFileSystem()
    let openGate = (): void => undefined
    const gate = new Promise<void>((resolve) => (openGate = resolve))
    let waits = false
    const fileSystem: FileSystem = {
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        const read = async (into: Uint8Array, position: number): Promise<number> => {
          const isFirst = waits
          waits = false
          if (isFirst) await gate
          return file.read(into, position)
        }
        return { ...file, read }
      },
    }
    const store = await open({ fileSystem, flushBytes: 1 })
    const names = Array.from({ length: 8 }, (_, index) => `series ${index}`)
    for (const name of names) await write(store, [sample(name, 0, 1)])
    waits = true
    const query = { select: '__name:series*', from: 0, to: minute, period: '1m', value: 'count' } as const
    const fetching = store.fetch(query)
    while (store.stats.merges === 0) await write(store, [sample('another', 0, 1)])
    openGate()
    expect((await fetching).map(({ values }) => values)).toEqual(names.map(() => [1]))
  })
})

describe('write', () => {
  it('skips records that are in the store, whole batches and parts of batches', async () => {
    const store = await open()
    const values = [1, 2, 4, 8].map((value) => sample('a', value, value))
    const batch = (first: number, last: number): Promise<StoredBatch> =>
      store.write({
        position: { journalId: 'j', firstSeq: first, lastSeq: last },
        values: values.slice(first - 1, last),
      })
    const at = (seq: number): object => ({ type: 'stored', position: { journalId: 'j', seq } })
    expect(await batch(1, 2)).toEqual({ ...at(2), count: 2, skipped: 0 })
    expect(await batch(1, 2)).toEqual({ ...at(2), count: 0, skipped: 2 })
    expect(await batch(2, 3)).toEqual({ ...at(3), count: 1, skipped: 1 })
    await store.flush()
    expect(await Promise.all([batch(1, 4), batch(2, 2)])).toEqual([
      { ...at(4), count: 1, skipped: 3 },
      { ...at(4), count: 0, skipped: 1 },
    ])
    expect(await valuesOf(store, 'sum', { to: minute })).toEqual([15])
    expect(store.position).toEqual({ journalId: 'j', seq: 4 })
    expect(store.stats).toMatchObject({ samples: 4, skipped: 2 + 1 + 3 + 1 })
  })

  it('moves on over records that are gone', async () => {
    const store = await open()
    const position = { journalId: 'j', seq: 7 }
    const gap = { position: { journalId: 'j', firstSeq: 1, lastSeq: 7 }, values: [] }
    expect(await store.write(gap)).toEqual({ type: 'stored', position, count: 0, skipped: 0 })
    expect(store.position).toEqual(position)
    const overlap = { position: { journalId: 'j', firstSeq: 6, lastSeq: 8 }, values: [] }
    expect(await store.write(overlap)).toMatchObject({ count: 0, skipped: 0 })
  })

  it.each([
    ['nothing', undefined],
    ['no position', { values: [] }],
    ['no journal', { position: { firstSeq: 1, lastSeq: 1 }, values: [] }],
    ['no values', { position: { journalId: 'j', firstSeq: 1, lastSeq: 1 } }],
    ['null for values', { position: { journalId: 'j', firstSeq: 1, lastSeq: 1 }, values: null }],
    ['no numbers', { position: { journalId: 'j' }, values: [] }],
  ])('refuses %s as a batch', async (_name, batch) => {
    const store = await open()
    await expect(store.write(batch as never)).rejects.toMatchObject({
      code: 'ROLLUP_BAD_BATCH',
      retryable: false,
    })
  })

  it('refuses another journal, also after opening again', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open({ fileSystem })
    await write(store, [sample('a', 0, 1)])
    const other = { position: { journalId: 'other', firstSeq: 1, lastSeq: 1 }, values: [sample('a', 0, 1)] }
    expect(await codeOf(store.write(other))).toBe('ROLLUP_WRONG_JOURNAL')
    await store.close()
    expect(await codeOf((await open({ fileSystem })).write(other))).toBe('ROLLUP_WRONG_JOURNAL')
  })

  it.each([
    ['more values than numbers', { values: [sample('a', 0, 1), sample('a', 0, 1)] }],
    ['no name of a journal', { position: { journalId: '', firstSeq: 1, lastSeq: 1 } }],
    ['numbers the wrong way round', { position: { journalId: 'j', firstSeq: 5, lastSeq: 3 } }],
    ['no whole numbers', { position: { journalId: 'j', firstSeq: 0.5, lastSeq: 1 } }],
  ])('refuses a batch with %s, and goes on with others', async (_name, wrong) => {
    const store = await open()
    const good = { position: { journalId: 'j', firstSeq: 1, lastSeq: 1 }, values: [sample('a', 0, 1)] }
    const bad = codeOf(store.write({ ...good, ...wrong }))
    await store.write(good)
    expect(await bad).toBe('ROLLUP_BAD_BATCH')
    expect(await valuesOf(store, 'count', { to: minute })).toEqual([1])
  })

  it('takes the good samples of a batch and tells of the others, even if the listener throws', async () => {
    const seen: RollupProblem[] = []
    const problems = {
      next: (problem: RollupProblem) => {
        seen.push(problem)
        throw new Error('no')
      },
    }
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    const store = await open({ maxSeries: 1, problems })
    const stored = await write(store, [
      sample('a', 0, 1),
      sample('a', 0, NaN),
      sample('b', 0, 1),
      sample('a', 0, 'x', 'text'),
      { ...sample('a', 0, 1), series: { key: 'no|ST[', metric: 'a', tags: {} } },
      null as never,
      sample('a', 0, { bins: [] }, 'histogram'),
    ])
    expect(stored).toMatchObject({ count: 2, skipped: 0 })
    expect(seen.map(({ reason }) => reason).sort()).toEqual([
      'bad-series',
      'bad-value',
      'kind-changed',
      'too-many-series',
      'too-many-series',
      'unsupported-kind',
    ])
    expect(store.stats).toMatchObject({ problems: 6, samples: 1, series: 1 })
    expect(await valuesOf(store, 'count', { to: minute })).toEqual([1])
    await vi.waitFor(() => expect(unhandled).toHaveLength(6))
    config.onUnhandledError = null
  })

  it('keeps the first kind of a window that is in a segment already', async () => {
    const seen: RollupProblem[] = []
    const store = await open({ problems: { next: (problem) => seen.push(problem) } })
    await write(store, [sample('a', 0, 1)])
    await store.flush()
    await write(store, [sample('a', 1, 'x', 'text'), sample('a', minute, 'y', 'text')])
    await store.flush()
    expect(await valuesOf(store, 'last', { to: 2 * minute })).toEqual([1, 'y'])
    // Of the minute, and of the five minutes, which have both.
    const problem = { reason: 'kind-changed', series: 'a', sampleTime: 0 }
    expect(seen).toMatchObject([problem, problem])
  })

  it('shares one sync among batches that wait', async () => {
    const fileSystem = memoryFileSystem()
    const store = await open({ fileSystem })
    const before = fileSystem.syncs
    const value = sample('a', 0, 1)
    const batches = Array.from({ length: 20 }, (_, index) => ({
      position: { journalId: 'j', firstSeq: index + 1, lastSeq: index + 1 },
      values: [value],
    }))
    await Promise.all(batches.map((batch) => store.write(batch)))
    expect(fileSystem.syncs - before).toBe(1)
    expect(await valuesOf(store, 'count', { to: minute })).toEqual([20])
  })

  it('merges data that comes after its window was flushed, at every length', async () => {
    const store = await open()
    const late = [
      sample('a', 10 * hour, 1),
      sample('a', 1000, 2),
      sample('a', 500, 4),
      sample('a', 2 * hour, 8),
    ]
    for (const one of late) {
      await write(store, [one])
      await store.flush()
    }
    expect(await valuesOf(store, 'sum', { to: minute })).toEqual([6])
    expect(await valuesOf(store, 'first', { to: hour, period: '1h' })).toEqual([4])
    expect(await valuesOf(store, 'sum', { to: day, period: '1d' })).toEqual([15])
  })

  it('has nothing to do when it is flushed empty', async () => {
    const store = await open()
    await store.flush()
    expect(store.stats.flushes).toBe(0)
  })
})

describe('a store in a folder', () => {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })
  const temporary = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'tocsin-rollup-'))
    folders.push(folder)
    return folder
  }

  it('keeps a day of data, flushed many times, on a real disk', async () => {
    const folder = join(await temporary(), 'deep', 'rollups')
    const names = ['cpu', 'load', 'requests']
    const samples: RollupInput[] = []
    for (let time = 0; time < day; time += 20_000) {
      for (const name of names) {
        const counter = name === 'requests'
        samples.push(
          sample(
            name,
            time + 1,
            counter ? (time / 1000) % 7000 : Math.sin(time),
            counter ? 'counter' : 'gauge',
          ),
        )
      }
    }
    const store = await openRollupStore(folder, { fileSystem: nodeFileSystem, flushBytes: 20_000 })
    for (let from = 0; from < samples.length; from += 500) await write(store, samples.slice(from, from + 500))
    expect(store.stats.merges).toBeGreaterThan(0)
    await store.close()

    await using again = await openRollupStore(folder)
    expect(again.position).toEqual({ journalId: 'journal', seq: samples.length })
    for (const [period, periodMs] of [
      ['1m', minute],
      ['30m', 30 * minute],
      ['1d', day],
    ] as const) {
      for (const value of ['average', 'max', 'stddev', 'resets'] as const) {
        const fetched = await again.fetch({ select: '__name:*', from: 0, to: day, period, value })
        expect(fetched).toHaveLength(3)
        for (const { series, values } of fetched) {
          const own = samples.filter((one) => one.series.key === series.key) as never as Parameters<
            typeof exactSlot
          >[0]
          expect(values).toHaveLength(day / periodMs)
          for (const index of [0, 17, Math.floor(values.length / 2), values.length - 1]) {
            if (index >= values.length) continue
            const expected = exactSlot(own, index, periodMs, value)
            const where = `${series.key} ${period} ${index} ${value}: ${values[index]}, not ${expected}`
            expect(isPromised(values[index], expected, value), where).toBe(true)
          }
        }
      }
    }
  })

  it('refuses other windows than it was made with', async () => {
    const fileSystem = memoryFileSystem()
    await (await open({ fileSystem })).close()
    await expect(open({ fileSystem, windows: ['1m', '1h'] })).rejects.toMatchObject({
      code: 'ROLLUP_BAD_OPTION',
    })
  })

  it('always keeps one minute, whether asked or not', async () => {
    const store = await open({ windows: ['1h'] })
    await write(store, [sample('a', 0, 1)])
    expect(await valuesOf(store, 'count', { to: minute })).toEqual([1])
    await expect(open({ windows: ['30s'] })).rejects.toMatchObject({ code: 'ROLLUP_BAD_OPTION' })
  })

  it('is done after close, which may be asked for twice', async () => {
    const store = await open()
    const last = write(store, [sample('a', 0, 1)])
    await Promise.all([store.close(), store.close()])
    await last
    for (const work of [write(store, []), store.flush(), valuesOf(store, 'count')]) {
      expect(await codeOf(work)).toBe('ROLLUP_CLOSED')
    }
  })

  it('says that a folder cannot be made', async () => {
    const folder = await temporary()
    const fileSystem = memoryFileSystem()
    fileSystem.fail('open', 'EACCES')
    await expect(openRollupStore(folder, { fileSystem })).rejects.toMatchObject({ code: 'ROLLUP_IO' })
  })
})
