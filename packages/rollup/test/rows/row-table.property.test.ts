import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { foldRollups } from '../../src/engine/cell.ts'
import { foldRows } from '../../src/rows/fold-rows.ts'
import { otherRow } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { hour, minute, sample } from '../support/samples.ts'
import { gauges, windowOf } from '../support/window-of.ts'
import { anyKind, anyRows, anyWrap, rowsOf, tableOf } from './any-rows.ts'

describe('a table of rows', () => {
  it('gives back every window as it was, whatever its values', () => {
    fc.assert(
      fc.property(
        anyKind.chain((kind) => fc.tuple(fc.constant(kind), anyRows(kind))),
        ([kind, rows]) => {
          expect(rowsOf(tableOf(kind, rows))).toStrictEqual(rows)
        },
      ),
    )
  })

  it('keeps its windows when rows are copied behind others', () => {
    fc.assert(
      fc.property(
        anyKind.chain((kind) => fc.tuple(fc.constant(kind), anyRows(kind), anyRows(kind))),
        fc.nat(),
        fc.nat(),
        ([kind, one, other], a, b) => {
          const [from, to] = [a % (other.length + 1), b % (other.length + 1)].sort((x, y) => x - y) as [
            number,
            number,
          ]
          const table = tableOf(kind, one)
          table.copyRows(tableOf(kind, other), from, to)
          expect(rowsOf(table)).toStrictEqual([...one, ...other.slice(from, to)])
        },
      ),
    )
  })

  it.each([
    ['short decimals', [0.1, 0.25, -3]],
    ['whole numbers up to 2^53', [2 ** 53 - 1, 2 ** 53 - 5]],
    ['nine places', [1e-9, 0.123456789]],
    ['squares beyond 2^53', [1e12, 3, 1e12 - 0.001]],
  ])('holds windows of %s in its columns', (_, values) => {
    const table = new RowTable('numeric')
    table.push(1, 0, windowOf(gauges(values)))
    expect(table.others.size).toBe(0)
    expect(table.flags[0]).toBe(0)
  })

  it.each([
    ['a third', gauges([1 / 3])],
    ['a weight that is no whole number', [sample('g', 0, 2, 'observation', { weight: 1.5 })]],
    ['values that no number of places makes whole', gauges([2 ** 53 - 1, 0.5])],
  ])('keeps windows with %s beside its columns, and says nothing false in them', (_, samples) => {
    const table = new RowTable('numeric')
    table.push(1, 0, windowOf(samples))
    expect(table.flags[0]).toBe(otherRow)
    expect(table.sum[0]).toBeNaN()
    expect(table.spread[0]).toBeNaN()
  })

  it('refuses a window of another kind', () => {
    expect(() => new RowTable('text').push(1, 0, windowOf(gauges([1])))).toThrow(
      'a numeric row in a table of text',
    )
  })
})

/** Far from 0, on this side and that, so that sums stay small while squares have ever more digits. */
const around = (at: number): number => (at % 2 === 0 ? 1 : -1) * (2 ** 52 + 123_456_789 * at + 1)

describe('foldRows', () => {
  it('is foldRollups of the rows', () => {
    fc.assert(
      fc.property(
        anyKind.chain((kind) => fc.tuple(fc.constant(kind), anyRows(kind, 1))),
        anyWrap,
        ([kind, rows], wrap) => {
          const [{ series, start } = { series: 0, start: 0 }] = rows
          const into = new RowTable(kind)
          const begin = Math.floor(start / hour) * hour
          foldRows(tableOf(kind, rows), 0, rows.length, begin, into, wrap)
          const rollup = foldRollups(
            rows.map((row) => row.rollup),
            undefined,
            wrap,
          )
          expect(rowsOf(into)).toStrictEqual([{ series, start: begin, rollup }])
        },
      ),
    )
  })

  it.each([
    ['whose sum about the first value is no whole number below 2^53', [[0], [2 ** 52], [2 ** 52], [2 ** 52]]],
    ['whose extremes are none in the places of another', [[0, 2 ** 52, -(2 ** 52), 0], [0.5]]],
    ['whose squares take three doubles', [[0], ...Array.from({ length: 200 }, (_, at) => [around(at)])]],
  ])('keeps a window beside the columns %s, and says all of it', (_, minutes) => {
    const table = new RowTable('numeric')
    const windows = minutes.map((values, at) =>
      windowOf(values.map((value, index) => sample('g', at * minute + index, value))),
    )
    for (const [at, window] of windows.entries()) table.push(1, at * minute, window)
    expect(table.others.size).toBe(0)
    const into = new RowTable('numeric')
    foldRows(table, 0, table.length, 0, into)
    expect(into.flags[0]).toBe(otherRow)
    expect(into.rollup(0)).toStrictEqual(foldRollups(windows))
  })

  it('needs no object where the columns hold rows and fold', () => {
    const table = new RowTable('numeric')
    for (let row = 0; row < 1440; row += 1) {
      table.push(
        1,
        row * minute,
        windowOf([sample('g', row * minute, 50 + (row % 100) / 4), sample('g', row * minute + 1, 1e6)]),
      )
    }
    table.rollup = () => {
      throw new Error('an object was made')
    }
    const into = new RowTable('numeric')
    foldRows(table, 0, table.length, 0, into)
    expect(into.others.size).toBe(0)
  })
})
