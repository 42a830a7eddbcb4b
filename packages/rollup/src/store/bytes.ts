const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A growing buffer; numbers are little-endian. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What was written; valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets what stands behind `length`. */
  truncate(length: number): void {
    this.#length = length
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  f64(value: number): void {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value, true)
  }

  /** UTF-8 behind its length in bytes, u16. */
  text(value: string): void {
    const at = this.#grow(2 + value.length * 3)
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(at + 2))
    if (written > 0xffff) throw new RangeError(`a text of ${written} bytes does not fit its field`)
    this.#view.setUint16(at, written, true)
    this.#length = at + 2 + written
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Overwrites a u32 that was written before. */
  patch(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  /** Makes room, and perhaps another view: call it before naming the view. */
  #grow(count: number): number {
    const at = this.#length
    const needed = at + count
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes)
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

  text(): string {
    const length = this.u16()
    return decoder.decode(this.raw(length))
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
