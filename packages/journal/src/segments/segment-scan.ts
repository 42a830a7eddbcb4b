import type { FileSystem, OpenFile, OpenMode } from '@tocsin/core'

import { codeOf } from '../errors.ts'
import {
  frameBytes,
  frameHeaderBytes,
  readFrameHeader,
  settledHistory,
  startsFrameOf,
} from '../format/frame.ts'
import type { Positions, UpstreamPlace } from '../format/positions.ts'
import { listsPositions, readPositions } from '../format/positions.ts'
import type { StoredHeader } from '../format/segment-header.ts'
import {
  decodeSegmentHeader,
  isUnfinishedHeader,
  segmentHeaderBytes,
  segmentSalt,
} from '../format/segment-header.ts'
import type { StoredFrame } from './frame-reader.ts'
import { createFrameReader } from './frame-reader.ts'
import type { FrameEnd } from './segments.ts'

/** A segment file as it was found. */
export interface FoundSegment {
  readonly segment: number
  readonly path: string
  /** Length of the file. */
  readonly bytes: number
  /** `undefined` where it is damaged. */
  readonly header: StoredHeader | undefined
  /** A crash explains that there is no sound header: it was being written, or erased. */
  readonly unfinished: boolean
}

/** Bytes that should have been frames, and the records that were in them. */
export interface Damage {
  readonly fromSeq: number
  readonly toSeq: number
  readonly start: number
  readonly end: number
}

/** What the frames of a segment say. */
export interface SegmentScan {
  /** First sequence number of a whole frame; `undefined` where there is none. */
  readonly firstSeq: number | undefined
  /** Behind the last whole frame. */
  readonly readable: FrameEnd
  /** Behind the last whole frame that a later one says to be durable. */
  readonly certified: FrameEnd
  /** Highest sequence number that any frame says to be durable. */
  readonly certSeq: number
  /** Damage before a whole frame. */
  readonly damage: readonly Damage[]
  /** Numbers that were lost before the frames were copied here, as these say. */
  readonly lost: readonly Pick<Damage, 'fromSeq' | 'toSeq'>[]
  /** Bytes behind the last whole frame that belong to one that was begun. */
  readonly tornBytes: number
  /** How far the records of other journals had come, by the whole frames. */
  readonly positions: Positions
  /** Whether they are all that the segment ever told of other journals: those that it began with are not damaged. */
  readonly tellsPositions: boolean
  /** Of the last frame. */
  readonly time: number
}

/** Runs `use` with the file open for reading. */
export const withFile = <R>(
  fileSystem: FileSystem,
  path: string,
  use: (file: OpenFile) => Promise<R>,
): Promise<R> => withOpenFile(fileSystem, path, 'read', use)

