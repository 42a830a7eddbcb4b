import type { RowKind } from './row-columns.ts'
import { RowTable } from './row-table.ts'

/** Rows `[from, to)` of a table, of one series, ascending by start. */
export interface RowRange {
  readonly table: RowTable
  readonly from: number
  readonly to: number
}

/**
 * Merges rows of one series, older ranges first: of several rows of one window that of the last range counts, whatever its kind.
 * Adds them to the table of their kind, ascending by start.
 */
export function mergeRows(ranges: readonly RowRange[], into: Readonly<Record<RowKind, RowTable>>): void {
  const [only] = ranges
  if (only !== undefined && ranges.length === 1) {
    into[only.table.kind].copyRows(only.table, only.from, only.to)
    return
  }
  const next = ranges.map(({ from }) => from)
  const startOf = (index: number): number => {
    const range = ranges[index]
    const row = next[index] ?? 0
    return range === undefined || row >= range.to ? Infinity : (range.table.start[row] ?? Infinity)
  }
  for (;;) {
    let newest = 0
    for (const index of ranges.keys()) if (startOf(index) <= startOf(newest)) newest = index
    const range = ranges[newest]
    const start = startOf(newest)
    if (range === undefined || start === Infinity) return
    // Up to where no other has a row, its rows follow each other.
    let until = Infinity
    for (const index of ranges.keys()) {
      if (index === newest) continue
      if (startOf(index) === start) next[index] = (next[index] ?? 0) + 1
      until = Math.min(until, startOf(index))
    }
    const first = next[newest] ?? 0
    let end = first + 1
    while (end < range.to && (range.table.start[end] ?? Infinity) < until) end += 1
    into[range.table.kind].copyRows(range.table, first, end)
    next[newest] = end
  }
}

/** An empty table of each kind. */
export const createTables = (): Record<RowKind, RowTable> => ({
  numeric: new RowTable('numeric'),
  counter: new RowTable('counter'),
  text: new RowTable('text'),
})
