import type { FileSystem, OpenFile } from '@tocsin/core'

import { frameHistory } from '../format/frame.ts'
import type { Fence } from '../format/segment-header.ts'
import { segmentHeaderBytes, segmentSalt } from '../format/segment-header.ts'
import type { StoredFrame } from '../segments/frame-reader.ts'
import { createFrameReader } from '../segments/frame-reader.ts'
import { withFile } from '../segments/segment-scan.ts'
import type { ReadSegment } from './read-journal.ts'
import type { Progress } from './terminal.ts'

/** Bytes of a segment that are not what was written. */
export interface FoundDamage {
  /** `'history'`: sound by itself, but it was not written behind the records before it. */
  readonly kind: 'header' | 'frame' | 'fence' | 'history'
  /** Offset of the first byte in doubt. */
  readonly start: number
  /** Offset behind the last. */
  readonly end: number
  /** Records that are lost by it; none where `toSeq` is below. */
  readonly fromSeq: number
  readonly toSeq: number
}

/** What was read of one segment. */
export interface CheckedSegment {
  readonly frames: number
  readonly records: number
  /** Bytes that were read and are sound. */
  readonly soundBytes: number
  readonly damage: readonly FoundDamage[]
}

/** What is to be checked. */
export interface SegmentCheck {
  readonly fileSystem: FileSystem
  readonly journalId: string
  readonly progress: Progress
  /** What the next segment says about the end of this one; `undefined` for the newest, and where that is damaged. */
  readonly fence: Fence | undefined
  readonly newest: boolean
}

/** Reads every frame with its checksums and its chain, and holds one window. */
export async function checkSegment(
  { found, kept, headerDamaged }: ReadSegment,
  check: SegmentCheck,
): Promise<CheckedSegment> {
  return withFile(check.fileSystem, found.path, async (file) => {
    const walk = createWalk(kept.baseSeq, found.header)
    if (headerDamaged) walk.damaged('header', 0, Math.min(segmentHeaderBytes, found.bytes))
    const limit = check.newest ? found.bytes : kept.bytes
    for await (const frame of framesOf(file, check.journalId, found, limit)) {
      walk.take(frame)
      check.progress.add(frame.end - frame.start, frame.count)
    }
    // Behind the end of the newest is what was cut off, unless a certificate vouches for it.
    const owed = kept.lastSeq >= walk.expected
    const { fence } = check
    if (owed || (fence !== undefined && walk.soundEnd < fence.end)) walk.damagedUpTo(kept.lastSeq, limit)
    else if (fence !== undefined && fence.chain !== 0 && fence.chain !== walk.chain) {
      walk.damaged('fence', fence.end, fence.end)
    } else if (fence !== undefined && differs(fence.history, walk.history)) {
      walk.damaged('history', fence.end, fence.end)
    }
    return walk.result()
  })
}

async function* framesOf(
  file: OpenFile,
  journalId: string,
  { segment, header }: ReadSegment['found'],
  limit: number,
): AsyncGenerator<StoredFrame> {
  const frames = createFrameReader(file, segmentSalt(journalId, segment), header?.chain)
  for (let frame = await frames.next(limit); frame; frame = await frames.next(limit)) yield frame
}

interface Walk {
  /** Next sequence number. */
  readonly expected: number
  /** Behind the last sound frame. */
  readonly soundEnd: number
  /** Checksum of its header. */
  readonly chain: number | undefined
  /** Checksum of all records up to there; 0 where that is not known. */
  readonly history: number
  take(frame: StoredFrame): void
  damaged(kind: FoundDamage['kind'], start: number, end: number): void
  /** Everything behind the last sound frame. */
  damagedUpTo(lastSeq: number, end: number): void
  result(): CheckedSegment
}

/** Two checksums of one history; 0 is not known. */
const differs = (one: number, other: number): boolean => one !== 0 && other !== 0 && one !== other

function createWalk(baseSeq: number, header: ReadSegment['found']['header']): Walk {
  const damage: FoundDamage[] = []
  let expected = baseSeq
  let soundEnd = segmentHeaderBytes
  let chain = header?.chain
  let history = header?.fence.history ?? 0
  let frames = 0
  let records = 0
  let soundBytes = 0
  const note = (kind: FoundDamage['kind'], start: number, end: number, toSeq: number): void => {
    damage.push({ kind, start, end, fromSeq: expected, toSeq: Math.max(expected - 1, toSeq) })
  }
  return {
    get expected() {
      return expected
    },
    get soundEnd() {
      return soundEnd
    },
    get chain() {
      return chain
    },
    get history() {
      return history
    },
    take: (frame) => {
      // What is unsound counts from the last sound frame to the next. One without records says which number comes next, too.
      if (frame.body === undefined || frame.baseSeq < expected) return
      const before = frame.baseSeq - 1
      if (frame.start > soundEnd || before >= expected) note('frame', soundEnd, frame.start, before)
      const follows = frame.start === soundEnd && frame.baseSeq === expected
      if (follows && differs(history, frame.history)) note('history', frame.start, frame.end, before)
      history = frameHistory(frame.bytes)
      expected = before + 1 + frame.count
      soundEnd = frame.end
      chain = frame.checksum
      frames += 1
      records += frame.count
      soundBytes += frame.end - frame.start
    },
    damaged: (kind, start, end) => note(kind, start, end, expected - 1),
    damagedUpTo: (lastSeq, end) => note('frame', soundEnd, Math.max(soundEnd, end), lastSeq),
    result: () => ({ frames, records, soundBytes, damage }),
  }
}
