import type { Level } from '../engine/levels.ts'
import type { SegmentReader } from './segment-reader.ts'

/** The segments of a folder, by number. Who reads goes on with those that were there when he began. */
export class SegmentList {
  #segments: readonly SegmentReader[]

  constructor(segments: readonly SegmentReader[]) {
    this.#segments = byNumber(segments)
  }

  get all(): readonly SegmentReader[] {
    return this.#segments
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Keeps all that are there now until the task is done. */
  async hold<T>(task: (segments: readonly SegmentReader[]) => Promise<T>): Promise<T> {
    const held = this.#segments
    for (const segment of held) segment.retain()
    try {
      return await task(held)
    } finally {
      for (const segment of held) await segment.release()
    }
  }

  /** One more, and those that it replaces no more; they are closed when nobody reads them. */
  async replace(added: SegmentReader, replaced: ReadonlySet<number>): Promise<void> {
    const gone = this.#segments.filter(({ number }) => replaced.has(number))
    this.#segments = byNumber([...this.#segments.filter((one) => !gone.includes(one)), added])
    for (const segment of gone) await segment.retire()
  }
}

/** The stretch of which a segment has the longer windows too; `null` where it has none, or others than these. */
export function sealedStretch(
  { trailer: { sealed, periods } }: Pick<SegmentReader, 'trailer'>,
  levels: readonly Pick<Level, 'periodMs'>[],
): readonly [from: number, to: number] | null {
  const isSame =
    periods.length === levels.length && levels.every(({ periodMs }, at) => periods[at] === periodMs)
  return isSame ? sealed : null
}

const byNumber = (segments: readonly SegmentReader[]): readonly SegmentReader[] =>
  [...segments].sort((a, b) => a.number - b.number)
