const decoder = new TextDecoder()

/** Reads fields one after the other, numbers little-endian; a `RangeError` where the bytes end too early. */
export class FieldReader {
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

  /** So many numbers as the first byte says. */
  parts(): number[] {
    return Array.from({ length: this.u8() }, () => this.f64())
  }

  /** UTF-8 behind its length in bytes, u16. */
  text(): string {
    return decoder.decode(this.raw(this.u16()))
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
