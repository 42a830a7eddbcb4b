import { crc32 } from 'node:zlib'

import { readU64, writeU64 } from '../engine/u64.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31464a54 // "TJF1"
export const frameHeaderBytes = 48
/** Above the largest record plus what a codec adds; a longer length in a header is damage. */
const maxBodyBytes = 16 * 1024 * 1024

/** What stands before the bytes of one group commit. */
export interface FrameHeader {
  readonly bodyBytes: number
  readonly bodyCrc: number
  /** Of the segment that it was written for, so that a frame inside a record is not taken for one of ours. */
  readonly salt: number
  readonly baseSeq: number
  /** Highest sequence number that was known to be durable when the frame was built. */
  readonly certSeq: number
  readonly time: number
  /** Records in it; 0 in a frame that only certifies. */
  readonly count: number
}

/** Header, body and padding take a multiple of eight bytes. */
export const frameBytes = (bodyBytes: number): number => frameHeaderBytes + Math.ceil(bodyBytes / 8) * 8

/** Writes a whole frame into `into` at `at`; gives the offset behind it. */
export function writeFrame(
  into: Uint8Array,
  at: number,
  header: Omit<FrameHeader, 'bodyBytes' | 'bodyCrc'>,
  body: Uint8Array,
): number {
  const view = new DataView(into.buffer, into.byteOffset + at, frameHeaderBytes)
  view.setUint32(0, magic, true)
  view.setUint32(4, body.length, true)
  view.setUint32(8, crc32(body), true)
  view.setUint32(12, header.salt, true)
  writeU64(view, 16, header.baseSeq)
  writeU64(view, 24, header.certSeq)
  view.setFloat64(32, header.time, true)
  view.setUint32(40, header.count, true)
  view.setUint32(44, crc32(into.subarray(at, at + 44)), true)
  into.set(body, at + frameHeaderBytes)
  return at + frameBytes(body.length)
}

/** The header in these bytes, or `undefined` where there is no sound one of the segment with this salt. */
export function readFrameHeader(bytes: Uint8Array, salt: number): FrameHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderBytes)
  if (view.getUint32(0, true) !== magic || view.getUint32(12, true) !== salt) return undefined
  if (view.getUint32(44, true) !== crc32(bytes.subarray(0, 44))) return undefined
  const header = {
    bodyBytes: view.getUint32(4, true),
    bodyCrc: view.getUint32(8, true),
    salt,
    baseSeq: readU64(view, 16),
    certSeq: readU64(view, 24),
    time: view.getFloat64(32, true),
    count: view.getUint32(40, true),
  }
  const usable =
    header.bodyBytes <= maxBodyBytes &&
    header.baseSeq >= 1 &&
    Number.isSafeInteger(header.baseSeq + header.count)
  return usable && header.certSeq < header.baseSeq ? header : undefined
}

/** True where a frame may begin: the cheap half of {@link readFrameHeader}. */
export const startsLikeFrame = (view: DataView, at: number): boolean => view.getUint32(at, true) === magic
