import type { ColumnName, RowKind } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'

/** What to read of a segment. */
export interface SegmentQuery {
  /** Index of the window length among `periods`. */
  readonly level: number
  /** Numbers of the series, ascending; `undefined` for all. */
  readonly series: Uint32Array | readonly number[] | undefined
  /** Windows that start at or after, ms. */
  readonly from: number
  /** Windows that start before, ms. */
  readonly to: number
  /** Kinds of rows; all where absent. */
  readonly kinds?: readonly RowKind[] | undefined
  /** Columns to read besides `series`, `start` and `flags`; all where absent. `sum`, `growth` and the like need `decimals`. */
  readonly columns?: ReadonlySet<ColumnName> | undefined
}

/** Rows `[from, to)` of the table are of one series and ascend by `start`. The table is another's again after the call. */
export type TakeRows = (table: RowTable, from: number, to: number) => void

/** A block as its head tells it. */
export interface BlockHead {
  readonly level: number
  readonly kind: RowKind
  /** Rows of the block. */
  readonly rows: number
  readonly firstSeries: number
  readonly lastSeries: number
  /** Start of its earliest window, ms. */
  readonly from: number
  /** Start of its latest window, ms. */
  readonly to: number
}

/** Rows that could not be read. */
export interface SegmentDamage {
  readonly segment: number
  readonly level: number
  readonly kind: RowKind
  readonly firstSeries: number
  readonly lastSeries: number
  /** Start of the earliest window that may be concerned, ms. */
  readonly from: number
  /** Start of the latest window that may be concerned, ms. */
  readonly to: number
  /** It was not met before by this reader. */
  readonly isNew: boolean
}

/** Hears of each damaged block or group of the query, every time that it is met. */
export type TakeDamage = (damage: SegmentDamage) => void

/** What a reading took. */
export interface SegmentReads {
  /** Blocks of which rows were read. */
  blocks: number
  /** Heads that were looked at. */
  heads: number
  /** Rows that were given to the caller. */
  rows: number
  /** Bytes and pieces read from the file. */
  bytes: number
  reads: number
}
