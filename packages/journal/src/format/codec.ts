import { JournalError } from '../errors.ts'

/** How records become bytes. One call handles all the records of a frame, so that a codec can share what they share. */
export interface Codec<T> {
  /** Kept in the journal; a folder is opened only with the codec that it was made with. */
  readonly name: string
  /** The bytes of one or more records. May throw: the appends that hold the culprit then reject. */
  encode(values: readonly T[]): Uint8Array
  /** The records of these bytes, as many as were encoded. Throws where the bytes are not its own. */
  decode(bytes: Uint8Array): readonly T[]
}

/** Records are bytes and stay as they are; the default. Decoded records are views of one buffer per frame. */
export function bytesCodec(): Codec<Uint8Array> {
  return { name: 'bytes', encode: encodeRecords, decode: decodeRecords }
}

/**
 * Records are JSON values. What JSON leaves out is refused (`undefined`, functions); what it changes is changed (`Date`, `NaN`).
 *
 * @example
 * ```ts
 * import { jsonCodec } from '@tocsin/journal'
 *
 * const codec = jsonCodec<{ readonly user: string }>()
 * console.log(codec.decode(codec.encode([{ user: 'ann' }]))) // => [ { user: 'ann' } ]
 * ```
 */
export function jsonCodec<T>(): Codec<T> {
  return {
    name: 'json',
    encode: (values) => new TextEncoder().encode(`[${values.map(stringify).join(',')}]`),
    decode: (bytes) => {
      const values: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
      if (Array.isArray(values)) return values as T[]
      throw new JournalError('JOURNAL_CORRUPT', 'a frame of JSON records must be an array')
    },
  }
}

function stringify(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined
  if (json !== undefined) return json
  throw new TypeError(`a value of type ${typeof value} has no JSON form`)
}

/** Each record as its length (u32, little-endian) and its bytes. */
function encodeRecords(values: readonly Uint8Array[]): Uint8Array {
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
function decodeRecords(bytes: Uint8Array): readonly Uint8Array[] {
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
