import { fromDouble, nearestDouble, rational } from '@tocsin/core/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decimalsOf, scaledDecimal } from '../../src/engine/decimals.ts'
import { decimal } from '../support/decimals.ts'
import { meantBy } from '../support/oracle.ts'

describe('decimalsOf', () => {
  it('finds the decimal that the shortest text of a double says, and no other', () => {
    const double = fc.oneof(
      decimal,
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -1e7, max: 1e7, noNaN: true }),
    )
    fc.assert(
      fc.property(double, (value) => {
        const places = decimalsOf(value)
        const meant = meantBy(value)
        if (places < 0) {
          expect(meant).toEqual(fromDouble(value))
          return
        }
        const scaled = scaledDecimal(value, places)
        expect(scaled).toSatisfy(Number.isSafeInteger)
        expect(BigInt(scaled) * meant.denominator).toBe(meant.numerator * 10n ** BigInt(places))
      }),
      { numRuns: 2000 },
    )
  })

  it('finds every decimal of up to nine places and 15 digits', () => {
    const digits = fc.bigInt({ min: -(2n ** 51n), max: 2n ** 51n })
    fc.assert(
      fc.property(digits, fc.nat({ max: 9 }), (whole, places) => {
        const value = nearestDouble(rational(whole, 10n ** BigInt(places)))
        const found = decimalsOf(value)
        expect(found).toBeGreaterThanOrEqual(0)
        expect(found).toBeLessThanOrEqual(places)
        expect(BigInt(scaledDecimal(value, found)) * 10n ** BigInt(places - found)).toBe(whole)
        if (found < places) expect(whole % 10n).toBe(0n)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    [0, 0],
    [-17, 0],
    [2 ** 53 - 1, 0],
    [0.1, 1],
    [1e-9, 9],
    [-123.456, 3],
    [2251799813685.248, 3],
    [1 / 3, -1],
    [1e-10, -1],
    [2 ** 53, -1],
    [5e-324, -1],
    [1e120, -1],
    [9007199254740.001, -1],
  ])('says of %d that it has %d places', (value, places) => {
    expect(decimalsOf(value)).toBe(places)
  })
})
