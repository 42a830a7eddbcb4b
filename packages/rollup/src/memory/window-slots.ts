import { decimalsOf, powersOfTen, scaledDecimal } from '../engine/decimals.ts'
import type { RowTable } from '../rows/row-table.ts'

/** Numbers that a series has in a page. */
export const slotCount = 16

/** What they are. X is a value times `scale`, a whole number; times are ms. */
export const slot = {
  /** Newest time of the series: only what is newer comes in order. */
  last: 0,
  /** End of the window that is or was open. */
  end: 1,
  mode: 2,
  /** 10^decimals. */
  scale: 3,
  /** X of the first number, or of the last reading of a counter. */
  pivot: 4,
  /** Sum of weight * (X - pivot); growth of a counter. */
  sum: 5,
  /** Sum of weight * (X - pivot)^2, what is below 2^52; a counter's readings after falls. */
  low: 6,
  /** The same, in units of 2^52; a counter's falls. */
  high: 7,
  count: 8,
  /** Smallest value; a counter's time in falls. */
  min: 9,
  max: 10,
  lastValue: 11,
  firstTime: 12,
  firstValue: 13,
  /** Start of the latest window with readings that is not the open one. */
  before: 14,
  /** The last flush that closed what was due of the series. */
  swept: 15,
} as const

/** What a series has open. */
export const mode = {
  unseen: -1,
  none: 0,
  gauges: 1,
  /** Numbers, of which events may have come in any order. */
  events: 2,
  counter: 3,
  /** The columns cannot hold it. */
  spilled: 4,
} as const

/** Largest X: sums of differences and their products stay whole numbers that a double holds. */
const maxScaled = 2 ** 50
const unit = 2 ** 52
const half = 2 ** 26
const bigUnit = 2n ** 52n

/** Begins with a number; whether the columns hold it. */
export function beginNumbers(page: Float64Array, at: number, value: number, weight: number): boolean {
  if (!beginScale(page, at, value) || !Number.isInteger(weight)) return false
  page[at + slot.sum] = 0
  page[at + slot.low] = 0
  page[at + slot.high] = 0
  page[at + slot.count] = weight
  page[at + slot.min] = value
  page[at + slot.max] = value
  return true
}

/** Begins with a counter's reading; whether the columns hold it. */
export function beginCounter(page: Float64Array, at: number, value: number): boolean {
  if (!beginScale(page, at, value)) return false
  page[at + slot.sum] = 0
  page[at + slot.low] = 0
  page[at + slot.high] = 0
  page[at + slot.count] = 1
  page[at + slot.min] = 0
  return true
}

function beginScale(page: Float64Array, at: number, value: number): boolean {
  const places = decimalsOf(value)
  const scaled = places < 0 ? Infinity : scaledDecimal(value, places)
  if (!(Math.abs(scaled) <= maxScaled)) return false
  page[at + slot.scale] = powersOfTen[places] ?? 1
  page[at + slot.pivot] = scaled
  page[at + slot.firstValue] = value
  page[at + slot.lastValue] = value
  return true
}

/** Adds a number, but for its time; whether the columns hold it. Nothing has changed where they do not. */
export function addNumber(page: Float64Array, at: number, value: number, weight: number): boolean {
  let scale = page[at + slot.scale] ?? 1
  let scaled = Math.round(value * scale)
  if (scaled / scale !== value) {
    if (!raise(page, at, value, false)) return false
    scale = page[at + slot.scale] ?? 1
    scaled = Math.round(value * scale)
  }
  const distance = scaled - (page[at + slot.pivot] ?? 0)
  if (weight === 1 && distance < half && distance > -half && scaled <= maxScaled && scaled >= -maxScaled) {
    const sum = (page[at + slot.sum] ?? 0) + distance
    if (sum > unit || sum < -unit) return false
    page[at + slot.sum] = sum
    addLow(page, at, distance * distance)
  } else if (!addFar(page, at, scaled, distance, weight)) return false
  page[at + slot.count] = (page[at + slot.count] ?? 0) + weight
  if (value < (page[at + slot.min] ?? 0)) page[at + slot.min] = value
  if (value > (page[at + slot.max] ?? 0)) page[at + slot.max] = value
  return true
}

