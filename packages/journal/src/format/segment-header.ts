import { crc32 } from 'node:zlib'

import { JournalError } from '../errors.ts'
import { readU64, uuidFromBytes, uuidToBytes, writeU64 } from './bytes.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31534a54 // "TJS1"

/** Version of segments, cursors and journal.json. */
export const formatVersion = 1

export const segmentHeaderBytes = 128

const suffix = '.segment'

/** Where the segment before ended, as whoever began this one saw it: what lies behind was never acknowledged. */
export interface Fence {
  /** Number of the segment before; 0 where there was none. */
  readonly segment: number
  /** Offset behind its last frame that counts. */
  readonly end: number
  /** Last sequence number in it; what is missing from there to the base was never durable. */
  readonly lastSeq: number
  /** Header checksum of its last frame, or of its header where it has none; 0 where that is not known. */
  readonly chain: number
  /** Checksum of all records up to there; 0 where that is not known. */
  readonly history: number
}

/** The first bytes of every segment. */
export interface SegmentHeader {
  /** Number of the file, 1, 2, 3 … */
  readonly segment: number
  /** How often the journal had been opened for writing by then. */
  readonly epoch: number
  /** First sequence number that belongs here. */
  readonly baseSeq: number
  /** Highest sequence number that was ever evicted; 0 where none was. */
  readonly evictedSeq: number
  /** When it was begun, ms since the Unix epoch, by the writer's clock. */
  readonly time: number
  readonly fence: Fence
}

export const noFence: Fence = { segment: 0, end: 0, lastSeq: 0, chain: 0, history: 0 }

/** `0000000000000001.segment`: hexadecimal, so that names sort like numbers. */
export const segmentName = (segment: number): string => segment.toString(16).padStart(16, '0') + suffix

/** What a segment is called until all of it is durable. */
export const unfinishedSegment = (path: string): string => `${path}.new`

export const isUnfinishedSegment = (name: string): boolean =>
  name.endsWith('.new') && segmentNumber(name.slice(0, -'.new'.length)) !== undefined

/** The number in a file name, or `undefined` where it is not the name of a segment. */
export function segmentNumber(name: string): number | undefined {
  if (!/^[0-9a-f]{16}\.segment$/.test(name)) return undefined
  const number = Number.parseInt(name.slice(0, 16), 16)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/**
 * Differs for every segment of every journal, and is known even where the header is damaged. Frames that an earlier use of a
 * recycled file left behind have another one.
 */
export const segmentSalt = (journalId: string, segment: number): number => crc32(`${journalId}:${segment}`)

/** What the first frame of a segment is chained to. */
export const headerChain = (header: Uint8Array): number =>
  new DataView(header.buffer, header.byteOffset, segmentHeaderBytes).getUint32(124, true)

export function encodeSegmentHeader(header: SegmentHeader, journalId: string): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const view = new DataView(bytes.buffer)
  const { fence } = header
  view.setUint32(0, magic, true)
  view.setUint16(4, formatVersion, true)
  view.setUint16(6, segmentHeaderBytes, true)
  view.setUint32(8, segmentSalt(journalId, header.segment), true)
  view.setUint32(12, header.epoch, true)
  writeU64(view, 16, header.segment)
  writeU64(view, 24, header.baseSeq)
  writeU64(view, 32, header.evictedSeq)
  bytes.set(uuidToBytes(journalId), 40)
  view.setFloat64(56, header.time, true)
  writeU64(view, 64, fence.segment)
  writeU64(view, 72, fence.end)
  writeU64(view, 80, fence.lastSeq)
  view.setUint32(88, fence.chain, true)
  view.setUint32(92, fence.history, true)
  view.setUint32(124, crc32(bytes.subarray(0, 124)), true)
  return bytes
}

/** A header, the id of its journal and the checksum that the first frame is chained to. */
export type StoredHeader = SegmentHeader & { readonly journalId: string; readonly chain: number }

/** `undefined` where the header is damaged. Throws where a newer release wrote it. */
export function decodeSegmentHeader(bytes: Uint8Array): StoredHeader | undefined {
  if (bytes.length < segmentHeaderBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, segmentHeaderBytes)
  if (view.getUint32(0, true) !== magic) return undefined
  const chain = view.getUint32(124, true)
  if (chain !== crc32(bytes.subarray(0, 124))) return undefined
  refuseNewerFormat(view.getUint16(4, true), 'a segment')
  const header = {
    segment: readU64(view, 16),
    epoch: view.getUint32(12, true),
    baseSeq: readU64(view, 24),
    evictedSeq: readU64(view, 32),
    time: view.getFloat64(56, true),
    fence: {
      segment: readU64(view, 64),
      end: readU64(view, 72),
      lastSeq: readU64(view, 80),
      chain: view.getUint32(88, true),
      history: view.getUint32(92, true),
    },
    journalId: uuidFromBytes(bytes.subarray(40, 56)),
    chain,
  }
  const { segment, baseSeq, evictedSeq, fence } = header
  const usable = segment >= 1 && baseSeq >= 1 && evictedSeq < baseSeq && fence.segment < segment
  return usable && fence.lastSeq < baseSeq && fence.end >= 0 ? header : undefined
}

/** Whether a write that was cut off explains these bytes, zeros where there were none: nothing, or the beginning of a header. */
export function isUnfinishedHeader(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, segmentHeaderBytes)
  const written = bytes.findLastIndex((byte) => byte !== 0) + 1
  return written < 4 || (view.getUint32(0, true) === magic && written <= segmentHeaderBytes - 4)
}

export function refuseNewerFormat(version: number, what: string): void {
  if (version <= formatVersion) return
  throw new JournalError(
    'JOURNAL_FORMAT',
    `${what} has format ${version}, this release reads up to ${formatVersion}; open it with a newer @tocsin/journal`,
    { version },
  )
}
