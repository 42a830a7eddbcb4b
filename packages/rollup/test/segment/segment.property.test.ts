import { Slices } from '@tocsin/core/slices'
import { memoryFileSystem } from '@tocsin/core/testing'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { allColumns, readBaseRows } from '../../src/read/base-rows.ts'
import type { StoreView } from '../../src/read/store-view.ts'
import type { BlockHead } from '../../src/segment/segment-query.ts'
import { anyRows, type Row } from '../rows/any-rows.ts'
import { day, minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'
import { directory, openSegment, periods, readAll, sorted, writeSegment } from './any-segment.ts'

/** Rows of all kinds, as they come: a series may have several kinds, one in each window. */
const anyLevel = fc
  .tuple(anyRows('numeric', 3, 6), anyRows('counter', 2, 6), anyRows('text', 2, 4))
  .map((kinds) => {
    const windows = new Map<string, Row>()
    for (const row of kinds.flat()) windows.set(`${row.series} ${row.start}`, row)
    return [...windows.values()].sort((a, b) => a.series - b.series || a.start - b.start)
  })

let fileSystem: ReturnType<typeof memoryFileSystem>
beforeEach(async () => {
  fileSystem = memoryFileSystem()
  await fileSystem.makeDirectory(directory)
})

let next = 10
const write = async (levels: readonly (readonly Row[])[], compact = true): Promise<number> => {
  next += 1
  await writeSegment(fileSystem, next, levels, { compact })
  return next
}

describe('a segment', () => {
  it('gives back all rows of all levels and kinds', async () => {
    await fc.assert(
      fc.asyncProperty(anyLevel, anyLevel, fc.boolean(), async (base, coarse, compact) => {
        const reader = await openSegment(fileSystem, await write([base, coarse], compact))
        expect(await readAll(reader, 0)).toStrictEqual({ rows: sorted(base), damage: [] })
        expect(await readAll(reader, 1)).toStrictEqual({ rows: sorted(coarse), damage: [] })
      }),
      runs(40),
    )
  })

  it('gives back rows of series that begin one before the other', async () => {
    const rows = [2, 1, 0].map((at, series) => ({
      series,
      start: at * minute,
      rollup: windowOf([sample('s', at * minute, at)]),
    }))
    const reader = await openSegment(fileSystem, await write([rows]))
    expect((await readAll(reader, 0)).rows).toStrictEqual(rows)
  })

  it('gives the rows of the series and the stretch that are asked for, and no others', async () => {
    await fc.assert(
      fc.asyncProperty(anyLevel, fc.nat(), fc.nat(), fc.nat(), async (rows, a, b, pick) => {
        const reader = await openSegment(fileSystem, await write([rows]))
        const starts = rows.map(({ start }) => start)
        const from = starts[a % starts.length] ?? 0
        const to = (starts[b % starts.length] ?? 0) + (b % 2)
        const series = [...new Set(rows.map((row) => row.series))].filter(
          (_, index) => (pick >> index) % 2 === 1,
        )
        const expected = rows.filter(
          (row) => row.start >= from && row.start < to && series.includes(row.series),
        )
        const read = await readAll(reader, 0, { from, to, series: [0, ...series, 2 ** 32 - 1] })
        expect(read).toStrictEqual({ rows: sorted(expected), damage: [] })
      }),
      runs(40),
    )
  })

  it('says in its trailer and its names what it holds', async () => {
    const rows = [
      { series: 3, start: 0, rollup: windowOf([sample('s', 5, 1)]) },
      { series: 3, start: 2 * day, rollup: windowOf([sample('s', 2 * day, 1)]) },
      { series: 9, start: minute, rollup: windowOf([sample('s', minute, 'up', 'text')]) },
    ]
    const number = await write([rows, []])
    const reader = await openSegment(fileSystem, number)
    expect(reader.trailer).toEqual({
      ...{ format: 'tocsin-rollup', version: 3, number, periods, rows: 3 },
      ...{
        from: 0,
        to: 2 * day + minute,
        days: [
          [0, 2],
          [2, 1],
        ],
      },
      ...{ state: { position: 7 }, beside: [3], replaces: [1, 2], sealed: null },
    })
    expect(await reader.names()).toEqual(
      new Map([
        [3, 'series 3|ST[host:ä]'],
        [9, 'series 9|ST[host:ä]'],
      ]),
    )
    expect(await fileSystem.list(directory)).toEqual([`${number}.seg`])
  })

  it('can be empty', async () => {
    const reader = await openSegment(fileSystem, await write([]))
    expect(await readAll(reader, 0)).toEqual({ rows: [], damage: [] })
    expect(reader.trailer).toMatchObject({ rows: 0, from: 0, to: 0, days: [] })
    expect(await reader.names()).toEqual(new Map())
  })

  it('does not count rows by day where there are many days', async () => {
    const rows = Array.from({ length: 4097 }, (_, index) => ({
      series: 1,
      start: index * day,
      rollup: windowOf([sample('s', index * day, 1)]),
    }))
    const reader = await openSegment(fileSystem, await write([rows]))
    expect(reader.trailer.days).toBeUndefined()
  })
})

/** Two days of minutes of a few series, of which one has gaps and one few rows. */
const days = (): Row[] =>
  [2, 4, 5].flatMap((series) =>
    Array.from({ length: 2880 }, (_, index) => index)
      .filter((index) => series !== 4 || index % 100 < 5)
      .map((index) => {
        const start = 20_000 * day + index * minute
        return {
          series,
          start,
          rollup: windowOf([sample('s', start + 5, (index * 7919) % 1000), sample('s', start + 9, 3)]),
        }
      }),
  )

describe('the heads of a segment', () => {
  it('tell the blocks of each series, which are stretches of a day', async () => {
    const rows = days()
    const reader = await openSegment(fileSystem, await write([rows]))
    const heads: BlockHead[] = []
    const all = { level: 0, series: undefined, from: 0, to: Infinity }
    await reader.heads(
      all,
      (head) => heads.push(head),
      () => expect.unreachable(),
    )
    expect(heads.map(({ firstSeries, rows: count }) => [firstSeries, count])).toEqual([
      ...[
        [2, 1440],
        [2, 1440],
        [4, 145],
        [5, 1440],
        [5, 1440],
      ],
    ])
  })

  it('are all that a question about them reads, once', async () => {
    const number = await write([days()])
    const reader = await openSegment(fileSystem, number)
    const query = { level: 0, series: [5], from: 0, to: Infinity }
    const first = await reader.heads(
      query,
      () => undefined,
      () => expect.unreachable(),
    )
    expect(first).toMatchObject({ heads: 2, blocks: 0, rows: 0, reads: 1 })
    const again = await reader.heads(
      query,
      () => undefined,
      () => expect.unreachable(),
    )
    expect(again).toMatchObject({ heads: 2, reads: 0, bytes: 0 })
  })
})

describe('reading one column', () => {
  it('takes one read of neighbouring blocks and leaves the others where they are', async () => {
    const reader = await openSegment(fileSystem, await write([days()]))
    const columns = new Set(['max'] as const)
    const query = { level: 0, series: [5], from: 0, to: Infinity, columns }
    await reader.heads(
      query,
      () => undefined,
      () => expect.unreachable(),
    )
    const sizes: number[] = []
    const reads = await reader.read(
      query,
      (table) => sizes.push(table.max.length, table.min.length),
      () => expect.unreachable(),
    )
    expect(reads).toMatchObject({ reads: 1, blocks: 2, rows: 2880 })
    expect(reads.bytes).toBeLessThan(2 * 1440 * 1.5)
    expect(sizes).toEqual([1440, 0, 1440, 0])
  })
})

describe('readBaseRows', () => {
  it('says of each window what the last segment says of it, whatever its kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLevel, { minLength: 1, maxLength: 4 }), fc.nat(), async (lists, cut) => {
        const windows = new Map<string, Row>()
        const segments = []
        for (const rows of lists) {
          for (const row of rows) windows.set(`${row.series} ${row.start}`, row)
          segments.push(await openSegment(fileSystem, await write([rows], false)))
        }
        const starts = [...windows.values()].map(({ start }) => start)
        const from = starts[cut % starts.length] ?? 0
        const expected = [...windows.values()].filter(({ start }) => start >= from)
        const view: StoreView = {
          levels: [{ period: '1m', periodMs: 60_000 }],
          counterWrap: 'none',
          segments,
          counts: { blocks: 0, heads: 0, storedWindows: 0, memoryWindows: 0, foldedWindows: 0 },
          slices: new Slices(),
          unreadable: [],
        }
        const series = [...new Set(expected.map((row) => row.series))].sort((one, other) => one - other)
        const rows = await readBaseRows(view, { series, from, to: Infinity, columns: allColumns })
        const found: Row[] = []
        for (const [number, slices] of rows) {
          for (const { table, from: first, end } of slices) {
            for (let row = first; row < end; row += 1) {
              found.push({ series: number, start: table.start[row] ?? NaN, rollup: table.rollup(row) })
            }
          }
          const times = slices.flatMap(({ table, from: first, end }) => [...table.start.subarray(first, end)])
          expect(times).toEqual([...times].sort((one, other) => one - other))
        }
        expect(view.unreadable).toEqual([])
        expect(sorted(found)).toStrictEqual(sorted(expected))
      }),
      runs(40),
    )
  })
})
