/** One bin of a histogram, as {@link Histogram} has it. */
export interface HistogramBin {
  readonly value: number
  readonly exponent: number
}

const powers = Array.from({ length: 256 }, (_, index) => Number(`1e${index - 128}`))
const zero: HistogramBin = { value: 0, exponent: 0 }

/** The OpenHistogram bin of a number, bit for bit that of circllhist; `undefined` where it has none: beyond 1e128, not finite, and a hair below a power of ten from 1e65 on. */
export function histogramBin(number: number): HistogramBin | undefined {
  if (!Number.isFinite(number)) return undefined
  if (number === 0) return zero
  const magnitude = Math.abs(number)
  const exponent = Math.floor(Math.log10(magnitude))
  if (exponent < -128) return zero
  const power = powers[exponent + 128]
  if (power === undefined) return undefined
  // The nudge of the reference: 99.99999999999999 lies in the bin of 100.
  const digits = Math.floor((magnitude / power) * 10 + 1e-13)
  const isNext = digits === 100
  const leading = isNext ? 10 : digits
  const place = isNext ? exponent + 1 : exponent
  // Just below a power from 1e65 on, the rounded logarithm is that of the power; the reference has no bin there either.
  if (leading < 10 || leading > 99 || place > 127) return undefined
  return { value: number < 0 ? -leading : leading, exponent: place }
}
