import { scaledAt } from '../rows/row-codec.ts'
import { otherRow } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'
import { decodeNumbers } from './decode-numbers.ts'
import { encodeNumbers } from './encode-numbers.ts'
import { decodeOthers, encodeOthers, levelOthers } from './other-rows.ts'
import { piecesOf, type Piece, type PieceName } from './pieces.ts'
import { decodeSums, encodeSums, prefersSums, sumColumns } from './sums.ts'

/** Rows of a block at most: a day of minutes. */
export const maxBlockRows = 1440

/** The pieces that the columns of a table are made from. */
export function piecesFor(table: RowTable): ReadonlySet<PieceName> {
  const names = new Set<PieceName>(['series', 'start', 'flags', 'others', ...table.columns])
  if (table.columns.some((name) => sumColumns.has(name))) names.add('sums')
  if (names.has('growth')) for (const name of ['decimals', 'first', 'last', 'falls'] as const) names.add(name)
  return names
}

const valueColumns: ReadonlySet<PieceName> = new Set<PieceName>(['first', 'last', 'min', 'max'])

let numbers = new Float64Array(maxBlockRows)
/** Up to here the difference of two whole numbers is exact. */
const maxFall = 2 ** 51

/** Room for numbers; another's at the next call. */
function scratch(rows: number): Float64Array {
  if (numbers.length < rows) numbers = new Float64Array(rows)
  return numbers.subarray(0, rows)
}

/**
 * Rows `[from, to)`, at least one, as pieces in the order of {@link piecesOf}: others may run between two. `compact` takes some five
 * times as long.
 */
export function* encodeBlock(table: RowTable, from: number, to: number, compact: boolean): Generator<Piece> {
  const decimals = mostDecimals(table, from, to)
  const falls = table.kind === 'counter' ? fallsOf(table, from, to) : undefined
  const hasSums = prefersSums(table, from, to)
  for (const name of piecesOf(table.kind)) yield pieceOf(name)

  function pieceOf(name: PieceName): Piece {
    if (name === 'others') return hasSums ? 0 : encodeOthers(table, from, to)
    if (name === 'sums') return hasSums ? encodeSums(table, from, to) : 0
    if (name === 'growth' && falls !== undefined) return NaN
    if (name === 'falls' && falls === undefined) return 0
    const values = scratch(to - from)
    values.set(name === 'falls' ? (falls ?? []) : table[name].subarray(from, to))
    if (isLevelled(name, hasSums)) levelOthers(table, from, values)
    const constant = name === 'start' ? stepOf(values) : constantOf(values)
    return constant ?? encodeNumbers(values, valueColumns.has(name) ? decimals : 0, compact)
  }
}

/** Reads the columns of a table of `rows` rows, the earliest of them at `start`; a `RangeError` where a piece is malformed. */
export function decodeBlock(
  pieceOf: (name: PieceName) => Piece,
  rows: number,
  start: number,
  into: RowTable,
): void {
  into.clear()
  into.reserve(rows)
  into.length = rows
  for (const name of ['series', 'start', ...into.columns] as const) {
    const piece = pieceOf(name)
    const column = into[name]
    if (typeof piece !== 'number') {
      if (column instanceof Float64Array) decodeNumbers(piece, rows, column, 0)
      else {
        const values = scratch(rows)
        decodeNumbers(piece, rows, values, 0)
        column.set(values)
      }
    } else if (name === 'start') {
      for (let row = 0; row < rows; row += 1) column[row] = start + row * piece
    } else column.fill(piece, 0, rows)
  }
  if (into.growth.length > 0 && Number.isNaN(pieceOf('growth'))) addFalls(pieceOf('falls'), into)
  const others = pieceOf('others')
  // One number for all rows, of most blocks; the bytes of a column are NaN here.
  const flags = Number(pieceOf('flags'))
  if (typeof others !== 'number') decodeOthers(others, into)
  else if (!(flags < otherRow)) decodeSums(pieceOf, into)
}

/** Whether a column says nothing of rows that are outside of the columns. */
const isLevelled = (name: PieceName, hasSums: boolean): boolean =>
  hasSums ? sumColumns.has(name) : name !== 'series' && name !== 'start' && name !== 'flags'

/** Counters that never fall have grown by `last - first`: so what they fell is stored, where that is exact. */
function fallsOf(table: RowTable, from: number, to: number): Float64Array | undefined {
  const falls = new Float64Array(to - from)
  for (let row = from; row < to; row += 1) {
    const growth = table.growth[row] ?? 0
    const step = stepOfRow(table, row)
    const isExact = Math.abs(growth) <= maxFall && Math.abs(step) <= maxFall
    if (!isExact && ((table.flags[row] ?? 0) & otherRow) === 0) return undefined
    falls[row - from] = growth - step
  }
  return falls
}

function addFalls(piece: Piece, into: RowTable): void {
  if (typeof piece === 'number') into.growth.fill(piece, 0, into.length)
  else decodeNumbers(piece, into.length, into.growth, 0)
  for (let row = 0; row < into.length; row += 1) {
    into.growth[row] = (into.growth[row] ?? 0) + stepOfRow(into, row)
  }
}

const stepOfRow = (table: RowTable, row: number): number => {
  const decimals = table.decimals[row] ?? 0
  const [first, last] = [table.first[row] ?? 0, table.last[row] ?? 0]
  return decimals === 0 ? last - first : scaledAt(last, decimals) - scaledAt(first, decimals)
}

function mostDecimals(table: RowTable, from: number, to: number): number {
  let most = 0
  for (let row = from; row < to; row += 1) most = Math.max(most, table.decimals[row] ?? 0)
  return most
}

/** The number that all are, to the bit. */
function constantOf(values: Float64Array): number | undefined {
  const [first = 0] = values
  for (let at = 1; at < values.length; at += 1) if (!Object.is(values[at], first)) return undefined
  return first
}

/** The step that all steps are, where the first is the earliest. */
function stepOf(values: Float64Array): number | undefined {
  const [first = 0, second = first] = values
  const step = second - first
  if (step < 0) return undefined
  for (let row = 2; row < values.length; row += 1) {
    if (values[row] !== first + row * step) return undefined
  }
  return step
}
