/** A value in BER: its tag, and its bytes or parts. */
export function ber(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

/** A whole number of at most 32 bits. */
export function berInteger(value: number, tag = 2): Buffer {
  const bytes = Buffer.alloc(5)
  bytes.writeInt32BE(value, 1)
  return ber(tag, bytes.subarray(value >= 0 && value < 128 ? 4 : 1))
}

/** A value as it was read. */
export interface BerValue {
  readonly tag: number
  readonly bytes: Buffer
}

/** The values that stand one after another. */
export function readBer(bytes: Buffer): readonly BerValue[] {
  const values: BerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at]!
    const short = bytes[at + 1]!
    const lengthBytes = short < 128 ? 0 : short & 127
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes)
    const start = at + 2 + lengthBytes
    values.push({ tag, bytes: bytes.subarray(start, start + length) })
    at = start + length
  }
  return values
}

/** The value at a place: the number of the part in each value on the way. */
export const berAt = (bytes: Buffer, ...path: readonly number[]): BerValue => {
  let value: BerValue = { tag: 0, bytes }
  for (const part of path) value = readBer(value.bytes)[part]!
  return value
}

export const integerOf = ({ bytes }: BerValue): number => bytes.readIntBE(0, bytes.length)