/** Adds what is at most 2^52 to the squares. */
function addLow(page: Float64Array, at: number, square: number): void {
  const low = (page[at + slot.low] ?? 0) + square
  if (low < unit) page[at + slot.low] = low
  else {
    page[at + slot.low] = low - unit
    page[at + slot.high] = (page[at + slot.high] ?? 0) + 1
  }
}

/** Adds a number that is far from the first, or has a weight. */
function addFar(page: Float64Array, at: number, scaled: number, distance: number, weight: number): boolean {
  if (!(Math.abs(scaled) <= maxScaled) || !Number.isInteger(weight)) return false
  const share = distance * weight
  const sum = (page[at + slot.sum] ?? 0) + share
  const count = (page[at + slot.count] ?? 0) + weight
  if (Math.abs(share) > unit || Math.abs(sum) > unit || count > unit) return false
  const square = distance * distance * weight
  if (square <= unit) addLow(page, at, square)
  else {
    // 2^104 is far, and beyond it this would be no whole number.
    if (weight !== 1 || (page[at + slot.high] ?? 0) > unit / 4) return false
    const near = Math.abs(distance)
    const upper = Math.floor(near / half)
    const lower = near - upper * half
    const middle = 2 * upper * lower
    const middleUpper = Math.floor(middle / half)
    page[at + slot.high] = (page[at + slot.high] ?? 0) + upper * upper + middleUpper
    addLow(page, at, (middle - middleUpper * half) * half)
    addLow(page, at, lower * lower)
  }
  page[at + slot.sum] = sum
  return true
}

/** Takes note of an event that is earlier than the first number, or smaller at the same time; whether the columns hold that. */
export function firstOf(page: Float64Array, at: number, time: number, value: number): boolean {
  const firstTime = page[at + slot.firstTime] ?? 0
  const firstValue = page[at + slot.firstValue] ?? 0
  if (time > firstTime || (time === firstTime && value >= firstValue)) return true
  if (!raise(page, at, value, false)) return false
  const scaled = Math.round(value * (page[at + slot.scale] ?? 1))
  if (!(Math.abs(scaled) <= maxScaled) || !movePivot(page, at, scaled)) return false
  page[at + slot.firstTime] = time
  page[at + slot.firstValue] = value
  return true
}

/** Sums about another number. */
function movePivot(page: Float64Array, at: number, pivot: number): boolean {
  const by = BigInt((page[at + slot.pivot] ?? 0) - pivot)
  const count = BigInt(page[at + slot.count] ?? 0)
  const sum = BigInt(page[at + slot.sum] ?? 0)
  const squares = squaresOf(page, at) + 2n * by * sum + count * by * by
  if (!setSums(page, at, sum + count * by, squares)) return false
  page[at + slot.pivot] = pivot
  return true
}

const squaresOf = (page: Float64Array, at: number): bigint =>
  BigInt(page[at + slot.high] ?? 0) * bigUnit + BigInt(page[at + slot.low] ?? 0)

function setSums(page: Float64Array, at: number, sum: bigint, squares: bigint): boolean {
  if (sum > bigUnit || sum < -bigUnit || squares / bigUnit > bigUnit / 2n) return false
  page[at + slot.sum] = Number(sum)
  page[at + slot.high] = Number(squares / bigUnit)
  page[at + slot.low] = Number(squares % bigUnit)
  return true
}

