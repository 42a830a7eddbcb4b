import { decodeRecords, encodeRecords } from './engine/records.ts'
import { JournalError } from './errors.ts'

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
