import { maxBlockRows } from '../columns/block.ts'
import type { SeriesNames } from '../names/series-names.ts'
import { allColumns, readBaseRows } from '../read/base-rows.ts'
import { foldSlices } from '../read/fold-slices.ts'
import { between, rowsBetween, sideBySide, type RowSlice } from '../read/row-slices.ts'
import type { StoreView } from '../read/store-view.ts'
import type { SegmentFolder } from '../segment/segment-folder.ts'
import type { TakeRows } from '../segment/segment-query.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import { SeriesMarks } from '../segment/series-marks.ts'
import { obsolete, plannedSegments, sealedAfter, type CompactionJob } from './plan.ts'

/** Windows that are in memory at once. */
const rowsAtOnce = 200_000
const baseMs = 60_000
/** Windows of a block of one series lie in one of these. */
const stretchMs = baseMs * maxBlockRows

/**
 * Does a job: the last word on each window goes into a new segment, with the longer windows where a stretch is sealed. `undefined`
 * where something cannot be read: nothing is changed, and the segment says from now on that it is damaged.
 */
export async function compact(
  job: CompactionJob,
  folder: SegmentFolder,
  view: StoreView,
  state: unknown,
  names: SeriesNames,
): Promise<SegmentReader | undefined> {
  const planned = plannedSegments(view.segments, view.levels)
  const inputs = view.segments.filter(({ number }) => job.inputs.includes(number))
  const [from, to] = job.type === 'seal' ? [job.from, job.to] : [-Infinity, Infinity]
  const isStale = (number: number, start: number): boolean => sealedAfter(planned, number, start)
  const source: StoreView = { ...view, segments: inputs, ...(job.type === 'join' && { isStale }) }
  const writer = folder.create({ compact: job.type === 'seal', slices: view.slices })
  try {
    const series = await seriesOf(inputs, view)
    if (view.unreadable.length > 0) {
      await writer.abandon()
      return undefined
    }
    for (const chunk of chunksOf(series, inputs, to - from)) {
      const range = { series: chunk, from, to, columns: allColumns }
      const base = await readBaseRows(source, range)
      if (view.unreadable.length > 0) {
        await writer.abandon()
        return undefined
      }
      for (const [number, slices] of base) base.set(number, await sideBySide(slices, stretchMs, view.slices))
      for (const number of chunk) await add(0, base.get(number))
      if (job.type !== 'seal') continue
      for (const [level, { periodMs }] of view.levels.entries()) {
        // Only windows that lie in the stretch as a whole.
        const [first, end] = [Math.ceil(from / periodMs) * periodMs, Math.floor(to / periodMs) * periodMs]
        if (level === 0 || first >= end) continue
        for (const number of chunk)
          await add(level, await fold(base.get(number), number, first, end, periodMs))
      }
    }
    const sealed = job.type === 'seal' ? ([from, to] as const) : null
    const replaces =
      job.type === 'join'
        ? job.inputs
        : obsolete([...planned, { ...emptySegment, number: writer.number, sealed }])
    return await folder.finish(writer, { state, replaces, sealed }, series, names)
  } catch (error) {
    await writer.abandon()
    throw error
  }

  async function fold(
    slices: readonly RowSlice[] = [],
    series: number,
    first: number,
    end: number,
    periodMs: number,
  ): Promise<readonly RowSlice[]> {
    return foldSlices(between(slices, first, end), series, periodMs, view.counterWrap, view.slices)
  }

  async function add(level: number, slices: readonly RowSlice[] = []): Promise<void> {
    for (const { table, from: first, end } of slices) await writer.add(level, table, first, end)
  }
}

const emptySegment = { bytes: 0, from: 0, to: 0 }

/** As their rows say: no series is left behind whose name is damaged, or lost. Ascending. Of rows that cannot be read nobody knows whose they are. */
async function seriesOf(
  inputs: readonly SegmentReader[],
  { unreadable, slices }: StoreView,
): Promise<readonly number[]> {
  const series = new SeriesMarks(0)
  const all = { level: 0, series: undefined, from: -Infinity, to: Infinity, columns: new Set<never>() }
  for (const segment of inputs) {
    const take: TakeRows = (table, from) => series.add(table.series[from] ?? 0)
    await segment.read(all, take, (damage) => unreadable.push(damage), slices)
  }
  const numbers: number[] = []
  for (const number of series) {
    numbers.push(number)
    if (number % rowsBetween === 0 && slices.isOver) await slices.pause()
  }
  return numbers
}

/** Series in parts of which the windows fit into memory. */
function* chunksOf(
  series: readonly number[],
  inputs: readonly SegmentReader[],
  stretchMs: number,
): Generator<readonly number[]> {
  const rows = inputs.reduce((sum, one) => sum + one.trailer.rows, 0)
  const each = Math.min(stretchMs / baseMs, (4 * rows) / Math.max(1, series.length))
  const size = Math.max(1, Math.min(256, Math.floor(rowsAtOnce / Math.max(1, each))))
  for (let at = 0; at < series.length; at += size) yield series.slice(at, at + size)
}
