import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBlock, encodeBlock, piecesFor } from '../../src/columns/block.ts'
import { piecesOf, type Piece, type PieceName } from '../../src/columns/pieces.ts'
import { columnsOf } from '../../src/rows/row-columns.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { anyKind, anyRows, rowsOf, tableOf } from '../rows/any-rows.ts'

const anyTable = anyKind.chain((kind) => fc.tuple(fc.constant(kind), anyRows(kind, 4)))

const piecesIn = (table: RowTable, from: number, to: number, compact: boolean): Map<PieceName, Piece> => {
  const pieces = [...encodeBlock(table, from, to, compact)]
  return new Map(piecesOf(table.kind).map((name, index) => [name, pieces[index] ?? NaN]))
}

/** As heads say where a block begins, of which the series need not begin together. */
const earliest = (table: RowTable, from: number): number =>
  Math.min(...table.start.subarray(from, table.length))

describe('a block', () => {
  it('gives back every row as it was, packed or deflated', () => {
    fc.assert(
      fc.property(anyTable, fc.boolean(), fc.nat(), ([kind, rows], compact, cut) => {
        const from = cut % rows.length
        const table = tableOf(kind, rows)
        const pieces = piecesIn(table, from, rows.length, compact)
        const into = tableOf(kind, rows.slice(0, 1))
        decodeBlock((name) => pieces.get(name) ?? NaN, rows.length - from, earliest(table, from), into)
        expect(rowsOf(into)).toStrictEqual(rows.slice(from))
      }),
    )
  })

  it('gives back each column alone, from no more pieces than it is made from', () => {
    fc.assert(
      fc.property(anyTable, fc.nat(), ([kind, rows], pick) => {
        const table = tableOf(kind, rows)
        const pieces = piecesIn(table, 0, rows.length, false)
        const name = columnsOf(kind)[pick % columnsOf(kind).length] ?? 'flags'
        const into = new RowTable(
          kind,
          0,
          new Set([name, ...(name === 'growth' ? (['decimals', 'first', 'last'] as const) : [])]),
        )
        const wanted = piecesFor(into)
        const pieceOf = (piece: PieceName): Piece => {
          if (!wanted.has(piece)) throw new Error(`${piece} was not asked for`)
          return pieces.get(piece) ?? NaN
        }
        decodeBlock(pieceOf, rows.length, earliest(table, 0), into)
        expect([...into[name].subarray(0, rows.length)]).toStrictEqual([
          ...table[name].subarray(0, rows.length),
        ])
      }),
    )
  })
})
