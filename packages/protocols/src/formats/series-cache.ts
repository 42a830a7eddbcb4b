import type { Series } from '@tocsin/core'

interface Entry {
  readonly hash: number
  /** Name bytes followed by tag bytes. */
  readonly header: Uint8Array
  readonly nameLength: number
  readonly series: Series
}

/** A header on the wire: the bytes of the name, and those of tags that stand elsewhere in the line. */
export interface Header {
  readonly nameStart: number
  readonly nameEnd: number
  readonly tagsStart: number
  readonly tagsEnd: number
}

/** Series by the header bytes that they were read from. */
export interface SeriesCache {
  find(bytes: Uint8Array, header: Header, hash: number): Series | undefined
  store(bytes: Uint8Array, header: Header, hash: number, series: Series): void
}

/** The hash to start from; feed each byte with {@link hashByte} (FNV-1a). */
export const emptyHash: number = 0x811c9dc5 | 0
/** The hash with one byte more. */
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193)

const ways = 4

/**
 * A 4-way set-associative cache. Bounded in memory and, which a Map keyed by a hash is not, in time: senders who look for
 * collisions get misses, never long chains.
 */
export function createSeriesCache(maxSeries: number): SeriesCache {
  const sets = 2 ** Math.ceil(Math.log2(Math.max(1, maxSeries / 2)))
  const entries = new Array<Entry | undefined>(sets * ways)
  const setOf = (hash: number): number => ((hash ^ (hash >>> 15)) & (sets - 1)) * ways
  let victim = 0
  return {
    find(bytes, header, hash) {
      const first = setOf(hash)
      for (let way = first; way < first + ways; way += 1) {
        const entry = entries[way]
        if (entry !== undefined && entry.hash === hash && matches(entry, bytes, header)) return entry.series
      }
      return undefined
    },
    store(bytes, { nameStart, nameEnd, tagsStart, tagsEnd }, hash, series) {
      const nameLength = nameEnd - nameStart
      // A copy: a view would keep the whole datagram alive.
      const header = new Uint8Array(nameLength + tagsEnd - tagsStart)
      header.set(bytes.subarray(nameStart, nameEnd))
      header.set(bytes.subarray(tagsStart, tagsEnd), nameLength)
      const first = setOf(hash)
      let way = first
      while (way < first + ways && entries[way] !== undefined) way += 1
      if (way === first + ways) way = first + (victim = (victim + 1) % ways)
      entries[way] = { hash, header, nameLength, series }
    },
  }
}

function matches(
  entry: Entry,
  bytes: Uint8Array,
  { nameStart, nameEnd, tagsStart, tagsEnd }: Header,
): boolean {
  const { header, nameLength } = entry
  if (nameLength !== nameEnd - nameStart || header.length !== nameLength + tagsEnd - tagsStart) return false
  for (let at = 0; at < nameLength; at += 1) if (header[at] !== bytes[nameStart + at]) return false
  for (let at = nameLength; at < header.length; at += 1) {
    if (header[at] !== bytes[tagsStart + at - nameLength]) return false
  }
  return true
}
