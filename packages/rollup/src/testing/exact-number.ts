import { fromDouble, rational, type Rational } from '@tocsin/core/testing'

/**
 * What a double stands for: the decimal that its shortest text says, such as 1/10 for 0.1, where that has at most nine places and
 * is a whole number of its last place up to 2^51 (up to 2^53 without places); or else the binary fraction that it is.
 */
export function exactNumber(value: number): Rational {
  if (Number.isSafeInteger(value)) return rational(BigInt(value))
  const [mantissa = '', power = '0'] = String(value).split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = BigInt(whole + fraction)
  const places = fraction.length - Number(power)
  if (places <= 0) return fromDouble(value)
  const magnitude = digits < 0n ? -digits : digits
  return places <= 9 && magnitude <= 2n ** 51n ? rational(digits, 10n ** BigInt(places)) : fromDouble(value)
}
