import { Slices } from '@tocsin/core/slices'

import type { FlushState } from '../memory/flush-state.ts'
import type { SeriesNames } from '../names/series-names.ts'
import type { FrozenMemory } from '../memory/memory-face.ts'
import { readWindow } from '../read/base-rows.ts'
import type { StoreView } from '../read/store-view.ts'
import type { RollupPosition } from '../rollup-store.ts'
import type { RowKind } from '../rows/row-columns.ts'
import type { SegmentFolder } from '../segment/segment-folder.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import { SeriesMarks } from '../segment/series-marks.ts'

const kinds: readonly RowKind[] = ['numeric', 'counter', 'text']
/** Windows that are handed to the writer at once. */
const rowsAtOnce = 512

/** What a flush says of itself. */
export const flushState = (
  { replayFrom, flushedTo, closedTo, newest }: FrozenMemory,
  position: RollupPosition | undefined,
): FlushState => ({ position: position ?? null, replayFrom, flushedTo, closedTo, newest })

/** Merges with what is stored those windows of which memory has a part only. A segment that cannot be read leaves the window flagged. */
export async function resolvePatches(frozen: FrozenMemory, view: StoreView): Promise<void> {
  for (const patch of frozen.patches) {
    const damages = view.unreadable.length
    const stored = await readWindow(view, patch.series, patch.start)
    frozen.resolve(patch, stored, view.unreadable.length === damages)
  }
}

/** Writes the windows of a flush as one segment: once it has its name, they are stored. */
export async function writeFlush(
  folder: SegmentFolder,
  frozen: FrozenMemory,
  state: FlushState,
  names: SeriesNames,
): Promise<SegmentReader> {
  const slices = new Slices()
  const writer = folder.create({ slices })
  try {
    const written = new SeriesMarks(names.length)
    for (const kind of kinds) {
      for (const table of frozen.rows(kind, rowsAtOnce)) {
        for (let row = 0; row < table.length; row += 1) written.add(table.series[row] ?? 0)
        await writer.add(0, table)
        if (slices.isOver) await slices.pause()
      }
    }
    return await folder.finish(writer, { state, replaces: [], sealed: null }, written, names)
  } catch (error) {
    await writer.abandon()
    throw error
  }
}
