// As many digits as an exact value may have; more, and larger powers, would make a list dear to add up.
const maxDigits = 154
const maxPower = 60
const shape = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

interface Decimal {
  readonly digits: bigint
  /** Power of ten. */
  readonly exponent: number
}

function readDecimal(text: string): Decimal | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] = shape.exec(text.slice(0, maxDigits + 1)) ?? []
  const exponent = Number(power) - fraction.length
  if (whole === '' || text.length > maxDigits || Math.abs(Number(power)) > maxPower) return undefined
  const digits = BigInt(whole + fraction)
  return { digits: sign === '-' ? -digits : digits, exponent }
}

/**
 * The mean of decimal numbers, or, with 1 as divisor, their sum: all digits where it is whole, else those of the nearest double, with an
 * exponent where they would look whole. `undefined` where one of them has more than 154 characters or a power of ten beyond 60.
 */
export function decimalMean(texts: readonly string[], count: number = texts.length): string | undefined {
  const decimals: Decimal[] = []
  for (const text of texts) {
    const decimal = readDecimal(text)
    if (decimal === undefined) return undefined
    decimals.push(decimal)
  }
  const lowest = decimals.reduce((least, { exponent }) => Math.min(least, exponent), 0)
  const sum = decimals.reduce((total, one) => total + one.digits * 10n ** BigInt(one.exponent - lowest), 0n)
  const divisor = BigInt(count) * 10n ** BigInt(-lowest)
  if (sum % divisor === 0n) return String(sum / divisor)
  const mean = nearestQuotient(sum, divisor)
  return Number.isInteger(mean) ? mean.toExponential() : String(mean)
}

/** With so many places behind the point that a last 1 for all that follow decides every tie. */
function nearestQuotient(dividend: bigint, divisor: bigint): number {
  const places = 30 + String(divisor).length
  const digits = (dividend * 10n ** BigInt(places)) / divisor
  const rest = digits * divisor === dividend * 10n ** BigInt(places) ? 0 : 1
  return Number(`${digits}${rest}e-${places + 1}`)
}
