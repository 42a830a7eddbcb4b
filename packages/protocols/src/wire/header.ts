/**
 * The header of a line on the wire: the bytes of the name, and those of tags that stand elsewhere. They are held four to a
 * word, since hashing and comparing words takes a third of the time of bytes. One object is filled again for each line.
 */
export interface Header {
  nameStart: number
  nameEnd: number
  tagsStart: number
  tagsEnd: number
  /** Words of the name, then those of the tags; each run of bytes starts with a new word. */
  words: Int32Array
  /** How many of the words are in use. */
  count: number
  /** Of the words in use. */
  hash: number
  /** The count behind the name. */
  nameCount: number
  /** The hash behind the name. */
  nameHash: number
}

/** A header to fill. */
export const createHeader = (): Header => ({
  nameStart: 0,
  nameEnd: 0,
  tagsStart: 0,
  tagsEnd: 0,
  words: new Int32Array(64),
  count: 0,
  hash: 0,
  nameCount: 0,
  nameHash: 0,
})

/** Starts a header with the name up to either of two bytes or the end of the line, and gives the offset of that. */
export function readName(
  header: Header,
  bytes: Uint8Array,
  start: number,
  end: number,
  stop: number,
  otherStop: number,
): number {
  // The last word of the name and that of the tags may be partly filled.
  const needed = ((end - start) >> 2) + 2
  if (header.words.length < needed) header.words = new Int32Array(2 * needed)
  header.count = 0
  header.hash = 0
  const position = readWords(header, bytes, start, end, stop, otherStop)
  header.nameStart = start
  header.nameEnd = header.tagsStart = header.tagsEnd = position
  header.nameCount = header.count
  header.nameHash = header.hash
  return position
}

/** Takes the tags up to a byte or the end of the line, in place of tags taken before, and gives the offset of that. */
export function readTags(
  header: Header,
  bytes: Uint8Array,
  start: number,
  end: number,
  stop: number,
): number {
  header.count = header.nameCount
  header.hash = header.nameHash
  header.tagsStart = start
  return (header.tagsEnd = readWords(header, bytes, start, end, stop, stop))
}

function readWords(
  header: Header,
  bytes: Uint8Array,
  start: number,
  end: number,
  stop: number,
  otherStop: number,
): number {
  const { words } = header
  let { count, hash } = header
  let at = start
  for (; at + 3 < end; at += 4) {
    const a = bytes[at] ?? 0
    const b = bytes[at + 1] ?? 0
    const c = bytes[at + 2] ?? 0
    const d = bytes[at + 3] ?? 0
    if (a === stop || b === stop || c === stop || d === stop) break
    if (a === otherStop || b === otherStop || c === otherStop || d === otherStop) break
    const word = a | (b << 8) | (c << 16) | (d << 24)
    words[count] = word
    count += 1
    hash = mix(hash, word)
  }
  let rest = 0
  const restStart = at
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === stop || byte === otherStop) break
    rest = (rest << 8) | byte
  }
  if (at > restStart) {
    words[count] = rest
    count += 1
    hash = mix(hash, rest)
  }
  header.count = count
  header.hash = hash
  return at
}

/** Makes a header of a name that is all of some bytes. */
export function readWhole(
  header: Header,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): void {
  const needed = ((end - start) >> 2) + 1
  if (header.words.length < needed) header.words = new Int32Array(2 * needed)
  const { words } = header
  let count = 0
  let hash = 0
  let at = start
  for (; at + 3 < end; at += 4) {
    const word = view.getInt32(at, true)
    words[count] = word
    count += 1
    hash = mix(hash, word)
  }
  if (at < end) {
    let rest = 0
    for (; at < end; at += 1) rest = (rest << 8) | (bytes[at] ?? 0)
    words[count] = rest
    count += 1
    hash = mix(hash, rest)
  }
  header.nameStart = start
  header.nameEnd = header.tagsStart = header.tagsEnd = end
  header.count = header.nameCount = count
  header.hash = header.nameHash = hash
}

/** A round as in MurmurHash2: one to one in the hash and in the word. */
function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x5bd1e995)
  return mixed ^ (mixed >>> 15)
}
