import type { Slices } from '@tocsin/core/slices'
import { windowStart } from '@tocsin/core'

import { foldRollups } from '../engine/cell.ts'
import type { CounterWrap, Rollup } from '../engine/rollups.ts'
import { foldRows } from '../rows/fold-rows.ts'
import type { RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import { rowsBetween, tableRows, type RowSlice } from './row-slices.ts'

/** Rows of one window that are folded at once: what they make stands for them, as the first of those behind. */
const foldedAtOnce = 4096

/** Longer windows of shorter ones of one series, which are in order of time and have all columns. */
export async function foldSlices(
  slices: readonly RowSlice[],
  series: number,
  periodMs: number,
  wrap: CounterWrap,
  pauses: Slices,
): Promise<RowSlice[]> {
  const folded = new FoldedRows(series, wrap)
  let window = NaN
  let seen = 0
  for (const { table, from, end } of slices) {
    for (let row = from; row < end;) {
      const start = windowStart(table.start[row] ?? 0, periodMs)
      if (start !== window) folded.finish()
      window = start
      const first = row
      const most = Math.min(end, first + foldedAtOnce)
      while (row < most && (table.start[row] ?? 0) < start + periodMs) row += 1
      folded.add(start, { table, from: first, end: row })
      // A part alone takes as long as some rows.
      seen += row - first + 8
      if (seen < rowsBetween) continue
      seen = 0
      if (pauses.isOver) await pauses.pause()
    }
  }
  folded.finish()
  return folded.slices
}

/** Longer windows of one series, which come in order of time, whatever their kinds. */
class FoldedRows {
  readonly slices: RowSlice[] = []
  readonly #series: number
  readonly #wrap: CounterWrap
  readonly #tables = new Map<RowKind, RowTable>()
  /** Parts beside each other, by kind; of one window at a time. */
  readonly #joined = new Map<RowKind, RowTable>()
  /** Of the window at `#start`. */
  #parts: RowSlice[] = []
  #rows = 0
  #start = NaN

  constructor(series: number, wrap: CounterWrap) {
    this.#series = series
    this.#wrap = wrap
  }

  /** Adds a part of a window; those of the one before are {@link finish}ed. */
  add(start: number, part: RowSlice): void {
    this.#start = start
    this.#parts.push(part)
    this.#rows += part.end - part.from
    if (this.#rows < foldedAtOnce) return
    const kind = this.#parts[0]?.table.kind ?? part.table.kind
    const table = new RowTable(kind, 1)
    this.#fold(table)
    this.#parts = [{ table, from: 0, end: table.length }]
    this.#rows = 1
  }

  /** No more parts of the window come. */
  finish(): void {
    const [first] = this.#parts
    if (first === undefined) return
    const { kind } = first.table
    const known = this.#tables.get(kind)
    const table = known !== undefined && known.length < tableRows ? known : new RowTable(kind)
    this.#tables.set(kind, table)
    const row = table.length
    this.#fold(table)
    this.#parts = []
    this.#rows = 0
    const last = this.slices.at(-1)
    if (last?.table === table && last.end === row)
      this.slices[this.slices.length - 1] = { ...last, end: row + 1 }
    else this.slices.push({ table, from: row, end: row + 1 })
  }

  /** Adds the fold of the parts, one row. */
  #fold(into: RowTable): void {
    const [first] = this.#parts
    if (first === undefined) return
    if (this.#parts.every(({ table }) => table.kind === first.table.kind)) {
      const { table, from, end } = this.#parts.length === 1 ? first : this.#join(first.table.kind)
      foldRows(table, from, end, this.#start, into, this.#wrap)
      return
    }
    const others: number[] = []
    const whole = foldRollups(rollupsOf(this.#parts), () => others.push(this.#start), this.#wrap)
    // Those of other kinds are left out.
    if (whole !== undefined)
      into.push(this.#series, this.#start, others.length > 0 ? { ...whole, inexact: true } : whole)
  }

  /** The parts, all of one kind, as one. */
  #join(kind: RowKind): RowSlice {
    const table = this.#joined.get(kind) ?? new RowTable(kind)
    this.#joined.set(kind, table)
    table.clear()
    for (const part of this.#parts) table.copyRows(part.table, part.from, part.end)
    return { table, from: 0, end: table.length }
  }
}

function* rollupsOf(parts: readonly RowSlice[]): Iterable<Rollup> {
  for (const { table, from, end } of parts) for (let row = from; row < end; row += 1) yield table.rollup(row)
}
