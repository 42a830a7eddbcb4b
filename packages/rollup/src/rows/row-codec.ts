import { addProduct, partsOf, productOf, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

import { decimalsOf, maxScaledDecimal, nearestTotal, powersOfTen, scaledDecimal } from '../engine/decimals.ts'
import type { CounterRollup, NumericRollup } from '../engine/rollups.ts'
import { inexactRow, type RowColumns } from './row-columns.ts'

const maxWhole = Number.MAX_SAFE_INTEGER

/** `value * 10^places` where the value is a decimal of so many places at most and that is below 2^53; else NaN. */
export function scaledAt(value: number, places: number): number {
  // -0 is no whole number that comes back.
  if (value === 0) return 1 / value > 0 ? 0 : NaN
  const power = powersOfTen[places] ?? NaN
  const near = Math.round(value * power)
  if (near <= maxScaledDecimal && near >= -maxScaledDecimal) return near / power === value ? near : NaN
  const own = decimalsOf(value)
  if (own < 0 || own > places) return NaN
  const scaled = scaledDecimal(value, own) * (powersOfTen[places - own] ?? NaN)
  return Math.abs(scaled) <= maxWhole ? scaled : NaN
}

/** The one whole number below 2^53 that parts add up to; else NaN. */
function whole(parts: readonly number[]): number {
  const [value = 0] = parts
  return parts.length <= 1 && Number.isSafeInteger(value) ? value : NaN
}

/** Writes a row of a table; whether the columns hold all of it. */
export function numericRow(table: RowColumns, row: number, start: number, rollup: NumericRollup): boolean {
  const { exact, first, last, min, max, inexact } = rollup
  const { decimals } = exact
  table.flags[row] = inexact ? inexactRow : 0
  table.decimals[row] = decimals
  table.count[row] = rollup.count
  table.first[row] = first.value
  table.firstTime[row] = first.time - start
  table.last[row] = last.value
  table.lastTime[row] = last.time - start
  table.min[row] = min
  table.max[row] = max
  table.sum[row] = NaN
  table.spread[row] = NaN
  table.spreadLow[row] = NaN
  if (exact.doubles !== undefined || rollup.held !== undefined) return false
  const count = whole(exact.count)
  const origin = scaledAt(first.value, decimals)
  const total = scaledAt(last.value, decimals) + scaledAt(min, decimals) + scaledAt(max, decimals) + origin
  if (Number.isNaN(total + count) || count <= 0) return false
  const sum = sumOf(exact.sum)
  addProduct(sum, -count, origin)
  const spread = sumOf(exact.squares)
  for (const part of exact.sum) addProduct(spread, -2 * origin, part)
  for (const part of productOf(origin, origin)) addProduct(spread, count, part)
  const distance = whole(partsOf(sum))
  const [high = 0, low = 0, ...rest] = partsOf(spread)
  if (Number.isNaN(distance) || rest.length > 0) return false
  table.sum[row] = distance
  table.spread[row] = high
  table.spreadLow[row] = low
  return true
}

/** Makes the rollup of a row that fits the columns. */
export function numericRollup(table: RowColumns, row: number): NumericRollup {
  const start = table.start[row] ?? 0
  const decimals = table.decimals[row] ?? 0
  const count = table.count[row] ?? 0
  const first = { time: start + (table.firstTime[row] ?? 0), value: table.first[row] ?? 0 }
  const origin = scaledAt(first.value, decimals)
  const sum = productOf(count, origin)
  const squares: ExactSum = sumOf([table.spread[row] ?? 0, table.spreadLow[row] ?? 0])
  // With S the sum of weight * X: the squares about 0 are those about `origin` + 2 * origin * S - count * origin^2.
  const exactSum = sumOf(sum, [table.sum[row] ?? 0])
  for (const part of exactSum) addProduct(squares, 2 * origin, part)
  for (const part of productOf(origin, origin)) addProduct(squares, -count, part)
  const sumParts = partsOf(exactSum)
  return {
    kind: 'numeric',
    count,
    sum: nearestTotal(sumParts, [], decimals),
    min: table.min[row] ?? 0,
    max: table.max[row] ?? 0,
    first,
    last: { time: start + (table.lastTime[row] ?? 0), value: table.last[row] ?? 0 },
    exact: { decimals, count: [count], sum: sumParts, squares: partsOf(squares) },
    inexact: ((table.flags[row] ?? 0) & inexactRow) !== 0,
  }
}

/** Writes a row of a table; whether the columns hold all of it. */
export function counterRow(table: RowColumns, row: number, start: number, rollup: CounterRollup): boolean {
  const { exact, first, last, inexact, count, resets, dropMs } = rollup
  const { decimals } = exact
  table.flags[row] = inexact ? inexactRow : 0
  table.decimals[row] = decimals
  table.count[row] = count
  table.first[row] = first.value
  table.firstTime[row] = first.time - start
  table.last[row] = last.value
  table.lastTime[row] = last.time - start
  table.resets[row] = resets
  table.dropMs[row] = dropMs
  table.growth[row] = NaN
  table.afterResets[row] = NaN
  if (exact.doubles !== undefined || first.exact !== undefined || last.exact !== undefined) return false
  const growth = whole(exact.growth)
  const afterResets = whole(exact.afterResets)
  const ends = scaledAt(first.value, decimals) + scaledAt(last.value, decimals)
  if (Number.isNaN(ends + growth + afterResets)) return false
  table.growth[row] = growth
  table.afterResets[row] = afterResets
  return true
}

/** Makes the rollup of a row that fits the columns. */
export function counterRollup(table: RowColumns, row: number): CounterRollup {
  const start = table.start[row] ?? 0
  const decimals = table.decimals[row] ?? 0
  const growth = sumOf([table.growth[row] ?? 0])
  const afterResets = sumOf([table.afterResets[row] ?? 0])
  return {
    kind: 'counter',
    count: table.count[row] ?? 0,
    first: { time: start + (table.firstTime[row] ?? 0), value: table.first[row] ?? 0 },
    last: { time: start + (table.lastTime[row] ?? 0), value: table.last[row] ?? 0 },
    resets: table.resets[row] ?? 0,
    growth: nearestTotal(growth, [], decimals),
    afterResets: nearestTotal(afterResets, [], decimals),
    dropMs: table.dropMs[row] ?? 0,
    exact: { decimals, growth, afterResets },
    inexact: ((table.flags[row] ?? 0) & inexactRow) !== 0,
  }
}
