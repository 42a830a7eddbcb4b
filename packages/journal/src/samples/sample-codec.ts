import type { Sample } from '@tocsin/core'

import type { Codec } from '../format/codec.ts'
import { encodeAlone } from '../format/codec.ts'
import { decodeSamples } from './sample-decoder.ts'
import { SampleEncoder } from './sample-encoder.ts'
import { SeriesTable } from './series-table.ts'

/**
 * Samples in a compact binary form: each frame lists its series once, times are differences, whole numbers take a few bytes.
 * Everything of a {@link Sample} comes back equal, and samples of one series share one `Series` object. Refuses series that are
 * not in the canonical form and texts that are not well-formed Unicode.
 * Memory: up to 65536 series, and the names that the last frame listed.
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
  return new SampleCodec()
}

// A class for the reason that the others are: see jsonCodec.
class SampleCodec implements Codec<Sample> {
  readonly name = 'samples'
  readonly #table = new SeriesTable()
  readonly #alone = this.encoder()

  readonly encode = (samples: readonly Sample[]): Uint8Array => {
    this.#alone.reset()
    return encodeAlone(this.#alone, samples)
  }

  readonly decode = (bytes: Uint8Array): readonly Sample[] => decodeSamples(bytes, this.#table)

  encoder(): SampleEncoder {
    return new SampleEncoder((key) => this.#table.intern(key))
  }
}
