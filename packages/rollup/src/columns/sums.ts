import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { nearestTotal } from '../engine/decimals.ts'
import type { CounterRollup, HeldState, NumericRollup, Rollup } from '../engine/rollups.ts'
import { inexactRow, otherRow } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'
import { joinDoubles, splitDoubles } from './byte-planes.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Piece, PieceName } from './pieces.ts'

/** Columns that say nothing of a row whose sums they cannot hold. */
export const sumColumns: ReadonlySet<PieceName> = new Set<PieceName>([
  'sum',
  'spread',
  'spreadLow',
  'growth',
  'afterResets',
  'falls',
])

/** Sums of a block, inflated: nine lists of up to 255 parts a row are more than there can be. */
const maxSumsBytes = 2 ** 25
const doublesFlag = 1
const heldFlag = 2
const heldDoublesFlag = 4

/** Parts that add up to a sum. */
type Parts = readonly number[]

/** Whether the rows are worth columns of their own values: an eighth of them, such as shares, have sums of doubles only. */
export function prefersSums(table: RowTable, from: number, to: number): boolean {
  if (table.others.size === 0 || table.kind === 'text') return false
  let count = 0
  for (let row = from; row < to; row += 1) {
    const rollup = table.others.get(row)
    if (rollup === undefined) continue
    // The columns have no room for digits.
    if ('exact' in rollup.first || 'exact' in rollup.last) return false
    count += 1
  }
  return count * 8 >= to - from
}

/** The sums of rows outside the columns: how many parts each has, then all first parts, all second parts and so on, in planes. */
export function encodeSums(table: RowTable, from: number, to: number): Uint8Array {
  const writer = new ByteWriter()
  const rows: Parts[][] = []
  for (let row = from; row < to; row += 1) {
    const rollup = table.others.get(row)
    if (rollup === undefined || rollup.kind === 'text') continue
    const held = rollup.kind === 'numeric' ? rollup.held : undefined
    let flags = rollup.exact.doubles === undefined ? 0 : doublesFlag
    if (held !== undefined) flags |= heldFlag
    if (held?.doubles !== undefined) flags |= heldDoublesFlag
    writer.u8(flags)
    writer.u8(held?.decimals ?? 0)
    const lists = listsOf(rollup)
    for (const parts of lists) writer.u8(parts.length)
    rows.push(lists)
  }
  for (const parts of partsByPlace(rows)) writer.raw(splitDoubles(Float64Array.from(parts)))
  return deflateRawSync(writer.bytes)
}

function listsOf(rollup: Exclude<Rollup, { kind: 'text' }>): Parts[] {
  if (rollup.kind === 'counter') {
    const { growth, afterResets, doubles } = rollup.exact
    return [growth, afterResets, doubles?.growth ?? [], doubles?.afterResets ?? []]
  }
  const { count, sum, squares, doubles } = rollup.exact
  const { area = [], doubles: heldDoubles = [] } = rollup.held ?? {}
  return [count, sum, squares, doubles?.sum ?? [], doubles?.squares ?? [], area, heldDoubles]
}

/** The first parts of the first lists of all rows, then the second ones, and so on. */
function* partsByPlace(rows: readonly (readonly Parts[])[]): Iterable<number[]> {
  for (const list of (rows[0] ?? []).keys()) {
    const longest = Math.max(...rows.map((lists) => lists[list]?.length ?? 0))
    for (let place = 0; place < longest; place += 1) {
      yield rows.flatMap((lists) => lists[list]?.slice(place, place + 1) ?? [])
    }
  }
}

/**
 * Makes the rollups of rows outside the columns, where their sums were read. Where they were not, only the columns say something.
 */
