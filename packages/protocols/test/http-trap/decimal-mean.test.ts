import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decimalMean } from '../../src/http-trap/decimal-mean.ts'

/** Digits and places of a decimal. */
const decimal = fc.record({
  digits: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
  places: fc.nat({ max: 9 }),
})

function textOf({ digits, places }: { digits: bigint; places: number }): string {
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, '0')
  const whole = text.slice(0, text.length - places)
  return `${digits < 0n ? '-' : ''}${whole}${places === 0 ? '' : `.${text.slice(-places)}`}`
}

/** A double as a fraction over 2^1074. */
function scaled(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const exponent = bits >> 52n
  const fraction = bits & (2n ** 52n - 1n)
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return value < 0 ? -magnitude : magnitude
}

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b)

describe('the mean of decimals', () => {
  it('is the nearest double, and looks whole where it is', () => {
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 1, maxLength: 12 }), (list) => {
        const text = decimalMean(list.map(textOf))!
        const sum = list.reduce((total, { digits, places }) => total + digits * 10n ** BigInt(9 - places), 0n)
        const divisor = 10n ** 9n * BigInt(list.length)
        if (sum % divisor === 0n) {
          expect(text).toBe(String(sum / divisor))
          return
        }
        expect(text).not.toMatch(/^-?\d+$/)
        const mean = Number(text)
        const ulp = 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(mean))) - 52)
        const exact = (2n ** 1074n * sum) / divisor
        const from = distance(scaled(mean), exact)
        for (const other of [mean - ulp, mean + ulp]) {
          expect(from <= distance(scaled(other), exact)).toBe(true)
        }
      }),
    )
  })

  it.each([
    [['0.1', '0.2', '0.3'], '0.2'],
    [['1', '2'], '1.5'],
    [['18446744073709551614'], '18446744073709551614'],
    [['1e3', '-1E+3'], '0'],
    [['9007199254740992', '9007199254740995'], '9.007199254740994e+15'],
  ])('of %j is %s', (texts, mean) => {
    expect(decimalMean(texts)).toBe(mean)
  })

  it('is not taken of numbers that are dear to add up', () => {
    expect(decimalMean(['1', '1e61'])).toBeUndefined()
    expect(decimalMean(['1', '1'.repeat(155)])).toBeUndefined()
  })
})
