const utf8 = new TextEncoder()

/** Bytes that grow as they are written. */
export interface ByteWriter {
  byte(value: number): void
  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  varint(value: number): void
  /** A whole number of at most 52 bits and a sign. */
  zigzag(value: number): void
  /** Eight bytes, little-endian. */
  double(value: number): void
  /** Length and UTF-8 bytes. Throws where the text is no well-formed Unicode, which UTF-8 would change. */
  string(text: string): void
  /** Any number: one byte more than a zigzag where that is exact, else a double. */
  number(value: number): void
  readonly length: number
  /** What was written; valid until the next write. */
  written(): Uint8Array
  /** Forgets what is behind this. */
  cut(length: number): void
}

/** Whether {@link ByteWriter.zigzag} gives the number back, -0 and fractions included. */
export const fitsZigzag = (value: number): boolean =>
  value > -0x10_0000_0000_0000 &&
  value < 0x10_0000_0000_0000 &&
  Math.floor(value) === value &&
  (value !== 0 || 1 / value > 0)

export function createByteWriter(firstBytes: number = 16 * 1024): ByteWriter {
  let bytes = new Uint8Array(firstBytes)
  let view = new DataView(bytes.buffer)
  let length = 0

  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return
    const larger = new Uint8Array(Math.max(bytes.length * 2, length + more))
    larger.set(bytes.subarray(0, length))
    bytes = larger
    view = new DataView(bytes.buffer)
  }
  const byte = (value: number): void => {
    reserve(1)
    bytes[length++] = value
  }
  const varint = (value: number): void => {
    reserve(8)
    let rest = value
    while (rest > 0x7fff_ffff) {
      bytes[length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    while (rest > 127) {
      bytes[length++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[length++] = rest
  }
  const zigzag = (value: number): void => varint(value < 0 ? value * -2 - 1 : value * 2)
  const double = (value: number): void => {
    reserve(8)
    view.setFloat64(length, value, true)
    length += 8
  }
  const string = (text: string): void => {
    const start = length
    reserve(text.length * 3 + 8)
    // Nearly all names are ASCII and short: then the length is known, and a loop beats the encoder.
    varint(text.length)
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code > 127) {
        length = start
        if (!text.isWellFormed()) throw new RangeError('a text must be well-formed Unicode')
        const encoded = utf8.encode(text)
        varint(encoded.length)
        reserve(encoded.length)
        bytes.set(encoded, length)
        length += encoded.length
        return
      }
      bytes[length++] = code
    }
  }
  const number = (value: number): void => {
    if (fitsZigzag(value)) {
      byte(1)
      zigzag(value)
    } else {
      byte(0)
      double(value)
    }
  }
  const cut = (to: number): void => {
    length = to
    // One large frame must not hold its memory for ever.
    if (to > 0 || bytes.length <= 4 * 1024 * 1024) return
    bytes = new Uint8Array(firstBytes)
    view = new DataView(bytes.buffer)
  }
  return {
    ...{ byte, varint, zigzag, double, string, number, cut },
    get length() {
      return length
    },
    written: () => bytes.subarray(0, length),
  }
}
