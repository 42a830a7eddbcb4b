import type { Slices } from '@tocsin/core/slices'

import { maxBlockRows } from '../columns/block.ts'
import type { Rollup } from '../engine/rollups.ts'
import type { RollupMemory, RowTables, WindowPatch } from '../memory/memory-face.ts'
import { columnsOf, type ColumnName, type RowKind } from '../rows/row-columns.ts'
import { RowTable } from '../rows/row-table.ts'
import type { TakeRows } from '../segment/segment-query.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import { CollectedRows, inTimeOrder, only, slicesOf, type RowSlice } from './row-slices.ts'
import type { StoreView } from './store-view.ts'

/** Which windows. */
export interface RowRange {
  /** Numbers, ascending. */
  readonly series: readonly number[]
  readonly from: number
  /** Exclusive; of starts. */
  readonly to: number
  readonly columns: ReadonlySet<ColumnName>
}

export const allColumns: ReadonlySet<ColumnName> = new Set([...columnsOf('numeric'), ...columnsOf('counter')])

/** Reads windows of one level from one segment; what cannot be read is noted in the view. */
export async function readSegment(
  view: StoreView,
  segment: SegmentReader,
  level: number,
  range: RowRange,
  take: TakeRows,
): Promise<void> {
  const { counts, unreadable, slices } = view
  const reads = await segment.read({ level, ...range }, take, (damage) => unreadable.push(damage), slices)
  counts.blocks += reads.blocks
  counts.heads += reads.heads
  counts.storedWindows += reads.rows
}

/** The windows of the shortest length of each series, by start, with all that is known of them. */
export async function readBaseRows(
  view: StoreView,
  range: RowRange,
): Promise<Map<number, readonly RowSlice[]>> {
  const collected = new CollectedRows(range.columns)
  await visitBaseRows(view, range, (table, from, end) => collected.copy(table, from, end))
  const rows = new Map<number, readonly RowSlice[]>()
  for (const [series, slices] of collected.slices) {
    rows.set(series, await inTimeOrder(slices, view.slices))
    if (view.slices.isOver) await view.slices.pause()
  }
  return rows
}

/** The same as they come: of what is given twice, the later counts. */
export async function visitBaseRows(view: StoreView, range: RowRange, take: TakeRows): Promise<void> {
  const { memory, log, segments, isStale } = view
  const wanted = new Set(range.series)
  const isWanted = (series: number, start: number): boolean =>
    wanted.has(series) && start >= range.from && start < range.to
  if (memory !== undefined && log !== undefined && memory.pending > 0) await memory.settle(log, isWanted)
  const ofMemory = memory === undefined ? undefined : await memoryRows(memory, range, view.slices)
  for (const segment of segments) {
    const { from, to } = segment.trailer
    if (from >= range.to || to <= range.from) continue
    await readSegment(
      view,
      segment,
      0,
      range,
      isStale === undefined ? take : fresh(take, segment.number, isStale),
    )
  }
  if (ofMemory === undefined) return
  for (const table of [...ofMemory.tables, ...(await patchedRows(view, ofMemory.patches))]) {
    view.counts.memoryWindows += table.length
    for (const { from, end } of slicesOf(table, maxBlockRows)) {
      take(table, from, end)
      if (view.slices.isOver) await view.slices.pause()
    }
  }
}

/** Takes only windows that still count. */
const fresh =
  (take: TakeRows, number: number, isStale: NonNullable<StoreView['isStale']>): TakeRows =>
  (table, from, end) => {
    for (const part of only({ table, from, end }, (start) => !isStale(number, start))) {
      take(table, part.from, part.end)
    }
  }

/** What memory has of them, of each series in one go. What a flush stores stays in memory as long as somebody reads. */
async function memoryRows(
  memory: RollupMemory,
  { series, from, to }: RowRange,
  slices: Slices,
): Promise<{ readonly patches: readonly WindowPatch[]; readonly tables: readonly RowTable[] }> {
  const tables: RowTables = {
    numeric: new RowTable('numeric'),
    counter: new RowTable('counter'),
    text: new RowTable('text'),
  }
  const patches: WindowPatch[] = []
  for (const number of series) {
    for (const patch of memory.rowsOf(number, from, to, tables)) patches.push(patch)
    if (slices.isOver) await slices.pause()
  }
  return { patches, tables: Object.values(tables) }
}

/** Windows of which memory has a part: merged with what is stored of them. */
async function patchedRows(view: StoreView, patches: readonly WindowPatch[]): Promise<readonly RowTable[]> {
  const stored: StoreView = { ...view, memory: undefined, log: undefined }
  const tables = new Map<RowKind, RowTable>()
  for (const patch of patches) {
    const { series, start } = patch
    const rollup = patch.mergeWith(await readWindow(stored, series, start))
    const table = tables.get(rollup.kind) ?? new RowTable(rollup.kind)
    tables.set(rollup.kind, table)
    table.push(series, start, rollup)
  }
  return [...tables.values()]
}

/** One window of the shortest length. */
export async function readWindow(
  view: StoreView,
  series: number,
  start: number,
): Promise<Rollup | undefined> {
  const rows = await readBaseRows(view, { series: [series], from: start, to: start + 1, columns: allColumns })
  const [slice] = rows.get(series) ?? []
  return slice?.table.rollup(slice.from)
}
