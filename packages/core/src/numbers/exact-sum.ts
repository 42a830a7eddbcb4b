/**
 * A sum of doubles with nothing lost: parts that add up to it exactly, the small before the large, without overlap and zeros.
 * So neither the order of adding nor where a sum was cut and put together again changes a bit. Formulas: Shewchuk 1997,
 * "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates".
 */
export type ExactSum = number[]

/** Adds a number. */
export function add(sum: ExactSum, value: number): void {
  let high = value
  let kept = 0
  for (let at = 0; at < sum.length; at += 1) {
    const part = sum[at] ?? 0
    const total = high + part
    const share = total - high
    const low = high - (total - share) + (part - share)
    if (low !== 0) sum[kept++] = low
    high = total
  }
  if (high !== 0) sum[kept++] = high
  while (kept < sum.length) sum.pop()
}

/** `a * b`: exactly for magnitudes between 1e-130 and 1e130. */
export function productOf(a: number, b: number): ExactSum {
  const high = a * b
  const low = lowPart(a, b, high)
  // Written out, since an array that grows takes room for 17 numbers at once.
  if (low !== 0) return [low, high]
  return high === 0 ? [] : [high]
}

/** Adds {@link productOf}. */
export function addProduct(sum: ExactSum, a: number, b: number): void {
  const high = a * b
  add(sum, lowPart(a, b, high))
  add(sum, high)
}

/** What rounding took from a product. Dekker 1971, "A floating-point technique for extending the available precision". */
function lowPart(a: number, b: number, high: number): number {
  const aHigh = upperHalf(a)
  const bHigh = upperHalf(b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  return aHigh * bHigh - high + aHigh * bLow + aLow * bHigh + aLow * bLow
}

/** The 26 leading bits; 2^27 + 1 is Veltkamp's constant for doubles. */
function upperHalf(value: number): number {
  const scaled = value * 134_217_729
  return scaled - (scaled - value)
}

/** The sum of numbers in any order, as those of {@link partsOf} are. */
export function sumOf(...lists: readonly (readonly number[])[]): ExactSum {
  const sum: ExactSum = []
  for (const list of lists) for (const value of list) add(sum, value)
  return sum
}

/** The double that is nearest to the sum, of two the even one. */
export function nearest(sum: ExactSum): number {
  let at = sum.length - 1
  let high = sum[at] ?? 0
  let low = 0
  while (at > 0 && low === 0) {
    at -= 1
    const part = sum[at] ?? 0
    const total = high + part
    low = part - (total - high)
    high = total
  }
  // Where `low` is half a unit, `high` is even; the sign of what follows tells whether the sum lies beyond the middle.
  const behind = at > 0 ? sum[at - 1] : undefined
  const isBeyond = behind !== undefined && behind > 0 === low > 0
  const neighbour = high + low * 2
  return isBeyond && neighbour - high === low * 2 ? neighbour : high
}

/** The nearest double, then that of what is missing, and so on to the last bit: equal sums have equal parts. Empty for 0. */
export function partsOf(sum: ExactSum): number[] {
  if (sum.length <= 1) return [...sum]
  const parts: number[] = []
  const rest = [...sum]
  while (rest.length > 0) {
    const part = nearest(rest)
    parts.push(part)
    // What overflowed has no parts.
    if (!Number.isFinite(part)) break
    add(rest, -part)
  }
  return parts
}

/** `dividend / divisor` as the nearest double, of two the even one. */
export function quotient(dividend: ExactSum, divisor: ExactSum): number {
  const size = nearest(divisor)
  const estimate = nearest(dividend) / size
  // Division of two doubles rounds right by itself.
  if (dividend.length <= 1 && divisor.length === 1) return estimate
  const near = estimate + nearest(remainderOf(dividend, divisor, estimate)) / size
  const rest = remainderOf(dividend, divisor, near)
  const neighbour = near + (nearest(rest) / size) * 2
  if (neighbour === near) return near
  // Close to the middle of the two: which side it lies on is asked of twice the dividend, exactly.
  const beyond = remainderOf(sumOf(dividend, rest), divisor, neighbour)
  const side = Math.sign(nearest(beyond)) * Math.sign(size) * Math.sign(neighbour - near)
  if (side === 0) return near + (neighbour - near) / 2
  return side > 0 ? neighbour : near
}

/** `dividend - divisor * factor`. */
function remainderOf(dividend: ExactSum, divisor: ExactSum, factor: number): ExactSum {
  const rest = [...dividend]
  for (const part of divisor) addProduct(rest, -factor, part)
  return rest
}

/** Adds each part times a factor. */
export function addScaled(sum: ExactSum, parts: readonly number[], factor: number): void {
  if (factor === 1) for (const part of parts) add(sum, part)
  else for (const part of parts) addProduct(sum, part, factor)
}

/** Adds `dividend / divisor` to about 200 bits; it has no end. */
export function addQuotient(sum: ExactSum, dividend: ExactSum, divisor: number): void {
  const rest = [...dividend]
  for (let digits = 0; digits < 4; digits += 1) {
    const part = nearest(rest) / divisor
    add(sum, part)
    addProduct(rest, -part, divisor)
  }
}
