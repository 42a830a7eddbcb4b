import { crc32 } from 'node:zlib'

import type { Piece, PieceName } from '../columns/pieces.ts'
import { checksumBytes, type GroupHeads } from './group-heads.ts'

/** Bytes that nobody wants between two that are wanted: less than this is read along. */
const maxGap = 1 << 15
/** Most bytes of one read. */
const maxRead = 1 << 22

interface Span {
  readonly from: number
  to: number
}

/** The wanted pieces of some blocks of a group, read in few reads. */
export class Pieces {
  readonly #heads: GroupHeads
  readonly #spans: readonly Span[]
  readonly #bytes: readonly Uint8Array[]

  private constructor(heads: GroupHeads, spans: readonly Span[], bytes: readonly Uint8Array[]) {
    this.#heads = heads
    this.#spans = spans
    this.#bytes = bytes
  }

  /** Reads pieces; `read` gets places relative to the group. */
  static async read(
    heads: GroupHeads,
    blocks: readonly number[],
    wanted: ReadonlySet<PieceName>,
    read: (offset: number, length: number) => Promise<Uint8Array>,
  ): Promise<Pieces> {
    const spans: Span[] = []
    for (const [name, offsets] of heads.offsets) {
      if (!wanted.has(name)) continue
      for (const block of blocks) {
        const [from = 0, to = 0] = [offsets[block], offsets[block + 1]]
        if (from === to) continue
        const last = spans.at(-1)
        if (last !== undefined && from - last.to <= maxGap && to - last.from <= maxRead) last.to = to
        else spans.push({ from, to })
      }
    }
    const bytes = await Promise.all(spans.map(({ from, to }) => read(from, to - from)))
    return new Pieces(heads, spans, bytes)
  }

  /** A piece of a block; a `RangeError` where its checksum does not fit. */
  piece(name: PieceName, block: number): Piece {
    const offsets = this.#heads.offsets.get(name)
    const [from = 0, to = 0] = [offsets?.[block], offsets?.[block + 1]]
    if (from === to) return this.#heads.numbers.get(name)?.[block] ?? 0
    const index = this.#spanOf(from)
    const bytes = this.#bytes[index]?.subarray(from - (this.#spans[index]?.from ?? 0))
    const length = to - from - checksumBytes
    if (bytes === undefined || bytes.length < to - from) throw new RangeError('a piece is missing')
    const piece = bytes.subarray(0, length)
    const view = new DataView(bytes.buffer, bytes.byteOffset + length, checksumBytes)
    if (view.getUint32(0, true) !== crc32(piece)) throw new RangeError('a piece fails its checksum')
    return piece
  }

  /** The last span that begins at or before. */
  #spanOf(offset: number): number {
    let [low, high] = [0, this.#spans.length]
    while (high - low > 1) {
      const middle = (low + high) >>> 1
      if ((this.#spans[middle]?.from ?? Infinity) <= offset) low = middle
      else high = middle
    }
    return low
  }
}
