import { deflateRawSync, inflateRawSync } from 'node:zlib'

import { counterRow, numericRow } from '../rows/row-codec.ts'
import { otherRow } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { readRollup, writeRollup } from './rollup-codec.ts'

/** Rollups outside the columns of one block, in bytes; each is below 200 KB. */
const maxOthersBytes = 2 ** 29

const isOther = (table: RowTable, row: number): boolean => ((table.flags[row] ?? 0) & otherRow) !== 0

/** What columns say of a rollup outside of them is made from it again; until then they say what is shortest. */
export function levelOthers(table: RowTable, from: number, values: Float64Array): void {
  if (table.others.size === 0) return
  const inside = values.findIndex((_, row) => !isOther(table, from + row))
  let level = values[inside] ?? 0
  for (let row = 0; row < values.length; row += 1) {
    if (isOther(table, from + row)) values[row] = level
    else level = values[row] ?? 0
  }
}

/** The rollups outside the columns, one after the other; 0 where there are none. */
export function encodeOthers(table: RowTable, from: number, to: number): Uint8Array | 0 {
  if (table.others.size === 0) return 0
  const writer = new ByteWriter()
  for (let row = from; row < to; row += 1) {
    const rollup = table.others.get(row)
    if (rollup !== undefined) writeRollup(writer, rollup, table.start[row] ?? 0)
  }
  return writer.length === 0 ? 0 : deflateRawSync(writer.bytes)
}

/** Reads what {@link encodeOthers} wrote. */
export function decodeOthers(piece: Uint8Array, into: RowTable): void {
  const reader = new ByteReader(inflateRawSync(piece, { maxOutputLength: maxOthersBytes }))
  for (let row = 0; row < into.length; row += 1) {
    if (!isOther(into, row)) continue
    const start = into.start[row] ?? 0
    const rollup = readRollup(reader, start)
    if (rollup.kind !== into.kind) throw new RangeError('a rollup is of another kind than its block')
    into.others.set(row, rollup)
    if (rollup.kind === 'numeric') numericRow(into, row, start, rollup)
    else if (rollup.kind === 'counter') counterRow(into, row, start, rollup)
    into.flags[row] = (into.flags[row] ?? 0) | otherRow
  }
  if (reader.left !== 0) throw new RangeError('there are more rollups than rows for them')
}
