import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { writeU64 } from '../../format/bytes.ts'
import type { FrameHeader } from '../../format/frame.ts'
import { frameBytes, frameHeaderBytes, frameSalt, readFrameHeader } from '../../format/frame.ts'
import type { LinkFrame, LinkGap, LinkGapReason } from '../session/session-types.ts'
import { BodyReader } from './body-bytes.ts'
import { messageHeaderBytes, writeMessageHeader } from './message-reader.ts'
import { frameType } from './messages.ts'

/** A frame without what the connection knows anyway. */
export type SentFrame = Omit<LinkFrame, 'journalId' | 'ack'>

const flagZlib = 1

/** Smaller frames are not worth it. */
const leastCompressed = 4096

/** By their number on the wire. */
const reasons: readonly LinkGapReason[] = ['corrupt', 'missing-segment', 'evicted', 'lost', 'dropped']
const gapBytes = 17
const noGaps: readonly LinkGap[] = []
const maxCodecBytes = 1024

/** How many bytes of credit a frame takes: those on disk, whatever goes over the wire, and something for itself and its gaps. */
export const creditOf = ({ bytes, gaps }: Pick<SentFrame, 'bytes' | 'gaps'>): number =>
  bytes.length + 64 + 32 * gaps.length

/** Bytes before the name of the codec. */
const fixedBytes = 13

/** The message in pieces: the frame itself, the last one, is not copied. */
export function encodeFrame(channel: number, frame: SentFrame, compress: boolean): readonly Uint8Array[] {
  const { skip, headSeq, codec, gaps, bytes } = frame
  const packed = compress && bytes.length >= leastCompressed ? deflateRawSync(bytes, { level: 1 }) : bytes
  const zlib = packed.length < bytes.length
  const nameBytes = Buffer.byteLength(codec)
  const headBytes = fixedBytes + 2 + nameBytes + 8 + gapBytes * gaps.length
  const body = zlib ? packed : bytes
  // One piece of memory for all fields: there may be many small frames.
  const head = Buffer.allocUnsafe(messageHeaderBytes + headBytes)
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  writeMessageHeader(view, frameType, channel, headBytes + body.length)
  let at = messageHeaderBytes
  view.setUint8(at, zlib ? flagZlib : 0)
  view.setUint32(at + 1, skip, true)
  writeU64(view, at + 5, headSeq)
  at += fixedBytes
  view.setUint16(at, nameBytes, true)
  head.write(codec, at + 2)
  at += 2 + nameBytes
  view.setUint32(at, zlib ? bytes.length : 0, true)
  view.setUint32(at + 4, gaps.length, true)
  at += 8
  for (const { fromSeq, toSeq, reason } of gaps) {
    writeU64(view, at, fromSeq)
    writeU64(view, at + 8, toSeq)
    view.setUint8(at + 16, reasons.indexOf(reason))
    at += gapBytes
  }
  return [head, body]
}

/**
 * The frame of a message, or several consecutive ones; `undefined` where there is no sound one: headers are verified, bodies are not.
 * `maxBytes` is the most that compressed bytes may grow to; `likely` is what the codec is probably called, as in the frame before.
 */
export function decodeFrame(body: Uint8Array, maxBytes: number, likely = ''): SentFrame | undefined {
  const reader = new BodyReader(body)
  const flags = reader.u8()
  const skip = reader.u32()
  const headSeq = reader.u64()
  const codec = reader.text(maxCodecBytes, likely)
  const unpackedBytes = reader.u32()
  const gaps = readGaps(reader)
  if (gaps === undefined || (flags & ~flagZlib) !== 0) return undefined
  const rest = reader.bytes(reader.left)
  const bytes = flags === flagZlib ? unpack(rest, unpackedBytes, maxBytes) : rest
  if (bytes === undefined || !reader.isSound()) return undefined
  const place = bytes.length === 0 ? placeOfGaps(gaps, skip) : placeOfFrame(bytes, gaps, skip)
  if (place === undefined || place.lastSeq > headSeq) return undefined
  // Field by field: a spread takes longer than all else here.
  const { firstSeq, lastSeq, count, time } = place
  return { firstSeq, lastSeq, count, time, skip, headSeq, codec, gaps, bytes }
}

function readGaps(reader: BodyReader): readonly LinkGap[] | undefined {
  const count = reader.u32()
  // Before anything is made of a number that may be a lie.
  if (!reader.isSound() || count * gapBytes > reader.left) return undefined
  if (count === 0) return noGaps
  const gaps: LinkGap[] = []
  let endSeq = 0
  for (let index = 0; index < count; index += 1) {
    const [fromSeq, toSeq, reason] = [reader.u64(), reader.u64(), reasons[reader.u8()]]
    if (!reader.isSound() || reason === undefined || fromSeq <= endSeq || toSeq < fromSeq) return undefined
    endSeq = toSeq
    gaps.push({ fromSeq, toSeq, reason })
  }
  return gaps
}

function unpack(packed: Uint8Array, length: number, maxBytes: number): Uint8Array | undefined {
  if (length === 0 || length > maxBytes) return undefined
  try {
    const bytes = inflateRawSync(packed, { maxOutputLength: length })
    return bytes.length === length ? bytes : undefined
  } catch {
    return undefined
  }
}

type Place = Pick<SentFrame, 'firstSeq' | 'lastSeq' | 'count' | 'time'>

function placeOfGaps(gaps: readonly LinkGap[], skip: number): Place | undefined {
  const first = gaps[0]
  const last = gaps.at(-1)
  if (first === undefined || last === undefined || skip !== 0) return undefined
  return { firstSeq: first.fromSeq, lastSeq: last.toSeq, count: 0, time: 0 }
}

function placeOfFrame(bytes: Uint8Array, gaps: readonly LinkGap[], skip: number): Place | undefined {
  const first = frameAt(bytes, 0)
  if (first === undefined || skip >= first.count) return undefined
  const { baseSeq, time } = first
  const firstSeq = baseSeq + skip
  if ((gaps.at(-1)?.toSeq ?? 0) >= firstSeq) return undefined
  let { count } = first
  for (let at = frameBytes(first.bodyBytes); at < bytes.length;) {
    const next = frameAt(bytes, at)
    if (next?.baseSeq !== baseSeq + count) return undefined
    count += next.count
    at += frameBytes(next.bodyBytes)
  }
  return { firstSeq, lastSeq: baseSeq + count - 1, count, time }
}

/** The header of a frame that ends within the bytes. */
function frameAt(bytes: Uint8Array, at: number): FrameHeader | undefined {
  if (at + frameHeaderBytes > bytes.length) return undefined
  const header = readFrameHeader(bytes, frameSalt(bytes, at), at)
  if (header === undefined || at + frameBytes(header.bodyBytes) > bytes.length) return undefined
  return header.count > 0 && Number.isFinite(header.time) ? header : undefined
}
