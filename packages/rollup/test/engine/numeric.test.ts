import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { foldRollups } from '../../src/engine/cell.ts'
import type { NumericRollup } from '../../src/engine/rollups.ts'
import { rollupValue, rollupValues } from '../../src/engine/value.ts'
import { exactValue, isPromised } from '../support/oracle.ts'
import { sample } from '../support/samples.ts'
import { gauges, shuffled, windowOf } from '../support/window-of.ts'

describe('a numeric window', () => {
  it('sums decimals as decimals, whatever the order', () => {
    const cents = fc.integer({ min: -10_000_000, max: 10_000_000 })
    fc.assert(
      fc.property(
        fc
          .array(cents, { minLength: 1, maxLength: 200 })
          .chain((values) => fc.tuple(fc.constant(values), shuffled(values))),
        ([values, other]) => {
          const total = values.reduce((sum, value) => sum + BigInt(value), 0n)
          const window = windowOf(gauges(other.map((value) => value / 100))) as NumericRollup
          expect(window.sum).toBe(Number(total) / 100)
        },
      ),
    )
    expect(windowOf(gauges([0.1, 0.2]))).toMatchObject({
      sum: 0.3,
      exact: { decimals: 1, sum: [3], squares: [5] },
    })
  })

  it('gives the deviation of decimals, and none within windows of one value, however they are put together', () => {
    const values = [80000000.1, 80000000.2, 80000000.3, 80000000.2, 80000000.1]
    const parts = values.map((value, at) => windowOf([sample('g', at * 60_000, value)]))
    expect(parts.map((part) => rollupValue(part, 'stddev'))).toEqual([0, 0, 0, 0, 0])
    // The binary fractions that are nearest to the values deviate by 0.0748331496470803.
    expect(rollupValue(foldRollups(parts)!, 'stddev')).toBe(0.07483314773547883)
  })

  it('keeps what is no decimal apart, and adds both up', () => {
    const window = windowOf(gauges([0.1, 1 / 3, 0.2])) as NumericRollup
    expect(window.exact).toEqual({
      decimals: 1,
      count: [3],
      sum: [3],
      squares: [5],
      doubles: { sum: [1 / 3], squares: [expect.closeTo(1 / 9, 15), expect.any(Number)] },
    })
    expect(window.sum).toBe(0.3 + 1 / 3)
  })

  it('takes the same value three times as once, where it has one time', () => {
    expect(windowOf([5, 5, 5].map((value) => sample('g', 0, value)))).toMatchObject({ count: 1, sum: 5 })
  })

  it('sums integers exactly where doubles lose them', () => {
    const values = [2 ** 53, 1, 1, 1, -(2 ** 53)]
    expect(values.reduce((total, value) => total + value, 0)).not.toBe(3)
    expect(rollupValue(windowOf(gauges(values)), 'sum')).toBe(3)
  })

  it('gives the deviation of large values, where a sum of squares gives none', () => {
    const spread = Array.from({ length: 60 }, (_, index) => (index % 7) - 3)
    const expected = exactValue(gauges(spread), 'stddev')
    for (const base of [0, 1e6, 1e8, 1e12]) {
      const rollup = windowOf(gauges(spread.map((value) => base + value)))
      expect(rollupValue(rollup, 'stddev'), `around ${base}`).toBe(expected)
    }
  })

  it('says what exact arithmetic says from 10^-60 to the largest magnitude that is taken', () => {
    const wide = fc
      .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -60, max: 119 }), fc.boolean())
      .map(([digits, decade, minus]) => (minus ? -digits : digits) * 10 ** decade)
    fc.assert(
      fc.property(fc.array(wide, { minLength: 1, maxLength: 12 }), (values) => {
        const samples = values.map((value, at) => sample('g', at, value))
        for (const value of ['sum', 'average', 'stddev'] as const) {
          const [actual, expected] = [rollupValue(windowOf(samples), value), exactValue(samples, value)]
          expect(isPromised(actual, expected, value), `${value}: ${actual}, not ${expected}`).toBe(true)
        }
      }),
    )
  })

  it('stays finite at the largest magnitudes that are taken', () => {
    const rollup = windowOf(gauges([1e120, -1e120, 1e120]))
    for (const value of rollupValues) {
      const actual = rollupValue(rollup, value)
      if (actual !== null) expect(actual, value).toSatisfy(Number.isFinite)
    }
  })

  it('counts an observation as often as its weight says', () => {
    const rollup = windowOf([
      sample('o', 0, 5, 'observation', { weight: 10 }),
      sample('o', 1, 10, 'observation'),
    ])
    expect(rollup).toMatchObject({ count: 11, sum: 60, min: 5, max: 10 })
    expect(rollupValue(rollup, 'stddev')).toBeCloseTo(Math.sqrt((10 * 25 + 100) / 11 - (60 / 11) ** 2), 12)
  })

  it('counts fractional weights alike in any order', () => {
    const given = [3.3333333333333335, 1.4285714285714286, 1.1111111111111112, 10, 3.3333333333333335]
    const observed = given.map((weight, at) => sample('o', at, at, 'observation', { weight }))
    for (const order of [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 4, 1, 3],
    ]) {
      const rollup = windowOf(order.map((at) => observed[at]!))
      expect(rollup.count).toBe(19.206349206349206)
      expect(rollup).toEqual(windowOf(observed))
    }
  })

  it('finds no deviation among equal values, whatever their weights', () => {
    const weights = [1 / 0.3, 1 / 0.7, 1, 10]
    const observed = weights.map((weight, at) => sample('o', at, 80000000.1, 'observation', { weight }))
    expect(rollupValue(windowOf(observed), 'stddev')).toBe(0)
    expect(rollupValue(windowOf(observed), 'average')).toBe(80000000.1)
    // The value of a scaled delta is a third that has no end.
    const deltas = [1, 2, 3].map((at) => sample('d', at, 80000000.1, 'delta', { weight: 3 }))
    expect(rollupValue(windowOf(deltas), 'stddev')).toBeLessThan(80000000.1 * 1e-25)
  })

  it('has an average between the smallest and the largest value', () => {
    for (const value of [0.1, 0.7, 95.3, 80000000.1]) {
      for (let count = 1; count < 60; count += 1) {
        expect(rollupValue(windowOf(gauges(new Array<number>(count).fill(value))), 'average')).toBe(value)
      }
    }
  })

  it('takes a delta as scaled up already, and counts its events', () => {
    const rollup = windowOf([sample('d', 0, 10, 'delta', { weight: 10 }), sample('d', 1, 4, 'delta')])
    expect(rollup).toMatchObject({ count: 11, sum: 14, min: 1, max: 4 })
  })

  it('counts a gauge once, whatever its weight', () => {
    expect(windowOf([sample('g', 0, 7, 'gauge', { weight: 10 })])).toMatchObject({ count: 1, sum: 7 })
  })

  it('orders events of one moment by size, so that first and last do not depend on arrival', () => {
    const same = [3, 1, 2].map((value) => sample('o', 5, value, 'observation'))
    expect(windowOf(same)).toMatchObject({ count: 3, first: { value: 1 }, last: { value: 3 } })
    expect(windowOf(same.toReversed())).toEqual(windowOf(same))
  })
})
