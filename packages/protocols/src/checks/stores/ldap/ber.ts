/** A value in BER (X.690): its tag, and its bytes. */
export interface BerValue {
  readonly tag: number
  readonly bytes: Buffer
}

/** Universal tags that LDAP has. */
export const berTags = {
  boolean: 1,
  integer: 2,
  octets: 4,
  enumerated: 10,
  sequence: 0x30,
  set: 0x31,
} as const

/** Writes a value, of bytes, a text or parts. */
export function ber(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  const { length } = content
  const size = Buffer.alloc(4)
  size.writeUInt32BE(length)
  // So short that it stands in one byte, or in four of which the first says that.
  const head = length < 0x80 ? Buffer.of(tag, length) : Buffer.concat([Buffer.of(tag, 0x84), size])
  return Buffer.concat([head, content])
}

/** Writes a whole number from 0 below 2^31. */
export function berNumber(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  const first = bytes.findIndex((byte, at) => byte !== 0 || at === 3)
  const start = (bytes[first] ?? 0) >= 0x80 ? first - 1 : first
  return ber(tag, bytes.subarray(start))
}

/** Where the content of a value begins and ends; `undefined` where its head is not there yet, `false` where it is none. */
export function berExtent(
  bytes: Buffer,
): { readonly start: number; readonly end: number } | undefined | false {
  const first = bytes[1]
  if (first === undefined) return undefined
  if (first < 0x80) return { start: 2, end: 2 + first }
  const count = first & 0x7f
  if (count < 1 || count > 4) return false
  if (bytes.length < 2 + count) return undefined
  return { start: 2 + count, end: 2 + count + bytes.readUIntBE(2, count) }
}

/** Most values to read of those that stand one after another: each may have 2 bytes. */
export const maxBerValues = 1000

/** Reads the values that stand one after another, the first of them; `undefined` where one of these is none. */
export function berValues(bytes: Buffer): readonly BerValue[] | undefined {
  const values: BerValue[] = []
  for (let rest = bytes; rest.length > 0 && values.length < maxBerValues;) {
    const extent = berExtent(rest)
    if (extent === undefined || extent === false || extent.end > rest.length) return undefined
    values.push({ tag: rest[0] ?? 0, bytes: rest.subarray(extent.start, extent.end) })
    rest = rest.subarray(extent.end)
  }
  return values
}

/** A whole number of at most 4 bytes. */
export const berInteger = (value: BerValue | undefined): number | undefined =>
  value !== undefined && value.bytes.length >= 1 && value.bytes.length <= 4
    ? value.bytes.readIntBE(0, value.bytes.length)
    : undefined
