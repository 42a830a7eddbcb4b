/**
 * A number as the unevaluated sum of two doubles, about 106 bits. Sums of integers below 2^53 are exact whatever their order,
 * so windows merge without rounding. Formulas: Dekker 1971, "A floating-point technique for extending the available precision".
 */
export interface DoubleDouble {
  hi: number
  lo: number
}

/** Adds `hi + lo` to `into`. */
export function accumulate(into: DoubleDouble, hi: number, lo: number): void {
  const sum = into.hi + hi
  const part = sum - into.hi
  const low = into.hi - (sum - part) + (hi - part) + into.lo + lo
  into.hi = sum + low
  into.lo = low - (into.hi - sum)
}

/** `a * b`, exactly, for magnitudes between 1e-130 and 1e130. */
export function product(a: number, b: number): DoubleDouble {
  const hi = a * b
  const aHigh = upperHalf(a)
  const bHigh = upperHalf(b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  return { hi, lo: aHigh * bHigh - hi + aHigh * bLow + aLow * bHigh + aLow * bLow }
}

/** The 26 leading bits; 2^27 + 1 is Veltkamp's constant for doubles. */
function upperHalf(value: number): number {
  const scaled = value * 134_217_729
  return scaled - (scaled - value)
}

/** `sqrt(squares / count - (sum / count)^2)` without the cancellation that makes NaN of large values. */
export function deviation(count: number, sum: DoubleDouble, squares: DoubleDouble): number {
  const total = product(count, squares.hi)
  total.lo += count * squares.lo
  const square = product(sum.hi, sum.hi)
  accumulate(total, -square.hi, -(square.lo + 2 * sum.hi * sum.lo))
  return Math.sqrt(Math.max(0, total.hi)) / count
}
