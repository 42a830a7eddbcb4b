import { powersOfTen } from '../engine/decimals.ts'
import type { CounterRollup, CounterWrap } from '../engine/rollups.ts'
import { rollupValue, type RollupValue } from '../engine/value.ts'
import type { ColumnName } from '../rows/row-columns.ts'
import { otherRow } from '../rows/row-columns.ts'
import { scaledAt } from '../rows/row-codec.ts'
import type { RowTable } from '../rows/row-table.ts'

const counterColumns: readonly ColumnName[] = [
  'decimals',
  'count',
  'first',
  'firstTime',
  'last',
  'lastTime',
  'growth',
  'afterResets',
  'resets',
  'dropMs',
]

/** The columns that a value is made of; text has none. */
const columnsByValue: Readonly<Record<RollupValue, readonly ColumnName[]>> = {
  count: ['count'],
  average: ['decimals', 'count', 'first', 'sum'],
  sum: ['decimals', 'count', 'first', 'sum'],
  stddev: ['decimals', 'count', 'first', 'sum', 'spread', 'spreadLow'],
  min: ['min'],
  max: ['max'],
  first: ['first'],
  last: ['last'],
  rate: counterColumns,
  increase: counterColumns,
  resets: ['resets'],
  changes: [],
  timeAverage: ['decimals', 'count', 'firstTime', 'lastTime', 'first', 'last', 'sum'],
}

export const columnsOfValue = (value: RollupValue): ReadonlySet<ColumnName> => new Set(columnsByValue[value])

/** Values that begin at the reading before the window. */
export const isStep = (value: RollupValue): boolean =>
  value === 'rate' || value === 'increase' || value === 'timeAverage'

/** Where a row says only that it is elsewhere. */
const isOther = (table: RowTable, row: number): boolean => ((table.flags[row] ?? 0) & otherRow) !== 0

/**
 * One value of a row, without making an object of it where doubles hold all that it is made of. What is rounded is rounded once:
 * each shortcut asks for exact whole numbers first.
 */
export function rowValue(
  table: RowTable,
  row: number,
  value: RollupValue,
  before: CounterRollup | undefined,
  wrap: CounterWrap,
): number | string | null {
  if (!isOther(table, row)) {
    switch (value) {
      case 'count':
      case 'first':
      case 'last':
        return table[value][row] ?? null
      case 'min':
      case 'max':
        return table.kind === 'numeric' ? (table[value][row] ?? null) : null
      case 'resets':
        return table.kind === 'counter' ? (table.resets[row] ?? null) : null
      case 'average':
      case 'sum': {
        if (table.kind !== 'numeric') return null
        const short = averageOrSum(table, row, value)
        if (short !== undefined) return short
        break
      }
      case 'stddev': {
        if (table.kind !== 'numeric') return null
        const short = deviation(table, row)
        if (short !== undefined) return short
        break
      }
      case 'rate':
      case 'increase':
        if (table.kind !== 'counter') return null
        break
      case 'changes':
      case 'timeAverage':
        return null
    }
  }
  return rollupValue(table.rollup(row), value, before, wrap)
}

function averageOrSum(table: RowTable, row: number, value: 'average' | 'sum'): number | undefined {
  const power = powersOfTen[table.decimals[row] ?? 0] ?? 1
  const count = table.count[row] ?? NaN
  const origin = scaledAt(table.first[row] ?? NaN, table.decimals[row] ?? 0)
  const total = count * origin + (table.sum[row] ?? NaN)
  // Both terms and what they add up to are whole and below 2^53, or nothing of this holds.
  if (!Number.isSafeInteger(count * origin) || !Number.isSafeInteger(total)) return undefined
  if (value === 'sum') return total / power
  return Number.isSafeInteger(count * power) ? total / (count * power) : undefined
}

function deviation(table: RowTable, row: number): number | undefined {
  const count = table.count[row] ?? NaN
  const sum = table.sum[row] ?? NaN
  const squares = count * (table.spread[row] ?? NaN)
  const square = sum * sum
  if (table.spreadLow[row] !== 0 || !Number.isSafeInteger(squares) || !Number.isSafeInteger(square)) {
    return undefined
  }
  const divisor = (count * (powersOfTen[table.decimals[row] ?? 0] ?? 1)) ** 2
  return Number.isSafeInteger(divisor) ? Math.sqrt((squares - square) / divisor) : undefined
}
