import fc, { Arbitrary, Value } from 'fast-check'
import type { Random, Stream } from 'fast-check'

/** Where integers and doubles change their ways. */
const edges = [
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
  1e12,
  1e15,
]

/** Whole numbers at the edges, which shrink as any other: to 0, by halves. What is picked from a list does not. */
class EdgeArbitrary extends Arbitrary<number> {
  readonly #whole = fc.maxSafeInteger()

  generate(random: Random): Value<number> {
    const edge = edges[random.nextInt(0, edges.length - 1)] ?? 0
    return new Value(random.nextInt(0, 1) === 0 ? edge : -edge, undefined)
  }

  canShrinkWithoutContext(value: unknown): value is number {
    return this.#whole.canShrinkWithoutContext(value)
  }

  shrink(value: number, context: unknown): Stream<Value<number>> {
    return this.#whole.shrink(value, context)
  }
}

const decimals = (digits: Arbitrary<number>, minPlaces: number, maxPlaces: number): Arbitrary<number> =>
  fc
    .tuple(digits, fc.integer({ min: minPlaces, max: maxPlaces }))
    .map(([all, places]) => Number(`${all}e${-places}`) + 0)

/**
 * Numbers as people send them: mostly few digits, over many magnitudes, of either sign, with the edges of integers
 * and doubles among them. Always finite. Shrinks to small whole numbers.
 */
export const anyDecimal = (): Arbitrary<number> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 3, arbitrary: fc.integer({ min: -20, max: 1000 }) },
    { weight: 4, arbitrary: decimals(fc.integer({ min: -999_999, max: 999_999 }), -6, 9) },
    { weight: 2, arbitrary: decimals(fc.maxSafeInteger(), 0, 15) },
    { weight: 1, arbitrary: new EdgeArbitrary() },
  )
