import { fromDouble, nearestDouble, rational, samples } from '@tocsin/core/testing'
import { anyDecimal } from '@tocsin/core/testing/arbitraries'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decimalsOf } from '../../src/engine/decimals.ts'
import { rollupValue, type RollupValue } from '../../src/engine/value.ts'
import { exactNumber } from '../../src/testing/exact-number.ts'
import { expectedSlots, isPromised } from '../../src/testing/expected-slots.ts'
import { windowOf } from '../support/window-of.ts'

const minute = { from: 0, to: 60_000, periodMs: 60_000 }
const said = (text: string, value: RollupValue, query = minute): readonly (number | string | null)[] =>
  expectedSlots(samples(text).list, { ...query, value })

describe('the exact number of a double', () => {
  it.each([
    [0.1, 1n, 10n],
    [-1234.56, -123456n, 100n],
    [1e-9, 1n, 1_000_000_000n],
    [3, 3n, 1n],
    [2 ** 53 - 1, 2n ** 53n - 1n, 1n],
  ])('is the decimal that %d is written as', (value, numerator, denominator) => {
    expect(exactNumber(value)).toEqual(rational(numerator, denominator))
  })

  it.each([1 / 3, Math.PI, 1e-10, 2 ** 52 + 0.5, 1e300])(
    'is the binary fraction where %d is no short decimal',
    (value) => {
      expect(exactNumber(value)).toEqual(fromDouble(value))
    },
  )

  it('is the same number to the nearest double, and a decimal where the engine takes it for one', () => {
    const any = fc.oneof(anyDecimal(), fc.double({ min: -1e120, max: 1e120, noNaN: true }))
    fc.assert(
      fc.property(any, (value) => {
        const exact = exactNumber(value)
        expect(nearestDouble(exact)).toBe(value + 0)
        const places = decimalsOf(value)
        if (places >= 0) expect(10n ** BigInt(places) % exact.denominator).toBe(0n)
        else expect(exact).toEqual(fromDouble(value))
      }),
    )
  })
})

describe('the expected slots', () => {
  it.each<[string, RollupValue, readonly (number | string | null)[]]>([
    ['load 0.1 0.2 0.3 @10s', 'sum', [0.6]],
    ['load 1 2 3 6 @10s', 'average', [3]],
    ['load 1 2 3 6 @10s', 'stddev', [Math.sqrt(3.5)]],
    ['load 4 -1 2 @10s', 'min', [-1]],
    ['load 4 -1 2 @10s', 'last', [2]],
    ['load 4 5@-10s @10s', 'average', [5]],
    ['took observation 4 5@-10s @10s', 'average', [4.5]],
    ['took observation 4w3 8 @10s', 'average', [5]],
    ['sent delta 4w2 8 @10s', 'sum', [12]],
    ['sent delta 4w2 8 @10s', 'count', [3]],
    ['sent counter 1 5 2 9 @10s', 'increase', [13]],
    ['sent counter 1 5 2 9 @10s', 'rate', [11 / 20]],
    ['sent counter 1 5 2 9 @10s', 'resets', [1]],
    ['state text "up" "down" "down" @10s', 'changes', [1]],
    ['load _ @10s', 'count', [null]],
  ])('of %s: its %s', (text, value, expected) => {
    expect(said(text, value)).toEqual(expected)
  })

  it('give a step into a window to that window, however long it took', () => {
    const query = { from: 0, to: 1_260_000, periodMs: 60_000 }
    const increases = said('sent counter 0 600 1200 @10m', 'increase', query)
    expect(increases.filter((one) => one !== null)).toEqual([600, 600])
  })

  it('take a fall below the end of a counter for a run over it, where told', () => {
    const { list } = samples('sent counter 4294967290 4 @10s')
    const query = { ...minute, value: 'increase' } as const
    expect(expectedSlots(list, query)).toEqual([4])
    expect(expectedSlots(list, { ...query, counterWrap: '32' })).toEqual([10])
  })

  it.each([
    ['largest', 5],
    ['smallest', -7],
    ['furthest', -7],
  ] as const)('count the %s of several values of a moment', (sameTime, expected) => {
    const { list } = samples('load 5 -7@-10s @10s')
    expect(expectedSlots(list, { ...minute, value: 'average', sameTime })).toEqual([expected])
  })

  it('are what a window of the engine says', () => {
    const values = ['count', 'average', 'sum', 'min', 'max', 'stddev', 'first', 'last'] as const
    fc.assert(
      fc.property(fc.array(anyDecimal(), { minLength: 1, maxLength: 6 }), (numbers) => {
        const { list } = samples(`load ${numbers.join(' ')} @10s`)
        const window = windowOf(list)
        for (const value of values) {
          const [expected = null] = expectedSlots(list, { ...minute, value })
          const actual = rollupValue(window, value)
          expect(isPromised(actual, expected, value), `${value}: ${actual}, not ${expected}`).toBe(true)
        }
      }),
    )
  })

  it('find the sum wrong that doubles add up to', () => {
    expect(isPromised(0.1 + 0.2, said('load 0.1 0.2 @10s', 'sum')[0] ?? null, 'sum')).toBe(false)
  })
})
