import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { exactInteger, readDecimal } from '../../src/wire/decimal.ts'

const read = (text: string): number => readDecimal(Buffer.from(text), 0, Buffer.byteLength(text))

describe('readDecimal', () => {
  it('reads every double to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(read(String(value))).toBe(Number(String(value)))
        if (Math.abs(value) < 1e20) expect(read(value.toFixed(12))).toBe(Number(value.toFixed(12)))
      }),
    )
  })

  it('takes and refuses as the grammar says', () => {
    const grammar = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
    const text = fc.array(fc.constantFrom(...'0123456789+-..eE_ x'.split('')), { maxLength: 12 })
    fc.assert(
      fc.property(
        text.map((characters) => characters.join('')),
        (candidate) => {
          const number = grammar.test(candidate) ? Number(candidate) : Number.NaN
          expect(read(candidate)).toBe(Number.isFinite(number) ? number : Number.NaN)
        },
      ),
    )
  })

  it('reads within its borders only', () => {
    expect(readDecimal(Buffer.from('9123.459'), 1, 7)).toBe(123.45)
  })
})

describe('exactInteger', () => {
  it.each([
    ['9007199254740991', undefined],
    ['9007199254740993', 9007199254740993n],
    ['9'.repeat(154), BigInt('9'.repeat(154))],
    ['9'.repeat(155), undefined],
    ['+9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9007199254740993.0', undefined],
    ['1e30', undefined],
  ])('%s gives %s', (text, exact) => {
    expect(exactInteger(Buffer.from(text), 0, text.length, Number(text))).toBe(exact)
  })
})
