import { recordStep, stepsOf } from './counter.ts'
import { add, addProduct, nearest, quotient, sumOf, type ExactSum } from '@tocsin/core/exact-sum'
import { countParts, squaresParts, sumParts } from './numeric.ts'
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
  if (value === 'min' || value === 'max' || value === 'sum') return rollup[value]
  if (value !== 'average' && value !== 'stddev') return null
  const count = sumOf(countParts(rollup))
  const sum = sumOf(sumParts(rollup))
  return value === 'average' ? quotient(sum, count) : deviation(count, sum, sumOf(squaresParts(rollup)))
}

/** `sqrt(squares / count - (sum / count)^2)`; all before the division is exact, so that nothing cancels. */
function deviation(count: ExactSum, sum: ExactSum, squares: ExactSum): number {
  const dividend: ExactSum = []
  const divisor: ExactSum = []
  for (const part of count) {
    for (const square of squares) addProduct(dividend, part, square)
    for (const other of count) addProduct(divisor, part, other)
  }
  for (const part of sum) for (const other of sum) addProduct(dividend, -part, other)
  // Squares of weighted totals are rounded far behind the last bit.
  return nearest(dividend) > 0 ? Math.sqrt(quotient(dividend, divisor)) : 0
}

function counterValue(
  rollup: CounterRollup,
  value: RollupValue,
  before: CounterRollup | undefined,
): number | null {
  if (value === 'resets') return rollup.resets
  if (value !== 'rate' && value !== 'increase') return null
  if (before === undefined && rollup.count === 1) return null
  const start = before?.last ?? rollup.first
  const steps = stepsOf(rollup)
  recordStep(steps, start, rollup.first)
  if (value === 'increase') {
    for (const part of steps.afterResets) add(steps.growth, part)
    return nearest(steps.growth)
  }
  const counted = rollup.last.time - start.time - steps.dropMs
  return counted > 0 ? perSecond(steps.growth, counted) : null
}

function perSecond(growth: ExactSum, ms: number): number {
  const scaled: ExactSum = []
  for (const part of growth) addProduct(scaled, part, 1000)
  return quotient(scaled, [ms])
}

function textValue(rollup: TextRollup, value: RollupValue): number | null {
  return value === 'changes' ? rollup.changes : null
}
