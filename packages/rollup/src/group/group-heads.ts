import { piecesOf, type Piece, type PieceName } from '../columns/pieces.ts'
import { ByteReader, ByteWriter } from '../columns/bytes.ts'
import { decodeNumbers } from '../columns/decode-numbers.ts'
import { encodeNumbers } from '../columns/encode-numbers.ts'
import type { RowKind } from '../rows/row-columns.ts'

/** Blocks of a group at most. */
export const maxGroupBlocks = 256

/**
 * What is known of the blocks of a group, a column for each fact. A piece has a length in the file, or, where that is 0, a number
 * that says all of it.
 */
export interface GroupHeads {
  readonly kind: RowKind
  readonly blocks: number
  readonly rows: Float64Array
  readonly firstSeries: Float64Array
  readonly lastSeries: Float64Array
  /** Start of the earliest window, ms. */
  readonly from: Float64Array
  /** Start of the latest window, ms. */
  readonly to: Float64Array
  /** By piece: where it begins, from the start of the group, per block; and where the last ends. */
  readonly offsets: ReadonlyMap<PieceName, Float64Array>
  /** By piece: the number in place of it, per block. */
  readonly numbers: ReadonlyMap<PieceName, Float64Array>
  /** Memory, about. */
  readonly bytes: number
}

/** What the writer of a group knows. */
export interface GroupFacts {
  /** `rows`, `firstSeries`, `lastSeries`, `from` and `to`, a list each. */
  readonly facts: readonly (readonly number[])[]
  /** By piece, in the order of {@link piecesOf}, then by block. */
  readonly pieces: readonly (readonly Piece[])[]
}

/** Bytes of the checksum behind each piece. */
export const checksumBytes = 4

/** Writes the heads of a group. */
export function writeHeads({ facts, pieces }: GroupFacts): Uint8Array {
  const writer = new ByteWriter()
  for (const values of facts) writeNumbers(writer, values)
  for (const piece of pieces) {
    const lengths = piece.map((one) => (typeof one === 'number' ? 0 : one.length + checksumBytes))
    writeNumbers(writer, lengths)
    if (lengths.includes(0))
      writeNumbers(
        writer,
        piece.map((one) => (typeof one === 'number' ? one : 0)),
      )
  }
  return writer.bytes
}

/** Reads what {@link writeHeads} wrote; a `RangeError` where the bytes are none. */
export function readHeads(bytes: Uint8Array, kind: RowKind, blocks: number): GroupHeads {
  const reader = new ByteReader(bytes)
  const column = (): Float64Array => readNumbers(reader, blocks)
  const [rows, firstSeries, lastSeries, from, to] = [column(), column(), column(), column(), column()]
  const offsets = new Map<PieceName, Float64Array>()
  const numbers = new Map<PieceName, Float64Array>()
  let offset = 0
  for (const name of piecesOf(kind)) {
    const lengths = column()
    const begins = new Float64Array(blocks + 1)
    for (let block = 0; block < blocks; block += 1) {
      begins[block] = offset
      offset += lengths[block] ?? 0
    }
    begins[blocks] = offset
    offsets.set(name, begins)
    if (lengths.includes(0)) numbers.set(name, column())
  }
  // Files of before have more behind it, which nobody asks for.
  const memory = 8 * blocks * (6 + 2 * offsets.size)
  return {
    ...{ kind, blocks, rows, firstSeries, lastSeries, from, to },
    ...{ offsets, numbers, bytes: memory },
  }
}

function writeNumbers(writer: ByteWriter, values: readonly number[]): void {
  const bytes = encodeNumbers(Float64Array.from(values), 0, true)
  writer.varint(bytes.length)
  writer.raw(bytes)
}

function readNumbers(reader: ByteReader, count: number): Float64Array {
  const numbers = new Float64Array(count)
  decodeNumbers(reader.raw(reader.varint()), count, numbers, 0)
  return numbers
}
