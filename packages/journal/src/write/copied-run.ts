import type { Codec, FrameEncoder } from '../format/codec.ts'
import type { Provenance } from '../format/positions.ts'
import { withProvenance } from '../format/positions.ts'
import type { Durability } from '../types.ts'
import type { Encoders, Outcome } from './frame-builder.ts'

/** Records of another journal's frame. */
export interface Copy {
  readonly provenance: Provenance
  /** The codec's bytes; none where the position alone is noted. */
  readonly records: Uint8Array
  readonly count: number
  /** The frame of that journal before it, where that waits too: where it fails, this one is not written. */
  after: Copy | undefined
  /** Sequence number of its first record, or the one behind where it has none; 0 until it is written. */
  firstSeq: number
  /** Why it is not written. */
  failure: unknown
  /** Of the last that are queued together: it ends behind those before it. */
  outcome: Outcome | undefined
}

export const newCopy = (
  provenance: Provenance,
  records: Uint8Array,
  count: number,
  after: Copy | undefined,
): Copy => ({ provenance, records, count, after, firstSeq: 0, failure: undefined, outcome: undefined })

/**
 * What is copied of one journal in one write, as one frame. Of two a torn write could keep the later one, and with it the position
 * behind records that are not there.
 */
export class CopiedRun<T> {
  /** Whatever the journal's own is: what is copied is acknowledged to another one. */
  readonly durability: Durability = 'commit'
  readonly copies: Copy[]
  count: number
  #provenance: Provenance
  #encoder: FrameEncoder<T> | undefined

  constructor(first: Copy) {
    this.copies = [first]
    this.count = first.count
    this.#provenance = first.provenance
  }

  get provenance(): Provenance {
    return this.#provenance
  }

  /** The codec's bytes. */
  get records(): Uint8Array {
    return this.#encoder?.body() ?? this.copies[0]?.records ?? new Uint8Array(0)
  }

  get body(): Uint8Array {
    return withProvenance(this.records, this.#provenance)
  }

  /** Whether it could be taken in: small frames are encoded anew as one, those that cannot stay as they came. */
  join(copy: Copy, codec: Codec<T>, encoders: Encoders<T>, mostBytes: number): boolean {
    const [first] = this.copies
    if (this.#encoder === undefined && first !== undefined) {
      const encoder = encoders.take()
      if (!take(encoder, first, codec, mostBytes)) return false
      this.#encoder = encoder
    }
    if (this.#encoder === undefined || !take(this.#encoder, copy, codec, mostBytes)) return false
    this.copies.push(copy)
    this.count += copy.count
    this.#provenance = copy.provenance
    return true
  }

  /** It is written. */
  release(encoders: Encoders<T>): void {
    if (this.#encoder !== undefined) encoders.giveBack(this.#encoder)
  }
}

/** The runs of one write. */
export class CopiedRuns<T> {
  readonly #runs = new Map<string, CopiedRun<T>>()

  /** What is copied of the same journal already. */
  find({ provenance }: Copy): CopiedRun<T> | undefined {
    return this.#runs.get(provenance.journalId)
  }

  begin(copy: Copy): CopiedRun<T> {
    const run = new CopiedRun<T>(copy)
    this.#runs.set(copy.provenance.journalId, run)
    return run
  }
}

function take<T>(encoder: FrameEncoder<T>, { records, count }: Copy, codec: Codec<T>, most: number): boolean {
  if (count === 0 || records.length > most) return false
  try {
    const values = codec.decode(records)
    return values.length === count && encoder.add(values, most) <= most
  } catch {
    return false
  }
}
