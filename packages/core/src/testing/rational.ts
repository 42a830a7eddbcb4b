/** A fraction of whole numbers: nothing is rounded before {@link nearestDouble} is asked. */
export interface Rational {
  readonly numerator: bigint
  /** Positive. */
  readonly denominator: bigint
}

export const rational = (numerator: bigint, denominator = 1n): Rational => ({ numerator, denominator })

const view = new DataView(new ArrayBuffer(8))

/** What a double is, which is `mantissa * 2^exponent`. */
export function fromDouble(value: number): Rational {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  if (biased === 0x7ff) throw new RangeError(`${value} is no number`)
  const fraction = bits & 0xf_ffff_ffff_ffffn
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n)
  const signed = value < 0 ? -mantissa : mantissa
  const exponent = Math.max(biased, 1) - 1075
  if (exponent >= 0) return rational(signed << BigInt(exponent))
  return rational(signed, 1n << BigInt(-exponent))
}

export function plus(a: Rational, b: Rational): Rational {
  const [more, less] = a.denominator < b.denominator ? [b, a] : [a, b]
  // Denominators are powers of two, all of them times one count at most: the larger one mostly holds the smaller.
  return more.denominator % less.denominator === 0n
    ? rational(more.numerator + less.numerator * (more.denominator / less.denominator), more.denominator)
    : rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)
}

const negated = ({ numerator, denominator }: Rational): Rational => rational(-numerator, denominator)

export const minus = (a: Rational, b: Rational): Rational => plus(a, negated(b))

export const times = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator)

export const dividedBy = (a: Rational, b: Rational): Rational => {
  const sign = b.numerator < 0n ? -1n : 1n
  return rational(sign * a.numerator * b.denominator, sign * a.denominator * b.numerator)
}

export const total = (values: readonly Rational[]): Rational => values.reduce(plus, rational(0n))

/** The nearest double, of two the even one. */
export function nearestDouble({ numerator, denominator }: Rational): number {
  const magnitude = numerator < 0n ? -numerator : numerator
  // A double has no bits below 2^-1074.
  const shift = BigInt(Math.min(1074, Math.max(0, 70 - bitLength(magnitude) + bitLength(denominator))))
  const [scaled, exact] = [(magnitude << shift) / denominator, (magnitude << shift) % denominator === 0n]
  const rounded = toDouble(scaled, exact) * 2 ** -Number(shift)
  return numerator < 0n ? -rounded : rounded
}

/** The double that is nearest to the square root. */
export function nearestRoot({ numerator, denominator }: Rational): number {
  const shift = BigInt(Math.max(0, 70 - (bitLength(numerator) >> 1) + (bitLength(denominator) >> 1)))
  const square = (numerator << (2n * shift)) / denominator
  const root = wholeRoot(square)
  const exact = root * root * denominator === numerator << (2n * shift)
  return toDouble(root, exact) * 2 ** -Number(shift)
}

/** How many doubles lie from one to the other. */
export const ulpsBetween = (a: number, b: number): number => Math.abs(Number(ordinal(a) - ordinal(b)))

/** `Number` rounds a bigint to the nearest double; a last bit stands for whatever comes behind it. */
const toDouble = (value: bigint, exact: boolean): number => Number((value << 1n) | (exact ? 0n : 1n)) / 2

/** To four bits. */
const bitLength = (value: bigint): number => value.toString(16).length * 4

function wholeRoot(square: bigint): bigint {
  if (square < 2n) return square
  let root = 1n << BigInt((bitLength(square) >> 1) + 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

function ordinal(value: number): bigint {
  view.setFloat64(0, value)
  const bits = view.getBigInt64(0)
  return bits < 0n ? -(bits & 0x7fff_ffff_ffff_ffffn) : bits
}
