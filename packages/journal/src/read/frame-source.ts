import type { FileSystem, OpenFile } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import { segmentHeaderBytes, segmentSalt } from '../format/segment-header.ts'
import { reportGap } from '../problems.ts'
import type { Gap } from '../reading-types.ts'
import type { FramePlace, FrameReader, FrameRun, SoundFrame, StoredFrame } from '../segments/frame-reader.ts'
import { createFrameReaderAt } from '../segments/frame-reader.ts'
import type { Quarantine } from '../segments/quarantine.ts'
import type { Segment, Segments } from '../segments/segments.ts'
import type { WindowBudget } from '../segments/window-budget.ts'
import type { Report } from '../status-types.ts'
import type { SharedTail } from './shared-tail.ts'
import { endOf } from './shared-tail.ts'

/** What is read, and who is told of damage. */
export interface FrameSourceInput {
  readonly fileSystem: FileSystem
  readonly journalId: string
  readonly segments: Pick<Segments, 'lastSeq' | 'newest' | 'evictedSeq' | 'at'>
  readonly quarantine: Pick<Quarantine, 'keep'>
  readonly report: Report
  /** What is gone up to here was removed before this reader came for it: it counts as evicted. */
  readonly goneSeq?: (() => number) | undefined
  /** Brings `segments` up to date, where another process writes and removes them. */
  readonly lookAgain?: (() => Promise<void>) | undefined
  /** Bounds the windows of all readers. */
  readonly windows?: WindowBudget | undefined
  /** Reads what becomes durable for all who follow. */
  readonly tail?: SharedTail | undefined
}

/** Durable frames in order, across segments, with what is missing between them. Holds one window, and none at the tail. */
export interface FrameSource {
  /** Next sequence number that is wanted. */
  readonly expected: number
  /**
   * The frame that holds `expected`, or one behind it where the records between are missing; `undefined` where nothing more is
   * durable. The frame counts as read only when it is passed to `take`.
   */
  next(): Promise<SoundFrame | undefined>
  /**
   * The frame that begins with `expected`, where it is in memory already, and up to so many bytes those behind it: they count as read,
   * and nobody had to wait.
   */
  takeLoaded(runBytes: number): FrameRun | undefined
  /** The frame is used: what is missing before it is noted, and the next one is wanted. */
  take(frame: StoredFrame): Promise<void>
  /** Nothing up to here is wanted any more. */
  skip(seq: number): void
  /** What is missing before `expected`. */
  readonly gaps: Gap[]
  close(): Promise<void>
}

interface OpenSegment {
  readonly segment: Segment
  readonly file: OpenFile
  readonly frames: FrameReader
}

/** Where a segment is opened again. */
interface Resumption extends FramePlace {
  readonly segment: Segment
}

/** From here on the numbers before this frame never became durable, as it says. */
const lostFrom = (frame: StoredFrame | undefined): number =>
  frame?.body === undefined ? Infinity : frame.baseSeq - frame.lost

