import { addScaled, nearest, quotient, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

/** Most places behind the point of a value that counts as a decimal. */
const maxDecimals = 9

/** 10^0 to 10^18, all of them exact. */
export const powersOfTen: readonly number[] = Array.from({ length: 2 * maxDecimals + 1 }, (_, exponent) =>
  Number(`1e${exponent}`),
)

/** Up to here no two decimals of as many places share a double, and rounding finds the one; above, whole numbers only. */
export const maxScaledDecimal: number = 2 ** 51

/**
 * Places behind the point of the decimal that a double stands for, 0 to 9: the smallest `e` for which `value` is the double that
 * is nearest to a whole number / 10^e. -1 where there is none, or where the whole number is above 2^51 (2^53 for `e` 0): several
 * decimals share a double there. So the decimal is what the shortest text of the double says.
 */
export function decimalsOf(value: number): number {
  if (Number.isSafeInteger(value)) return 0
  for (let places = 1; places <= maxDecimals; places += 1) {
    const power = powersOfTen[places] ?? 1
    const scaled = Math.round(value * power)
    if (scaled > maxScaledDecimal || scaled < -maxScaledDecimal) return -1
    if (scaled / power === value) return places
  }
  return -1
}

/**
 * The whole number of a value that has {@link decimalsOf} = `places`. With more places than that it is right up to
 * {@link maxScaledDecimal}; beyond, multiply by the power of ten that is missing.
 */
export function scaledDecimal(value: number, places: number): number {
  return places === 0 ? value : Math.round(value * (powersOfTen[places] ?? 1))
}

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
