// As many digits as an exact value may have; more, and larger powers, would make a list dear to add up.
const maxDigits = 154
const maxPower = 60
const shape = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/

/** As many digits as a double adds up a few of without loss. */
const shortDigits = 14
const shortSum = 2 ** 52

/** What was added up of one power of ten: a long list of short numbers needs few big ones. */
interface Sum {
  short: number
  long: bigint
}

function addDecimal(text: string, sums: Map<number, Sum>): boolean {
  const [, sign = '', whole = '', fraction = '', power = '0'] = shape.exec(text.slice(0, maxDigits + 1)) ?? []
  if (whole === '' || text.length > maxDigits || Math.abs(Number(power)) > maxPower) return false
  const exponent = Number(power) - fraction.length
  let sum = sums.get(exponent)
  if (sum === undefined) sums.set(exponent, (sum = { short: 0, long: 0n }))
  const digits = `${sign === '-' ? sign : ''}${whole}${fraction}`
  if (digits.length > shortDigits) sum.long += BigInt(digits)
  else sum.short += Number(digits)
  if (Math.abs(sum.short) < shortSum) return true
  sum.long += BigInt(sum.short)
  sum.short = 0
  return true
}

/**
 * The mean of decimal numbers, or, with 1 as count, their sum: all digits where it is whole, else those of the nearest double, with an
 * exponent where they would look whole. `undefined` where one of them has more than 154 characters or a power of ten beyond 60.
 */
export function decimalMean(texts: readonly string[], count: number = texts.length): string | undefined {
  const sums = new Map<number, Sum>()
  for (const text of texts) if (!addDecimal(text, sums)) return undefined
  const lowest = Math.min(0, ...sums.keys())
  let sum = 0n
  for (const [exponent, { short, long }] of sums)
    sum += (long + BigInt(short)) * 10n ** BigInt(exponent - lowest)
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
