import { add, addProduct, partsOf, type ExactSum } from '@tocsin/core/exact-sum'

import { foldRollups } from '../engine/cell.ts'
import { powersOfTen } from '../engine/decimals.ts'
import type { CounterWrap } from '../engine/rollups.ts'
import { scaledAt } from './row-codec.ts'
import { inexactRow, otherRow } from './row-columns.ts'
import type { RowTable } from './row-table.ts'

const maxWhole = Number.MAX_SAFE_INTEGER

/**
 * Folds rows `[from, to)`, at least one, of one series and ascending by start, into the window at `start`: one more row of `into`,
 * a table of the same kind. It is what `foldRollups` makes of them, without an object per row.
 */
export function foldRows(
  table: RowTable,
  from: number,
  to: number,
  start: number,
  into: RowTable,
  wrap: CounterWrap = 'none',
): void {
  const row = into.length
  into.reserve(row + 1)
  into.length = row + 1
  into.series[row] = table.series[from] ?? 0
  into.start[row] = start
  if (foldEnds(table, from, to, into, row)) {
    if (
      table.kind === 'numeric'
        ? foldNumeric(table, from, to, into, row)
        : foldCounter(table, from, to, into, row, wrap)
    )
      return
  }
  into.length = row
  const rollup = foldRollups(rollups(table, from, to), undefined, wrap)
  if (rollup !== undefined) into.push(table.series[from] ?? 0, start, rollup)
}

function* rollups(table: RowTable, from: number, to: number): Iterable<ReturnType<RowTable['rollup']>> {
  for (let row = from; row < to; row += 1) yield table.rollup(row)
}

/** Folds what all kinds have; `false` where a row is outside the columns. */
function foldEnds(table: RowTable, from: number, to: number, into: RowTable, row: number): boolean {
  let [flags, decimals, count] = [0, 0, 0]
  for (let at = from; at < to; at += 1) {
    flags |= table.flags[at] ?? 0
    decimals = Math.max(decimals, table.decimals[at] ?? 0)
    count += table.count[at] ?? 0
  }
  if ((flags & otherRow) !== 0 || table.kind === 'text' || count > maxWhole) return false
  const start = into.start[row] ?? 0
  into.flags[row] = flags & inexactRow
  into.decimals[row] = decimals
  into.count[row] = count
  into.first[row] = table.first[from] ?? 0
  into.firstTime[row] = (table.start[from] ?? 0) + (table.firstTime[from] ?? 0) - start
  into.last[row] = table.last[to - 1] ?? 0
  into.lastTime[row] = (table.start[to - 1] ?? 0) + (table.lastTime[to - 1] ?? 0) - start
  return true
}

function foldNumeric(table: RowTable, from: number, to: number, into: RowTable, row: number): boolean {
  const decimals = into.decimals[row] ?? 0
  const origin = scaledAt(table.first[from] ?? 0, decimals)
  let [min, max] = [Infinity, -Infinity]
  let [sum, spread] = [0, 0]
  const large: ExactSum = []
  for (let at = from; at < to; at += 1) {
    min = Math.min(min, table.min[at] ?? 0)
    max = Math.max(max, table.max[at] ?? 0)
    const power = powersOfTen[decimals - (table.decimals[at] ?? 0)] ?? 1
    const count = table.count[at] ?? 0
    const distance = scaledAt(table.first[at] ?? 0, decimals) - origin
    const own = (table.sum[at] ?? 0) * power
    sum += own + count * distance
    // Each of these is at most as large as what was added to it, so exact where the largest is; NaN fails as well.
    if (!(Math.abs(own) <= maxWhole && Math.abs(count * distance) <= maxWhole && Math.abs(sum) <= maxWhole)) {
      return false
    }
    // About the new origin: spread + 2 * distance * own + count * distance^2.
    const scaled = (table.spread[at] ?? 0) * power * power
    const [cross, shift] = [2 * distance * own, count * distance * distance]
    const total = spread + scaled + cross + shift
    const isSmall = scaled + Math.abs(cross) + shift <= maxWhole && total <= maxWhole
    if (isSmall && table.spreadLow[at] === 0 && Number.isInteger(scaled)) {
      spread = total
      continue
    }
    addProduct(large, table.spread[at] ?? 0, power * power)
    addProduct(large, table.spreadLow[at] ?? 0, power * power)
    addProduct(large, 2 * distance, own)
    // The product below is whole and may take two doubles; so it is added in two steps.
    addProduct(large, count * distance, distance)
  }
  if (
    Number.isNaN(scaledAt(min, decimals) + scaledAt(max, decimals) + scaledAt(into.last[row] ?? 0, decimals))
  ) {
    return false
  }
  add(large, spread)
  const [high = 0, low = 0, ...rest] = partsOf(large)
  if (rest.length > 0) return false
  into.min[row] = min
  into.max[row] = max
  into.sum[row] = sum
  into.spread[row] = high
  into.spreadLow[row] = low
  return true
}

function foldCounter(
  table: RowTable,
  from: number,
  to: number,
  into: RowTable,
  row: number,
  wrap: CounterWrap,
): boolean {
  const decimals = into.decimals[row] ?? 0
  let [growth, afterResets, resets, dropMs] = [0, 0, 0, 0]
  let [last, lastTime] = [NaN, NaN]
  for (let at = from; at < to; at += 1) {
    const power = powersOfTen[decimals - (table.decimals[at] ?? 0)] ?? 1
    const first = scaledAt(table.first[at] ?? 0, decimals)
    const start = table.start[at] ?? 0
    if (first < last) {
      if (wrap !== 'none') return false
      resets += 1
      afterResets += first
      dropMs += start + (table.firstTime[at] ?? 0) - lastTime
    } else if (at > from) growth += first - last
    growth += (table.growth[at] ?? 0) * power
    afterResets += (table.afterResets[at] ?? 0) * power
    resets += table.resets[at] ?? 0
    dropMs += table.dropMs[at] ?? 0
    last = scaledAt(table.last[at] ?? 0, decimals)
    lastTime = start + (table.lastTime[at] ?? 0)
    if (!(growth <= maxWhole && Math.abs(afterResets) <= maxWhole && !Number.isNaN(last))) return false
  }
  into.growth[row] = growth
  into.afterResets[row] = afterResets
  into.resets[row] = resets
  into.dropMs[row] = dropMs
  return true
}
