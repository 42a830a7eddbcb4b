import { counterStep } from './counter.ts'
import { deviation } from './double-double.ts'
import type { CounterRollup, NumericRollup, Rollup, TextRollup } from './rollups.ts'

/**
 * What can be asked of a rollup. Numeric: `count`, `average`, `min`, `max`, `sum`, `stddev` (population), `first`, `last`.
 * Counters: `count`, `first`, `last`, `resets`, `rate` (per second, falls and their time left out, as IRONdb's `counter`) and
 * `increase` (a fall means that it began again at 0, as in Prometheus). Texts: `count`, `first`, `last`, `changes`.
 */
export type RollupValue =
  | 'count'
  | 'average'
  | 'min'
  | 'max'
  | 'sum'
  | 'stddev'
  | 'first'
  | 'last'
  | 'rate'
  | 'increase'
  | 'resets'
  | 'changes'

const inOrder: Readonly<Record<RollupValue, true>> = {
  count: true,
  average: true,
  min: true,
  max: true,
  sum: true,
  stddev: true,
  first: true,
  last: true,
  rate: true,
  increase: true,
  resets: true,
  changes: true,
}

/** Every {@link RollupValue}, to check and to name them; the record above cannot leave one out. */
export const rollupValues: readonly RollupValue[] = Object.keys(inOrder) as RollupValue[]

/**
 * One value of a rollup; `null` where the kind has no such value, or where one reading of a counter is not enough.
 * `before` is the counter's window before this one: the step from its last reading belongs to this window.
 */
export function rollupValue(
  rollup: Rollup,
  value: RollupValue,
  before?: CounterRollup,
): number | string | null {
  if (value === 'count') return rollup.count
  if (value === 'first') return rollup.first.value
  if (value === 'last') return rollup.last.value
  switch (rollup.kind) {
    case 'numeric':
      return numericValue(rollup, value)
    case 'counter':
      return counterValue(rollup, value, before)
    case 'text':
      return textValue(rollup, value)
  }
}

function numericValue(rollup: NumericRollup, value: RollupValue): number | null {
  const { count, sum, sumLow, squares, squaresLow } = rollup
  if (value === 'average') return sum / count
  if (value === 'min' || value === 'max' || value === 'sum') return rollup[value]
  if (value === 'stddev') return deviation(count, { hi: sum, lo: sumLow }, { hi: squares, lo: squaresLow })
  return null
}

function counterValue(
  rollup: CounterRollup,
  value: RollupValue,
  before: CounterRollup | undefined,
): number | null {
  if (value === 'resets') return rollup.resets
  if (value !== 'rate' && value !== 'increase') return null
  const start = before?.last ?? rollup.first
  const step = counterStep(start, rollup.first)
  const span = rollup.last.time - start.time
  if (before === undefined && rollup.count === 1) return null
  if (value === 'increase') return rollup.growth + rollup.afterResets + (step < 0 ? rollup.first.value : step)
  const counted = span - rollup.dropMs - (step < 0 ? rollup.first.time - start.time : 0)
  return counted > 0 ? ((rollup.growth + Math.max(0, step)) / counted) * 1000 : null
}

function textValue(rollup: TextRollup, value: RollupValue): number | null {
  return value === 'changes' ? rollup.changes : null
}
