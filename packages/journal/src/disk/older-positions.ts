import type { FileSystem } from '@tocsin/core'

import { createFrameReader } from './frame-reader.ts'
import { flagPositions, flagProvenance } from './frame.ts'
import type { Positions } from './positions.ts'
import { readPositions, readProvenance } from './positions.ts'
import { segmentHeaderBytes, segmentSalt } from './segment-header.ts'
import { withFile } from './segment-scan.ts'
import type { Segment } from './segments.ts'

/**
 * How far the records of other journals have come where the newest segment may not tell all of it: each segment begins with all
 * positions by then, so that the last one that is whole there has the rest.
 */
export async function olderPositions(
  newest: Positions,
  older: readonly Segment[],
  { fileSystem, journalId }: { readonly fileSystem: FileSystem; readonly journalId: string },
): Promise<Positions> {
  const positions = new Map(newest)
  for (const segment of [...older].reverse()) {
    // Without records of its own it may be what a writer began that had lost the folder.
    if (segment.lastSeq < segment.baseSeq) continue
    if (await readInto(positions, segment, fileSystem, journalId)) break
  }
  return positions
}

/** Whether nothing that the segment told can be missing. */
async function readInto(
  positions: Map<string, number>,
  { path, segment, headerChain, bytes, lastSeq }: Segment,
  fileSystem: FileSystem,
  journalId: string,
): Promise<boolean> {
  return withFile(fileSystem, path, async (file) => {
    const frames = createFrameReader(file, segmentSalt(journalId, segment), headerChain)
    let end = segmentHeaderBytes
    let listed = false
    let unbroken = headerChain !== undefined
    for (let frame = await frames.next(bytes); frame; frame = await frames.next(bytes)) {
      const { body, flags } = frame
      // What lies behind the end was refused: its records are not here.
      if (frame.baseSeq + frame.count - 1 > lastSeq) break
      unbroken &&= body !== undefined && frame.start === end
      end = frame.end
      if (body === undefined) continue
      listed ||= (flags & flagPositions) !== 0
      if ((flags & flagPositions) !== 0) readPositions(body, positions)
      if ((flags & flagProvenance) !== 0) readProvenance(body, positions)
    }
    return listed || unbroken
  })
}
