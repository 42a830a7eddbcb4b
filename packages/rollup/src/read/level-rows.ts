import { windowStart } from '@tocsin/core'

import { RowTable } from '../rows/row-table.ts'
import { sealedStretch } from '../segment/segment-list.ts'
import type { SegmentDamage } from '../segment/segment-query.ts'
import { allColumns, readBaseRows, readSegment, type RowRange } from './base-rows.ts'
import { foldSlices } from './fold-slices.ts'
import { CollectedRows, inTimeOrder, onlyOf, type RowSlice, type SeriesSlices } from './row-slices.ts'
import type { StoreView } from './store-view.ts'
import { storedSpans, type Span } from './stored-spans.ts'

/**
 * Windows of a level, by series and start. Those that are stored are taken where nothing came after them; all others are folded
 * from the shortest ones. Where these cannot be read, what is stored stands, flagged.
 */
export async function readLevelRows(
  view: StoreView,
  level: number,
  range: RowRange,
): Promise<Map<number, readonly RowSlice[]>> {
  if (level === 0) return readBaseRows(view, range)
  const { periodMs } = view.levels[level] ?? view.levels[0]
  const found: SeriesSlices = new Map()
  for (const span of storedSpans(view.segments, view.levels, periodMs, range.from, range.to)) {
    const rows =
      span.segment === undefined
        ? await foldBase(view, level, { ...range, from: span.from, to: span.to })
        : await readSealed(view, level, span, range)
    for (const [series, slices] of rows) {
      const known = found.get(series) ?? []
      found.set(series, known)
      for (const slice of slices) known.push(slice)
    }
  }
  return found
}

type Rows = ReadonlyMap<number, readonly RowSlice[]>

/** Windows that a segment has, but for those of which a part came later. */
async function readSealed(view: StoreView, level: number, span: Span, range: RowRange): Promise<Rows> {
  const { segment, from, to } = span
  const { periodMs } = view.levels[level] ?? view.levels[0]
  if (segment === undefined) return new Map()
  const within = { ...range, from, to }
  const collected = new CollectedRows(range.columns)
  const damages = view.unreadable.length
  await readSegment(view, segment, level, within, (table, from, end) => collected.copy(table, from, end))
  const stored = collected.slices
  const stale = await laterWindows(view, segment.number, periodMs, within)
  for (const damage of view.unreadable.slice(damages)) addDamaged(stale, damage, periodMs, within)
  for (const [series, windows] of stale) {
    const first = Math.min(...windows)
    const end = Math.max(...windows) + periodMs
    const folded = await foldBase(view, level, { ...range, series: [series], from: first, to: end })
    const kept = await onlyOf(stored.get(series) ?? [], (start) => !windows.has(start), view.slices)
    const anew = await onlyOf(folded.get(series) ?? [], (start) => windows.has(start), view.slices)
    stored.set(series, [...(await inTimeOrder([...kept, ...anew], view.slices))])
  }
  return stored
}

/** Windows in which a later segment or memory has something of a series, by series. */
async function laterWindows(
  view: StoreView,
  number: number,
  periodMs: number,
  range: RowRange,
): Promise<Map<number, Set<number>>> {
  const segments = view.segments.filter((one) => one.number > number)
  const rows = await readBaseRows({ ...view, segments }, { ...range, columns: noColumns })
  const later = new Map<number, Set<number>>()
  for (const [series, slices] of rows) {
    const windows = new Set<number>()
    for (const { table, from, end } of slices) {
      for (let row = from; row < end; row += 1) windows.add(windowStart(table.start[row] ?? 0, periodMs))
      if (view.slices.isOver) await view.slices.pause()
    }
    later.set(series, windows)
  }
  return later
}

const noColumns: RowRange['columns'] = new Set()

function addDamaged(
  windows: Map<number, Set<number>>,
  { firstSeries, lastSeries, from, to }: SegmentDamage,
  periodMs: number,
  range: RowRange,
): void {
  for (const series of range.series) {
    if (series < firstSeries || series > lastSeries) continue
    const known = windows.get(series) ?? new Set()
    windows.set(series, known)
    const end = Math.min(to + 1, range.to)
    for (let at = windowStart(Math.max(from, range.from), periodMs); at < end; at += periodMs) known.add(at)
  }
}

/** Windows folded from the shortest ones. */
async function foldBase(view: StoreView, level: number, range: RowRange): Promise<Rows> {
  const { periodMs } = view.levels[level] ?? view.levels[0]
  const damages = view.unreadable.length
  const base = await readBaseRows(view, { ...range, columns: allColumns })
  const unreadable = view.unreadable.slice(damages).filter((damage) => damage.level === 0)
  const folded = new Map<number, readonly RowSlice[]>()
  for (const [series, slices] of base) {
    const rows = await foldSlices(slices, series, periodMs, view.counterWrap, view.slices)
    for (const { from, end } of rows) view.counts.foldedWindows += end - from
    folded.set(series, rows)
    if (view.slices.isOver) await view.slices.pause()
  }
  if (unreadable.length > 0) await replaceUnsound(view, level, range, unreadable, folded)
  return folded
}

/** Windows of which parts cannot be read: what is stored of them whole counts more, and in any case they are flagged. */
async function replaceUnsound(
  view: StoreView,
  level: number,
  range: RowRange,
  unreadable: readonly SegmentDamage[],
  folded: Map<number, readonly RowSlice[]>,
): Promise<void> {
  const { periodMs } = view.levels[level] ?? view.levels[0]
  const unsound = new Map<number, Set<number>>()
  for (const damage of unreadable) addDamaged(unsound, damage, periodMs, range)
  const series = [...unsound.keys()].sort((a, b) => a - b)
  const collected = new CollectedRows(allColumns)
  for (const segment of view.segments) {
    const { from, to } = segment.trailer
    const sealed = sealedStretch(segment, view.levels)
    if (sealed === null || to <= range.from || from >= range.to) continue
    const asked = { ...range, series, columns: allColumns }
    await readSegment(view, segment, level, asked, (table, first, end) => collected.copy(table, first, end))
  }
  for (const [number, windows] of unsound) {
    const sound = await onlyOf(folded.get(number) ?? [], (start) => !windows.has(start), view.slices)
    const parts = await onlyOf(folded.get(number) ?? [], (start) => windows.has(start), view.slices)
    const stored = collected.slices.get(number) ?? []
    const whole = await onlyOf(stored, (start) => windows.has(start), view.slices)
    const flagged = (await inTimeOrder([...parts, ...whole], view.slices)).map(asInexact)
    const all = await inTimeOrder([...sound, ...flagged], view.slices)
    if (all.length > 0) folded.set(number, all)
  }
}

function asInexact({ table, from, end }: RowSlice): RowSlice {
  const flagged = new RowTable(table.kind)
  for (let row = from; row < end; row += 1) {
    const rollup = { ...table.rollup(row), inexact: true }
    flagged.push(table.series[row] ?? 0, table.start[row] ?? 0, rollup)
  }
  return { table: flagged, from: 0, end: flagged.length }
}
