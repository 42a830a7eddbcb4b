import { fromDouble, rational, type Rational } from '@tocsin/core/testing'

/** Most places behind the point, and the largest whole number of a decimal with places: beyond, several share a double. */
const maxPlaces = 9
const maxScaled = 2n ** 51n

/**
 * What a double stands for: the decimal of up to nine places that it is written as, such as 1/10 for 0.1, or the binary fraction
 * that it is. Found digit by digit in whole numbers, with nothing of the arithmetic that it judges.
 */
export function exactNumber(value: number): Rational {
  const binary = fromDouble(value)
  for (let places = 0; places <= maxPlaces; places += 1) {
    const power = 10n ** BigInt(places)
    const digits = nearestWhole(binary.numerator * power, binary.denominator)
    const isShort = places === 0 ? Number.isSafeInteger(value) : digits <= maxScaled && digits >= -maxScaled
    if (isShort && Number(`${digits}e-${places}`) === value) return rational(digits, power)
  }
  return binary
}

/** Half away from 0: whether one lies in the middle does not matter, since no double is there. */
function nearestWhole(numerator: bigint, denominator: bigint): bigint {
  const half = numerator < 0n ? -denominator : denominator
  return (2n * numerator + half) / (2n * denominator)
}
