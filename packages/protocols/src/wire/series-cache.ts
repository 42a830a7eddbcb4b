import type { Header } from './header.ts'

/** Series, and what goes with them, by the headers that they were read from. */
export interface SeriesCache<T> {
  find(header: Header): T | undefined
  store(header: Header, found: T): void
  /**
   * What came last time behind what came just now, where its name, all of its header, stands at `start` with this byte behind it. Most
   * senders send the same series in the same order: so they are known without a hash, and without a look at where the name ends.
   */
  follow(view: DataView, start: number, behind: number): T | undefined
  /** Where the name ends that `follow` found. */
  readonly followedEnd: number
}

const ways = 4
const firstSets = 256
const firstWords = 1024
/** What an entry and its series take beside their name, bytes; measured. */
const bytesPerEntry = 400
/** The name is in the words, in the key, in the metric and in the tags. */
const copiesOfName = 4

/** A record of the log: which entry it is of, the hash, the lengths of name and tags in bytes, the entry that came next, and the words. */
const owner = 0
const hashOf = 1
const nameLength = 2
const tagsLength = 3
const follower = 4
const words = 5
/** No entry: the owner of a record whose entry is gone, and what follows where nothing has. */
const none = -1

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
  /** Where a record starts, and one more; 0 where there is none. */
  let table = new Int32Array(sets * ways)
  /** By the number of the entry: what it is, and where its record starts. */
  const entries: (T | undefined)[] = []
  const records: number[] = []
  /** Numbers of entries that are gone. */
  const free: number[] = []
  let bytes = 0
  let victim = 0
  /** The record that came first, where the next one goes, and where the log ends that is before it once that is at the front again. */
  let first = 0
  let next = 0
  let wrap = 0
  /** The record that was found or stored last. */
  let last = none
  let followedEnd = 0

  const bytesOf = (length: number): number => bytesPerEntry + copiesOfName * 4 * (length - words)
  const count = (): number => entries.length - free.length
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

  /** Whether the bytes from `start` to `stop` are the name of a record. */
  function stands(record: number, view: DataView, start: number, stop: number): boolean {
    const known = log
    let word = record + words
    let at = start
    for (; at + 3 < stop; at += 4, word += 1) if (known[word] !== view.getInt32(at, true)) return false
    if (at === stop) return true
    let rest = 0
    for (; at < stop; at += 1) rest = (rest << 8) | view.getUint8(at)
    return known[word] === rest
  }

  /** The entry of a record came just now. */
  function reach(record: number): T | undefined {
    const number = log[record + owner] ?? none
    if (last >= 0) log[last + follower] = number
    last = record
    return entries[number]
  }

  /** Removes the entry that a place of the table is of. */
  function remove(place: number): void {
    const record = (table[place] ?? 0) - 1
    const number = log[record + owner] ?? none
    log[record + owner] = none
    if (last === record) last = none
    table[place] = 0
    entries[number] = undefined
    records[number] = none
    free.push(number)
    bytes -= bytesOf(lengthOf(log, record))
  }

  function removeFirst(): void {
    if (log[first + owner] !== none) {
      let place = setOf(log[first + hashOf] ?? 0)
      while (table[place] !== first + 1) place += 1
      remove(place)
    }
    first += lengthOf(log, first)
    if (wrap > 0 && first === wrap) first = wrap = 0
  }

  /** Puts a record into the table: where its set has room, or else in the place of each in turn. */
  function put(record: number): void {
    const from = setOf(log[record + hashOf] ?? 0)
    let place = from
    while (place < from + ways && table[place] !== 0) place += 1
    if (place === from + ways) {
      victim = (victim + 1) % ways
      place = from + victim
      remove(place)
    }
    table[place] = record + 1
  }

  /** Makes room for a record: at the end of the log, or at its front where much there is gone, or in a larger one. */
  function reserve(length: number): void {
    while (count() > 0 && bytes + bytesOf(length) > maxBytes) removeFirst()
    if (count() === 0) first = next = wrap = 0
    // Nearly empty, so that hardly ever five names meet in a set, of which four fit.
    if (count() >= sets / 2 && sets < maxSets) grow(length, 4)
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
    log = new Int32Array(Math.max(firstWords, 2 * pieces.reduce((sum, piece) => sum + piece.length, length)))
    first = next = wrap = 0
    last = none
    for (const piece of pieces) {
      log.set(piece, next)
      next += piece.length
    }
    sets = Math.min(maxSets, sets * times)
    table = new Int32Array(sets * ways)
    for (let record = 0; record < next; record += lengthOf(log, record)) {
      const number = log[record + owner] ?? none
      if (number === none) continue
      records[number] = record
      put(record)
    }
  }

  return {
    find(header) {
      const from = setOf(header.hash)
      for (let place = from; place < from + ways; place += 1) {
        const record = table[place] ?? 0
        if (record !== 0 && matches(record - 1, header)) return reach(record - 1)
      }
      return undefined
    },
    store(header, found) {
      const { hash, nameStart, nameEnd, tagsStart, tagsEnd, words: sent, count: sentCount } = header
      const length = words + sentCount
      if (bytesOf(length) > maxBytes) return
      reserve(length)
      const record = next
      const number = free.pop() ?? entries.length
      log[record + owner] = number
      log[record + hashOf] = hash
      log[record + nameLength] = nameEnd - nameStart
      log[record + tagsLength] = tagsEnd - tagsStart
      log[record + follower] = none
      for (let word = 0; word < sentCount; word += 1) log[record + words + word] = sent[word] ?? 0
      entries[number] = found
      records[number] = record
      next += length
      bytes += bytesOf(length)
      put(record)
      reach(record)
    },
    follow(view, start, behind) {
      const number = last < 0 ? none : (log[last + follower] ?? none)
      const record = number < 0 ? none : (records[number] ?? none)
      if (record < 0 || log[record + tagsLength] !== 0) return undefined
      const stop = start + (log[record + nameLength] ?? 0)
      if (stop >= view.byteLength || view.getUint8(stop) !== behind) return undefined
      if (!stands(record, view, start, stop)) return undefined
      last = record
      followedEnd = stop
      return entries[number]
    },
    get followedEnd() {
      return followedEnd
    },
  }
}

/** How many words a record has. */
const lengthOf = (log: Int32Array, at: number): number =>
  words + wordsOf(log[at + nameLength] ?? 0) + wordsOf(log[at + tagsLength] ?? 0)

const wordsOf = (bytes: number): number => (bytes + 3) >> 2
