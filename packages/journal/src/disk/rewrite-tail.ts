import type { FileSystem } from '@tocsin/core'

import { frameBytes, writeFrame } from './frame.ts'
import { createFrameReader } from './frame-reader.ts'
import { encodeSegmentHeader, segmentName, segmentSalt, unfinishedSegment } from './segment-header.ts'
import type { FoundSegment } from './segment-scan.ts'
import { withFile } from './segment-scan.ts'
import type { Segment } from './segments.ts'

/** Where frames that may not be durable are copied from and to. */
export interface TailRewrite {
  readonly directory: string
  readonly journalId: string
  readonly from: FoundSegment
  /** Everything up to here is known to be durable and is not copied. */
  readonly certSeq: number
  /** Last record of the copy. */
  readonly lastSeq: number
  readonly evictedSeq: number
  /** Number of the segment to make. */
  readonly segment: number
}

/**
 * Copies the frames above `certSeq` into a segment of their own, durable before its name is. Syncing the old file would not
 * do: after a failed write-back the kernel calls a page clean that never reached the disk, and reads it from its cache.
 * The name comes last, so that a crash on the way leaves the old file in charge.
 */
export async function rewriteTail(fileSystem: FileSystem, rewrite: TailRewrite): Promise<Segment> {
  const { directory, journalId, from, certSeq, lastSeq, segment } = rewrite
  const path = `${directory}/${segmentName(segment)}`
  const salt = segmentSalt(journalId, segment)
  const temporary = unfinishedSegment(path)
  await fileSystem.remove(temporary)
  const to = await fileSystem.open(temporary, 'create')
  let bytes = 0
  const put = async (part: Uint8Array): Promise<void> => {
    await to.write(part, bytes)
    bytes += part.length
  }
  try {
    await put(
      encodeSegmentHeader({ segment, baseSeq: certSeq + 1, evictedSeq: rewrite.evictedSeq }, journalId),
    )
    let time = 0
    await withFile(fileSystem, from.path, async (file) => {
      const frames = createFrameReader(file, segmentSalt(journalId, from.segment))
      let expected = certSeq + 1
      for (let frame = await frames.next(from.bytes); frame; frame = await frames.next(from.bytes)) {
        if (frame.body === undefined || frame.count === 0 || frame.baseSeq < expected) continue
        const copy = new Uint8Array(frameBytes(frame.bodyBytes))
        writeFrame(copy, 0, { ...frame, salt, certSeq }, frame.body)
        await put(copy)
        expected = frame.baseSeq + frame.count
        time = frame.time
      }
    })
    // True as soon as the file has its name, and not earlier.
    const seal = new Uint8Array(frameBytes(0))
    writeFrame(seal, 0, { salt, baseSeq: lastSeq + 1, certSeq: lastSeq, time, count: 0 }, new Uint8Array(0))
    await put(seal)
    await to.sync()
    await to.close()
  } catch (error) {
    // The room that it takes may be what is missing.
    await to.close().catch(() => undefined)
    await fileSystem.remove(temporary).catch(() => undefined)
    throw error
  }
  await fileSystem.rename(temporary, path)
  await fileSystem.syncDirectory(directory)
  return { segment, path, baseSeq: certSeq + 1, lastSeq, bytes }
}
