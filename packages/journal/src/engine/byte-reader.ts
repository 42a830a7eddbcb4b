import { JournalError } from '../errors.ts'

/** Reads what a {@link ByteWriter} wrote; throws `JOURNAL_CORRUPT` instead of reading past the end. */
export interface ByteReader {
  byte(): number
  varint(): number
  /** A varint that counts things of at least `bytesEach` bytes, which must still be there: safe to allocate by. */
  count(bytesEach: number): number
  zigzag(): number
  double(): number
  string(): string
  number(): number
  /** That many bytes as hexadecimal digits. */
  hex(length: number): string
  /** Whether everything was read. */
  readonly done: boolean
}

export function createByteReader(bytes: Uint8Array): ByteReader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  let at = 0

  const corrupt = (what: string): JournalError =>
    new JournalError('JOURNAL_CORRUPT', `${what} at byte ${at} of a frame of samples`, { at })
  const need = (length: number): number => {
    const from = at
    if (length > end - from) throw corrupt('the bytes end too early')
    at = from + length
    return from
  }
  const byte = (): number => {
    if (at >= end) throw corrupt('the bytes end too early')
    return bytes[at++] ?? 0
  }
  const varint = (): number => {
    let value = byte()
    if (value < 128) return value
    value &= 127
    for (let factor = 128; factor < 2 ** 56; factor *= 128) {
      const next = byte()
      value += (next & 127) * factor
      if (next < 128) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
    }
    throw corrupt('a number is too long')
  }
  const zigzag = (): number => {
    const value = varint()
    return value % 2 === 0 ? value / 2 : (value + 1) / -2
  }
  const double = (): number => view.getFloat64(need(8), true)
  return {
    byte,
    varint,
    count: (bytesEach) => {
      const count = varint()
      if (count * bytesEach > end - at) throw corrupt('a count is larger than what follows')
      return count
    },
    zigzag,
    double,
    string: () => {
      const length = varint()
      const from = need(length)
      return buffer.toString('utf8', from, from + length)
    },
    number: () => (byte() === 1 ? zigzag() : double()),
    hex: (length) => {
      const from = need(length)
      return buffer.toString('hex', from, from + length)
    },
    get done() {
      return at === end
    },
  }
}
