/** One bin of a histogram, as {@link Histogram} has it. */
export interface HistogramBin {
  readonly value: number
  readonly exponent: number
}

const powers = Array.from({ length: 256 }, (_, index) => Number(`1e${index - 128}`))
const zero: HistogramBin = { value: 0, exponent: 0 }

/** The OpenHistogram bin of a number, bit for bit that of circllhist; `undefined` where it has none: beyond 1e128, not finite. */
export function histogramBin(number: number): HistogramBin | undefined {
  if (!Number.isFinite(number)) return undefined
  if (number === 0) return zero
  const magnitude = Math.abs(number)
  const exponent = Math.floor(Math.log10(magnitude))
  if (exponent < -128) return zero
  if (exponent > 127) return undefined
  // The nudge of the reference: 99.99999999999999 lies in the bin of 100.
  const digits = Math.floor((magnitude / (powers[exponent + 128] ?? 1)) * 10 + 1e-13)
  if (digits === 100)
    return exponent === 127 ? undefined : { value: sign(number, 10), exponent: exponent + 1 }
  if (digits === 0) return zero
  return digits < 10 || digits > 99 ? undefined : { value: sign(number, digits), exponent }
}

const sign = (number: number, digits: number): number => (number < 0 ? -digits : digits)
