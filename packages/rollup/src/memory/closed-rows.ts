import type { Rollup } from '../engine/rollups.ts'
import { columnsOf, type RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import { kindsInOrder } from './window-readings.ts'

const chunkBits = 10
const chunkRows = 1 << chunkBits
const rowMask = chunkRows - 1
/** What a row takes: its columns, and its place in the chain of its series. */
const rowBytes = 116
const otherBytes = 600

interface Chunk {
  readonly table: RowTable
  /** Of each row, the one before it of the same series; 0 where it is the first. */
  readonly before: Int32Array
}

/** A row somewhere. */
export interface RowAt {
  readonly table: RowTable
  readonly row: number
}

/**
 * Room of windows that were flushed, for those that come next: buffers that come and go by the megabyte make the collector of the
 * engine run in steps of many ms. It keeps as much as the last flush had.
 */
export class SpareChunks {
  readonly #chunks: readonly [Chunk[], Chunk[], Chunk[]] = [[], [], []]

  /** Empty; what its rows hold is left over. */
  take(kind: RowKind): Chunk {
    const spare = this.#chunks[indexOf(kind)].pop()
    return spare ?? { table: new RowTable(kind, chunkRows), before: new Int32Array(chunkRows) }
  }

  /** Nobody has rows of them any more. */
  give(chunks: readonly (readonly Chunk[])[]): void {
    for (const [kind, spare] of this.#chunks.entries()) {
      const given = chunks[kind] ?? []
      for (const { table } of given) table.clear()
      spare.splice(0, Infinity, ...given)
    }
  }
}

const indexOf = (kind: RowKind): 0 | 1 | 2 => (kind === 'numeric' ? 0 : kind === 'counter' ? 1 : 2)

/** Closed windows of all series, in chunks, so that none is ever moved; those of one series are a chain, the newest first. */
export class ClosedRows {
  /** By kind, in the order of {@link kindsInOrder}. */
  readonly #chunks: readonly [Chunk[], Chunk[], Chunk[]] = [[], [], []]
  readonly #spare: SpareChunks
  #heads = new Int32Array(1024)
  #others = 0
  #length = 0

  constructor(spare: SpareChunks = new SpareChunks()) {
    this.#spare = spare
  }

  /** Rows in all. */
  get length(): number {
    return this.#length
  }

  /** About. */
  get bytes(): number {
    return this.#length * rowBytes + this.#others * otherBytes
  }

  /** Series whose numbers are not below have no rows. */
  get seriesEnd(): number {
    return this.#heads.length
  }

  /** Whether a kind has rows. */
  has(kind: RowKind): boolean {
    return (this.#chunks[kindsInOrder.indexOf(kind)] ?? []).length > 0
  }

  /** A table with room for one more row: write it, then call {@link added}. */
  room(kind: RowKind): RowTable {
    const chunks = this.#chunksOf(kind)
    let chunk = chunks.at(-1)
    if (chunk === undefined || chunk.table.length === chunkRows) {
      chunk = this.#spare.take(kind)
      chunks.push(chunk)
    }
    return chunk.table
  }

  /** The row behind the last of {@link room} is written; it is later than all others of its series. */
  added(kind: RowKind, series: number): void {
    const chunks = this.#chunksOf(kind)
    const chunk = chunks.at(-1)
    if (chunk === undefined) throw new RangeError('there is no room for the row that was added')
    if (series >= this.#heads.length) this.#grow(series)
    const row = chunk.table.length
    chunk.table.length = row + 1
    chunk.before[row] = this.#heads[series] ?? 0
    const at = ((chunks.length - 1) << chunkBits) | row
    this.#heads[series] = at * 4 + kindsInOrder.indexOf(kind) + 1
    this.#length += 1
  }

  /** Adds a window that is later than all others of its series. */
  push(series: number, start: number, rollup: Rollup): void {
    const table = this.room(rollup.kind)
    const row = table.push(series, start, rollup)
    if (table.others.has(row)) this.#others += 1
    table.length = row
    this.added(rollup.kind, series)
  }

  /** Adds a row that is later than all others of its series. */
  copy(series: number, { table, row }: RowAt): void {
    const to = this.room(table.kind)
    gatherRows(to, [{ table, row }])
    if (table.others.has(row)) this.#others += 1
    to.length -= 1
    this.added(table.kind, series)
  }

  /** The rows of a series that start at `from` or later, the newest first. */
  of(series: number, from: number = -Infinity): RowAt[] {
    const rows: RowAt[] = []
    let at = series < this.#heads.length ? (this.#heads[series] ?? 0) : 0
    while (at > 0) {
      const kind = (at - 1) & 3
      const index = (at - 1) >>> 2
      const chunk = this.#chunks[kind as 0 | 1 | 2][index >>> chunkBits]
      if (chunk === undefined) break
      const row = index & rowMask
      if ((chunk.table.start[row] ?? 0) < from) break
      rows.push({ table: chunk.table, row })
      at = chunk.before[row] ?? 0
    }
    return rows
  }

  /** Whether a series has rows. */
  hasSeries(series: number): boolean {
    return series < this.#heads.length && this.#heads[series] !== 0
  }

  /** Its rows are stored, and nobody has any of them: their room is for others. */
  release(): void {
    this.#spare.give(this.#chunks)
    for (const chunks of this.#chunks) chunks.length = 0
    this.#heads.fill(0)
    this.#length = this.#others = 0
  }

  #chunksOf(kind: RowKind): Chunk[] {
    return this.#chunks[indexOf(kind)]
  }

  #grow(series: number): void {
    const heads = new Int32Array(Math.max(series + 1, this.#heads.length * 2))
    heads.set(this.#heads)
    this.#heads = heads
  }
}

/** Adds rows of tables of the same kind, column by column. */
export function gatherRows(to: RowTable, rows: readonly RowAt[]): void {
  const at = to.length
  to.reserve(at + rows.length)
  for (const name of ['series', 'start', ...columnsOf(to.kind)] as const) {
    const column = to[name]
    for (let index = 0; index < rows.length; index += 1) {
      const from = rows[index]
      if (from !== undefined) column[at + index] = from.table[name][from.row] ?? 0
    }
  }
  for (const [index, { table, row }] of rows.entries()) {
    const other = table.others.size === 0 ? undefined : table.others.get(row)
    if (other !== undefined) to.others.set(at + index, other)
  }
  to.length = at + rows.length
}
