import { crc32 } from 'node:zlib'

/** From here on a call of zlib is worth what it costs. */
const leastCalled = 128

/** What a byte does to the checksum, four, three, two bytes and one before the end of four. */
const [first, second, third, fourth] = tables()

/** CRC-32 of all of these bytes. */
export const checksumOf = (bytes: Uint8Array): number =>
  bytes.length < leastCalled ? checksumIn(bytes, 0, bytes.length) : crc32(bytes)

/** CRC-32 of a few bytes where they lie, behind those of which it was `before`: no view is made of them. */
export function checksumIn(bytes: Uint8Array, at: number, length: number, before = 0): number {
  let crc = ~before
  let index = at
  const end = at + length
  for (const fours = end - 3; index < fours; index += 4) {
    crc ^= wordAt(bytes, index)
    crc =
      (first[crc & 255] as number) ^
      (second[(crc >>> 8) & 255] as number) ^
      (third[(crc >>> 16) & 255] as number) ^
      (fourth[crc >>> 24] as number)
  }
  for (; index < end; index += 1) crc = (fourth[(crc ^ (bytes[index] ?? 0)) & 255] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Four bytes, little-endian. */
export const u32At = (bytes: Uint8Array, at: number): number => wordAt(bytes, at) >>> 0

const wordAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24)

function tables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const one = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    return crc
  })
  const behind = (table: Int32Array): Int32Array =>
    table.map((crc) => (one[crc & 255] as number) ^ (crc >>> 8))
  const two = behind(one)
  const three = behind(two)
  return [behind(three), three, two, one]
}
