import type { Parsed } from '@tocsin/core'

import type { ProblemReason } from '../source/problem.ts'
import type { Header } from './header.ts'
import { createSeriesCache } from './series-cache.ts'
import { decodeUtf8 } from './utf8.ts'

/** Why a header gives no series. */
export interface HeaderFault {
  readonly reason: ProblemReason
  readonly message: string
}

/** Looks the series of a header up by its words, or reads its text and remembers what comes out. */
export function createHeaderSeries<T extends object>(
  maxNameBytes: number,
  read: (name: string, tags: string) => Parsed<T>,
): (bytes: Uint8Array, header: Header) => T | HeaderFault {
  const cache = createSeriesCache<T>(maxNameBytes)
  return (bytes, header) => {
    const known = cache.find(header)
    if (known !== undefined) return known
    const name = decodeUtf8(bytes, header.nameStart, header.nameEnd)
    const tags = decodeUtf8(bytes, header.tagsStart, header.tagsEnd)
    if (name === undefined || tags === undefined) {
      return { reason: 'not-utf8', message: 'names and tags are UTF-8' }
    }
    const parsed = read(name, tags)
    if (!parsed.ok) return { reason: 'bad-name', message: parsed.message }
    cache.store(header, parsed.value)
    return parsed.value
  }
}
