import { columnsOf, type ColumnName, type RowKind } from '../rows/row-columns.ts'

/**
 * What a block is stored as: the columns of its kind, `series` and `start` in front, and behind them what columns cannot hold:
 * whole rollups, or the sums of rollups of which the columns say the rest.
 */
export type PieceName = 'series' | 'start' | ColumnName | 'falls' | 'others' | 'sums'

const pieces: Readonly<Record<RowKind, readonly PieceName[]>> = {
  numeric: ['series', 'start', ...columnsOf('numeric'), 'others', 'sums'],
  counter: ['series', 'start', ...columnsOf('counter'), 'falls', 'others', 'sums'],
  text: ['series', 'start', ...columnsOf('text'), 'others'],
}

/** The pieces of a kind, in the order in which they are stored. */
export const piecesOf = (kind: RowKind): readonly PieceName[] => pieces[kind]

/**
 * The bytes of a piece; or the number that a whole column is, or the step from each `start` to the next, or 0 for no other
 * rollups, or NaN for `growth` that is `last - first` with the falls between.
 */
export type Piece = number | Uint8Array
