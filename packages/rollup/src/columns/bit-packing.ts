/** Bits that one lane holds; together with a shift of up to 7 bits they fit 32. */
const laneBits = 24
const lane = 2 ** laneBits

/** Bits that whole numbers up to `largest` need. */
export function bitsFor(largest: number): number {
  let bits = 0
  let left = largest
  while (left >= lane) {
    bits += laneBits
    left = Math.floor(left / lane)
  }
  return bits + 32 - Math.clz32(left)
}

/** Bytes of `count` numbers of `width` bits. */
export function packedBytes(count: number, width: number): number {
  let bytes = 0
  for (let left = width; left > 0; left -= laneBits) bytes += (Math.min(left, laneBits) * count + 7) >>> 3
  return bytes
}

/**
 * Writes `values[from..to) - base`, all of them from 0 to below 2^width, at `at`: their 24 lowest bits one after the other, then the
 * next 24. Each lane begins with a byte of its own. The bytes there must be 0.
 */
export function packBits(
  values: Float64Array,
  from: number,
  to: number,
  base: number,
  width: number,
  into: Uint8Array,
  at: number,
): void {
  let begin = at
  let divisor = 1
  for (let left = width; left > 0; left -= laneBits) {
    const bits = Math.min(left, laneBits)
    let [byte, shift] = [begin, 0]
    for (let index = from; index < to; index += 1) {
      const value = (values[index] ?? 0) - base
      const part = (divisor === 1 && width <= 31 ? value : Math.floor(value / divisor) % lane) & (lane - 1)
      const low = part << shift
      into[byte] = (into[byte] ?? 0) | low
      // A part of 24 bits, shifted by up to 7, covers up to four bytes.
      if (shift + bits > 8) into[byte + 1] = low >>> 8
      if (shift + bits > 16) into[byte + 2] = low >>> 16
      if (shift + bits > 24) into[byte + 3] = low >>> 24
      shift += bits
      byte += shift >>> 3
      shift &= 7
    }
    begin += (bits * (to - from) + 7) >>> 3
    divisor *= lane
  }
}

/** Reads `count` numbers of {@link packBits} from `at` on, adds `base`, and puts them into `into[to..]`. */
export function unpackBits(
  bytes: DataView,
  at: number,
  count: number,
  base: number,
  width: number,
  into: Float64Array,
  to: number,
): void {
  into.fill(base, to, to + count)
  let begin = at
  let factor = 1
  for (let left = width; left > 0; left -= laneBits) {
    const bits = Math.min(left, laneBits)
    addLane(bytes, begin, count, bits, factor, into, to)
    begin += (bits * count + 7) >>> 3
    factor *= lane
  }
}

function addLane(
  bytes: DataView,
  at: number,
  count: number,
  bits: number,
  factor: number,
  into: Float64Array,
  to: number,
): void {
  const mask = 2 ** bits - 1
  let bit = at * 8
  // So far four bytes can be read at once.
  const end = Math.max(0, Math.min(count, Math.floor(((bytes.byteLength - 4 - at) * 8) / bits) + 1))
  for (let index = to; index < to + end; index += 1) {
    const part = (bytes.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask
    into[index] = (into[index] as number) + part * factor
    bit += bits
  }
  for (let index = to + end; index < to + count; index += 1) {
    let word = 0
    for (let byte = Math.min(bytes.byteLength - 1, (bit >>> 3) + 3); byte >= bit >>> 3; byte -= 1) {
      word = (word << 8) | bytes.getUint8(byte)
    }
    into[index] = (into[index] as number) + ((word >>> (bit & 7)) & mask) * factor
    bit += bits
  }
}
