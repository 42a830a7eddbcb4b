import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { frameBytes, frameHeaderBytes, readFrameHeader } from '../../format/frame.ts'
import type { LinkFrame, LinkGap, LinkGapReason } from '../session/session-types.ts'
import { BodyReader, text, u32, u64, u8 } from './body-bytes.ts'
import { messageHeader } from './message-reader.ts'
import { frameType } from './messages.ts'

/** A frame without what the connection knows anyway. */
export type SentFrame = Omit<LinkFrame, 'journalId' | 'ack'>

const flagZlib = 1

/** Smaller frames are not worth it. */
const leastCompressed = 4096

/** By their number on the wire. */
const reasons: readonly LinkGapReason[] = ['corrupt', 'missing-segment', 'evicted', 'lost', 'dropped']
const gapBytes = 17
const maxCodecBytes = 1024

/** How many bytes of credit a frame takes: those on disk, whatever goes over the wire, and something for itself and its gaps. */
export const creditOf = ({ bytes, gaps }: Pick<SentFrame, 'bytes' | 'gaps'>): number =>
  bytes.length + 64 + 32 * gaps.length

/** The message in pieces: the frame itself, the last one, is not copied. */
export function encodeFrame(channel: number, frame: SentFrame, compress: boolean): readonly Uint8Array[] {
  const { skip, headSeq, codec, gaps, bytes } = frame
  const packed = compress && bytes.length >= leastCompressed ? deflateRawSync(bytes, { level: 1 }) : bytes
  const zlib = packed.length < bytes.length
  const head = [
    ...[u8(zlib ? flagZlib : 0), u32(skip), u64(headSeq), text(codec), u32(zlib ? bytes.length : 0)],
    u32(gaps.length),
    ...gaps.flatMap(({ fromSeq, toSeq, reason }) => [
      ...[u64(fromSeq), u64(toSeq), u8(reasons.indexOf(reason))],
    ]),
  ]
  const body = zlib ? packed : bytes
  const length = head.reduce((sum, field) => sum + field.length, body.length)
  return [Buffer.concat([messageHeader(frameType, channel, length), ...head]), body]
}

/**
 * The frame of a message; `undefined` where there is no sound one: its header is verified, its body is not. `maxBytes` is the most that
 * compressed bytes may grow to.
 */
export function decodeFrame(body: Uint8Array, maxBytes: number): SentFrame | undefined {
  const reader = new BodyReader(body)
  const flags = reader.u8()
  const skip = reader.u32()
  const headSeq = reader.u64()
  const codec = reader.text(maxCodecBytes)
  const unpackedBytes = reader.u32()
  const gaps = readGaps(reader)
  if (gaps === undefined || (flags & ~flagZlib) !== 0) return undefined
  const rest = reader.bytes(reader.left)
  const bytes = flags === flagZlib ? unpack(rest, unpackedBytes, maxBytes) : rest
  if (bytes === undefined || !reader.isSound()) return undefined
  const place = bytes.length === 0 ? placeOfGaps(gaps, skip) : placeOfFrame(bytes, gaps, skip)
  if (place === undefined || place.lastSeq > headSeq) return undefined
  return { ...place, skip, headSeq, codec, gaps, bytes }
}

function readGaps(reader: BodyReader): readonly LinkGap[] | undefined {
  const count = reader.u32()
  // Before anything is made of a number that may be a lie.
  if (!reader.isSound() || count * gapBytes > reader.left) return undefined
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
  if (bytes.length < frameHeaderBytes) return undefined
  const salt = new DataView(bytes.buffer, bytes.byteOffset, frameHeaderBytes).getUint32(12, true)
  const header = readFrameHeader(bytes, salt)
  if (header === undefined || bytes.length !== frameBytes(header.bodyBytes)) return undefined
  const { baseSeq, count, time } = header
  if (skip >= count || !Number.isFinite(time)) return undefined
  const firstSeq = baseSeq + skip
  if ((gaps.at(-1)?.toSeq ?? 0) >= firstSeq) return undefined
  return { firstSeq, lastSeq: baseSeq + count - 1, count, time }
}
