import type { Rollup } from '../engine/rollups.ts'

/** What all rows of a table hold. */
export type RowKind = Rollup['kind']

/** Bits of `flags`. */
export const inexactRow = 1
/** The columns cannot hold it: the rollup is in `others`, and `sum`, `spread`, `growth` and `afterResets` are NaN. */
export const otherRow = 2

/** Columns of numbers, without `series` and `start`, which every table has. */
export type ColumnName =
  | 'flags'
  | 'decimals'
  | 'count'
  | 'firstTime'
  | 'lastTime'
  | 'first'
  | 'last'
  | 'min'
  | 'max'
  | 'sum'
  | 'spread'
  | 'spreadLow'
  | 'growth'
  | 'afterResets'
  | 'resets'
  | 'dropMs'

/** The columns of a table, where those that it has not are empty; `start` is that of the window, ms. */
export type RowColumns = Readonly<Record<ColumnName | 'start', Float64Array | Uint8Array>>

const shared = ['flags', 'decimals', 'count', 'firstTime', 'lastTime'] as const
const columns: Readonly<Record<RowKind, readonly ColumnName[]>> = {
  numeric: [...shared, 'spreadLow', 'first', 'last', 'min', 'max', 'sum', 'spread'],
  counter: [...shared, 'resets', 'dropMs', 'afterResets', 'first', 'last', 'growth'],
  text: ['flags'],
}

/** The columns of a kind, in the order in which they are stored. */
export const columnsOf = (kind: RowKind): readonly ColumnName[] => columns[kind]
