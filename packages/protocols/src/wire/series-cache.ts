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

/**
 * A 4-way set-associative cache. Bounded in memory and, which a Map keyed by a hash is not, in time: senders who look for
 * collisions get misses, never long chains.
 */
export function createSeriesCache<T extends object>(maxSeries: number): SeriesCache<T> {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, maxSeries / 2)))
  const entries = new Array<Entry<T> | undefined>(sets * ways)
  const setOf = (hash: number): number => ((hash ^ (hash >>> 15)) & (sets - 1)) * ways
  let victim = 0
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
      entries[way] = { hash, nameLength: nameEnd - nameStart, tagsLength: tagsEnd - tagsStart, words, found }
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
