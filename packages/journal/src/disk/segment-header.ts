import { crc32 } from 'node:zlib'

import { readU64, writeU64 } from '../engine/u64.ts'
import { JournalError } from '../errors.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31534a54 // "TJS1"
/** Version of segments, cursors and journal.json. */
export const formatVersion = 1
export const segmentHeaderBytes = 64
const suffix = '.segment'

/** The first bytes of every segment. */
export interface SegmentHeader {
  /** Number of the file, 1, 2, 3 … */
  readonly segment: number
  /** First sequence number that belongs here; everything below it was durable when the segment was begun. */
  readonly baseSeq: number
  /** Highest sequence number that was ever evicted; 0 where none was. */
  readonly evictedSeq: number
}

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

/** Differs for every segment of every journal, and is known even where the header is damaged. */
export const segmentSalt = (journalId: string, segment: number): number => crc32(`${journalId}:${segment}`)

export function encodeSegmentHeader(header: SegmentHeader, journalId: string): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint16(4, formatVersion, true)
  view.setUint16(6, segmentHeaderBytes, true)
  view.setUint32(8, segmentSalt(journalId, header.segment), true)
  writeU64(view, 16, header.segment)
  writeU64(view, 24, header.baseSeq)
  writeU64(view, 32, header.evictedSeq)
  bytes.set(Buffer.from(journalId.replaceAll('-', ''), 'hex'), 40)
  view.setUint32(60, crc32(bytes.subarray(0, 60)), true)
  return bytes
}

/** The header and the id of its journal, or `undefined` where it is damaged. Throws where a newer release wrote it. */
export function decodeSegmentHeader(
  bytes: Uint8Array,
): (SegmentHeader & { readonly journalId: string }) | undefined {
  if (bytes.length < segmentHeaderBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, segmentHeaderBytes)
  if (view.getUint32(0, true) !== magic || view.getUint32(60, true) !== crc32(bytes.subarray(0, 60))) {
    return undefined
  }
  refuseNewerFormat(view.getUint16(4, true), 'a segment')
  const header = {
    segment: readU64(view, 16),
    baseSeq: readU64(view, 24),
    evictedSeq: readU64(view, 32),
    journalId: uuid(Buffer.from(bytes.subarray(40, 56)).toString('hex')),
  }
  return header.baseSeq >= 1 && header.segment >= 1 && header.evictedSeq < header.baseSeq ? header : undefined
}

export function refuseNewerFormat(version: number, what: string): void {
  if (version <= formatVersion) return
  throw new JournalError(
    'JOURNAL_FORMAT',
    `${what} has format ${version}, this release reads up to ${formatVersion}; open it with a newer @tocsin/journal`,
    { version },
  )
}

const uuid = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
