import { powersOfTen } from '../engine/decimals.ts'
import type { CounterWrap } from '../engine/rollups.ts'
import { rollupValue, type RollupValue } from '../engine/value.ts'
import { otherRow } from '../rows/row-columns.ts'
import { scaledAt } from '../rows/row-codec.ts'
import type { RowTable } from '../rows/row-table.ts'

/** A row that comes before another. */
export interface PlacedRow {
  readonly table: RowTable
  readonly row: number
}

/**
 * `increase` or `rate` of a counter's row, or `timeAverage` of a gauge's, from the last reading before it on, where that is near: so
 * increases of windows add up to that of a longer one, and no time between them is left out.
 */
export function valueSince(
  previous: PlacedRow | undefined,
  table: RowTable,
  row: number,
  value: RollupValue,
  reachMs: number,
  wrap: CounterWrap,
): number | null {
  if (table.kind !== (value === 'timeAverage' ? 'numeric' : 'counter')) return null
  const near = previous !== undefined && isNear(previous, table, row, reachMs) ? previous : undefined
  const isShort = table.kind === 'counter' && wrap === 'none'
  const short = near && isShort ? shortIncrease(near.table, near.row, table, row, value) : undefined
  if (short !== undefined) return short
  const before = near?.table.rollup(near.row)
  const known = rollupValue(table.rollup(row), value, before?.kind === 'text' ? undefined : before, wrap)
  return typeof known === 'number' ? known : null
}

function isNear(
  { table: before, row: last }: PlacedRow,
  table: RowTable,
  row: number,
  reachMs: number,
): boolean {
  return before.kind === table.kind && firstTime(table, row) - lastTime(before, last) <= reachMs
}

const firstTime = (table: RowTable, row: number): number =>
  (table.start[row] ?? NaN) + (table.firstTime[row] ?? NaN)
const lastTime = (table: RowTable, row: number): number =>
  (table.start[row] ?? NaN) + (table.lastTime[row] ?? NaN)

/** Where all of it is whole numbers below 2^53, so that one division rounds. */
function shortIncrease(
  before: RowTable,
  last: number,
  table: RowTable,
  row: number,
  value: RollupValue,
): number | undefined {
  if ((((before.flags[last] ?? 0) | (table.flags[row] ?? 0)) & otherRow) !== 0) return undefined
  const decimals = table.decimals[row] ?? 0
  const power = powersOfTen[decimals] ?? 1
  const from = scaledAt(before.last[last] ?? NaN, decimals)
  const to = scaledAt(table.first[row] ?? NaN, decimals)
  const step = to - from
  const growth = (table.growth[row] ?? NaN) + Math.max(step, 0)
  if (!Number.isSafeInteger(step) || !Number.isSafeInteger(growth)) return undefined
  if (value === 'increase') {
    const all = growth + (table.afterResets[row] ?? NaN) + (step < 0 ? to : 0)
    return Number.isSafeInteger(all) ? all / power : undefined
  }
  const fallMs = step < 0 ? firstTime(table, row) - lastTime(before, last) : 0
  const counted = lastTime(table, row) - lastTime(before, last) - (table.dropMs[row] ?? NaN) - fallMs
  if (counted <= 0) return undefined
  return Number.isSafeInteger(growth * 1000) && Number.isSafeInteger(counted * power)
    ? (growth * 1000) / (counted * power)
    : undefined
}
