import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  add,
  addProduct,
  addQuotient,
  addScaled,
  nearest,
  partsOf,
  productOf,
  quotient,
  sumOf,
} from '../../src/numbers/exact-sum.ts'
import { dividedBy, fromDouble, minus, nearestDouble, times, total } from '../../src/testing/index.ts'

/** 0.001 to 10^12, with up to nine places. */
const magnitude = fc
  .tuple(fc.integer({ min: 1, max: 10 ** 9 }), fc.integer({ min: -9, max: 3 }))
  .map(([digits, power]) => Number(`${digits}e${power}`))
const decimal = fc.tuple(magnitude, fc.boolean()).map(([one, minus]) => (minus ? -one : one))

/** Decimals, and doubles whose bits lie far apart, so that sums have many parts. */
const term = fc.oneof(decimal, fc.double({ min: -1e120, max: 1e120, noNaN: true }))
const terms = fc.array(term, { minLength: 1, maxLength: 40 })

describe('an exact sum', () => {
  it('is the sum of its terms, whatever their order, and has one list of parts', () => {
    const shuffled = terms.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
    )
    fc.assert(
      fc.property(shuffled, fc.nat({ max: 40 }), ([some, other], cut) => {
        const sum = sumOf(some)
        const exact = total(some.map(fromDouble))
        const parts = partsOf(sum)
        expect(minus(total(parts.map(fromDouble)), exact).numerator).toBe(0n)
        expect(nearest(sum)).toBe(nearestDouble(exact))
        expect(partsOf(sumOf(partsOf(sumOf(other.slice(cut))), partsOf(sumOf(other.slice(0, cut)))))).toEqual(
          parts,
        )
      }),
    )
  })

  it('rounds a sum between two doubles to the even one, and by what is behind where there is more', () => {
    const half = 2 ** -53
    expect(nearest(sumOf([1, half]))).toBe(1)
    expect(nearest(sumOf([1, half, 2 ** -120]))).toBe(1 + 2 ** -52)
    expect(nearest(sumOf([1 + 2 ** -52, half, -(2 ** -120)]))).toBe(1 + 2 ** -52)
    expect(nearest(sumOf([-1, -half, -(2 ** -1000)]))).toBe(-1 - 2 ** -52)
  })

  it('of nothing, or of what cancels out, is zero and has no parts', () => {
    for (const sum of [sumOf([]), sumOf([0.1, 1e100, -0.1, -1e100]), productOf(0, 3)]) {
      expect(sum).toEqual([])
      expect(nearest(sum)).toBe(0)
      expect(partsOf(sum)).toEqual([])
    }
  })

  it('takes a product whole', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const parts = productOf(a, b)
        expect(minus(total(parts.map(fromDouble)), times(fromDouble(a), fromDouble(b))).numerator).toBe(0n)
      }),
    )
    expect(productOf(3, 4)).toEqual([12])
  })

  it('takes products whole', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(decimal, decimal), { maxLength: 20 }), (pairs) => {
        const sum: number[] = []
        for (const [a, b] of pairs) addProduct(sum, a, b)
        const exact = total(pairs.map(([a, b]) => times(fromDouble(a), fromDouble(b))))
        expect(minus(total(sum.map(fromDouble)), exact).numerator).toBe(0n)
      }),
    )
  })

  it('is divided to the nearest double', () => {
    const divisors = fc.array(fc.oneof(magnitude, fc.constantFrom(3, 7, 10, 1e9, 2 ** 53 - 1)), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 20 }), divisors, (some, others) => {
        const exact = dividedBy(total(some.map(fromDouble)), total(others.map(fromDouble)))
        expect(quotient(sumOf(some), sumOf(others))).toBe(nearestDouble(exact))
      }),
    )
  })

  it('is divided to the nearest double where the quotient lies in the middle of two, or a hair beside it', () => {
    const double = fc
      .tuple(fc.integer({ min: 2 ** 20, max: 2 ** 21 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
      .map(([high, low]) => (high * 2 ** 32 + low) * 2 ** -40)
    fc.assert(
      fc.property(
        double,
        fc.integer({ min: 1, max: 10 ** 9 }),
        fc.constantFrom(0, 0, 1, -1),
        fc.constantFrom(1, -1),
        fc.constantFrom(2 ** -100, 2 ** -80, 2 ** -54),
        (near, divisor, hair, sign, size) => {
          const unit = 2 ** (Math.floor(Math.log2(near)) - 52)
          const dividend = productOf(near, divisor)
          addProduct(dividend, unit / 2, divisor)
          add(dividend, hair * size * unit)
          const signed = dividend.map((part) => part * sign)
          const exact = dividedBy(total(signed.map(fromDouble)), fromDouble(divisor))
          expect(quotient(signed, [divisor])).toBe(nearestDouble(exact))
        },
      ),
    )
    // Below a power of two, doubles lie twice as close.
    for (const hair of [0, 2 ** -90, -(2 ** -90)]) {
      const dividend = sumOf([6, -3 * 2 ** -53, hair])
      const exact = dividedBy(total(dividend.map(fromDouble)), fromDouble(3))
      expect(quotient(dividend, [3])).toBe(nearestDouble(exact))
    }
  })

  it('takes parts times a factor whole', () => {
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 9 }), fc.constantFrom(1, 10, 1e9, 1e18), (some, factor) => {
        const sum: number[] = []
        addScaled(sum, some, factor)
        const exact = times(total(some.map(fromDouble)), fromDouble(factor))
        expect(minus(total(sum.map(fromDouble)), exact).numerator).toBe(0n)
      }),
    )
  })

  it('takes a quotient to 200 bits', () => {
    fc.assert(
      fc.property(decimal, magnitude, (dividend, divisor) => {
        const sum: number[] = []
        addQuotient(sum, sumOf([dividend]), divisor)
        const exact = dividedBy(fromDouble(dividend), fromDouble(divisor))
        const error = nearestDouble(minus(total(sum.map(fromDouble)), exact))
        expect(Math.abs(error)).toBeLessThanOrEqual(Math.abs(dividend / divisor) * 2 ** -200)
      }),
    )
  })

  it('ends where it overflows', () => {
    const sum = [1]
    add(sum, Infinity)
    expect(Number.isFinite(nearest(sum))).toBe(false)
    expect(partsOf(sum)).toHaveLength(1)
  })
})
