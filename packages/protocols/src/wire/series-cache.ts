import type { Header } from './header.ts'

interface Entry<T> {
  readonly hash: number
  readonly nameLength: number
  readonly tagsLength: number
  readonly words: Int32Array
  readonly found: T
}

/** Series, and what goes with them, by the headers that they were read from. */
export interface SeriesCache<T> {
  find(header: Header): T | undefined
  store(header: Header, found: T): void
}

const ways = 4
/** What an entry and its series take beside their name, bytes; measured. */
const bytesPerEntry = 400
/** The name is in the words, in the key, in the metric and in the tags. */
const copiesOfName = 4

/**
 * A 4-way set-associative cache. Bounded in bytes, which the senders of names choose, and, which a Map keyed by a hash is not, in
 * time: senders who look for collisions get misses, never long chains.
 */
export function createSeriesCache<T extends object>(maxBytes: number): SeriesCache<T> {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, maxBytes / bytesPerEntry / 2)))
  const entries = new Array<Entry<T> | undefined>(sets * ways)
  const setOf = (hash: number): number => ((hash ^ (hash >>> 15)) & (sets - 1)) * ways
  let victim = 0
  let bytes = 0
  let hand = 0

  const bytesOf = ({ words }: Entry<T>): number => bytesPerEntry + copiesOfName * 4 * words.length
  const remove = (at: number): void => {
    const entry = entries[at]
    if (entry === undefined) return
    bytes -= bytesOf(entry)
    entries[at] = undefined
  }
  return {
    find(header) {
      const first = setOf(header.hash)
      for (let way = first; way < first + ways; way += 1) {
        const entry = entries[way]
        if (entry !== undefined && entry.hash === header.hash && matches(entry, header)) return entry.found
      }
      return undefined
    },
    store(header, found) {
      const { hash, nameStart, nameEnd, tagsStart, tagsEnd } = header
      const words = header.words.slice(0, header.count)
      const first = setOf(hash)
      let way = first
      while (way < first + ways && entries[way] !== undefined) way += 1
      if (way === first + ways) way = first + (victim = (victim + 1) % ways)
      remove(way)
      const entry = { hash, nameLength: nameEnd - nameStart, tagsLength: tagsEnd - tagsStart, words, found }
      bytes += bytesOf(entry)
      // Whoever comes next in the order of the sets goes, which no sender can aim at.
      for (; bytes > maxBytes && bytes > bytesOf(entry); hand = (hand + 1) % entries.length) remove(hand)
      if (bytes <= maxBytes) entries[way] = entry
      else bytes -= bytesOf(entry)
    },
  }
}

function matches(
  { nameLength, tagsLength, words }: Entry<unknown>,
  { nameStart, nameEnd, tagsStart, tagsEnd, words: sent, count }: Header,
): boolean {
  // The lengths say how full the last words are, and where the name ends.
  if (nameLength !== nameEnd - nameStart || tagsLength !== tagsEnd - tagsStart) return false
  for (let at = 0; at < count; at += 1) if (words[at] !== sent[at]) return false
  return true
}