/** Scales by as many places as the value has; whether the columns hold that. */
function raise(page: Float64Array, at: number, value: number, isCounter: boolean): boolean {
  const scale = page[at + slot.scale] ?? 1
  const places = decimalsOf(value)
  if (places < 0) return false
  const factor = (powersOfTen[places] ?? 1) / scale
  if (factor <= 1) return true
  const pivot = (page[at + slot.pivot] ?? 0) * factor
  if (Math.abs(pivot) > maxScaled) return false
  if (isCounter) {
    const growth = (page[at + slot.sum] ?? 0) * factor
    const afterResets = (page[at + slot.low] ?? 0) * factor
    if (Math.abs(growth) > unit || Math.abs(afterResets) > unit) return false
    page[at + slot.sum] = growth
    page[at + slot.low] = afterResets
  } else {
    const by = BigInt(factor)
    if (!setSums(page, at, BigInt(page[at + slot.sum] ?? 0) * by, squaresOf(page, at) * by * by)) return false
  }
  page[at + slot.pivot] = pivot
  page[at + slot.scale] = scale * factor
  return true
}

/** Adds a counter's next reading, but for its time; whether the columns hold it. Nothing has changed where they do not. */
export function addReading(
  page: Float64Array,
  at: number,
  time: number,
  value: number,
  mayFall: boolean,
): boolean {
  let scale = page[at + slot.scale] ?? 1
  let scaled = Math.round(value * scale)
  if (scaled / scale !== value) {
    if (!raise(page, at, value, true)) return false
    scale = page[at + slot.scale] ?? 1
    scaled = Math.round(value * scale)
  }
  if (!(scaled <= maxScaled && scaled >= -maxScaled)) return false
  const step = scaled - (page[at + slot.pivot] ?? 0)
  if (step >= 0) {
    const growth = (page[at + slot.sum] ?? 0) + step
    if (growth > unit) return false
    page[at + slot.sum] = growth
  } else {
    const afterResets = (page[at + slot.low] ?? 0) + scaled
    if (!mayFall || Math.abs(afterResets) > unit) return false
    page[at + slot.low] = afterResets
    page[at + slot.high] = (page[at + slot.high] ?? 0) + 1
    page[at + slot.min] = (page[at + slot.min] ?? 0) + time - (page[at + slot.last] ?? 0)
  }
  page[at + slot.pivot] = scaled
  page[at + slot.count] = (page[at + slot.count] ?? 0) + 1
  return true
}

function sharedInto(table: RowTable, row: number, page: Float64Array, at: number, start: number): void {
  table.flags[row] = 0
  table.decimals[row] = powersOfTen.indexOf(page[at + slot.scale] ?? 1)
  table.count[row] = page[at + slot.count] ?? 0
  table.first[row] = page[at + slot.firstValue] ?? 0
  table.firstTime[row] = (page[at + slot.firstTime] ?? 0) - start
  table.last[row] = page[at + slot.lastValue] ?? 0
  table.lastTime[row] = (page[at + slot.last] ?? 0) - start
}

/** Writes the numbers of a window as a row. */
export function numbersInto(
  table: RowTable,
  row: number,
  page: Float64Array,
  at: number,
  start: number,
): void {
  sharedInto(table, row, page, at, start)
  table.min[row] = page[at + slot.min] ?? 0
  table.max[row] = page[at + slot.max] ?? 0
  table.sum[row] = page[at + slot.sum] ?? 0
  const high = (page[at + slot.high] ?? 0) * unit
  const low = page[at + slot.low] ?? 0
  const spread = high + low
  table.spread[row] = spread
  table.spreadLow[row] = low - (spread - high)
}

/** Writes the readings of a counter in a window as a row. */
export function counterInto(
  table: RowTable,
  row: number,
  page: Float64Array,
  at: number,
  start: number,
): void {
  sharedInto(table, row, page, at, start)
  table.growth[row] = page[at + slot.sum] ?? 0
  table.afterResets[row] = page[at + slot.low] ?? 0
  table.resets[row] = page[at + slot.high] ?? 0
  table.dropMs[row] = page[at + slot.min] ?? 0
}
