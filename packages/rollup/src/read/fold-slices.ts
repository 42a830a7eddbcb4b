import { windowStart } from '@tocsin/core'

import { foldRollups } from '../engine/cell.ts'
import type { CounterWrap, Rollup } from '../engine/rollups.ts'
import { foldRows } from '../rows/fold-rows.ts'
import type { RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import type { RowSlice } from './row-slices.ts'

/** Longer windows of shorter ones of one series, which are in order of time and have all columns. */
export function foldSlices(
  slices: readonly RowSlice[],
  series: number,
  periodMs: number,
  wrap: CounterWrap,
): RowSlice[] {
  const folded = new FoldedRows(series, wrap)
  const parts: RowSlice[] = []
  let window = NaN
  for (const { table, from, end } of slices) {
    for (let row = from; row < end;) {
      const start = windowStart(table.start[row] ?? 0, periodMs)
      if (start !== window) folded.add(window, parts.splice(0))
      window = start
      const first = row
      while (row < end && (table.start[row] ?? 0) < start + periodMs) row += 1
      parts.push({ table, from: first, end: row })
    }
  }
  folded.add(window, parts)
  return folded.slices
}

/** Longer windows of one series, which come in order of time, whatever their kinds. */
class FoldedRows {
  readonly slices: RowSlice[] = []
  readonly #series: number
  readonly #wrap: CounterWrap
  readonly #tables = new Map<RowKind, RowTable>()

  constructor(series: number, wrap: CounterWrap) {
    this.#series = series
    this.#wrap = wrap
  }

  add(start: number, parts: readonly RowSlice[]): void {
    const [first] = parts
    if (first === undefined) return
    const table = this.#tables.get(first.table.kind) ?? new RowTable(first.table.kind)
    this.#tables.set(first.table.kind, table)
    const row = table.length
    if (parts.length === 1) foldRows(first.table, first.from, first.end, start, table, this.#wrap)
    else {
      const others: number[] = []
      const whole = foldRollups(rollupsOf(parts), () => others.push(start), this.#wrap)
      // Those of other kinds are left out.
      if (whole !== undefined)
        table.push(this.#series, start, others.length > 0 ? { ...whole, inexact: true } : whole)
    }
    const last = this.slices.at(-1)
    if (last?.table === table && last.end === row)
      this.slices[this.slices.length - 1] = { ...last, end: row + 1 }
    else this.slices.push({ table, from: row, end: row + 1 })
  }
}

function* rollupsOf(parts: readonly RowSlice[]): Iterable<Rollup> {
  for (const { table, from, end } of parts) for (let row = from; row < end; row += 1) yield table.rollup(row)
}