export function createFrameSource(input: FrameSourceInput, afterSeq: number): FrameSource {
  const { fileSystem, segments, report, tail } = input
  let expected = afterSeq + 1
  let current: OpenSegment | undefined
  /** Behind the last frame that was read. */
  let place: Resumption | undefined
  /** Behind the last frame that was taken, in the segment of `place`. */
  let soundEnd = segmentHeaderBytes
  let isTaken = true
  let gaps: Gap[] = []
  const follower = {}

  const letGo = async (): Promise<void> => {
    const { file, frames } = current ?? {}
    current = undefined
    frames?.release()
    await file?.close().catch(() => undefined)
  }

  const noteGap = (seq: number, reason: Gap['reason']): void => {
    if (seq <= expected) return
    const gap = { fromSeq: expected, toSeq: seq - 1, reason }
    const last = gaps.at(-1)
    // Damage that goes on in the next segment is one gap for whoever reads.
    if (last?.reason === reason && last.toSeq === expected - 1)
      gaps.splice(-1, 1, { ...last, toSeq: seq - 1 })
    else gaps.push(gap)
    reportGap(report, gap)
    expected = seq
  }

  /** No file has what is wanted before `seq`. */
  const noteMissing = (seq: number, before: Segment | undefined): void => {
    const evictedSeq = Math.max(segments.evictedSeq, input.goneSeq?.() ?? 0)
    noteGap(Math.min(seq, evictedSeq + 1), 'evicted')
    noteGap(seq, wasNeverDurable(before, expected) ? 'lost' : 'missing-segment')
  }

  /** Sequence numbers that no file was ever to have: the fence behind them says so, or nothing comes behind them. */
  const wasNeverDurable = (behind: Segment | undefined, seq: number): boolean =>
    behind === undefined
      ? seq > (segments.newest?.lastSeq ?? 0)
      : behind.fence !== undefined && behind.fence.segment > 0 && seq > behind.fence.lastSeq

  /** Up to `seq`; from `firstLost` on the frame behind says that the records never became durable. */
  const noteDamage = async (firstLost: number, seq: number, end: number): Promise<void> => {
    const { segment } = place ?? {}
    const damage = { fromSeq: expected, toSeq: Math.min(seq, firstLost) - 1, start: soundEnd, end }
    noteGap(damage.toSeq + 1, 'corrupt')
    noteGap(seq, 'lost')
    if (segment !== undefined && damage.toSeq >= damage.fromSeq) await input.quarantine.keep(segment, damage)
  }

  const open = async (segment: Segment): Promise<OpenSegment | undefined> => {
    if (current?.segment === segment) return current
    await letGo()
    try {
      const file = await fileSystem.open(segment.path, 'read')
      const salt = segmentSalt(input.journalId, segment.segment)
      const from = placeIn(segment)
      current = { segment, file, frames: createFrameReaderAt(file, salt, from, input.windows) }
      return current
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
  const placeIn = (segment: Segment): Resumption => {
    if (place?.segment !== segment) {
      place = { segment, offset: segmentHeaderBytes, chain: segment.headerChain }
      soundEnd = segmentHeaderBytes
    }
    return place
  }
  const hand = <F extends FrameRun>(segment: Segment, frame: F): F => {
    placeIn(segment)
    place = { segment, offset: frame.end, chain: frame.checksum }
    isTaken = false
    return frame
  }
  /** What was passed over there would come again. */
  const readShared = async (segment: Segment): Promise<SoundFrame | undefined> =>
    isTaken ? tail?.frame(follower, segment, expected) : undefined

  /** One frame of a segment, or a note that the rest of it is damaged; `undefined` where it has to be looked for again. */
  const read = async (segment: Segment): Promise<SoundFrame | undefined> => {
    // Taken together and before reading: a commit may extend both meanwhile.
    const { lastSeq, bytes } = segment
    const shared = await readShared(segment)
    if (shared !== undefined) {
      await letGo()
      return hand(segment, shared)
    }
    const opened = await open(segment)
    const frame = await opened?.frames.next(bytes)
    const sound = frame?.body !== undefined && frame.baseSeq <= lastSeq
    const missing = !sound || frame.baseSeq > expected
    if (missing) await input.lookAgain?.()
    // A segment that was removed meanwhile may have been written over, up to any of its frames.
    if (missing && segments.at(expected) !== segment) return undefined
    if (opened === undefined || bytes <= segmentHeaderBytes) noteMissing(lastSeq + 1, undefined)
    else if (frame === undefined || frame.baseSeq > lastSeq)
      await noteDamage(lostFrom(frame), lastSeq + 1, bytes)
    else if (sound && frame.baseSeq + frame.count <= expected) soundEnd = frame.end
    else if (sound) return hand(segment, frame as SoundFrame)
    return undefined
  }

  /** Everything durable is read. */
  const follow = async (): Promise<void> => {
    const { newest } = segments
    if (tail === undefined || segments.lastSeq + 1 !== expected) return
    tail.join(follower, newest, expected)
    // Whoever leaves the tail again goes on from here.
    if (newest?.lastSeq === expected - 1) {
      place = { segment: newest, ...endOf(newest) }
      soundEnd = newest.bytes
    }
    isTaken = true
    await letGo()
  }

  return {
    get expected() {
      return expected
    },
    get gaps() {
      return gaps
    },
    next: async () => {
      while (expected <= segments.lastSeq) {
        const segment = segments.at(expected)
        if (segment === undefined || segment.baseSeq > expected) {
          noteMissing(segment?.baseSeq ?? segments.lastSeq + 1, segment)
          continue
        }
        const frame = await read(segment)
        if (frame !== undefined) return frame
      }
      await follow()
      return undefined
    },
    takeLoaded: (runBytes) => {
      if (current === undefined || segments.at(expected) !== current.segment) return undefined
      const { lastSeq, bytes } = current.segment
      const frame = expected > lastSeq ? undefined : current.frames.loaded(bytes, expected, runBytes)
      if (frame === undefined) return undefined
      hand(current.segment, frame)
      soundEnd = frame.end
      isTaken = true
      expected += frame.count
      return frame
    },
    take: async (frame) => {
      await noteDamage(lostFrom(frame), frame.baseSeq, frame.start)
      soundEnd = frame.end
      isTaken = true
      expected = frame.baseSeq + frame.count
    },
    skip: (seq) => {
      expected = Math.max(expected, seq + 1)
      gaps = gaps.filter(({ toSeq }) => toSeq > seq)
    },
    close: async () => {
      await tail?.leave(follower)
      await letGo()
    },
  }
}
