import {
  add,
  addProduct,
  addQuotient,
  addScaled,
  partsOf,
  productOf,
  type ExactSum,
} from '@tocsin/core/exact-sum'

import {
  decimalsOf,
  maxScaledDecimal,
  nearestTotal,
  powerOfTen,
  rescaled,
  scaledDecimal,
} from './decimals.ts'
import { createArea, foldHeld, heldState, hold } from './held.ts'
import type { HeldState, NumberPoint, NumericExact, NumericRollup } from './rollups.ts'
import type { SequenceAlgebra } from './sequence.ts'

/** What numbers add up to. Every field is independent of the order in which they come. */
export interface NumericTotals {
  decimals: number
  count: ExactSum
  sum: ExactSum
  squares: ExactSum
  doubleSum: ExactSum
  doubleSquares: ExactSum
  min: number
  max: number
  first: NumberPoint | undefined
  last: NumberPoint | undefined
}

/** Of no numbers. */
export const createTotals = (): NumericTotals => ({
  decimals: 0,
  count: [],
  sum: [],
  squares: [],
  doubleSum: [],
  doubleSquares: [],
  min: Infinity,
  max: -Infinity,
  first: undefined,
  last: undefined,
})

/** Takes `weight` values of `value`, which add up to `total` where that is not their product. */
export function recordNumber(
  totals: NumericTotals,
  time: number,
  value: number,
  weight: number,
  total?: number,
): void {
  recordSums(totals, value, weight, total)
  if (value < totals.min) totals.min = value
  if (value > totals.max) totals.max = value
  const { first, last } = totals
  if (first === undefined || time < first.time || (time === first.time && value < first.value)) {
    totals.first = { time, value }
  }
  if (last === undefined || time > last.time || (time === last.time && value > last.value)) {
    totals.last = { time, value }
  }
}

function recordSums(totals: NumericTotals, value: number, weight: number, total: number | undefined): void {
  add(totals.count, weight)
  const given = total ?? value
  const places = decimalsOf(given)
  if (places < 0) {
    const { sum, squares } = productsOf(given, weight, total !== undefined)
    addScaled(totals.doubleSum, sum, 1)
    addScaled(totals.doubleSquares, squares, 1)
    return
  }
  raise(totals, places)
  const whole = scaledDecimal(given, places)
  const factor = powerOfTen(totals.decimals - places)
  if (weight === 1 && factor === 1) {
    add(totals.sum, whole)
    addProduct(totals.squares, whole, whole)
    return
  }
  const { sum, squares } = productsOf(whole, weight, total !== undefined)
  addScaled(totals.sum, sum, factor)
  addScaled(totals.squares, squares, factor * factor)
}

/** Sum and squares of `weight` values of `given`, or of a share of it each. */
function productsOf(given: number, weight: number, isTotal: boolean): { sum: ExactSum; squares: ExactSum } {
  const squares: ExactSum = []
  if (isTotal) {
    // The share is rounded; the square of that would not fit the total.
    addQuotient(squares, productOf(given, given), weight)
    return { sum: [given], squares }
  }
  addScaled(squares, productOf(given, given), weight)
  return { sum: productOf(given, weight), squares }
}

/** Scales by 10^places from now on, where that is more. */
function raise(totals: NumericTotals, places: number): void {
  const { decimals } = totals
  if (places <= decimals) return
  totals.sum = rescaled(totals.sum, decimals, places)
  totals.squares = rescaled(totals.squares, 2 * decimals, 2 * places)
  totals.decimals = places
}

/** Adds a rollup, whatever its times: whether a sample is in both is known to who has them. */
export function addNumeric(totals: NumericTotals, { exact, min, max, first, last }: NumericRollup): void {
  raise(totals, exact.decimals)
  const lacking = totals.decimals - exact.decimals
  addScaled(totals.count, exact.count, 1)
  addScaled(totals.sum, exact.sum, powerOfTen(lacking))
  addScaled(totals.squares, exact.squares, powerOfTen(2 * lacking))
  addScaled(totals.doubleSum, exact.doubles?.sum ?? [], 1)
  addScaled(totals.doubleSquares, exact.doubles?.squares ?? [], 1)
  if (min < totals.min) totals.min = min
  if (max > totals.max) totals.max = max
  if (totals.first === undefined || compareNumbers(first, totals.first) < 0) totals.first = first
  if (totals.last === undefined || compareNumbers(last, totals.last) > 0) totals.last = last
}

/** By time, then by value: a total order, so that the order of arrival decides nothing. */
const compareNumbers = (a: NumberPoint, b: NumberPoint): number => a.time - b.time || a.value - b.value

