import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { flagPositions, frameBytes, writeFrame } from '../format/frame.ts'
import type { Positions } from '../format/positions.ts'
import { encodePositions } from '../format/positions.ts'
import type { SegmentHeader } from '../format/segment-header.ts'
import {
  encodeSegmentHeader,
  headerChain,
  segmentHeaderBytes,
  segmentName,
  segmentSalt,
} from '../format/segment-header.ts'
import type { ActiveSegment, FrameContent } from './active-segment.ts'
import { createActiveSegment } from './active-segment.ts'
import type { SpareSegment } from './spare-segment.ts'

/** The segment to begin. */
export interface SegmentBeginning {
  readonly directory: string
  readonly journalId: string
  readonly header: SegmentHeader
  /** Length at which the next segment is begun. */
  readonly maxBytes: number
  readonly positions: Positions
  /** Its first frame, written together with the header; without one the segment only fences off the one before. */
  readonly first: FrameContent | undefined
  readonly durable: boolean
  /** Whether room may be allocated for frames to come. */
  readonly ahead: boolean
  readonly spare: SpareSegment
}

/** Takes the next number that is free: one may have been left behind by a writer that had lost the folder. */
export async function beginFreeSegment(
  fileSystem: FileSystem,
  beginning: SegmentBeginning,
  /** Throws where it is this writer that has lost it. */
  checkHeld: () => void,
): Promise<ActiveSegment> {
  let { header } = beginning
  for (;;) {
    try {
      return await beginSegment(fileSystem, { ...beginning, header })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      checkHeld()
      header = { ...header, segment: header.segment + 1 }
    }
  }
}

/**
 * A new file with its first frame, with `durable` on the disk. Name, header and positions always are: the segments before it,
 * which say the same, may go at once. Rejects with `EEXIST` where the number is taken.
 */
async function beginSegment(fileSystem: FileSystem, beginning: SegmentBeginning): Promise<ActiveSegment> {
  const { directory, journalId, header, maxBytes, first, durable, ahead, spare } = beginning
  const { segment, baseSeq, fence, time } = header
  const path = `${directory}/${segmentName(segment)}`
  const salt = segmentSalt(journalId, segment)
  const { bytes, chain, headBytes } = compose(beginning, salt)
  const durableBytes = durable ? bytes.length : headBytes
  const { file, allocated } = await openNew(fileSystem, path, spare)
  try {
    await file.write(bytes.subarray(0, durableBytes), 0)
    await file.sync()
    await fileSystem.syncDirectory(directory)
    if (durableBytes < bytes.length) await file.write(bytes.subarray(durableBytes), durableBytes)
  } catch (error) {
    await file.close().catch(() => undefined)
    // Nothing in it was acknowledged. Where it stays, the next segment's fence hides it.
    await fileSystem.remove(path).catch(() => undefined)
    throw error
  }
  const lastSeq = baseSeq - 1 + (first?.count ?? 0)
  return createActiveSegment(fileSystem, file, {
    segment: {
      ...{ segment, path, baseSeq, time, fence, headerChain: headerChain(bytes) },
      ...{ lastSeq: baseSeq - 1, bytes: segmentHeaderBytes, chain: headerChain(bytes) },
    },
    ...{ salt, maxBytes, ahead, dirty: !durable },
    written: { lastSeq, end: bytes.length, chain },
    allocated: Math.max(allocated, bytes.length),
  })
}

async function openNew(
  fileSystem: FileSystem,
  path: string,
  spare: SpareSegment,
): Promise<{ file: OpenFile; allocated: number }> {
  const recycled = await spare.use(path).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') throw error
    return undefined
  })
  if (recycled === undefined) return { file: await fileSystem.open(path, 'create'), allocated: 0 }
  return { file: await fileSystem.open(path, 'update'), allocated: recycled }
}

/** Header, how far other journals have come, and behind `headBytes` the first frame. */
function compose(
  { journalId, header, positions, first }: SegmentBeginning,
  salt: number,
): { bytes: Uint8Array; chain: number; headBytes: number } {
  const head = encodeSegmentHeader(header, journalId)
  const { baseSeq, time } = header
  const known = encodePositions(positions)
  const certSeq = baseSeq - 1
  const contents: FrameContent[] = []
  if (known.length > 0) contents.push({ body: known, count: 0, flags: flagPositions, baseSeq, certSeq, time })
  if (first !== undefined) contents.push(first)
  const length = contents.reduce((sum, { body }) => sum + frameBytes(body.length), head.length)
  const bytes = new Uint8Array(length)
  bytes.set(head)
  let chain = headerChain(head)
  let at = head.length
  for (const content of contents) {
    chain = writeFrame(bytes, at, { ...content, salt, chain }, content.body)
    at += frameBytes(content.body.length)
  }
  return { bytes, chain, headBytes: first === undefined ? at : at - frameBytes(first.body.length) }
}
