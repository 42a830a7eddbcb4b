import { readU64, writeU64 } from '../../format/bytes.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads fields one after the other. What is beyond the end, or no sound field, makes it unsound: ask `isSound()` when done. */
export class BodyReader {
  #sound = true
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** A method, since it changes while fields are read. */
  isSound(): boolean {
    return this.#sound
  }

  u8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.#view.getUint8(at)
  }

  u16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : this.#view.getUint16(at, true)
  }

  u32(): number {
    const at = this.#take(4)
    return at < 0 ? 0 : this.#view.getUint32(at, true)
  }

  /** A whole number up to 2^53 - 1. */
  u64(): number {
    const at = this.#take(8)
    const value = at < 0 ? 0 : readU64(this.#view, at)
    if (!Number.isNaN(value)) return value
    this.#sound = false
    return 0
  }

  f64(): number {
    const at = this.#take(8)
    const value = at < 0 ? 0 : this.#view.getFloat64(at, true)
    if (!Number.isFinite(value)) this.#sound = false
    return value
  }

  /** UTF-8 behind a u16 length, at most so many bytes; what is `likely`, in ASCII, is not decoded. */
  text(maxBytes: number, likely = ''): string {
    const length = this.u16()
    if (length > maxBytes) this.#sound = false
    if (this.#sound && length > 0 && length <= this.left && this.#isAhead(likely, length)) {
      this.#at += length
      return likely
    }
    const bytes = this.bytes(this.#sound ? length : 0)
    try {
      return utf8.decode(bytes)
    } catch {
      this.#sound = false
      return ''
    }
  }

  /** The next so many bytes: a view. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    // Several times as fast as "subarray".
    return at < 0
      ? new Uint8Array(0)
      : new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + at, length)
  }

  #isAhead(text: string, length: number): boolean {
    if (text.length !== length) return false
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 127 || code !== this.#bytes[this.#at + index]) return false
    }
    return true
  }

  #take(length: number): number {
    const at = this.#at
    if (!this.#sound || length > this.left) {
      this.#sound = false
      return -1
    }
    this.#at += length
    return at
  }
}

/** One field as bytes. */
export const u8 = (value: number): Uint8Array => Uint8Array.of(value)

export function u16(value: number): Uint8Array {
  const bytes = new Uint8Array(2)
  viewOf(bytes).setUint16(0, value, true)
  return bytes
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  viewOf(bytes).setUint32(0, value, true)
  return bytes
}

export function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  writeU64(viewOf(bytes), 0, value)
  return bytes
}

export function f64(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  viewOf(bytes).setFloat64(0, value, true)
  return bytes
}

export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([u16(bytes.length), bytes])
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
