import { JournalError } from '../errors.ts'

/** How records become bytes. One call handles all the records of a frame, so that a codec can share what they share. */
export interface Codec<T> {
  /** Kept in the journal; a folder is opened only with the codec that it was made with. */
  readonly name: string
  /** The bytes of one or more records. May throw: the appends that hold the culprit then reject. */
  encode(values: readonly T[]): Uint8Array
  /** The records of these bytes, as many as were encoded. Throws where the bytes are not its own. */
  decode(bytes: Uint8Array): readonly T[]
  /**
   * Encodes the records of a frame as they come, so that a value may be changed as soon as it is appended, and what waits is
   * known in bytes. A codec that is spread from another must not take this over. Without it values are kept until their frame is
   * written, and encoded twice where several appends share one: alone, to know their bytes, then together.
   */
  encoder?(): FrameEncoder<T>
}

/** Encodes the records of one frame after the other; what it gives is what {@link Codec.encode} would give of all of them. */
export interface FrameEncoder<T> {
  /**
   * Takes records into the frame; gives the bytes of the frame with them. Where these are more than `most`, none is taken, and the
   * number may be any above `most`; nor is one taken where it throws.
   */
  add(values: readonly T[], most: number): number
  /** The bytes of all that was taken; valid until the next call of `add` or `reset`. */
  body(): Uint8Array
  /** Begins the next frame. */
  reset(): void
}

/**
 * Records are bytes and stay as they are; the default. Decoded records are views of the memory that was read: one that is kept keeps up
 * to 1 MiB. They are their subscriber's alone, who may change them.
 */
export function bytesCodec(): Codec<Uint8Array> {
  return new BytesCodec()
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
  return new JsonCodec<T>()
}

/** The bytes of these records alone. */
export function encodeAlone<T>(encoder: FrameEncoder<T>, values: readonly T[]): Uint8Array {
  encoder.add(values, Infinity)
  return encoder.body()
}

// Classes, so that a codec spread from one has its own "encode" only, and not the encoder beside it.
class BytesCodec implements Codec<Uint8Array> {
  readonly name = 'bytes'
  readonly decode = decodeRecords
  readonly encode = (values: readonly Uint8Array[]): Uint8Array => encodeAlone(new BytesEncoder(), values)

  encoder(): FrameEncoder<Uint8Array> {
    return new BytesEncoder()
  }
}

class JsonCodec<T> implements Codec<T> {
  readonly name = 'json'
  readonly encode = (values: readonly T[]): Uint8Array => encodeAlone(new JsonEncoder<T>(), values)

  readonly decode = (bytes: Uint8Array): readonly T[] => {
    const values: unknown = JSON.parse(strictUtf8.decode(bytes))
    if (Array.isArray(values)) return values as T[]
    throw new JournalError('JOURNAL_CORRUPT', 'a frame of JSON records must be an array')
  }

  encoder(): FrameEncoder<T> {
    return new JsonEncoder<T>()
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** An array of JSON, without its last bracket. */
class JsonEncoder<T> implements FrameEncoder<T> {
  #text = '['
  #bytes = 1

  add(values: readonly T[], most: number): number {
    const [only] = values
    const text = values.length === 1 ? stringify(only) : values.map(stringify).join(',')
    const isFirst = this.#bytes === 1
    const bytes = this.#bytes + (isFirst ? 0 : 1) + Buffer.byteLength(text)
    if (bytes + 1 > most) return bytes + 1
    this.#text += isFirst ? text : `,${text}`
    this.#bytes = bytes
    return bytes + 1
  }

  body(): Uint8Array {
    return Buffer.from(`${this.#text}]`)
  }

  reset(): void {
    this.#text = '['
    this.#bytes = 1
  }
}

function stringify(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined
  if (json !== undefined) return json
  throw new TypeError(`a value of type ${typeof value} has no JSON form`)
}

const firstSlabBytes = 4096

/** Longest slab that is kept for the next frame: one large frame must not hold its memory for ever. */
const keptSlabBytes = 2 * 1024 * 1024

/** Each record as its length (u32, little-endian) and its bytes. */
class BytesEncoder implements FrameEncoder<Uint8Array> {
  #slab = new Uint8Array(firstSlabBytes)
  #length = 0

  add(values: readonly Uint8Array[], most: number): number {
    let end = this.#length
    for (const value of values) {
      if (!(value instanceof Uint8Array)) {
        throw new TypeError('a record must be a Uint8Array; give openJournal a codec for anything else')
      }
      end += 4 + value.length
    }
    if (end > most) return end
    this.#reserve(end)
    const slab = this.#slab
    let at = this.#length
    for (const value of values) {
      const { length } = value
      slab[at] = length
      slab[at + 1] = length >>> 8
      slab[at + 2] = length >>> 16
      slab[at + 3] = length >>> 24
      slab.set(value, at + 4)
      at += 4 + length
    }
    this.#length = end
    return end
  }

  body(): Uint8Array {
    return this.#slab.subarray(0, this.#length)
  }

  reset(): void {
    this.#length = 0
    if (this.#slab.length > keptSlabBytes) this.#slab = new Uint8Array(firstSlabBytes)
  }

  #reserve(end: number): void {
    if (end <= this.#slab.length) return
    const larger = new Uint8Array(Math.max(end, 2 * this.#slab.length))
    larger.set(this.body())
    this.#slab = larger
  }
}

/** The records of {@link BytesEncoder} as views. */
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
