import { RowTable } from '../rows/row-table.ts'
import type { ColumnName, RowKind } from '../rows/row-columns.ts'

/** Some rows of a table, all of one series, by start. */
export interface RowSlice {
  readonly table: RowTable
  readonly from: number
  /** Exclusive. */
  readonly end: number
}

/** Slices of series, by number of the series; of what is there twice, the later one counts. */
export type SeriesSlices = Map<number, RowSlice[]>

/** The rows of each series of a table, which are by series. */
export function slicesOf(table: RowTable): RowSlice[] {
  const slices: RowSlice[] = []
  let from = 0
  for (let row = 1; row <= table.length; row += 1) {
    if (row < table.length && table.series[row] === table.series[from]) continue
    slices.push({ table, from, end: row })
    from = row
  }
  return slices
}

/** Rows of many series, kept as they are read. */
export class CollectedRows {
  readonly slices: SeriesSlices = new Map()
  readonly #columns: ReadonlySet<ColumnName>
  readonly #tables = new Map<RowKind, RowTable>()

  constructor(columns: ReadonlySet<ColumnName>) {
    this.#columns = columns
  }

  /** Copies rows of one series. */
  copy(from: RowTable, first: number, end: number): void {
    const table = this.#tables.get(from.kind) ?? new RowTable(from.kind, 0, this.#columns)
    this.#tables.set(from.kind, table)
    const at = table.length
    table.copyRows(from, first, end)
    this.#add(from.series[first] ?? 0, { table, from: at, end: table.length })
  }

  #add(series: number, slice: RowSlice): void {
    const known = this.slices.get(series)
    if (known === undefined) this.slices.set(series, [slice])
    else known.push(slice)
  }
}

const firstStart = ({ table, from }: RowSlice): number => table.start[from] ?? NaN
const lastStart = ({ table, end }: RowSlice): number => table.start[end - 1] ?? NaN

/** The same rows in order of time, each window once, as the later of two slices has it. */
export function inTimeOrder(
  slices: readonly RowSlice[],
  columns: ReadonlySet<ColumnName>,
): readonly RowSlice[] {
  const sorted = [...slices].sort((a, b) => firstStart(a) - firstStart(b))
  const apart = sorted.every((slice, index) => {
    const before = sorted[index - 1]
    return before === undefined || lastStart(before) < firstStart(slice)
  })
  return apart ? sorted : laterOfEach(slices, columns)
}

function laterOfEach(slices: readonly RowSlice[], columns: ReadonlySet<ColumnName>): RowSlice[] {
  const rows: { readonly start: number; readonly table: RowTable; readonly row: number }[] = []
  const seen = new Set<number>()
  for (const { table, from, end } of slices.toReversed()) {
    for (let row = from; row < end; row += 1) {
      const start = table.start[row] ?? 0
      if (seen.has(start)) continue
      seen.add(start)
      rows.push({ start, table, row })
    }
  }
  rows.sort((a, b) => a.start - b.start)
  const tables = new Map<RowKind, RowTable>()
  const ordered: RowSlice[] = []
  for (const { table, row } of rows) {
    const to = tables.get(table.kind) ?? new RowTable(table.kind, rows.length, columns)
    tables.set(table.kind, to)
    to.copyRow(table, row)
    const last = ordered.at(-1)
    if (last?.table === to && last.end === to.length - 1)
      ordered[ordered.length - 1] = { ...last, end: to.length }
    else ordered.push({ table: to, from: to.length - 1, end: to.length })
  }
  return ordered
}

/** The rows whose window is chosen; neighbours stay together. */
export function only(slices: readonly RowSlice[], isChosen: (start: number) => boolean): RowSlice[] {
  const chosen: RowSlice[] = []
  for (const { table, from, end } of slices) {
    let first = from
    for (let row = from; row <= end; row += 1) {
      if (row < end && isChosen(table.start[row] ?? 0)) continue
      if (row > first) chosen.push({ table, from: first, end: row })
      first = row + 1
    }
  }
  return chosen
}
