/** How a field stands on the wire. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/**
 * Goes over the fields of a message of protobuf, one after the other, and allocates nothing. A message in a field is gone over by another
 * cursor. Whatever the bytes, it ends: at the end of the message, or where `isBroken` says so. Format: protobuf.dev/programming-guides/encoding;
 * groups, which nothing here has, are not read.
 */
export class ProtobufCursor {
  /** The field that `next` found. */
  field = 0
  wireType = 0
  /** Where its tag starts. */
  fieldStart = 0
  /** Where its value starts and ends: of `bytes` without their length. */
  start = 0
  end = 0
  /** Of a varint, both words without sign. */
  low = 0
  high = 0
  /** The message is not as protobuf writes it, from `at` on. */
  isBroken = false
  at = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #limit = 0

  /** Begins with a message that is these bytes of `bytes`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.at = start
    this.#limit = end
    this.isBroken = false
  }

  /** Forgets the bytes. */
  close(): void {
    this.open(new Uint8Array(0), 0, 0)
  }

  /** Finds the next field; `false` where there is none any more. */
  next(): boolean {
    if (this.at >= this.#limit) return false
    this.fieldStart = this.at
    let tag = this.#bytes[this.at] ?? 0
    if (tag < 0x80) this.at += 1
    else {
      if (!this.varint() || this.high !== 0) return this.#fail()
      tag = this.low
    }
    this.field = tag >>> 3
    this.wireType = tag & 7
    return this.field === 0 ? this.#fail() : this.#value()
  }

  #value(): boolean {
    switch (this.wireType) {
      case wireTypes.varint:
        this.start = this.at
        if (!this.varint()) return this.#fail()
        this.end = this.at
        return true
      case wireTypes.fixed64:
        return this.#take(8)
      case wireTypes.bytes: {
        const length = this.#bytes[this.at] ?? 0x80
        if (length < 0x80 && this.at < this.#limit) {
          this.at += 1
          return this.#take(length)
        }
        return this.varint() && this.high === 0 ? this.#take(this.low) : this.#fail()
      }
      case wireTypes.fixed32:
        return this.#take(4)
      default:
        return this.#fail()
    }
  }

  #take(length: number): boolean {
    if (length > this.#limit - this.at) return this.#fail()
    this.start = this.at
    this.at = this.end = this.at + length
    return true
  }

  #fail(): boolean {
    this.at = this.fieldStart
    this.isBroken = true
    return false
  }

  /** Reads a varint at `at` into `low` and `high`; at most ten bytes, 64 bits. `false` where there is none. */
  varint(): boolean {
    let low = 0
    let high = 0
    for (let index = 0; index < 10; index += 1) {
      if (this.at >= this.#limit) return false
      const byte = this.#bytes[this.at] ?? 0
      this.at += 1
      const bits = byte & 0x7f
      if (index < 4) low |= bits << (7 * index)
      else if (index === 4) {
        low |= bits << 28
        high = bits >> 4
      } else high |= bits << (7 * index - 32)
      if (byte < 0x80) {
        if (index === 9 && byte > 1) return false
        this.low = low >>> 0
        this.high = high >>> 0
        return true
      }
    }
    return false
  }

  /** The varint as a whole number without sign, rounded beyond 2^53. */
  get unsigned(): number {
    return this.high * 2 ** 32 + this.low
  }

  /** The varint as `int64`, rounded beyond 2^53. */
  get signed(): number {
    return (this.high | 0) * 2 ** 32 + this.low
  }

  /** The varint as `sint64`, rounded beyond 2^53. */
  get zigzag(): number {
    const half = this.high * 2 ** 31 + Math.floor(this.low / 2)
    return (this.low & 1) === 0 ? half : -half - 1
  }
}
