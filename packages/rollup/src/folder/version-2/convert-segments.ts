import type { Rollup } from '../../engine/rollups.ts'
import type { FoundProblem } from '../../problem.ts'
import type { RowKind } from '../../rows/row-columns.ts'
import { RowTable } from '../../rows/row-table.ts'
import { SegmentWriter } from '../../segment/segment-writer.ts'
import type { SeriesNames } from '../../names/series-names.ts'
import type { ConversionOptions } from './conversion-options.ts'
import type { OldSegmentName } from './manifest.ts'
import { OldSegment, oldSegmentFile } from './old-segment.ts'

/** What became of the segments. */
export interface ConvertedSegments {
  readonly numbers: readonly number[]
  /** Where the latest window ends, ms; `-Infinity` where there is none. */
  readonly closedTo: number
  /** Newest time of a value, ms. */
  readonly newest: number
}

/** Writes the minutes of each day as a segment. */
export async function convertSegments(
  { fileSystem, directory, periods }: Omit<ConversionOptions, 'now'>,
  old: readonly OldSegmentName[],
  names: SeriesNames,
  problems: FoundProblem[],
): Promise<ConvertedSegments> {
  const [periodMs = 0] = periods
  const minutes = old.filter((name) => name.periodMs === periodMs)
  const shards = [...new Set(minutes.map(({ shard }) => shard))].sort((a, b) => a - b)
  const numbers: number[] = []
  let [closedTo, newest] = [-Infinity, -Infinity]
  for (const shard of shards) {
    const segments: OldSegment[] = []
    for (const name of minutes.filter((one) => one.shard === shard)) {
      const segment = await OldSegment.open(fileSystem, directory, name)
      if (segment === undefined) problems.push(damaged(name, 'damaged-segment'))
      else segments.push(segment)
    }
    const number = numbers.length + 1
    const writer = SegmentWriter.create(fileSystem, directory, number, periods, {
      compact: true,
    })
    const series = [...new Set(segments.flatMap((segment) => [...segment.series]))].sort((a, b) => a - b)
    for (const id of series) {
      const windows = await windowsOf(segments, id, problems)
      for (const table of tablesOf(id, windows)) await writer.add(0, table)
      const [start, rollup] = windows.at(-1) ?? []
      if (start === undefined || rollup === undefined) continue
      closedTo = Math.max(closedTo, start + periodMs)
      newest = Math.max(newest, rollup.last.time)
    }
    const named = series.flatMap((id) => {
      const key = names.list[id]?.key
      return key === undefined ? [] : [[id, key] as const]
    })
    await writer.finish({ state: null, beside: [...numbers], replaces: [], sealed: null }, named)
    for (const segment of segments) await segment.close()
    numbers.push(number)
  }
  return { numbers, closedTo, newest }
}

/** Windows of a series by start; later segments replace what earlier ones say. */
async function windowsOf(
  segments: readonly OldSegment[],
  series: number,
  problems: FoundProblem[],
): Promise<[number, Rollup][]> {
  const windows = new Map<number, Rollup>()
  for (const segment of segments) {
    await segment.read(series, windows, () => problems.push(damaged(segment.name, 'damaged-block')))
  }
  return [...windows].sort(([a], [b]) => a - b)
}

function tablesOf(series: number, windows: readonly (readonly [number, Rollup])[]): Iterable<RowTable> {
  const tables = new Map<RowKind, RowTable>()
  for (const [start, rollup] of windows) {
    const table = tables.get(rollup.kind) ?? new RowTable(rollup.kind)
    tables.set(rollup.kind, table)
    table.push(series, start, rollup)
  }
  return tables.values()
}

function damaged(name: OldSegmentName, reason: 'damaged-block' | 'damaged-segment'): FoundProblem {
  const file = oldSegmentFile(name)
  return {
    reason,
    file,
    message: `${file} is damaged; some of its rollups are left out, the rest is converted`,
  }
}
