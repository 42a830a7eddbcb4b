import type { Sample, Series } from '@tocsin/core'
import { parseSeries } from '@tocsin/core'

import { JournalError } from '../errors.ts'
import type { Codec } from '../format/codec.ts'
import { decodeSamples } from './sample-decoder.ts'
import { createSampleEncoder } from './sample-encoder.ts'

/** Series that one codec remembers; beyond it the one that was met first is forgotten. */
const maxInterned = 65_536

/**
 * Samples in a compact binary form: each frame lists its series once, times are differences, whole numbers take a few bytes.
 * Everything of a {@link Sample} comes back equal, and samples of one series share one `Series` object. Refuses series that are
 * not in the canonical form and texts that are not well-formed Unicode.
 * Memory: up to 65536 series.
 *
 * @example
 * ```ts
 * import { sampleCodec, series } from '@tocsin/journal/samples'
 *
 * const codec = sampleCodec()
 * const bytes = codec.encode([{ series: series('load'), time: 1_700_000_000_000, value: 3, kind: 'gauge' }])
 * console.log(codec.decode(bytes)[0]?.value) // => 3
 * ```
 */
export function sampleCodec(): Codec<Sample> {
  const interned = new Map<string, Series>()
  const intern = (key: string): Series => {
    const known = interned.get(key)
    if (known !== undefined) return known
    const parsed = parseSeries(key)
    if (!parsed.ok) {
      throw new JournalError('JOURNAL_CORRUPT', `"${key.slice(0, 80)}" is no series name: ${parsed.message}`)
    }
    if (interned.size >= maxInterned) {
      for (const oldest of interned.keys()) {
        interned.delete(oldest)
        break
      }
    }
    interned.set(key, parsed.value)
    return parsed.value
  }
  return {
    name: 'samples',
    encode: createSampleEncoder(intern),
    decode: (bytes) => decodeSamples(bytes, intern),
  }
}
