import { accumulate, product, type DoubleDouble } from './double-double.ts'
import type { NumberPoint, NumericRollup } from './rollups.ts'

/** A numeric window that still takes samples. Every field is independent of the order in which they come. */
export interface NumericCell {
  readonly kind: 'numeric'
  count: number
  readonly sum: DoubleDouble
  readonly squares: DoubleDouble
  min: number
  max: number
  firstTime: number
  firstValue: number
  lastTime: number
  lastValue: number
}

/** A window without samples. */
export const createNumericCell = (): NumericCell => ({
  kind: 'numeric',
  count: 0,
  sum: { hi: 0, lo: 0 },
  squares: { hi: 0, lo: 0 },
  min: Infinity,
  max: -Infinity,
  firstTime: Infinity,
  firstValue: 0,
  lastTime: -Infinity,
  lastValue: 0,
})

/** Takes `weight` values of `value` that add up to `total`. */
export function recordNumber(
  cell: NumericCell,
  time: number,
  value: number,
  weight: number,
  total: number,
): void {
  cell.count += weight
  accumulate(cell.sum, total, 0)
  const square = product(value, value)
  if (weight === 1) {
    accumulate(cell.squares, square.hi, square.lo)
  } else {
    const weighted = product(square.hi, weight)
    accumulate(cell.squares, weighted.hi, weighted.lo + square.lo * weight)
  }
  if (value < cell.min) cell.min = value
  if (value > cell.max) cell.max = value
  if (time < cell.firstTime || (time === cell.firstTime && value < cell.firstValue)) {
    cell.firstTime = time
    cell.firstValue = value
  }
  if (time > cell.lastTime || (time === cell.lastTime && value > cell.lastValue)) {
    cell.lastTime = time
    cell.lastValue = value
  }
}

/** The state as plain data. */
export const numericRollup = (cell: NumericCell): NumericRollup => ({
  kind: 'numeric',
  count: cell.count,
  sum: cell.sum.hi,
  sumLow: cell.sum.lo,
  squares: cell.squares.hi,
  squaresLow: cell.squares.lo,
  min: cell.min,
  max: cell.max,
  first: { time: cell.firstTime, value: cell.firstValue },
  last: { time: cell.lastTime, value: cell.lastValue },
})

/** Both windows together, in any order. */
export function mergeNumeric(a: NumericRollup, b: NumericRollup): NumericRollup {
  const sum = { hi: a.sum, lo: a.sumLow }
  accumulate(sum, b.sum, b.sumLow)
  const squares = { hi: a.squares, lo: a.squaresLow }
  accumulate(squares, b.squares, b.squaresLow)
  return {
    kind: 'numeric',
    count: a.count + b.count,
    sum: sum.hi,
    sumLow: sum.lo,
    squares: squares.hi,
    squaresLow: squares.lo,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    first: compareNumbers(a.first, b.first) <= 0 ? a.first : b.first,
    last: compareNumbers(a.last, b.last) >= 0 ? a.last : b.last,
  }
}

/** By time, then by value: a total order, so that the order of arrival decides nothing. */
const compareNumbers = (a: NumberPoint, b: NumberPoint): number => a.time - b.time || a.value - b.value
