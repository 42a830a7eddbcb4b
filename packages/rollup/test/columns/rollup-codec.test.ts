import { rational } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBlock, encodeBlock } from '../../src/columns/block.ts'
import { ByteReader, ByteWriter } from '../../src/columns/bytes.ts'
import { piecesOf } from '../../src/columns/pieces.ts'
import { readRollup, writeRollup } from '../../src/columns/rollup-codec.ts'
import { cellRollup, createCell, recordReading } from '../../src/engine/cell.ts'
import type { NumericRollup } from '../../src/engine/rollups.ts'
import { rollupValue } from '../../src/engine/value.ts'
import { RowTable } from '../../src/rows/row-table.ts'
import { decimal } from '../support/decimals.ts'
import { minute, sample } from '../support/samples.ts'
import { readingOf } from '../support/window-of.ts'

const start = 1_790_000_040_000

/** A window of gauges so many ms after its start, which says how long they held or not. */
function windowOf(values: readonly (readonly [ms: number, value: number])[], held = true): NumericRollup {
  const cell = createCell('numeric', 'largest', 'none', held)
  for (const [ms, value] of values) recordReading(cell, readingOf(sample('s', start + ms, value)))
  return cellRollup(cell) as NumericRollup
}

const written = (rollup: NumericRollup): Uint8Array => {
  const writer = new ByteWriter()
  writeRollup(writer, rollup, start)
  return writer.bytes.slice()
}

/** Times are those of the window, rows have a start of their own. */
const moved = (rollup: NumericRollup, by: number): NumericRollup => ({
  ...rollup,
  first: { ...rollup.first, time: rollup.first.time + by },
  last: { ...rollup.last, time: rollup.last.time + by },
})

const short = windowOf([
  [0, 1.5],
  [10_000, 2.25],
  [40_000, 3],
])
const shares = windowOf([
  [0, 1 / 3],
  [10_000, 2 / 3],
  [40_000, 0.5],
])

describe('how long values held, in bytes', () => {
  it.each([
    ['of decimals', short],
    ['of doubles too', shares],
    ['of one value, of no time', windowOf([[7, 1.25]])],
    [
      'of nothing that was kept',
      windowOf(
        [
          [0, 1],
          [9, 2],
        ],
        false,
      ),
    ],
  ])('is read as it was written: %s', (_, rollup) => {
    const reader = new ByteReader(written(rollup))
    expect(readRollup(reader, start)).toStrictEqual(rollup)
    expect(reader.left).toBe(0)
  })

  it('gives the same time average again, for all values and times', () => {
    const value = fc.oneof(decimal, fc.constantFrom(1 / 3, Math.PI, 1e21, -(2 ** 53)))
    const values = fc.array(fc.tuple(fc.nat(minute - 1), value), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(values, (list) => {
        const rollup = windowOf(list)
        const read = readRollup(new ByteReader(written(rollup)), start)
        expect(read).toStrictEqual(rollup)
        expect(rollupValue(read, 'timeAverage')).toBe(rollupValue(rollup, 'timeAverage'))
      }),
    )
  })

  it('is as FORMAT.md says: flags, then at the end decimals and parts of the area', () => {
    const bytes = written(short)
    expect(bytes[0]).toBe(0x10)
    // (1.5 * 10 s + 2.25 * 30 s) * 100 is one part.
    const tail = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 10)
    expect([tail.getUint8(0), tail.getUint8(1)]).toEqual([2, 1])
    expect(rational(BigInt(tail.getFloat64(2, true)))).toEqual(rational(8_250_000n))
    expect(written(shares)[0]).toBe(0x10 | 0x20 | 0x08)
  })

  it('is refused where it is cut off at any byte', () => {
    for (const rollup of [short, shares]) {
      const bytes = written(rollup)
      for (let length = 0; length < bytes.length; length += 1) {
        expect(() => readRollup(new ByteReader(bytes.subarray(0, length)), start)).toThrow(RangeError)
      }
    }
  })

  it.each([
    ['all rows have it', 1],
    ['one row of many has it', 24],
  ])('is read from a block where %s', (_, every) => {
    const table = new RowTable('numeric')
    for (let row = 0; row < 48; row += 1) {
      const rollup = row % every === 0 ? (row % 2 === 0 ? short : shares) : windowOf([[0, row]], false)
      table.push(3, start + row * minute, moved(rollup, row * minute))
    }
    const pieces = [...encodeBlock(table, 0, table.length, true)]
    const names = piecesOf('numeric')
    // One row of many is whole; where all have it, their columns say the rest.
    expect(typeof pieces[names.indexOf(every === 1 ? 'sums' : 'others')]).toBe('object')
    const into = new RowTable('numeric')
    decodeBlock((name) => pieces[names.indexOf(name)] ?? 0, table.length, start, into)
    for (let row = 0; row < table.length; row += 1) expect(into.rollup(row)).toStrictEqual(table.rollup(row))
    expect('held' in into.rollup(0)).toBe(true)
  })
})
