import { addScaled, nearest, quotient, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

import { powersOfTen } from './decimals.ts'

/** 10^exponent, for exponents of 0 to 18. */
export const powerOfTen = (exponent: number): number => powersOfTen[exponent] ?? 1

/** Parts that are scaled by 10^from, scaled by 10^to, which is larger. */
export function rescaled(parts: readonly number[], from: number, to: number): ExactSum {
  const sum: ExactSum = []
  addScaled(sum, parts, powerOfTen(to - from))
  return sum
}

/** Decimals that are scaled by 10^places, and doubles that are not: both together, scaled. */
export function scaledTotal(parts: readonly number[], doubles: readonly number[], places: number): ExactSum {
  const sum = sumOf(parts)
  addScaled(sum, doubles, powerOfTen(places))
  return sum
}

/** As {@link scaledTotal}: the double that is nearest to the total itself. */
export function nearestTotal(parts: readonly number[], doubles: readonly number[], places: number): number {
  const total = scaledTotal(parts, doubles, places)
  return places === 0 ? nearest(total) : quotient(total, [powerOfTen(places)])
}
