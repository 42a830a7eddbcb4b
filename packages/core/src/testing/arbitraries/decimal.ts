import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'

/** Where integers and doubles change their ways. */
const edges = [
  0,
  0.1,
  0.3,
  1,
  100,
  127,
  128,
  255,
  256,
  32_767,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  1e-9,
  1e-3,
  1e12,
  1e15,
]

/**
 * Numbers as people send them: mostly few digits, over many magnitudes, of either sign, with the edges of integers
 * and doubles among them. Always finite. Shrinks to small whole numbers.
 */
export const anyDecimal = (): Arbitrary<number> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.integer({ min: -20, max: 100 }) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -6, max: 9 }))
        .map(([digits, places]) => Number(`${digits}e${-places}`) + 0),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }))
        .map(([digits, places]) => Number(`${digits}e-${places}`) + 0),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...edges), fc.boolean())
        .map(([edge, minus]) => (minus ? 0 - edge : edge)),
    },
  )
