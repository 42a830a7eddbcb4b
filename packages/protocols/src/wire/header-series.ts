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

const notUtf8: HeaderFault = { reason: 'not-utf8', message: 'names and tags are UTF-8' }

/**
 * Looks the series of a header up by its words, or reads its text and remembers what comes out: also that it is wrong, since whoever
 * sends a wrong name sends it again and again, and a refusal must cost no more than a line that is taken.
 */
export function createHeaderSeries<T extends object>(
  maxNameBytes: number,
  read: (name: string, tags: string) => Parsed<T>,
): (bytes: Uint8Array, header: Header) => T | HeaderFault {
  const cache = createSeriesCache<T | HeaderFault>(maxNameBytes)
  const decode = (bytes: Uint8Array, header: Header): T | HeaderFault => {
    const name = decodeUtf8(bytes, header.nameStart, header.nameEnd)
    const tags = decodeUtf8(bytes, header.tagsStart, header.tagsEnd)
    if (name === undefined || tags === undefined) return notUtf8
    const parsed = read(name, tags)
    return parsed.ok ? parsed.value : { reason: 'bad-name', message: parsed.message }
  }
  return (bytes, header) => {
    const known = cache.find(header)
    if (known !== undefined) return known
    const found = decode(bytes, header)
    cache.store(header, found)
    return found
  }
}
