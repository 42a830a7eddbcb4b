/** Why bytes are not unpacked: they are not what they say, or would be more than is allowed. */
export type SnappyFault = 'malformed' | 'too-large'

/** Three bytes make at most 64. */
const mostPerByte = 64 / 3
const maxLength = 2 ** 32 - 1

/** What a block says that it unpacks to, bytes, and where it goes on; both are 0 where it says nothing that could be true. */
interface Preamble {
  readonly length: number
  readonly at: number
}

const none: Preamble = { length: 0, at: 0 }

/** A number of up to 32 bits without sign, seven bits a byte. */
function readPreamble(bytes: Uint8Array): Preamble {
  let length = 0
  for (let at = 0; at < 5; at += 1) {
    const byte = bytes[at]
    if (byte === undefined) return none
    length += (byte & 0x7f) * 2 ** (7 * at)
    if (byte < 0x80) return length > maxLength ? none : { length, at: at + 1 }
  }
  return none
}

/** How many bytes a block says that it unpacks to, without unpacking it; `undefined` where it does not say. */
export function snappyLength(bytes: Uint8Array): number | undefined {
  const { length, at } = readPreamble(bytes)
  return at === 0 ? undefined : length
}

/**
 * Unpacks snappy's block format (google/snappy, format_description.txt). What it says to unpack to is compared with the limit, and
 * with what so many bytes can become, before anything is allocated; nothing is written beyond it.
 */
export function decodeSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> | SnappyFault {
  const preamble = readPreamble(bytes)
  if (preamble.at === 0) return 'malformed'
  const { length } = preamble
  if (length > maxBytes) return 'too-large'
  if (length > bytes.length * mostPerByte) return 'malformed'
  const decoded = new Uint8Array(length + overshoot)
  return fill(decoded, length, bytes, preamble.at) ? decoded.subarray(0, length) : 'malformed'
}

/** Short pieces are copied four bytes at a time; the last of them may be what the next piece writes over. */
const overshoot = 3

/** From so many bytes on, a call for all of them is faster than a loop. */
const manyBytes = 40

/** Whether the elements from `at` on make just these bytes. */
function fill(decoded: Uint8Array, length: number, bytes: Uint8Array, at: number): boolean {
  const view = new DataView(decoded.buffer)
  const end = bytes.length
  let to = 0
  while (at < end) {
    const tag = bytes[at] ?? 0
    at += 1
    const kind = tag & 3
    if (kind === 0) {
      let count = tag >> 2
      if (count >= 60) {
        const width = count - 59
        if (at + width > end) return false
        count = 0
        for (let byte = width - 1; byte >= 0; byte -= 1) count = count * 256 + (bytes[at + byte] ?? 0)
        at += width
      }
      count += 1
      if (count > end - at || count > length - to) return false
      if (count >= manyBytes) decoded.set(bytes.subarray(at, at + count), to)
      else for (let byte = 0; byte < count; byte += 1) decoded[to + byte] = bytes[at + byte] ?? 0
      at += count
      to += count
      continue
    }
    let count = (tag >> 2) + 1
    let offset: number
    if (kind === 1) {
      if (at >= end) return false
      count = ((tag >> 2) & 7) + 4
      offset = ((tag >> 5) << 8) | (bytes[at] ?? 0)
      at += 1
    } else if (kind === 2) {
      if (at + 2 > end) return false
      offset = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
      at += 2
    } else {
      if (at + 4 > end) return false
      offset =
        ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)) +
        (bytes[at + 3] ?? 0) * 2 ** 24
      at += 4
    }
    if (offset === 0 || offset > to || count > length - to) return false
    const from = to - offset
    if (offset >= 4) {
      for (let byte = 0; byte < count; byte += 4)
        view.setInt32(to + byte, view.getInt32(from + byte, true), true)
    } else {
      // What is copied is what this very copy writes.
      for (let byte = 0; byte < count; byte += 1) decoded[to + byte] = decoded[from + byte] ?? 0
    }
    to += count
  }
  return to === length
}

/** A copy of two bytes behind its tag reaches no further back. */
const blockBytes = 65_536
const maxTableBits = 14
/** The last bytes of a block are not looked up: four are read at a time. */
const margin = 15

/** Packs bytes into snappy's block format: what came before in the same 64 kB is pointed at. */
export function encodeSnappy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(32 + bytes.length + Math.ceil(bytes.length / 6))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const table = new Uint16Array(1 << maxTableBits)
  let at = 0
  let rest = bytes.length
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) packed[at++] = (rest & 0x7f) | 0x80
  packed[at++] = rest
  for (let start = 0; start < bytes.length; start += blockBytes) {
    at = encodeBlock(bytes, view, start, Math.min(bytes.length, start + blockBytes), packed, at, table)
  }
  return packed.slice(0, at)
}

function encodeBlock(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  packed: Uint8Array,
  at: number,
  table: Uint16Array,
): number {
  // Positions of the block before would be beyond reach.
  table.fill(0)
  let literal = start
  let from = start + 1
  let misses = 32
  while (from + margin < end) {
    const word = view.getInt32(from, true)
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - maxTableBits)
    const before = start + (table[slot] ?? 0)
    table[slot] = from - start
    if (before >= from || view.getInt32(before, true) !== word) {
      // What does not repeat is stepped over faster and faster.
      from += misses >> 5
      misses += 1
      continue
    }
    at = writeLiteral(bytes, literal, from, packed, at)
    let length = 4
    while (from + length < end && bytes[before + length] === bytes[from + length]) length += 1
    at = writeCopies(from - before, length, packed, at)
    from += length
    literal = from
    misses = 32
  }
  return writeLiteral(bytes, literal, end, packed, at)
}

function writeLiteral(bytes: Uint8Array, start: number, end: number, packed: Uint8Array, at: number): number {
  const rest = end - start - 1
  if (rest < 0) return at
  if (rest < 60) packed[at++] = rest << 2
  else if (rest < 256) {
    packed[at++] = 60 << 2
    packed[at++] = rest
  } else {
    packed[at++] = 61 << 2
    packed[at++] = rest & 0xff
    packed[at++] = rest >> 8
  }
  packed.set(bytes.subarray(start, end), at)
  return at + end - start
}

/** Copies of at most 64 bytes; none is left with fewer than the four that the shortest form needs. */
function writeCopies(offset: number, length: number, packed: Uint8Array, at: number): number {
  for (let rest = length; rest > 0;) {
    const count = rest >= 68 ? 64 : rest > 64 ? 60 : rest
    rest -= count
    if (count >= 4 && count < 12 && offset < 2048) {
      packed[at++] = 1 | ((count - 4) << 2) | ((offset >> 8) << 5)
      packed[at++] = offset & 0xff
    } else {
      packed[at++] = 2 | ((count - 1) << 2)
      packed[at++] = offset & 0xff
      packed[at++] = offset >> 8
    }
  }
  return at
}
