import {
  add,
  addProduct,
  addQuotient,
  partsOf,
  productOf,
  sumOf,
  type ExactSum,
} from '@tocsin/core/exact-sum'
import type { NumberPoint, NumericRollup } from './rollups.ts'

/** A numeric window that still takes samples. Every field is independent of the order in which they come. */
export interface NumericCell {
  readonly kind: 'numeric'
  count: ExactSum
  sum: ExactSum
  squares: ExactSum
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
  count: [],
  sum: [],
  squares: [],
  min: Infinity,
  max: -Infinity,
  firstTime: Infinity,
  firstValue: 0,
  lastTime: -Infinity,
  lastValue: 0,
})

/** Takes `weight` values of `value`, which add up to `total` where that is not their product. */
export function recordNumber(
  cell: NumericCell,
  time: number,
  value: number,
  weight: number,
  total?: number,
): void {
  if (total !== undefined) recordTotal(cell, total, weight)
  else if (weight === 1 && cell.count.length === 0) begin(cell, value)
  else recordProducts(cell, value, weight)
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

/** Of many series most windows hold one value: they are kept small. */
function begin(cell: NumericCell, value: number): void {
  cell.count = [1]
  cell.sum = value === 0 ? [] : [value]
  cell.squares = productOf(value, value)
}

function recordProducts(cell: NumericCell, value: number, weight: number): void {
  add(cell.count, weight)
  if (weight === 1) {
    add(cell.sum, value)
    addProduct(cell.squares, value, value)
    return
  }
  addProduct(cell.sum, value, weight)
  for (const part of productOf(value, value)) addProduct(cell.squares, part, weight)
}

/** The value is `total / weight`, which is rounded; the square of that would not fit the total. */
function recordTotal(cell: NumericCell, total: number, weight: number): void {
  add(cell.count, weight)
  add(cell.sum, total)
  addQuotient(cell.squares, productOf(total, total), weight)
}

/** The state as plain data. */
export const numericRollup = (cell: NumericCell): NumericRollup => ({
  kind: 'numeric',
  ...totals(cell.count, cell.sum, cell.squares),
  min: cell.min,
  max: cell.max,
  first: { time: cell.firstTime, value: cell.firstValue },
  last: { time: cell.lastTime, value: cell.lastValue },
})

/** The window of one value of weight 1; everything follows from that. */
export function singleNumber({ time, value }: NumberPoint): NumericRollup {
  const cell = createNumericCell()
  recordNumber(cell, time, value, 1)
  return numericRollup(cell)
}

/** Both windows together, in any order. */
export function mergeNumeric(a: NumericRollup, b: NumericRollup): NumericRollup {
  return {
    kind: 'numeric',
    ...totals(
      sumOf(countParts(a), countParts(b)),
      sumOf(sumParts(a), sumParts(b)),
      sumOf(squaresParts(a), squaresParts(b)),
    ),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    first: compareNumbers(a.first, b.first) <= 0 ? a.first : b.first,
    last: compareNumbers(a.last, b.last) >= 0 ? a.last : b.last,
  }
}

/** What adds up to `count`, `sum` and the sum of the squares, exactly. */
export const countParts = ({ count, rest }: NumericRollup): number[] => [count, ...(rest?.count ?? [])]
export const sumParts = ({ sum, sumLow, rest }: NumericRollup): number[] => [
  sum,
  sumLow,
  ...(rest?.sum ?? []),
]
export const squaresParts = ({ squares, squaresLow, rest }: NumericRollup): number[] => [
  squares,
  squaresLow,
  ...(rest?.squares ?? []),
]

type Totals = Pick<NumericRollup, 'count' | 'sum' | 'sumLow' | 'squares' | 'squaresLow' | 'rest'>

function totals(exactCount: ExactSum, exactSum: ExactSum, exactSquares: ExactSum): Totals {
  const [count = 0, ...countRest] = partsOf(exactCount)
  const [sum = 0, sumLow = 0, ...sumRest] = partsOf(exactSum)
  const [squares = 0, squaresLow = 0, ...squaresRest] = partsOf(exactSquares)
  const told = { count, sum, sumLow, squares, squaresLow }
  if (countRest.length + sumRest.length + squaresRest.length === 0) return told
  return { ...told, rest: { count: countRest, sum: sumRest, squares: squaresRest } }
}

/** By time, then by value: a total order, so that the order of arrival decides nothing. */
const compareNumbers = (a: NumberPoint, b: NumberPoint): number => a.time - b.time || a.value - b.value
