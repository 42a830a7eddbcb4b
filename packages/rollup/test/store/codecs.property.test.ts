import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { cellRollup, createCell, recordReading } from '../../src/engine/cell.ts'
import { readSample } from '../../src/engine/reading.ts'
import type { Rollup } from '../../src/engine/rollups.ts'
import { ByteReader, ByteWriter } from '../../src/store/bytes.ts'
import { readReading, writeReading } from '../../src/store/reading-codec.ts'
import { readRollup, writeRollup } from '../../src/store/rollup-codec.ts'
import { mergeCount } from '../../src/store/write-segments.ts'
import { day, sample } from '../support/samples.ts'

const start = 20_000 * day
const magnitude = fc.double({ min: -1e120, max: 1e120, noNaN: true })
const input = fc.oneof(
  fc.tuple(fc.constantFrom('gauge' as const, 'counter' as const), magnitude),
  fc.tuple(fc.constantFrom('observation' as const, 'delta' as const), magnitude),
  fc.tuple(fc.constant('counter' as const), fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })),
  fc.tuple(fc.constant('text' as const), fc.string({ unit: 'binary' })),
)
const inputs = fc.array(fc.tuple(fc.nat({ max: day - 1 }), input, fc.integer({ min: 1, max: 9 })), {
  minLength: 1,
})

const toSample = ([time, [kind, value], weight]: [number, readonly [string, unknown], number]): ReturnType<
  typeof sample
> =>
  typeof value === 'bigint'
    ? sample('a', start + time, Number(value), 'counter', { exact: value })
    : sample('a', start + time, value as number, kind as 'gauge', { weight })

describe('what is written', () => {
  it('is read back: readings', () => {
    fc.assert(
      fc.property(inputs, (given) => {
        const readings = given.map(toSample).map(readSample)
        const to = new ByteWriter()
        for (const [id, reading] of readings.entries()) {
          if (reading.kind !== 'refused') writeReading(to, { id, reading })
        }
        const from = new ByteReader(to.bytes)
        for (const [id, reading] of readings.entries()) {
          const expected = reading.kind === 'text' ? { ...reading, cut: false } : reading
          expect(readReading(from)).toEqual({ id, reading: expected })
        }
        expect(from.left).toBe(0)
      }),
    )
  })

  it('is read back: rollups', () => {
    fc.assert(
      fc.property(inputs, fc.boolean(), (given, inexact) => {
        const readings = given.map(toSample).map(readSample)
        let cell: ReturnType<typeof createCell> | undefined
        for (const reading of readings) {
          if (reading.kind === 'refused') continue
          cell ??= createCell(reading.kind)
          recordReading(cell, reading)
        }
        const made = cell === undefined ? undefined : cellRollup(cell)
        if (made === undefined) throw new Error('nothing made')
        const rollup: Rollup = made.kind === 'numeric' ? made : { ...made, inexact }
        const to = new ByteWriter()
        writeRollup(to, rollup, start)
        expect(readRollup(new ByteReader(to.bytes), start)).toEqual(rollup)
      }),
    )
  })

  it('is never read from garbage without a clean error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of [readReading, (from: ByteReader) => readRollup(from, start)]) {
          try {
            read(new ByteReader(bytes))
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError)
          }
        }
      }),
    )
  })
})

describe('mergeCount', () => {
  it('lets segments of one shard be while they are few', () => {
    expect(mergeCount([1, 1, 1, 1, 1, 1, 1, 1])).toBe(0)
  })

  it('leaves a large old segment out', () => {
    expect(mergeCount([1000, 1, 1, 1, 1, 1, 1, 1, 1])).toBe(8)
  })

  it('copies each byte about as often as the logarithm of the number of flushes', () => {
    const sizes: number[] = []
    let copied = 0
    for (let flush = 0; flush < 2000; flush += 1) {
      sizes.push(1)
      const count = mergeCount(sizes)
      if (count === 0) continue
      const merged = sizes.splice(sizes.length - count).reduce((total, size) => total + size, 0)
      copied += merged
      sizes.push(merged)
    }
    expect(sizes.length).toBeLessThanOrEqual(9)
    expect(copied / 2000).toBeLessThan(20)
  })
})