export function decodeSums(pieceOf: (name: PieceName) => Piece, into: RowTable): void {
  const others: number[] = []
  for (let row = 0; row < into.length; row += 1) {
    if (((into.flags[row] ?? 0) & otherRow) === 0) continue
    others.push(row)
    for (const name of ['sum', 'spread', 'spreadLow', 'growth', 'afterResets'] as const) into[name][row] = NaN
  }
  if (others.length === 0 || !into.columns.some((name) => sumColumns.has(name))) return
  const piece = pieceOf('sums')
  if (typeof piece === 'number') throw new RangeError('the sums of a block are missing')
  const reader = new ByteReader(inflateRawSync(piece, { maxOutputLength: maxSumsBytes }))
  const lists = into.kind === 'numeric' ? 7 : 4
  const heads = others.map(() => ({
    flags: reader.u8(),
    decimals: reader.u8(),
    parts: Array.from({ length: lists }, () => new Array<number>(reader.u8()).fill(0)),
  }))
  readParts(
    reader,
    heads.map(({ parts }) => parts),
  )
  if (reader.left !== 0) throw new RangeError('there are more sums than rows for them')
  for (const [index, row] of others.entries()) {
    const head = heads[index]
    if (head === undefined) continue
    const { flags, decimals, parts } = head
    const rollup =
      into.kind === 'numeric'
        ? numericOf(into, row, parts, flags, decimals)
        : counterOf(into, row, parts, flags)
    into.others.set(row, rollup)
  }
}

function readParts(reader: ByteReader, rows: readonly number[][][]): void {
  for (const list of (rows[0] ?? []).keys()) {
    const longest = Math.max(...rows.map((lists) => lists[list]?.length ?? 0))
    for (let place = 0; place < longest; place += 1) {
      const having = rows.map((lists) => lists[list] ?? []).filter((parts) => parts.length > place)
      const values = new Float64Array(having.length)
      joinDoubles(reader.raw(8 * having.length), having.length, values, 0)
      for (const [index, parts] of having.entries()) parts[place] = values[index] ?? 0
    }
  }
}

function pointOf(table: RowTable, row: number, name: 'first' | 'last'): { time: number; value: number } {
  const time = (table.start[row] ?? 0) + (table[`${name}Time`][row] ?? 0)
  return { time, value: table[name][row] ?? 0 }
}

const isInexact = (table: RowTable, row: number): boolean => ((table.flags[row] ?? 0) & inexactRow) !== 0

function numericOf(
  table: RowTable,
  row: number,
  parts: readonly number[][],
  flags: number,
  heldDecimals: number,
): NumericRollup {
  const [
    count = [],
    sum = [],
    squares = [],
    doubleSum = [],
    doubleSquares = [],
    area = [],
    heldDoubles = [],
  ] = parts
  const decimals = table.decimals[row] ?? 0
  const exact = { decimals, count, sum, squares }
  const held: HeldState = {
    ...{ decimals: heldDecimals, area },
    ...((flags & heldDoublesFlag) !== 0 && { doubles: heldDoubles }),
  }
  return {
    kind: 'numeric',
    count: table.count[row] ?? 0,
    sum: nearestTotal(sum, doubleSum, decimals),
    min: table.min[row] ?? 0,
    max: table.max[row] ?? 0,
    first: pointOf(table, row, 'first'),
    last: pointOf(table, row, 'last'),
    exact:
      (flags & doublesFlag) === 0 ? exact : { ...exact, doubles: { sum: doubleSum, squares: doubleSquares } },
    inexact: isInexact(table, row),
    ...((flags & heldFlag) !== 0 && { held }),
  }
}

function counterOf(table: RowTable, row: number, parts: readonly number[][], flags: number): CounterRollup {
  const [growth = [], afterResets = [], doubleGrowth = [], doubleAfterResets = []] = parts
  const decimals = table.decimals[row] ?? 0
  const exact = { decimals, growth, afterResets }
  const doubles = { growth: doubleGrowth, afterResets: doubleAfterResets }
  return {
    kind: 'counter',
    count: table.count[row] ?? 0,
    first: pointOf(table, row, 'first'),
    last: pointOf(table, row, 'last'),
    resets: table.resets[row] ?? 0,
    growth: nearestTotal(growth, doubleGrowth, decimals),
    afterResets: nearestTotal(afterResets, doubleAfterResets, decimals),
    dropMs: table.dropMs[row] ?? 0,
    exact: (flags & doublesFlag) === 0 ? exact : { ...exact, doubles },
    inexact: isInexact(table, row),
  }
}
