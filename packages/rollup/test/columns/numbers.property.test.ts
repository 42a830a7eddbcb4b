import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeNumbers } from '../../src/columns/decode-numbers.ts'
import { encodeNumbers } from '../../src/columns/encode-numbers.ts'
import { decimal } from '../support/decimals.ts'

const edges = [
  0,
  -0,
  1,
  2 ** 50,
  2 ** 51 + 1,
  2 ** 52,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 60 + 2 ** 20,
  1e300,
  5e-324,
  1 / 3,
  NaN,
  Infinity,
]

/** Numbers as columns have them: constant, close to each other, to the one before, multiples, rare, and anything. */
const column: fc.Arbitrary<number[]> = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: -5, max: 5 }),
      decimal,
      fc.double(),
      fc.constantFrom(...edges, ...edges.map((edge) => -edge)),
      fc.maxSafeInteger(),
    ),
    fc.oneof(fc.constantFrom(0, 1, 60_000, 4096, 2 ** 30), decimal),
    fc.oneof(
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 300 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 1e6), { minLength: 1, maxLength: 700 }),
      fc.array(fc.double(), { minLength: 1, maxLength: 20 }),
      fc.array(fc.constantFrom(...edges), { minLength: 1, maxLength: 20 }),
    ),
    fc.boolean(),
    fc.nat({ max: 9 }),
  )
  .map(([base, unit, steps, walks, places]) => {
    let value = base
    return steps.map((step) => {
      const next = (walks ? value : base) + unit * step
      value = Math.abs(next) < 1e15 ? Number(next.toFixed(places)) : next
      return value
    })
  })

const decoded = (bytes: Uint8Array, count: number): number[] => {
  const into = new Float64Array(count + 4).fill(7)
  decodeNumbers(bytes, count, into, 2)
  expect([...into.slice(0, 2), ...into.slice(-2)]).toEqual([7, 7, 7, 7])
  return [...into.slice(2, -2)]
}

describe('numbers', () => {
  it('come back to the bit, for any number of places, packed or deflated', () => {
    fc.assert(
      fc.property(column, fc.nat({ max: 9 }), fc.boolean(), (numbers, decimals, compact) => {
        const bytes = encodeNumbers(Float64Array.from(numbers), decimals, compact)
        expect(decoded(bytes, numbers.length)).toStrictEqual(numbers)
      }),
    )
  })

  it('come back from every width of bits', () => {
    for (let width = 0; width <= 52; width += 1) {
      const numbers = [0, 2 ** width, 2 ** width - 1, Math.floor(2 ** width / 3), 1, 2 ** 52 - 2 ** width]
      for (const list of [numbers, [...numbers, ...numbers.toReversed(), 5]]) {
        expect(decoded(encodeNumbers(Float64Array.from(list), 0, false), list.length)).toStrictEqual(list)
      }
    }
  })

  it('are never read from bytes that are cut off', () => {
    fc.assert(
      fc.property(column, fc.boolean(), fc.nat(), (numbers, compact, cut) => {
        const bytes = encodeNumbers(Float64Array.from(numbers), 2, compact)
        const short = bytes.subarray(0, cut % bytes.length)
        expect(() => decodeNumbers(short, numbers.length, new Float64Array(numbers.length), 0)).toThrow()
      }),
    )
  })

  it.each([
    ['a line', Array.from({ length: 1440 }, (_, row) => 1e12 + row * 60_000), 0.05],
    [
      'one value and few others',
      Array.from({ length: 1440 }, (_, row) => (row % 400 === 7 ? 123_456 : 5)),
      0.3,
    ],
    [
      'pages of 4096 bytes',
      Array.from({ length: 1440 }, (_, row) => 4096 * (1e6 + ((row * 7919) % 256))),
      1.1,
    ],
    [
      'cents within a hundred',
      Array.from({ length: 1440 }, (_, row) => 1e6 + ((row * 7919) % 100) / 100),
      0.95,
    ],
  ])('take few bytes: %s', (_, numbers, most) => {
    const bytes = encodeNumbers(Float64Array.from(numbers), 2, true)
    expect(bytes.length / numbers.length).toBeLessThan(most)
  })
})
