const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A growing buffer; numbers are little-endian. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(room = 1024) {
    this.#bytes = new Uint8Array(room)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** What was written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets everything and keeps the room. */
  clear(): void {
    this.#length = 0
  }

  u8(value: number): void {
    const at = this.skip(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.skip(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.skip(4)
    this.#view.setUint32(at, value, true)
  }

  f64(value: number): void {
    const at = this.skip(8)
    this.#view.setFloat64(at, value, true)
  }

  /** A whole number from 0 to 2^53, seven bits a byte, the low ones first. */
  varint(value: number): void {
    let left = value
    while (left >= 128) {
      this.u8((left % 128) + 128)
      left = Math.floor(left / 128)
    }
    this.u8(left)
  }

  /** UTF-8 behind its length in bytes. */
  text(value: string): void {
    const bytes = encoder.encode(value)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  raw(bytes: Uint8Array): void {
    const at = this.skip(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Makes room for bytes that are set later; where they stand. */
  skip(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    this.#length = needed
    return at
  }
}

/** Reads what {@link ByteWriter} wrote; a `RangeError` where the bytes end too early. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  varint(): number {
    let value = 0
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.u8()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    throw new RangeError('a number has too many bytes')
  }

  text(): string {
    return decoder.decode(this.raw(this.varint()))
  }

  raw(length: number): Uint8Array {
    const at = this.#take(length)
    return this.#bytes.subarray(at, at + length)
  }

  #take(count: number): number {
    if (count > this.left) throw new RangeError('the bytes end too early')
    const at = this.#at
    this.#at += count
    return at
  }
}
