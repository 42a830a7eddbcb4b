import { readU64, writeU64 } from './bytes.ts'

/** How far the records of other journals have come: sequence number by journal id. */
export type Positions = ReadonlyMap<string, number>

/** A place in another journal. */
export interface Provenance {
  /** Id of that journal. */
  readonly journalId: string
  /** Its sequence number of the last value. */
  readonly lastSeq: number
}

/** Bytes of one position: the journal's id and the sequence number. */
export const provenanceBytes = 24

/** A journal's id as 16 bytes. */
export const uuidToBytes = (journalId: string): Uint8Array =>
  Buffer.from(journalId.replaceAll('-', ''), 'hex')

/** What {@link uuidToBytes} made bytes of. */
export const uuidFromBytes = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function writePosition(into: Uint8Array, at: number, { journalId, lastSeq }: Provenance): void {
  into.set(uuidToBytes(journalId), at)
  writeU64(new DataView(into.buffer, into.byteOffset + at, provenanceBytes), 16, lastSeq)
}

function readPosition(body: Uint8Array, at: number, into: Map<string, number>): void {
  const lastSeq = readU64(new DataView(body.buffer, body.byteOffset + at, provenanceBytes), 16)
  if (!Number.isSafeInteger(lastSeq)) return
  const journalId = uuidFromBytes(body.subarray(at, at + 16))
  into.set(journalId, Math.max(into.get(journalId) ?? 0, lastSeq))
}

/** The body with its provenance before it. */
export function withProvenance(body: Uint8Array, provenance: Provenance): Uint8Array {
  const bytes = new Uint8Array(provenanceBytes + body.length)
  writePosition(bytes, 0, provenance)
  bytes.set(body, provenanceBytes)
  return bytes
}

/** Notes the provenance that stands before a body. */
export function readProvenance(body: Uint8Array, into: Map<string, number>): void {
  if (body.length >= provenanceBytes) readPosition(body, 0, into)
}

/** All positions, as the body of a frame. */
export function encodePositions(positions: Positions): Uint8Array {
  const bytes = new Uint8Array(provenanceBytes * positions.size)
  let at = 0
  for (const [journalId, lastSeq] of positions) {
    writePosition(bytes, at, { journalId, lastSeq })
    at += provenanceBytes
  }
  return bytes
}

/** Notes what {@link encodePositions} wrote. */
export function readPositions(body: Uint8Array, into: Map<string, number>): void {
  for (let at = 0; at + provenanceBytes <= body.length; at += provenanceBytes) readPosition(body, at, into)
}
