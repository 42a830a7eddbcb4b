import { readU64, uuidFromBytes, uuidToBytes, writeU64 } from './bytes.ts'
import { flagCheckedPositions, flagCheckedProvenance, flagPositions, flagProvenance } from './frame.ts'

/** How far the records of another journal have come. */
export interface UpstreamPlace {
  /** Its sequence number of the last one. */
  readonly seq: number
  /** Checksum of its history up to the end of the frame that this stands on; 0 where that is not known. */
  readonly checksum: number
}

/** How far the records of other journals have come, by journal id. */
export type Positions = ReadonlyMap<string, UpstreamPlace>

/** A place in another journal. */
export interface Provenance {
  /** Id of that journal. */
  readonly journalId: string
  /** Its sequence number of the last value. */
  readonly lastSeq: number
  /** Checksum of its history up to the end of the frame that the values came in; 0 where that is not known. */
  readonly checksum: number
}

/** Bytes of one position: the journal's id and the sequence number. */
const uncheckedBytes = 24

/** Bytes of one with a checksum, padded to a multiple of eight. */
const checkedBytes = 32

function writePosition(into: Uint8Array, at: number, { journalId, lastSeq, checksum }: Provenance): void {
  into.set(uuidToBytes(journalId), at)
  const view = new DataView(into.buffer, into.byteOffset + at, checkedBytes)
  writeU64(view, 16, lastSeq)
  view.setUint32(24, checksum, true)
}

function readPosition(body: Uint8Array, at: number, length: number, into: Map<string, UpstreamPlace>): void {
  const view = new DataView(body.buffer, body.byteOffset + at, length)
  const seq = readU64(view, 16)
  if (!Number.isSafeInteger(seq)) return
  const journalId = uuidFromBytes(body.subarray(at, at + 16))
  const checksum = length === checkedBytes ? view.getUint32(24, true) : 0
  const known = into.get(journalId)
  if (known === undefined || seq > known.seq || (seq === known.seq && known.checksum === 0)) {
    into.set(journalId, { seq, checksum })
  }
}

/** The body with its provenance before it, for a frame of {@link flagCheckedProvenance}. */
export function withProvenance(body: Uint8Array, provenance: Provenance): Uint8Array {
  const bytes = new Uint8Array(checkedBytes + body.length)
  writePosition(bytes, 0, provenance)
  bytes.set(body, checkedBytes)
  return bytes
}

/** All positions, as the body of a frame of {@link flagCheckedPositions}. */
export function encodePositions(positions: Positions): Uint8Array {
  const bytes = new Uint8Array(checkedBytes * positions.size)
  let at = 0
  for (const [journalId, { seq, checksum }] of positions) {
    writePosition(bytes, at, { journalId, lastSeq: seq, checksum })
    at += checkedBytes
  }
  return bytes
}

/** How many a segment of so many bytes may list: they leave half of it to records. */
export const mostUpstreams = (segmentBytes: number): number => Math.floor(segmentBytes / (2 * checkedBytes))

/** Bytes of the position that stands before the records. */
const provenanceBytes = (flags: number): number => {
  if ((flags & flagCheckedProvenance) !== 0) return checkedBytes
  return (flags & flagProvenance) === 0 ? 0 : uncheckedBytes
}

/** Whether the body is a list of positions. */
export const listsPositions = (flags: number): boolean =>
  (flags & (flagPositions | flagCheckedPositions)) !== 0

/** Notes the positions that a body with these flags tells; `false` where the one before its records is cut off. */
export function readPositions(body: Uint8Array, flags: number, into: Map<string, UpstreamPlace>): boolean {
  if (listsPositions(flags)) {
    const length = (flags & flagCheckedPositions) === 0 ? uncheckedBytes : checkedBytes
    for (let at = 0; at + length <= body.length; at += length) readPosition(body, at, length, into)
  }
  const before = provenanceBytes(flags)
  if (before === 0) return true
  if (body.length < before) return false
  readPosition(body, 0, before, into)
  return true
}

/** The codec's bytes of a body: without the position before them. */
export const recordsIn = (body: Uint8Array, flags: number): Uint8Array => {
  const before = provenanceBytes(flags)
  return before === 0 ? body : body.subarray(before)
}
