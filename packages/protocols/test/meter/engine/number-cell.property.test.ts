import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  addTo,
  numberCell,
  readTotal,
  setTo,
  type NumberCell,
} from '../../../src/meter/engine/number-cell.ts'
import { createRoom } from '../../../src/meter/engine/room.ts'
import { series } from '../../../src/index.ts'

const cell = (): NumberCell =>
  numberCell(true)({
    ...{ series: series('a'), room: createRoom(1000), bytes: 0 },
    ...{ isKept: true, isTouched: false, touchedAt: 0 },
  })

/** A double as a whole number of 2^-1074, the smallest one. */
function inUnits(value: number): bigint {
  const bits = new BigUint64Array(Float64Array.of(Math.abs(value)).buffer)[0] ?? 0n
  const exponent = bits >> 52n
  const fraction = bits & ((1n << 52n) - 1n)
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return value < 0 ? -magnitude : magnitude
}

/** Whether no other double is nearer to the sum than this one. */
function isNearest(value: number, sum: bigint): boolean {
  const distance = (other: number): bigint => {
    const difference = inUnits(other) - sum
    return difference < 0n ? -difference : difference
  }
  const bits = new BigInt64Array(Float64Array.of(value).buffer)[0] ?? 0n
  const neighbours = [bits - 1n, bits + 1n]
    .map((one) => new Float64Array(BigInt64Array.of(one).buffer)[0] ?? 0)
    .filter(Number.isFinite)
  return neighbours.every((other) => distance(value) <= distance(other))
}

const amounts = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 10 }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, min: -1e200, max: 1e200 }),
    fc.constantFrom(0.1, 1e-300, 5e-324, 2 ** 53, 1e22),
  ),
  { maxLength: 60 },
)

describe('a sum', () => {
  it('is the nearest double to what was added, in whichever order', () => {
    fc.assert(
      fc.property(amounts, (list) => {
        const one = cell()
        for (const amount of list) expect(addTo(one, amount)).toBe(true)
        const { value } = readTotal(one)
        const oracle = list.reduce((sum, amount) => sum + inUnits(amount), 0n)
        expect(value === 0 ? oracle === 0n : isNearest(value, oracle)).toBe(true)
        const other = cell()
        for (const amount of list.toReversed()) addTo(other, amount)
        expect(readTotal(other)).toEqual(readTotal(one))
      }),
    )
  })

  it('of whole numbers has all its digits, also beyond 2^53', () => {
    const whole = fc.array(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(1, 2 ** 53, 2 ** 70)), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(whole, (list) => {
        const one = cell()
        for (const amount of list) addTo(one, amount)
        const { value, exact } = readTotal(one)
        const oracle = list.reduce((sum, amount) => sum + BigInt(amount), 0n)
        expect(value).toBe(Number(oracle))
        expect(exact).toBe(Number.isSafeInteger(value) ? undefined : oracle)
      }),
    )
  })

  it('takes what is set in place of what was added', () => {
    fc.assert(
      fc.property(amounts, fc.double({ noNaN: true, noDefaultInfinity: true }), (list, value) => {
        const one = cell()
        for (const amount of list) addTo(one, amount)
        setTo(one, value)
        expect(readTotal(one).value + 0).toBe(value + 0)
      }),
    )
  })

  it.each([NaN, Infinity, -Infinity])('stays what it was where %s comes', (wrong) => {
    const one = cell()
    addTo(one, 5)
    expect([addTo(one, wrong), setTo(one, wrong)]).toEqual([false, false])
    expect(readTotal(one)).toEqual({ value: 5 })
  })

  it('stays what it was where it would have no end', () => {
    const one = cell()
    expect(addTo(one, Number.MAX_VALUE)).toBe(true)
    expect(addTo(one, Number.MAX_VALUE)).toBe(false)
    expect(readTotal(one).value).toBe(Number.MAX_VALUE)
    expect(addTo(one, -Number.MAX_VALUE)).toBe(true)
    expect(readTotal(one)).toEqual({ value: 0 })
  })
})
