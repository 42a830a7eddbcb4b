import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createTables, mergeRows } from '../../src/rows/merge-tables.ts'
import { anyKind, anyRows, rowsOf, tableOf, type Row } from './any-rows.ts'

const ranges = fc.array(
  anyKind.chain((kind) => fc.tuple(fc.constant(kind), anyRows(kind, 1))),
  { maxLength: 4 },
)

it('says of each window what the last range says of it, whatever its kind', () => {
  fc.assert(
    fc.property(ranges, (list) => {
      const expected = new Map<number, Row>()
      for (const [, rows] of list) for (const row of rows) expected.set(row.start, { ...row, series: 7 })
      const into = createTables()
      mergeRows(
        list.map(([kind, rows]) => {
          const table = tableOf(
            kind,
            rows.map((row) => ({ ...row, series: 7 })),
          )
          return { table, from: 0, to: table.length }
        }),
        into,
      )
      for (const kind of ['numeric', 'counter', 'text'] as const) {
        const rows = [...expected.values()].filter((row) => row.rollup.kind === kind)
        expect(rowsOf(into[kind])).toStrictEqual(rows.sort((a, b) => a.start - b.start))
      }
    }),
  )
})
