import fc from 'fast-check'

/** Places behind the point, and the decade of the first digit: 10^-3 to 10^12. */
const shape = fc.record({ places: fc.nat({ max: 9 }), decade: fc.integer({ min: -3, max: 11 }) })

const toNumber = (digits: bigint, places: number): number => Number(`${digits}e-${places}`)

const anyDecade: fc.Arbitrary<number> = shape.chain(({ places, decade }) => {
  const shown = Math.max(places, -decade)
  const lowest = 10n ** BigInt(decade + shown)
  return fc.bigInt({ min: lowest, max: lowest * 10n }).map((digits) => toNumber(digits, shown))
})

/** Around where squares begin to be rounded, and where counters of 32 and more bits end. */
const edge: fc.Arbitrary<number> = fc
  .record({ places: fc.nat({ max: 9 }), near: fc.constantFrom(2 ** 26.5, 2 ** 26.5, 2 ** 32, 2 ** 39) })
  .chain(({ places, near }) =>
    fc.double({ min: 0.5, max: 1.1, noNaN: true }).map((share) => Number((near * share).toFixed(places))),
  )

/** Numbers as people send them: 0.001 to 10^12 with 0 to 9 places, as likely in each decade, and more at the edges. */
export const magnitude: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: anyDecade },
  { weight: 1, arbitrary: edge },
)

/** As {@link magnitude}, of either sign, or 0. */
export const decimal: fc.Arbitrary<number> = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(magnitude, fc.boolean()).map(([one, minus]) => (minus ? -one : one)) },
  { weight: 1, arbitrary: fc.constant(0) },
)

/** Values that lie close to each other for their size, where a deviation cancels most. */
export const closeDecimals = (length: number): fc.Arbitrary<number[]> =>
  fc
    .tuple(
      decimal,
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: -3, max: 3 }), { minLength: length, maxLength: length }),
    )
    .map(([base, places, steps]) => steps.map((step) => Number((base + step / 10 ** places).toFixed(places))))
