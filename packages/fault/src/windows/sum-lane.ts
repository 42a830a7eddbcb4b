import type { Chunk } from './chunk.ts'
import { highHalf } from './chunk.ts'
import { countMask, newestPane, type PaneWindow, scaledBit } from './pane-window.ts'

/**
 * The sum of a pane: a double, and what rounding took from it as a float of 24 bits, in units of the double's last place, 77 bits in all.
 * So `n` equal values (up to 2^24) have exactly `n` times their sum, at every magnitude. Beyond 2^1000 a pane keeps 2^-64 of its sum.
 */
const hugeSum = 2 ** 1000
const scale = 2 ** -64

// Of doubles with each exponent, the last place; below 2^-958 that of 2^-958, whose reciprocal is still a number.
const exponents = Array.from({ length: 2048 }, (_, exponent) => Math.max(exponent, 64) - 1075)
const unit = Float64Array.from(exponents, (exponent) => 2 ** exponent)
const perUnit = Float64Array.from(exponents, (exponent) => 2 ** -exponent)

const unitIndex = (u32: Uint32Array, word: number): number => ((u32[2 * word + highHalf] ?? 0) >>> 20) & 0x7ff

/** Adds a number to the pane at word `pane`, whose sum lies in the next; what is not finite makes the sum NaN. */
export function addToSum(chunk: Chunk, pane: number, value: number): void {
  const { f64, f32, u32 } = chunk
  const before = f64[pane + 1] ?? 0
  const isScaled = (u32[2 * pane] ?? 0) >= scaledBit
  let sum = before + value
  if (isScaled || !(Math.abs(sum) < hugeSum)) {
    addHuge(chunk, pane, value, isScaled)
    return
  }
  const share = sum - before
  const low = before - (sum - share) + (value - share)
  const kept = f32[2 * pane + 1] ?? 0
  if (low === 0 && kept === 0) {
    f64[pane + 1] = sum
    return
  }
  const rest = kept * (unit[unitIndex(u32, pane + 1)] ?? 0) + low
  const high = sum + rest
  const part = high - sum
  sum = sum - (high - part) + (rest - part)
  f64[pane + 1] = high
  f32[2 * pane + 1] = sum * (perUnit[unitIndex(u32, pane + 1)] ?? 0)
}

function addHuge(chunk: Chunk, pane: number, value: number, isScaled: boolean): void {
  const { f64, u32 } = chunk
  const before = f64[pane + 1] ?? 0
  if (!Number.isFinite(value) || Number.isNaN(before)) {
    f64[pane + 1] = NaN
    return
  }
  const count = u32[2 * pane] ?? 0
  u32[2 * pane] = count & countMask
  f64[pane + 1] = isScaled ? before : before * scale
  addToSum(chunk, pane, value * scale)
  u32[2 * pane] = (count | scaledBit) >>> 0
}

/** A sum of panes: `high + low`, scaled or not, of `count` samples. Reused, so that nothing is allocated. */
const total = { high: 0, low: 0, count: 0 }

/** The mean of the newest `live` panes. Between their least and their greatest value; NaN where one is not finite. */
export function meanOfPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): number {
  const isScaled = addPanes(window, chunk, header, live)
  const mean = quotient(total.high, total.low, total.count)
  return isScaled ? mean / scale : mean
}

/** The sum of the newest `live` panes; NaN where it is not finite. */
export function sumOfPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): number {
  const isScaled = addPanes(window, chunk, header, live)
  const sum = total.high + total.low
  return isScaled ? sum / scale : sum
}

/** Adds up into {@link total}; true where that is scaled. */
function addPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): boolean {
  const { f64, f32, u32 } = chunk
  const { stride } = window
  const first = header + window.headerWords
  let pane = newestPane(window, chunk, header)
  let high = 0
  let low = 0
  let count = 0
  let flags = 0
  for (let left = live; left > 0; left -= 1) {
    const value = f64[pane + 1] ?? 0
    const counted = u32[2 * pane] ?? 0
    const sum = high + value
    const share = sum - high
    const rest = f32[2 * pane + 1] ?? 0
    let lost = high - (sum - share) + (value - share)
    if (rest !== 0) lost += rest * (unit[unitIndex(u32, pane + 1)] ?? 0)
    low += lost
    high = sum
    flags |= counted
    count += counted & countMask
    pane = pane === first ? first + window.ringWords - stride : pane - stride
  }
  total.high = high
  total.low = low
  total.count = count
  if (flags >= 0) return false
  addScaledPanes(window, chunk, header, live)
  return true
}

/** The same where a pane is scaled: all are added as if they were. */
function addScaledPanes(window: PaneWindow, chunk: Chunk, header: number, live: number): void {
  const { f64, f32, u32 } = chunk
  const first = header + window.headerWords
  let pane = newestPane(window, chunk, header)
  total.high = 0
  total.low = 0
  for (let left = live; left > 0; left -= 1) {
    const factor = (u32[2 * pane] ?? 0) >= scaledBit ? 1 : scale
    const value = (f64[pane + 1] ?? 0) * factor
    const sum = total.high + value
    const share = sum - total.high
    total.low += total.high - (sum - share) + (value - share)
    total.low += (f32[2 * pane + 1] ?? 0) * (unit[unitIndex(u32, pane + 1)] ?? 0) * factor
    total.high = sum
    pane = pane === first ? first + window.ringWords - window.stride : pane - window.stride
  }
}

/** `(high + low) / count` to the nearest double or one as near: what the first division leaves is divided again. */
export function quotient(high: number, low: number, count: number): number {
  const near = high / count
  // A division of doubles is the nearest already.
  if (low === 0) return near
  const product = near * count
  return near + (high - product - lowPart(near, count, product) + low) / count
}

/** What rounding took from a product. Dekker 1971, "A floating-point technique for extending the available precision". */
function lowPart(a: number, b: number, product: number): number {
  const aHigh = upperHalf(a)
  const bHigh = upperHalf(b)
  const aLow = a - aHigh
  const bLow = b - bHigh
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow
}

/** The 26 leading bits; 2^27 + 1 is Veltkamp's constant for doubles. */
function upperHalf(value: number): number {
  const scaled = value * 134_217_729
  return scaled - (scaled - value)
}
