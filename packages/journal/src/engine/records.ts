import { JournalError } from '../errors.ts'

/** Each record as its length (u32, little-endian) and its bytes. */
export function encodeRecords(values: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const value of values) {
    if (!(value instanceof Uint8Array)) {
      throw new TypeError('a record must be a Uint8Array; give openJournal a codec for anything else')
    }
    length += 4 + value.length
  }
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const value of values) {
    view.setUint32(at, value.length, true)
    bytes.set(value, at + 4)
    at += 4 + value.length
  }
  return bytes
}

/** The records of {@link encodeRecords} as views. */
export function decodeRecords(bytes: Uint8Array): readonly Uint8Array[] {
  // The constructor is four times as fast as "subarray".
  const { buffer, byteOffset } = bytes
  const view = new DataView(buffer, byteOffset, bytes.byteLength)
  const values: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Infinity
    if (end > bytes.length) {
      throw new JournalError('JOURNAL_CORRUPT', `a record at byte ${at} is longer than its frame`, { at })
    }
    values.push(new Uint8Array(buffer, byteOffset + at + 4, end - at - 4))
    at = end
  }
  return values
}
