import { readU64, writeU64 } from './bytes.ts'
import { checksumIn, checksumOf, u32At } from './checksum.ts'

// The bytes are drawn in FORMAT.md.
const magic = 0x31464a54 // "TJF1"

export const frameHeaderBytes = 64

/** Above the largest record plus what a codec adds; a longer length in a header is damage. */
const maxBodyBytes = 16 * 1024 * 1024

/** The body begins with the place in another journal that its records come from. */
export const flagProvenance = 1

/** The body lists how far the records of other journals had come; no records of its own. */
export const flagPositions = 2

/** {@link flagProvenance} and the checksum of the other journal's history up to there. */
export const flagCheckedProvenance = 4

/** {@link flagPositions}, each with the checksum of the other journal's history up to there. */
export const flagCheckedPositions = 8

const knownFlags = flagProvenance | flagPositions | flagCheckedProvenance | flagCheckedPositions

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
  readonly flags: number
  /** Header checksum of the frame before it, or of the segment's header. */
  readonly chain: number
  /** Checksum of all records before it, which a copy of the frame in another segment keeps; 0 where that is not known. */
  readonly history: number
  /** Sequence numbers right before it that were given and never became durable; only a copy of a tail tells of some. */
  readonly lost: number
}

/** Header, body and padding take a multiple of eight bytes. */
export const frameBytes = (bodyBytes: number): number => frameHeaderBytes + Math.ceil(bodyBytes / 8) * 8

/** Of frames with these bodies, one behind the other. */
export const bytesOfFrames = (frames: readonly { readonly body: Uint8Array }[]): number =>
  frames.reduce((sum, { body }) => sum + frameBytes(body.length), 0)

/** Writes a whole frame into `into` at `at`; gives the checksum of its header. */
export function writeFrame(
  into: Uint8Array,
  at: number,
  header: Omit<FrameHeader, 'bodyBytes' | 'bodyCrc' | 'lost'> & Partial<Pick<FrameHeader, 'lost'>>,
  body: Uint8Array,
): number {
  const view = new DataView(into.buffer, into.byteOffset + at, frameHeaderBytes)
  view.setUint32(0, magic, true)
  view.setUint32(4, body.length, true)
  view.setUint32(8, checksumOf(body), true)
  view.setUint32(12, header.salt, true)
  writeU64(view, 16, header.baseSeq)
  writeU64(view, 24, header.certSeq)
  view.setFloat64(32, header.time, true)
  view.setUint32(40, header.count, true)
  view.setUint32(44, header.flags, true)
  view.setUint32(48, header.chain, true)
  view.setUint32(52, header.history, true)
  view.setUint32(56, header.lost ?? 0, true)
  const checksum = checksumIn(into, at, 60)
  view.setUint32(60, checksum, true)
  into.set(body, at + frameHeaderBytes)
  into.fill(0, at + frameHeaderBytes + body.length, at + frameBytes(body.length))
  return checksum
}

/** The header at this place of the bytes, or `undefined` where there is no sound one of the segment with this salt. */
export function readFrameHeader(bytes: Uint8Array, salt: number, at = 0): FrameHeader | undefined {
  if (u32At(bytes, at) !== magic || u32At(bytes, at + 12) !== salt) return undefined
  if (u32At(bytes, at + 60) !== checksumIn(bytes, at, 60)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, frameHeaderBytes)
  const header = {
    bodyBytes: view.getUint32(4, true),
    bodyCrc: view.getUint32(8, true),
    salt,
    baseSeq: readU64(view, 16),
    certSeq: readU64(view, 24),
    time: view.getFloat64(32, true),
    count: view.getUint32(40, true),
    flags: view.getUint32(44, true),
    chain: view.getUint32(48, true),
    history: view.getUint32(52, true),
    lost: view.getUint32(56, true),
  }
  const usable =
    header.bodyBytes <= maxBodyBytes &&
    header.baseSeq > header.lost &&
    Number.isSafeInteger(header.baseSeq + header.count) &&
    (header.flags & ~knownFlags) === 0
  return usable && header.certSeq < header.baseSeq ? header : undefined
}

/** The salt that a frame has, whatever segment it is of. */
export const frameSalt = (bytes: Uint8Array): number => u32At(bytes, 12)

/** The checksum that the next frame is chained to. */
export const headerChecksum = (bytes: Uint8Array): number => u32At(bytes, 60)

/**
 * Checksum of all records up to the end of this frame: of those before it, and of what makes it this one and no other. Two journals
 * that grew out of one, or one that was restored and went on, differ in it from where they part.
 */
export function frameHistory(bytes: Uint8Array, at = 0): number {
  const before = u32At(bytes, at + 52)
  if (u32At(bytes, at + 40) === 0) return before
  // Before, length and checksum of the body, first number, time, records: where they lie.
  let history = checksumIn(bytes, at + 52, 4)
  history = checksumIn(bytes, at + 4, 8, history)
  history = checksumIn(bytes, at + 16, 8, history)
  history = checksumIn(bytes, at + 32, 12, history)
  // 0 says that it is not known.
  return history || 1
}

/**
 * {@link frameHistory} for whoever goes on behind the frame in a later life; 0 where the frame does not know what came before it.
 * Earlier releases wrote no history, and none into their copy of a frame: what comes next must not contradict the frame that was copied.
 */
export function settledHistory(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderBytes)
  const isKnown = view.getUint32(52, true) !== 0 || readU64(view, 16) === 1
  return isKnown ? frameHistory(bytes) : 0
}

/** True where a frame may begin: the cheap half of {@link readFrameHeader}. */
export const startsLikeFrame = (view: DataView, at: number): boolean => view.getUint32(at, true) === magic

/** True where a frame of this segment was begun, whole or not. */
export function startsFrameOf(bytes: Uint8Array, salt: number): boolean {
  if (bytes.length < 16) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return startsLikeFrame(view, 0) && view.getUint32(12, true) === salt
}
