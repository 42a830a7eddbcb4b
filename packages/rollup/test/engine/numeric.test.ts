import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { NumericRollup } from '../../src/engine/rollups.ts'
import { rollupValue, rollupValues } from '../../src/engine/value.ts'
import { exactValue, isPromised } from '../support/oracle.ts'
import { sample } from '../support/samples.ts'
import { gauges, shuffled, windowOf } from '../support/window-of.ts'

describe('a numeric window', () => {
  it('sums decimals to the last bit, whatever the order', () => {
    const decimal = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((cents) => cents / 100)
    fc.assert(
      fc.property(
        fc
          .array(decimal, { minLength: 1, maxLength: 200 })
          .chain((values) => fc.tuple(fc.constant(values), shuffled(values))),
        ([values, other]) => {
          const cents = values.reduce((total, value) => total + BigInt(Math.round(value * 100)), 0n)
          const { sum } = windowOf(gauges(values)) as NumericRollup
          // Each value differs from its decimal by half an ulp at most.
          expect(Math.abs(sum - Number(cents) / 100)).toBeLessThanOrEqual(1e-9)
          expect((windowOf(gauges(other)) as NumericRollup).sum).toBe(sum)
        },
      ),
    )
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

  it('orders values of one moment by size, so that first and last do not depend on arrival', () => {
    const same = [3, 1, 2].map((value) => sample('g', 5, value))
    expect(windowOf(same)).toMatchObject({ first: { value: 1 }, last: { value: 3 } })
    expect(windowOf(same.toReversed())).toEqual(windowOf(same))
  })
})
