import type { Rollup } from '../engine/rollups.ts'
import { counterRollup, counterRow, numericRollup, numericRow } from './row-codec.ts'
import { columnsOf, inexactRow, otherRow, type ColumnName, type RowKind } from './row-columns.ts'

const none = new Float64Array(0)
const noFlags = new Uint8Array(0)

/**
 * Windows of one kind as columns: what there are millions of. X is a value times 10^decimals, a whole number below 2^53, exact.
 * Columns that the kind has not, or that were not read, are empty. Whoever sets columns directly keeps them exact; what does not
 * fit goes through {@link push}.
 */
export class RowTable {
  readonly kind: RowKind
  /** Rows. */
  length = 0
  /** Number of the series. */
  series: Uint32Array = new Uint32Array(0)
  /** Start of the window, ms. */
  start: Float64Array = none
  /** {@link inexactRow}, {@link otherRow}. */
  flags: Uint8Array = noFlags
  /** Most places behind the point, 0 to 9. */
  decimals: Uint8Array = noFlags
  /** Samples, or the sum of their whole weights. */
  count: Float64Array = none
  /** Earliest value. */
  first: Float64Array = none
  /** Its time, ms after the start. */
  firstTime: Float64Array = none
  /** Latest value. */
  last: Float64Array = none
  /** Its time, ms after the start. */
  lastTime: Float64Array = none
  /** Numeric: smallest value. */
  min: Float64Array = none
  /** Numeric: largest value. */
  max: Float64Array = none
  /** Numeric: sum of weight * (X - X(first)), |sum| < 2^53. */
  sum: Float64Array = none
  /** Numeric: sum of weight * (X - X(first))^2, the nearest double. */
  spread: Float64Array = none
  /** Numeric: what is missing from `spread`. */
  spreadLow: Float64Array = none
  /** Counters: sum of the steps up, scaled as X is, below 2^53. */
  growth: Float64Array = none
  /** Counters: sum of the readings right after a fall, scaled as X is, below 2^53. */
  afterResets: Float64Array = none
  /** Counters: falls. */
  resets: Float64Array = none
  /** Counters: time between the readings of each fall, ms. */
  dropMs: Float64Array = none
  /** Rollups of rows with {@link otherRow}, by row. */
  readonly others: Map<number, Rollup> = new Map()

  #capacity = 0
  readonly #columns: readonly ColumnName[]

  /** A table of all columns of the kind, or of those named and `flags`. */
  constructor(kind: RowKind, capacity = 0, only?: ReadonlySet<ColumnName>) {
    this.kind = kind
    const all = columnsOf(kind)
    this.#columns = only === undefined ? all : all.filter((name) => name === 'flags' || only.has(name))
    if (capacity > 0) this.reserve(capacity)
  }

  /** The columns that it has, in the order in which they are stored. */
  get columns(): readonly ColumnName[] {
    return this.#columns
  }

  /** Makes room for as many rows in all. */
  reserve(capacity: number): void {
    if (capacity <= this.#capacity) return
    const room = Math.max(capacity, Math.ceil(this.#capacity * 1.5), 16)
    this.series = moved(this.series, new Uint32Array(room), this.length)
    this.start = moved(this.start, new Float64Array(room), this.length)
    for (const name of this.#columns) {
      if (name === 'flags' || name === 'decimals') {
        this[name] = moved(this[name], new Uint8Array(room), this.length)
      } else this[name] = moved(this[name], new Float64Array(room), this.length)
    }
    this.#capacity = room
  }

  /** Forgets all rows and keeps their room. */
  clear(): void {
    this.length = 0
    this.others.clear()
  }

  /** Adds a window; its number is returned. */
  push(series: number, start: number, rollup: Rollup): number {
    const row = this.length
    this.reserve(row + 1)
    this.length = row + 1
    this.series[row] = series
    this.start[row] = start
    if (!this.#fits(row, start, rollup)) {
      this.flags[row] = otherRow | (rollup.inexact ? inexactRow : 0)
      this.others.set(row, rollup)
    }
    return row
  }

  /** The window as plain data; needs all columns. */
  rollup(row: number): Rollup {
    const other = this.others.get(row)
    if (other !== undefined) return other
    return this.kind === 'numeric' ? numericRollup(this, row) : counterRollup(this, row)
  }

  /** Adds rows `[first, end)` of a table of the same kind and columns. */
  copyRows(from: RowTable, first: number, end: number): void {
    const at = this.length
    this.reserve(at + end - first)
    this.length = at + end - first
    this.series.set(from.series.subarray(first, end), at)
    this.start.set(from.start.subarray(first, end), at)
    for (const name of this.#columns) this[name].set(from[name].subarray(first, end), at)
    const { others } = from
    if (others.size > end - first) {
      for (let row = first; row < end; row += 1) {
        const rollup = others.get(row)
        if (rollup !== undefined) this.others.set(at + row - first, rollup)
      }
      return
    }
    for (const [row, rollup] of others) {
      if (row >= first && row < end) this.others.set(at + row - first, rollup)
    }
  }

  #fits(row: number, start: number, rollup: Rollup): boolean {
    if (rollup.kind !== this.kind)
      throw new RangeError(`a ${rollup.kind} row in a table of ${this.kind} rows`)
    if (rollup.kind === 'numeric') return numericRow(this, row, start, rollup)
    if (rollup.kind === 'counter') return counterRow(this, row, start, rollup)
    return false
  }
}

function moved<T extends Uint8Array | Uint32Array | Float64Array>(from: T, to: T, length: number): T {
  to.set(from.subarray(0, length))
  return to
}