/** Runs `use` with the file open. */
export async function withOpenFile<R>(
  fileSystem: FileSystem,
  path: string,
  mode: OpenMode,
  use: (file: OpenFile) => Promise<R>,
): Promise<R> {
  const file = await fileSystem.open(path, mode)
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

/** `undefined` where the name is no file. A header that the disk refuses to read is a damaged one. */
export async function findSegment(
  fileSystem: FileSystem,
  path: string,
  segment: number,
): Promise<FoundSegment | undefined> {
  try {
    return await withFile(fileSystem, path, async (file) => {
      const bytes = await file.size()
      const head = new Uint8Array(segmentHeaderBytes)
      const read = await file.read(head, 0).catch((error: unknown) => {
        if (codeOf(error) === 'EIO') return undefined
        throw error
      })
      const header = decodeSegmentHeader(head.subarray(0, read ?? 0))
      return { segment, path, bytes, header, unfinished: read !== undefined && isUnfinishedHeader(head) }
    })
  } catch (error) {
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Reads every frame of a segment; memory stays at one window. */
export async function scanSegment(
  fileSystem: FileSystem,
  found: FoundSegment,
  journalId: string,
): Promise<SegmentScan> {
  return withFile(fileSystem, found.path, async (file) => {
    const salt = segmentSalt(journalId, found.segment)
    const frames = createFrameReader(file, salt, found.header?.chain)
    const scan = createScan(found)
    for (let frame = await frames.next(found.bytes); frame; frame = await frames.next(found.bytes)) {
      scan.take(frame)
    }
    return scan.result(await tornBytes(file, found.bytes, scan.end, salt))
  })
}

function createScan(found: FoundSegment): {
  take(frame: StoredFrame): void
  /** Behind the last whole frame. */
  readonly end: number
  result(tornBytes: number): SegmentScan
} {
  const base = found.header?.baseSeq
  const begin = Math.min(segmentHeaderBytes, found.bytes)
  const start: FrameEnd = {
    lastSeq: (base ?? 1) - 1,
    end: begin,
    chain: found.header?.chain ?? 0,
    history: found.header?.fence.history ?? 0,
  }
  const damage: Damage[] = []
  const positions = new Map<string, UpstreamPlace>()
  const lost: Pick<Damage, 'fromSeq' | 'toSeq'>[] = []
  const ends: FrameEnd[] = []
  let covered = 0
  let firstSeq: number | undefined
  let readable = start
  let certified = start
  let certSeq = 0
  let time = 0
  let seenEnd = 0
  let listed = false
  let unbroken = base !== undefined
  const certify = (seq: number): void => {
    certSeq = Math.max(certSeq, seq)
    for (let next = ends[covered]; next && next.lastSeq <= certSeq; next = ends[covered]) {
      certified = next
      covered += 1
    }
  }
  return {
    take: (frame) => {
      // The header has a checksum of its own: what it certifies is true even where the body is damaged.
      certify(frame.certSeq)
      const expected = readable.lastSeq + 1
      unbroken &&= frame.body !== undefined && frame.start === (seenEnd || begin)
      seenEnd = frame.end
      if (frame.body === undefined || (frame.count > 0 && frame.baseSeq < expected)) return
      time = frame.time
      listed ||= listsPositions(frame.flags)
      readPositions(frame.body, frame.flags, positions)
      // One without records tells of the numbers before it only where they are lost.
      const numbered = frame.count > 0 || frame.lost > 0
      if (numbered && frame.baseSeq > expected && (base !== undefined || firstSeq !== undefined)) {
        const lostFrom = Math.max(expected, frame.baseSeq - frame.lost)
        const { start } = frame
        if (lostFrom > expected)
          damage.push({ fromSeq: expected, toSeq: lostFrom - 1, start: readable.end, end: start })
        if (frame.baseSeq > lostFrom) lost.push({ fromSeq: lostFrom, toSeq: frame.baseSeq - 1 })
      }
      if (frame.count > 0) firstSeq ??= frame.baseSeq
      const lastSeq = numbered ? frame.baseSeq + frame.count - 1 : readable.lastSeq
      readable = { lastSeq, end: frame.end, chain: frame.checksum, history: settledHistory(frame.bytes) }
      ends.push(readable)
      certify(certSeq)
    },
    get end() {
      return readable.end
    },
    result: (torn) => ({
      ...{ firstSeq, readable, certified, certSeq, damage, lost, positions, time },
      tornBytes: torn,
      tellsPositions: listed || (unbroken && seenEnd > 0 && torn === 0),
    }),
  }
}

/** Only what bears the segment's salt: behind it may be zeros, or what an earlier use of the file left. */
async function tornBytes(file: OpenFile, size: number, end: number, salt: number): Promise<number> {
  const head = new Uint8Array(frameHeaderBytes)
  const read = await file.read(head, end).catch(() => 0)
  if (!startsFrameOf(head.subarray(0, read), salt)) return 0
  const header = read === frameHeaderBytes ? readFrameHeader(head, salt) : undefined
  return Math.min(size - end, header === undefined ? frameHeaderBytes : frameBytes(header.bodyBytes))
}
