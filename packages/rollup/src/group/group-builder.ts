import type { Slices } from '@tocsin/core/slices'
import { crc32 } from 'node:zlib'

import { encodeBlock } from '../columns/block.ts'
import { piecesOf, type Piece } from '../columns/pieces.ts'
import { ByteWriter } from '../columns/bytes.ts'
import type { RowKind } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'
import { checksumBytes, maxGroupBlocks, writeHeads } from './group-heads.ts'

/** A group is written once its pieces have so many bytes. */
const maxGroupBytes = 1 << 22

/** Pieces are handed out in parts of about so many bytes. */
const partBytes = 1 << 18

/** Collects the blocks of a group: of one level and one kind, ascending by series and start. */
export class GroupBuilder {
  /** Bytes of the pieces so far. */
  bytes = 0
  blocks = 0
  firstSeries: number = Infinity
  lastSeries = 0
  /** Start of the earliest window. */
  from: number = Infinity
  /** Start of the latest window. */
  to: number = -Infinity
  readonly #facts: readonly number[][] = [[], [], [], [], []]
  readonly #pieces: Piece[][]

  constructor(kind: RowKind) {
    this.#pieces = piecesOf(kind).map(() => [])
  }

  get isFull(): boolean {
    return this.blocks >= maxGroupBlocks || this.bytes >= maxGroupBytes
  }

  /** Adds rows `[from, to)` as a block, one block at a time. */
  async add(table: RowTable, from: number, to: number, compact: boolean, slices: Slices): Promise<void> {
    const firstSeries = table.series[from] ?? 0
    const lastSeries = table.series[to - 1] ?? 0
    let [earliest, latest] = [Infinity, -Infinity]
    for (let row = from; row < to; row += 1) {
      const start = table.start[row] ?? 0
      if (start < earliest) earliest = start
      if (start > latest) latest = start
    }
    const facts = [to - from, firstSeries, lastSeries, earliest, latest]
    for (const [index, fact] of facts.entries()) this.#facts[index]?.push(fact)
    let index = 0
    for (const piece of encodeBlock(table, from, to, compact)) {
      this.#pieces[index]?.push(piece)
      index += 1
      if (typeof piece !== 'number') this.bytes += piece.length + checksumBytes
      if (slices.isOver) await slices.pause()
    }
    this.firstSeries = Math.min(this.firstSeries, firstSeries)
    this.lastSeries = Math.max(this.lastSeries, lastSeries)
    this.from = Math.min(this.from, earliest)
    this.to = Math.max(this.to, latest)
    this.blocks += 1
  }

  /** All pieces of a name, then all of the next, each with its checksum behind; in parts, each of which lasts until the next. */
  *data(): Generator<Uint8Array> {
    const writer = new ByteWriter(Math.min(this.bytes, 2 * partBytes))
    for (const pieces of this.#pieces) {
      for (const piece of pieces) {
        if (typeof piece === 'number') continue
        writer.raw(piece)
        writer.u32(crc32(piece))
        if (writer.length < partBytes) continue
        yield writer.bytes
        writer.clear()
      }
    }
    yield writer.bytes
  }

  /** What stands behind the pieces. */
  heads(): Uint8Array {
    return writeHeads({ facts: this.#facts, pieces: this.#pieces })
  }
}
