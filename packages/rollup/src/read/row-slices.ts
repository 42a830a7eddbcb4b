import type { Slices } from '@tocsin/core/slices'

import { RowTable } from '../rows/row-table.ts'
import type { ColumnName, RowKind } from '../rows/row-columns.ts'
import { lowerBound } from '../segment/series-list.ts'

/** Some rows of a table, all of one series, by start. */
export interface RowSlice {
  readonly table: RowTable
  readonly from: number
  /** Exclusive. */
  readonly end: number
}

/** Slices of series, by number of the series; of what is there twice, the later one counts. */
export type SeriesSlices = Map<number, RowSlice[]>

/** Rows of a table, about: growing a larger one would take long. */
export const tableRows: number = 1 << 12
/** Rows, or slices, that are gone through before others may run. */
export const rowsBetween = 512

/** The rows of each series of a table, which are by series; at most so many at once. */
export function* slicesOf(table: RowTable, most: number): Generator<RowSlice> {
  let from = 0
  for (let row = 1; row <= table.length; row += 1) {
    if (row < table.length && row - from < most && table.series[row] === table.series[from]) continue
    yield { table, from, end: row }
    from = row
  }
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
    const last = this.#tables.get(from.kind)
    const hasRoom = last !== undefined && last.length + end - first <= tableRows
    const table = hasRoom ? last : new RowTable(from.kind, 0, this.#columns)
    this.#tables.set(from.kind, table)
    const at = table.length
    // Rather than growing it many times.
    if (at + end - first > rowsBetween) table.reserve(tableRows)
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

/** A slice of which rows are taken from the front. */
interface Rest {
  readonly table: RowTable
  at: number
  readonly end: number
  /** Of two that have a window, the one with the larger rank counts. */
  readonly rank: number
}

/** The same rows in order of time, each window once, as the later of two slices has it. */
export async function inTimeOrder(slices: readonly RowSlice[], pauses: Slices): Promise<readonly RowSlice[]> {
  const waiting = slices
    .map(({ table, from, end }, rank): Rest => ({ table, at: from, end, rank }))
    .sort((a, b) => startOf(a) - startOf(b))
  const ordered: RowSlice[] = []
  /** Those that have begun, of which each has rows left. */
  let begun: Rest[] = []
  for (let next = 0, steps = 1; next < waiting.length || begun.length > 0; steps += 1) {
    if (steps % rowsBetween === 0 && pauses.isOver) await pauses.pause()
    let start = Infinity
    for (const rest of begun) start = Math.min(start, startOf(rest))
    for (let one = waiting[next]; one !== undefined && startOf(one) <= start; one = waiting[next]) {
      start = startOf(one)
      begun.push(one)
      next += 1
    }
    let taken: Rest | undefined
    let until = next < waiting.length ? startOf(waiting[next] as Rest) : Infinity
    for (const rest of begun) {
      const own = startOf(rest)
      if (own > start) until = Math.min(until, own)
      else if (taken === undefined || rest.rank > taken.rank) taken = rest
    }
    if (taken === undefined) break
    const isAlone = begun.every((rest) => rest === taken || startOf(rest) > start)
    const from = taken.at
    const end = isAlone ? lowerBound(taken.table.start, until, from + 1, taken.end) : from + 1
    append(ordered, { table: taken.table, from, end })
    for (const rest of begun) if (rest !== taken && startOf(rest) === start) rest.at += 1
    taken.at = end
    begun = begun.filter((rest) => rest.at < rest.end)
  }
  return ordered
}

const startOf = ({ table, at }: Rest): number => table.start[at] ?? NaN

/** Neighbours stay together. */
function append(slices: RowSlice[], slice: RowSlice): void {
  const last = slices.at(-1)
  if (last?.table === slice.table && last.end === slice.from)
    slices[slices.length - 1] = { ...last, end: slice.end }
  else slices.push(slice)
}

/** The same rows, where those of one kind and stretch lie beside each other, so that they share a block; in order of time. */
export async function sideBySide(
  slices: readonly RowSlice[],
  stretchMs: number,
  pauses: Slices,
): Promise<readonly RowSlice[]> {
  const moved: RowSlice[] = []
  let parts: RowSlice[] = []
  let stretch = NaN
  for (const { table, from, end } of slices) {
    for (let first = from; first < end;) {
      const own = Math.floor((table.start[first] ?? 0) / stretchMs)
      if (own !== stretch) {
        for (const part of moveTogether(parts)) append(moved, part)
        parts = []
        stretch = own
        if (pauses.isOver) await pauses.pause()
      }
      const until = lowerBound(table.start, (own + 1) * stretchMs, first + 1, end)
      parts.push({ table, from: first, end: until })
      first = until
    }
  }
  for (const part of moveTogether(parts)) append(moved, part)
  return moved
}

function moveTogether(parts: readonly RowSlice[]): readonly RowSlice[] {
  if (parts.length <= 1) return parts
  const lengths = new Map<RowKind, number>()
  for (const { table, from, end } of parts)
    lengths.set(table.kind, (lengths.get(table.kind) ?? 0) + end - from)
  const tables = new Map<RowKind, RowTable>()
  for (const [kind, length] of lengths) tables.set(kind, new RowTable(kind, length))
  return parts.flatMap(({ table, from, end }) => {
    const to = tables.get(table.kind)
    if (to === undefined) return []
    to.copyRows(table, from, end)
    return [{ table: to, from: to.length - (end - from), end: to.length }]
  })
}

/** The rows that start in a stretch, of slices that are in order of time. */
export function between(slices: readonly RowSlice[], from: number, to: number): RowSlice[] {
  return slices.flatMap((slice) => {
    if (firstStart(slice) >= to || lastStart(slice) < from) return []
    const { table } = slice
    const first = lowerBound(table.start, from, slice.from, slice.end)
    const end = lowerBound(table.start, to, first, slice.end)
    return first < end ? [{ table, from: first, end }] : []
  })
}

/** The rows whose window is chosen; neighbours stay together. */
export function only(slice: RowSlice, isChosen: (start: number) => boolean): RowSlice[] {
  const { table, from, end } = slice
  const chosen: RowSlice[] = []
  let first = from
  for (let row = from; row <= end; row += 1) {
    if (row < end && isChosen(table.start[row] ?? 0)) continue
    if (row > first) chosen.push({ table, from: first, end: row })
    first = row + 1
  }
  return chosen
}

/** The same of many slices. */
export async function onlyOf(
  slices: readonly RowSlice[],
  isChosen: (start: number) => boolean,
  pauses: Slices,
): Promise<RowSlice[]> {
  const chosen: RowSlice[] = []
  for (const slice of slices) {
    for (const part of only(slice, isChosen)) chosen.push(part)
    if (pauses.isOver) await pauses.pause()
  }
  return chosen
}
