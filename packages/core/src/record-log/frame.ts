import { crc32 } from 'node:zlib'

/**
 * u32 magic | u32 file | u32 number | u32 length | u32 CRC of the payload | u32 CRC of these 20 bytes, all little-endian; the payload
 * follows. The header has a CRC of its own, so that a damaged payload still says where the next record is.
 */
export const headerBytes = 24
/** As bytes: the first two are in no UTF-8. */
const magicBytes: readonly number[] = [0xf5, 0xff, 0x54, 0x52]
const magic = 0x52_54_ff_f5
/** What a search for the next record looks for. */
export const magicText: Buffer = Buffer.from(magicBytes)

/** What stands before a payload. */
export interface FrameHeader {
  /** Running number in the file. */
  readonly number: number
  /** Bytes of the payload. */
  readonly length: number
  /** CRC-32 of the payload. */
  readonly checksum: number
}

/** Writes a header to the start of `into`. */
export function writeHeader(into: Uint8Array, file: number, { number, length, checksum }: FrameHeader): void {
  const view = new DataView(into.buffer, into.byteOffset, headerBytes)
  view.setUint32(0, magic, true)
  view.setUint32(4, file, true)
  view.setUint32(8, number, true)
  view.setUint32(12, length, true)
  view.setUint32(16, checksum, true)
  view.setUint32(20, crc32(into.subarray(0, 20)), true)
}

/** The header at `at`, which must lie in `bytes` whole; `undefined` where there is none of this file. */
export function readHeader(bytes: Uint8Array, at: number, file: number): FrameHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, headerBytes)
  if (view.getUint32(0, true) !== magic || view.getUint32(4, true) !== file) return undefined
  if (view.getUint32(20, true) !== crc32(bytes.subarray(at, at + 20))) return undefined
  return {
    number: view.getUint32(8, true),
    length: view.getUint32(12, true),
    checksum: view.getUint32(16, true),
  }
}

/** Part of a buffer as plain bytes: a `slice` of a `Buffer` would not be a copy. */
export const bytesOf = (buffer: Buffer, from: number, length: number): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset + from, length)
