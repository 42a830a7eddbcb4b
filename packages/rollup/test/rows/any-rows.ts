import fc from 'fast-check'

import type { CounterWrap, Rollup } from '../../src/engine/rollups.ts'
import type { RowKind } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { closeDecimals, decimal } from '../support/decimals.ts'
import { minute, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

/** A window of a series. */
export interface Row {
  readonly series: number
  readonly start: number
  readonly rollup: Rollup
}

/** Where numbers stop being whole, small, decimal, or normal. */
const edges = [
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53 - 1),
  2 ** 52 + 1,
  2 ** 51,
  2 ** 51 + 1,
  2 ** 51 / 10,
  1 / 3,
  -2 / 7,
  0.1 + 0.2,
  -0,
  0,
  5e-324,
  -1e-310,
  1e-9,
  1.5e-9,
  1e100,
  4294967295,
  123456.789012345,
]

const value = fc.oneof(
  { weight: 6, arbitrary: decimal },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(...edges) },
  { weight: 1, arbitrary: fc.double({ min: -1e9, max: 1e9, noNaN: true }) },
)

const values = fc.oneof(
  fc.array(value, { minLength: 1, maxLength: 6 }),
  closeDecimals(4),
  closeDecimals(1),
  value.map((one) => [one, one]),
)

const times = (count: number): fc.Arbitrary<number[]> =>
  fc
    .uniqueArray(fc.nat({ max: minute - 1 }), { minLength: count, maxLength: count })
    .map((list) => list.sort((a, b) => a - b))

const weight = fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 100 }), fc.constantFrom(10 / 3, 1.5))

const numeric = (start: number): fc.Arbitrary<Rollup> =>
  values.chain((list) =>
    fc
      .tuple(
        times(list.length),
        fc.array(weight, { minLength: list.length, maxLength: list.length }),
        fc.nat({ max: 4 }),
      )
      .map(([at, weights, way]) =>
        windowOf(
          list.map((one, index) => {
            const time = start + (at[index] ?? 0)
            // Most are gauges; the others have weights, and totals that are no products.
            if (way > 1) return sample('s', time, one)
            return sample('s', time, one, way === 1 ? 'observation' : 'delta', {
              weight: weights[index] ?? 1,
            })
          }),
        ),
      ),
  )

const counter = (start: number): fc.Arbitrary<Rollup> =>
  fc.tuple(values, fc.boolean(), fc.nat({ max: 9 })).chain(([list, rising, digits]) =>
    times(list.length).map((at) => {
      const readings = list.map(Math.abs)
      if (rising) readings.sort((a, b) => a - b)
      return windowOf(
        readings.map((one, index) =>
          sample(
            's',
            start + (at[index] ?? 0),
            one,
            'counter',
            digits === 0 ? { exact: 2n ** 63n + BigInt(index) } : {},
          ),
        ),
      )
    }),
  )

const text = (start: number): fc.Arbitrary<Rollup> =>
  fc
    .array(fc.oneof(fc.constantFrom('up', 'down', '', 'ä€🙂'), fc.string()), { minLength: 1, maxLength: 5 })
    .chain((list) =>
      times(list.length).map((at) =>
        windowOf(list.map((one, index) => sample('s', start + (at[index] ?? 0), one, 'text'))),
      ),
    )

const kinds = { numeric, counter, text }

/** A window of a kind, exact or not; some with the state of values that are held. */
const anyRollup = (kind: RowKind, start: number): fc.Arbitrary<Rollup> =>
  fc.tuple(kinds[kind](start), fc.nat({ max: 9 }), fc.nat({ max: 19 })).map(([rollup, inexact, held]) => ({
    ...rollup,
    inexact: inexact === 0,
    ...(held === 0 &&
      rollup.kind === 'numeric' && { held: { decimals: 2, area: [2 ** 60, 5], doubles: [0.3] } }),
  }))

export const anyKind: fc.Arbitrary<RowKind> = fc.constantFrom('numeric', 'numeric', 'counter', 'text')

/** Minutes of some series of one kind, ascending by series and start, with gaps. */
export const anyRows = (kind: RowKind, maxSeries = 3, maxRows = 12): fc.Arbitrary<Row[]> =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.constant(1) },
            { weight: 1, arbitrary: fc.integer({ min: 2, max: 3000 }) },
          ),
          {
            minLength: 1,
            maxLength: maxRows,
          },
        ),
      ),
      { minLength: 1, maxLength: maxSeries },
    )
    .chain((list) => {
      let series = 0
      const places: (readonly [number, number])[] = []
      for (const [ahead, gaps] of list) {
        series += ahead
        let start = 1_790_000_040_000 - (ahead % 7) * minute
        for (const gap of gaps) {
          start += gap * minute
          places.push([series, start])
        }
      }
      return fc.tuple(...places.map(([, start]) => anyRollup(kind, start))).map((rollups) =>
        places.map(([number, start], index) => ({
          series: number,
          start,
          rollup: rollups[index] as Rollup,
        })),
      )
    })

export const tableOf = (kind: RowKind, rows: readonly Row[]): RowTable => {
  const table = new RowTable(kind)
  for (const { series, start, rollup } of rows) table.push(series, start, rollup)
  return table
}

export const rowsOf = (table: RowTable, from = 0, to: number = table.length): Row[] =>
  Array.from({ length: to - from }, (_, index) => ({
    series: table.series[from + index] ?? NaN,
    start: table.start[from + index] ?? NaN,
    rollup: table.rollup(from + index),
  }))

export const anyWrap: fc.Arbitrary<CounterWrap> = fc.constantFrom('none', 'none', '32', '64')
