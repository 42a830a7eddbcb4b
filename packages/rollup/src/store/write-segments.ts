import { windowStart } from '@tocsin/core'

import type { Level } from '../engine/levels.ts'
import type { Rollup } from '../engine/rollups.ts'
import type { SegmentFiles } from './segment-files.ts'
import { segmentFile, shardKey, shardOf, type SegmentName } from './segment-name.ts'
import { SegmentReader } from './segment-reader.ts'
import { SegmentWriter } from './segment-writer.ts'
import { WindowReader, type StoreView, type WindowVisitor } from './window-reader.ts'

/** Where segments go. */
export interface SegmentFolder {
  readonly files: SegmentFiles
  readonly directory: string
  /** The next number for a file, which then has the name that is given. */
  readonly nextNumber: (fileName: (number: number) => string) => number
}

/** Writes all changed windows of a view as segments, one per level and shard, durable but for their names. */
export async function writeChanged(
  folder: SegmentFolder,
  view: StoreView,
  levels: readonly [Level, ...Level[]],
  visitor: WindowVisitor,
): Promise<readonly SegmentReader[]> {
  const writers = new Map<string, SegmentWriter>()
  const rows = new Map<SegmentWriter, [number, Rollup][]>()
  const reader = new WindowReader(view, levels, {
    ...visitor,
    changed: (_series, level, start, rollup) => {
      const { periodMs } = levels[level] ?? levels[0]
      const shard = shardOf(start, periodMs)
      const key = shardKey(periodMs, shard)
      const writer = writers.get(key) ?? createWriter(folder, { periodMs, shard })
      writers.set(key, writer)
      const known = rows.get(writer)
      if (known === undefined) rows.set(writer, [[start, rollup]])
      else known.push([start, rollup])
    },
  })
  const top = levels.length - 1
  const { periodMs } = levels[top] ?? levels[0]
  try {
    for (const [series, cells] of [...view.memory].sort(([a], [b]) => a - b)) {
      const starts = new Set([...cells.keys()].map((at) => windowStart(at, periodMs)))
      for (const start of starts) await reader.read(series, top, start, start + periodMs)
      for (const [writer, changed] of rows) writer.add(series, byStart(changed))
      rows.clear()
    }
    for (const writer of writers.values()) await writer.finish()
  } finally {
    for (const writer of writers.values()) await writer.abandon()
  }
  const written: SegmentReader[] = []
  for (const writer of writers.values()) written.push(await openSegment(folder, writer))
  return written
}

const byStart = (rows: [number, Rollup][]): [number, Rollup][] => rows.sort(([a], [b]) => a - b)

/** A writer of a segment with the next number. */
function createWriter(
  { files, directory, nextNumber }: SegmentFolder,
  { periodMs, shard }: Omit<SegmentName, 'number'>,
): SegmentWriter {
  const number = nextNumber((next) => segmentFile({ periodMs, shard, number: next }))
  return new SegmentWriter(files.fileSystem, directory, { periodMs, shard, number })
}

async function openSegment(folder: SegmentFolder, { name }: SegmentWriter): Promise<SegmentReader> {
  const reader = await SegmentReader.open(folder.files, folder.directory, name)
  if (reader === undefined) throw new Error(`${segmentFile(name)} cannot be read back`)
  return reader
}

/** Most segments of one shard; beyond, some of them are merged. */
const maxSegments = 8

/**
 * How many of the newest segments to merge, given all sizes, older first; 0 for none. An older one joins while it is not
 * much larger than those behind it together: so each window is copied a logarithmic number of times.
 */
export function mergeCount(sizes: readonly number[]): number {
  if (sizes.length <= maxSegments) return 0
  let count = 0
  let total = 0
  for (const size of sizes.toReversed()) {
    if (count >= 2 && size > 2 * total) break
    count += 1
    total += size
  }
  return count
}

/**
 * Puts segments of one shard, older first, into one. Holds one series of the shard (at most 1440 windows) in memory, and
 * 64 KiB per segment. Blocks that cannot be read are left out, since nothing can bring them back.
 */
export async function mergeSegments(
  folder: SegmentFolder,
  segments: readonly SegmentReader[],
  { periodMs, shard }: Omit<SegmentName, 'number'>,
  damaged: (segment: SegmentReader) => void,
): Promise<SegmentReader> {
  const writer = createWriter(folder, { periodMs, shard })
  try {
    const series = new Set(segments.flatMap((segment) => [...segment.series()]))
    for (const number of [...series].sort((a, b) => a - b)) {
      const rows = new Map<number, Rollup>()
      for (const segment of segments) {
        await segment.read(number, -Infinity, Infinity, rows, () => damaged(segment))
      }
      writer.add(number, byStart([...rows]))
      await writer.drain()
    }
    await writer.finish()
  } finally {
    await writer.abandon()
  }
  return openSegment(folder, writer)
}
