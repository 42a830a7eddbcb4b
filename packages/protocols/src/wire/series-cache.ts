import type { Header } from './header.ts'

/** Series, and what goes with them, by the headers that they were read from. */
export interface SeriesCache<T> {
  find(header: Header): T | undefined
  store(header: Header, found: T): void
}

const ways = 4
const firstSets = 256
const firstWords = 1024
/** What an entry and its series take beside their name, bytes; measured. */
const bytesPerEntry = 400
/** The name is in the words, in the key, in the metric and in the tags. */
const copiesOfName = 4

/** A record of the log: which entry it is of, the hash, the lengths of name and tags in bytes, and their words. */
const owner = 0
const hashOf = 1
const nameLength = 2
const tagsLength = 3
const words = 4
/** The owner of a record whose entry is gone. */
const gone = -1

/**
 * A 4-way set-associative cache. Bounded in bytes, which the senders of names choose, and, which a Map keyed by a hash is not, in
 * time: senders who look for collisions get misses, never long chains. Where there is no more room, who came first goes first.
 *
 * The words of all headers stand one behind the other in one log, in the order in which they came: an array for each would take
 * more memory than all else, and most of the time of a new name in the garbage collector.
 */
export function createSeriesCache<T extends object>(maxBytes: number): SeriesCache<T> {
  const maxSets = 2 ** Math.ceil(Math.log2(Math.max(2, maxBytes / bytesPerEntry / 2)))
  let log = new Int32Array(firstWords)
  let sets = Math.min(firstSets, maxSets)
  /** Where the record of an entry starts, and one more; 0 where there is none. */
  let records = new Int32Array(sets * ways)
  let entries = new Array<T | undefined>(sets * ways)
  let count = 0
  let bytes = 0
  let victim = 0
  /** The record that came first, where the next one goes, and where the log ends that is before it once that is at the front again. */
  let first = 0
  let next = 0
  let wrap = 0

  const bytesOf = (length: number): number => bytesPerEntry + copiesOfName * 4 * (length - words)
  /** The high bits of a product tell of all words; the low ones of a hash tell little of the last. */
  const setOf = (hash: number): number =>
    (Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (Math.clz32(sets) + 1)) * ways

  function matches(
    at: number,
    { hash, nameStart, nameEnd, tagsStart, tagsEnd, words: sent, count: length }: Header,
  ): boolean {
    // Named here, since what may change is looked up anew for each word.
    const known = log
    // The lengths say how full the last words are, and where the name ends.
    if (known[at + hashOf] !== hash) return false
    if (known[at + nameLength] !== nameEnd - nameStart || known[at + tagsLength] !== tagsEnd - tagsStart)
      return false
    for (let word = 0, to = at + words; word < length; word += 1, to += 1)
      if (known[to] !== sent[word]) return false
    return true
  }

  function remove(entry: number): void {
    const at = (records[entry] ?? 0) - 1
    if (at < 0) return
    log[at + owner] = gone
    records[entry] = 0
    entries[entry] = undefined
    bytes -= bytesOf(lengthOf(log, at))
    count -= 1
  }

  function removeFirst(): void {
    const entry = log[first + owner] ?? gone
    const length = lengthOf(log, first)
    if (entry !== gone) remove(entry)
    first += length
    if (wrap > 0 && first === wrap) first = wrap = 0
  }

  /** Where an entry of this hash goes: where its set has room, or else in the place of each in turn. */
  function placeFor(hash: number): number {
    const from = setOf(hash)
    for (let entry = from; entry < from + ways; entry += 1) if (records[entry] === 0) return entry
    victim = (victim + 1) % ways
    remove(from + victim)
    return from + victim
  }

  /** Makes room for a record: at the end of the log, or at its front where much there is gone, or in a larger one. */
  function reserve(length: number): void {
    while (count > 0 && bytes + bytesOf(length) > maxBytes) removeFirst()
    if (count === 0) first = next = wrap = 0
    // Nearly empty, so that hardly ever five names meet in a set, of which four fit.
    if (count >= sets / 2 && sets < maxSets) grow(length, 4)
    if (next + length <= (wrap > 0 ? first : log.length)) return
    if (wrap === 0 && first > log.length / 4 && first > length) {
      wrap = next
      next = 0
    }
    while (wrap > 0 && next + length > first) removeFirst()
    if (next + length > log.length) grow(length, 1)
  }

  /** Moves all into a log with room for as much again, and a table so many times as large. */
  function grow(length: number, times: number): void {
    const pieces = wrap > 0 ? [log.subarray(first, wrap), log.subarray(0, next)] : [log.subarray(first, next)]
    const known = entries
    log = new Int32Array(Math.max(firstWords, 2 * pieces.reduce((sum, piece) => sum + piece.length, length)))
    sets = Math.min(maxSets, sets * times)
    records = new Int32Array(sets * ways)
    entries = new Array<T | undefined>(sets * ways)
    first = next = wrap = count = bytes = 0
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        const size = lengthOf(piece, at)
        const found = known[piece[at + owner] ?? gone]
        if (found !== undefined) {
          // Few words each: to set a part of an array takes ten times as long.
          for (let word = 0; word < size; word += 1) log[next + word] = piece[at + word] ?? 0
          add(size, found)
        }
        at += size
      }
    }
  }

  /** Takes the record that has been written behind all others. */
  function add(length: number, found: T): void {
    const entry = placeFor(log[next + hashOf] ?? 0)
    log[next + owner] = entry
    records[entry] = next + 1
    entries[entry] = found
    next += length
    bytes += bytesOf(length)
    count += 1
  }

  return {
    find(header) {
      const from = setOf(header.hash)
      for (let entry = from; entry < from + ways; entry += 1) {
        const record = records[entry] ?? 0
        if (record !== 0 && matches(record - 1, header)) return entries[entry]
      }
      return undefined
    },
    store(header, found) {
      const { hash, nameStart, nameEnd, tagsStart, tagsEnd, words: sent, count: sentCount } = header
      const length = words + sentCount
      if (bytesOf(length) > maxBytes) return
      reserve(length)
      log[next + hashOf] = hash
      log[next + nameLength] = nameEnd - nameStart
      log[next + tagsLength] = tagsEnd - tagsStart
      for (let word = 0; word < sentCount; word += 1) log[next + words + word] = sent[word] ?? 0
      add(length, found)
    },
  }
}

/** How many words a record has. */
const lengthOf = (log: Int32Array, at: number): number =>
  words + wordsOf(log[at + nameLength] ?? 0) + wordsOf(log[at + tagsLength] ?? 0)

const wordsOf = (bytes: number): number => (bytes + 3) >> 2
