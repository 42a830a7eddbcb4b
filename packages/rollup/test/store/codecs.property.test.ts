import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { singleNumber } from '../../src/engine/numeric.ts'
import { readSample } from '../../src/engine/reading.ts'
import type { NumericRollup, Rollup } from '../../src/engine/rollups.ts'
import { ByteReader, ByteWriter } from '../../src/store/bytes.ts'
import { readReading, writeReading } from '../../src/store/reading-codec.ts'
import { readRollup, writeRollup } from '../../src/store/rollup-codec.ts'
import { mergeCount } from '../../src/store/write-segments.ts'
import { decimal } from '../support/decimals.ts'
import { day, sample } from '../support/samples.ts'
import { windowOf } from '../support/window-of.ts'

const start = 20_000 * day
const magnitude = fc.oneof(decimal, fc.double({ min: -1e120, max: 1e120, noNaN: true }))
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

function bytesOf(rollup: Rollup): Uint8Array {
  const to = new ByteWriter()
  writeRollup(to, rollup, start)
  return to.bytes
}

const rollupIn = (bytes: Uint8Array): Rollup => readRollup(new ByteReader(bytes), start)

/** Any double, and often one that is easily taken for another. */
const anyDouble = fc.oneof(decimal, fc.double(), fc.constantFrom(0, -0, 1, NaN, Infinity, -Infinity))
const parts = fc.array(anyDouble, { maxLength: 3 })
const anyState: fc.Arbitrary<NumericRollup> = fc
  .record({
    count: fc.constantFrom(1, 1, 1, 2, 10 / 3),
    value: anyDouble,
    others: fc.array(anyDouble, { minLength: 7, maxLength: 7 }),
    rest: fc.option(fc.record({ count: parts, sum: parts, squares: parts }), { nil: undefined }),
    taken: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  })
  .map(({ count, value, others, rest, taken }) => {
    const point = { time: start + 5, value }
    const whole = singleNumber(point)
    // The state of one value, of which some parts are others.
    const part = (at: number, own: number): number => (taken[at] === true ? others[at]! : own)
    return {
      kind: 'numeric',
      count: taken[7] === true ? count : 1,
      sum: part(0, whole.sum),
      sumLow: part(1, whole.sumLow),
      squares: part(2, whole.squares),
      squaresLow: part(3, whole.squaresLow),
      ...(rest !== undefined && taken[7] === true && { rest }),
      min: part(4, whole.min),
      max: part(5, whole.max),
      first: point,
      last: { ...point, value: part(6, value) },
    }
  })

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
        const made = windowOf(given.map(toSample))
        const rollup: Rollup = made.kind === 'numeric' ? made : { ...made, inexact }
        expect(rollupIn(bytesOf(rollup))).toEqual(rollup)
      }),
    )
  })

  it('is read back: one value, from its time and itself', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        const rollup = windowOf([sample('a', start + 5, value)])
        const bytes = bytesOf(rollup)
        expect(bytes).toHaveLength(13)
        expect(rollupIn(bytes)).toEqual(rollup)
      }),
      // The square of such a value was taken for whole, since it is when it is rounded.
      { examples: [[80000000.1], [-58847964.06127043]] },
    )
  })

  it('is read back: any state, whatever it lacks of that of one value', () => {
    fc.assert(
      fc.property(anyState, (rollup) => {
        expect(rollupIn(bytesOf(rollup))).toEqual(rollup)
      }),
    )
  })

  it('was read as well when sums had two parts, and single windows no low ones', () => {
    const to = new ByteWriter()
    // Flags: single. Then flags: with low parts.
    to.u8(0x04)
    to.u32(5)
    to.f64(80000000.1)
    to.u8(0x08)
    for (const value of [0.1, 0.2]) {
      to.u32(5)
      to.f64(value)
    }
    for (const field of [2, 0.1, 0.2, 0.1 + 0.2, 0.05, -(2 ** -55), 2 ** -58]) to.f64(field)
    const from = new ByteReader(to.bytes)
    expect(readRollup(from, start)).toEqual(windowOf([sample('a', start + 5, 80000000.1)]))
    expect(readRollup(from, start)).toEqual({
      kind: 'numeric',
      count: 2,
      min: 0.1,
      max: 0.2,
      sum: 0.1 + 0.2,
      sumLow: -(2 ** -55),
      squares: 0.05,
      squaresLow: 2 ** -58,
      first: { time: start + 5, value: 0.1 },
      last: { time: start + 5, value: 0.2 },
    })
    expect(from.left).toBe(0)
  })

  it('was read as well when an observation was logged with its rounded total', () => {
    const to = new ByteWriter()
    to.u32(7)
    to.u8(1)
    for (const field of [start, 0.1, 3, 0.1 * 3]) to.f64(field)
    expect(readReading(new ByteReader(to.bytes))).toEqual({
      id: 7,
      reading: { kind: 'numeric', time: start, value: 0.1, weight: 3, total: 0.1 * 3 },
    })
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
