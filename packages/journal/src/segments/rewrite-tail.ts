import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { flagCheckedPositions, frameBytes, frameHistory, writeFrame } from '../format/frame.ts'
import type { FrameHeader } from '../format/frame.ts'
import type { Positions } from '../format/positions.ts'
import { encodePositions } from '../format/positions.ts'
import type { SegmentHeader } from '../format/segment-header.ts'
import {
  encodeSegmentHeader,
  headerChain,
  segmentName,
  segmentSalt,
  unfinishedSegment,
} from '../format/segment-header.ts'
import { createFrameReader } from './frame-reader.ts'
import { withFile } from './segment-scan.ts'
import type { Segment } from './segments.ts'

const chunkBytes = 1024 * 1024

/** Where frames that may not be durable are copied from and to. */
export interface TailRewrite {
  readonly directory: string
  readonly journalId: string
  readonly from: {
    readonly segment: number
    readonly path: string
    readonly bytes: number
    readonly chain: number | undefined
  }
  /** Of the segment to make; its fence says up to where the old one is known to be durable and is not copied. */
  readonly header: Omit<SegmentHeader, 'baseSeq'>
  /** Last record of the copy. */
  readonly lastSeq: number
  /** Up to here records are known to have been durable: what is missing above was lost and never was. */
  readonly vouchedSeq: number
  readonly positions: Positions
}

/**
 * Copies the frames behind the fence into a segment of their own, durable before its name is. Syncing the old file would not
 * do: after a failed write-back the kernel calls a page clean that never reached the disk, and reads it from its cache.
 * The name comes last, so that a crash on the way leaves the old file in charge.
 */
export async function rewriteTail(fileSystem: FileSystem, rewrite: TailRewrite): Promise<Segment> {
  const { directory, journalId, from, lastSeq, vouchedSeq } = rewrite
  const { segment, fence } = rewrite.header
  const path = `${directory}/${segmentName(segment)}`
  const salt = segmentSalt(journalId, segment)
  const temporary = unfinishedSegment(path)
  const baseSeq = fence.lastSeq + 1
  const header = { ...rewrite.header, baseSeq }
  await fileSystem.remove(temporary)
  const to = await fileSystem.open(temporary, 'create')
  const output = createChunkedOutput(to)
  let chain = 0
  let { history } = fence
  const putFrame = async (
    frame: Omit<FrameHeader, 'bodyBytes' | 'bodyCrc' | 'salt' | 'chain'>,
    body: Uint8Array,
  ): Promise<void> => {
    const copy = new Uint8Array(frameBytes(body.length))
    chain = writeFrame(copy, 0, { ...frame, salt, chain }, body)
    history = frameHistory(copy)
    await output.put(copy)
  }
  const head = encodeSegmentHeader(header, journalId)
  try {
    chain = headerChain(head)
    await output.put(head)
    let { time } = header
    let expected = baseSeq
    await withFile(fileSystem, from.path, async (file) => {
      const frames = createFrameReader(file, segmentSalt(journalId, from.segment), from.chain)
      for (let frame = await frames.next(from.bytes); frame; frame = await frames.next(from.bytes)) {
        const { body, count, flags, baseSeq: first, history: before } = frame
        if (body === undefined || count === 0 || first < expected || first > lastSeq) continue
        ;({ time } = frame)
        const lost = lostBefore(first, expected, vouchedSeq)
        const copied = { baseSeq: first, certSeq: fence.lastSeq, time, count, flags, history: before, lost }
        await putFrame(copied, body)
        expected = first + count
      }
    })
    const lost = lostBefore(lastSeq + 1, expected, vouchedSeq)
    // The seal is true as soon as the file has its name, and not earlier.
    const seal = { baseSeq: lastSeq + 1, certSeq: lastSeq, time, count: 0, lost, history }
    const known = encodePositions(rewrite.positions)
    await putFrame({ ...seal, flags: known.length > 0 ? flagCheckedPositions : 0 }, known)
    await output.flush()
    await to.sync()
    await to.close()
  } catch (error) {
    // The room that it takes may be what is missing.
    await to.close().catch(() => undefined)
    await fileSystem.remove(temporary).catch(() => undefined)
    throw error
  }
  await nameOnce(fileSystem, temporary, path)
  await fileSystem.syncDirectory(directory)
  return {
    segment,
    path,
    baseSeq,
    lastSeq,
    bytes: output.bytes,
    time: header.time,
    chain,
    history,
    fence: header.fence,
    headerChain: headerChain(head),
  }
}

/** How many numbers right before `seq` are missing that nobody vouches for. */
const lostBefore = (seq: number, expected: number, vouchedSeq: number): number =>
  Math.min(maxLost, Math.max(0, seq - Math.max(expected, vouchedSeq + 1)))

/** What the field of a frame can say. */
const maxLost = 2 ** 32 - 1

/** Some file systems know no second names, which it takes to be sure that nobody else has this one; the lock has to do then. */
async function nameOnce(fileSystem: FileSystem, from: string, to: string): Promise<void> {
  try {
    await fileSystem.renameNew(from, to)
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error
    await fileSystem.rename(from, to)
  }
}

/** Collects small parts: a write each would take longer than all of their bytes. */
function createChunkedOutput(to: OpenFile): {
  put(part: Uint8Array): Promise<void>
  flush(): Promise<void>
  readonly bytes: number
} {
  let parts: Uint8Array[] = []
  let written = 0
  let bytes = 0
  const flush = async (): Promise<void> => {
    const chunk = Buffer.concat(parts)
    parts = []
    await to.write(chunk, written)
    written += chunk.length
  }
  return {
    put: async (part) => {
      parts.push(part)
      bytes += part.length
      if (bytes - written >= chunkBytes) await flush()
    },
    flush,
    get bytes() {
      return bytes
    },
  }
}