/** The totals as plain data; `undefined` where there were no numbers. */
export function numericRollup(totals: NumericTotals, inexact: boolean): NumericRollup | undefined {
  const { min, max, first, last } = totals
  if (first === undefined || last === undefined) return undefined
  const exact = exactOf(totals)
  const { decimals, count, sum, doubles } = exact
  return {
    kind: 'numeric',
    count: count[0] ?? 0,
    sum: nearestTotal(sum, doubles?.sum ?? [], decimals),
    min,
    max,
    first,
    last,
    exact,
    inexact,
  }
}

function exactOf({ decimals, count, sum, squares, doubleSum, doubleSquares }: NumericTotals): NumericExact {
  const exact = { decimals, count: partsOf(count), sum: partsOf(sum), squares: partsOf(squares) }
  if (doubleSum.length + doubleSquares.length === 0) return exact
  return { ...exact, doubles: { sum: partsOf(doubleSum), squares: partsOf(doubleSquares) } }
}

/** All together, in any order; inexact where one is, or where they overlap in time and so may share samples. */
export function foldNumeric(parts: readonly NumericRollup[]): NumericRollup | undefined {
  const totals = createTotals()
  let inexact = false
  for (const part of parts) {
    const { first, last } = totals
    if (part.inexact) inexact = true
    if (first && last && part.first.time <= last.time && part.last.time >= first.time) inexact = true
    addNumeric(totals, part)
  }
  return withHeld(numericRollup(totals, inexact), parts[0]?.held && foldHeld(parts))
}

const withHeld = (
  rollup: NumericRollup | undefined,
  held: HeldState | undefined,
): NumericRollup | undefined => (rollup === undefined || held === undefined ? rollup : { ...rollup, held })

/** Two of them, as {@link foldNumeric} puts them together. */
export const mergeNumeric = (a: NumericRollup, b: NumericRollup): NumericRollup => foldNumeric([a, b]) ?? a

/** Both together, where who has them knows what that is worth. */
export function addedNumeric(a: NumericRollup, b: NumericRollup, inexact: boolean): NumericRollup {
  const totals = createTotals()
  addNumeric(totals, a)
  addNumeric(totals, b)
  return numericRollup(totals, inexact) ?? a
}

/** Takes numbers of weight 1; as fast as it gets where their sums fit doubles. */
function recordSumsOf(totals: NumericTotals, values: readonly number[], end: number): void {
  let [sum, squares, apart] = [0, 0, 0]
  let power = powerOfTen(totals.decimals)
  for (let at = 0; at < end; at += 1) {
    const value = values[at] ?? 0
    const whole = Math.round(value * power)
    const total = sum + whole
    const square = squares + whole * whole
    if (square <= maxScaledDecimal && whole / power === value) {
      // The sum is smaller than the squares, and 1 at most is its own square.
      sum = total
      squares = square
      continue
    }
    apart += 1
    recordSums(totals, value, 1, undefined)
    const raised = powerOfTen(totals.decimals) / power
    if (raised === 1) continue
    power *= raised
    // What was added up so far goes where it is scaled along.
    addScaled(totals.sum, [sum], raised)
    addScaled(totals.squares, [squares], raised * raised)
    sum = 0
    squares = 0
  }
  add(totals.sum, sum)
  add(totals.squares, squares)
  add(totals.count, end - apart)
}

const pointAt = (times: readonly number[], values: readonly number[], at: number): NumberPoint => ({
  time: times[at] ?? 0,
  value: values[at] ?? 0,
})

function fold(times: readonly number[], values: readonly number[], end: number): NumericRollup {
  const totals = createTotals()
  let [min, max] = [Infinity, -Infinity]
  recordSumsOf(totals, values, end)
  for (let at = 0; at < end; at += 1) {
    const value = values[at] ?? 0
    if (value < min) min = value
    if (value > max) max = value
  }
  const [first, last] = [pointAt(times, values, 0), pointAt(times, values, end - 1)]
  const rollup = numericRollup({ ...totals, min, max, first, last }, false)
  if (rollup === undefined) throw new RangeError('a window without values was folded')
  return rollup
}

function foldWithHeld(times: readonly number[], values: readonly number[], end: number): NumericRollup {
  const area = createArea()
  for (let at = 0; at < end; at += 1) {
    hold(area, pointAt(times, values, at), pointAt(times, values, Math.min(at + 1, end - 1)).time)
  }
  return { ...fold(times, values, end), held: heldState(area) }
}

/** Gauges and states: one moment has one value. */
export const gaugeAlgebra: SequenceAlgebra<number, NumericRollup> = {
  fold,
  merge: mergeNumeric,
  sizeOf: () => 1,
}

/** As {@link gaugeAlgebra}, with how long each value held. */
export const heldGaugeAlgebra: SequenceAlgebra<number, NumericRollup> = {
  ...gaugeAlgebra,
  fold: foldWithHeld,
}
