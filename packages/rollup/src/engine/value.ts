import { addScaled, nearest, quotient, sumOf, type ExactSum } from '@tocsin/core/exact-sum'

import { addSteps, createSteps, recordStep } from './counter.ts'
import { nearestTotal, powerOfTen, scaledTotal } from './decimals.ts'
import { heldTotal } from './held.ts'
import type { CounterRollup, CounterWrap, NumberPoint, NumericRollup, Rollup, TextRollup } from './rollups.ts'

/**
 * What can be asked of a rollup. Numeric: `count`, `average`, `min`, `max`, `sum`, `stddev` (population), `first`, `last`, and
 * `timeAverage` where windows were made with it: each value by the time until the next, to the last.
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
  | 'timeAverage'

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
  timeAverage: true,
}

/** Every {@link RollupValue}, to check and to name them; the record above cannot leave one out. */
export const rollupValues: readonly RollupValue[] = Object.keys(inOrder) as RollupValue[]

/**
 * One value of a rollup; `null` where the kind has no such value, or where one reading of a counter is not enough.
 * `before` is the window before this one: the step from a counter's last reading there belongs to this window, so that the increases
 * of windows add up to that of all together; and so does the time that its last value held until the first one here. `wrap` is where counters run over, as it was when the rollup was made.
 */
export function rollupValue(
  rollup: Rollup,
  value: RollupValue,
  before?: CounterRollup | NumericRollup,
  wrap: CounterWrap = 'none',
): number | string | null {
  if (value === 'count') return rollup.count
  if (value === 'first') return rollup.first.value
  if (value === 'last') return rollup.last.value
  switch (rollup.kind) {
    case 'numeric':
      return numericValue(rollup, value, before?.kind === 'numeric' ? before.last : undefined)
    case 'counter':
      return counterValue(rollup, value, before?.kind === 'counter' ? before : undefined, wrap)
    case 'text':
      return textValue(rollup, value)
  }
}

function numericValue(
  rollup: NumericRollup,
  value: RollupValue,
  before: NumberPoint | undefined,
): number | null {
  if (value === 'timeAverage') return timeAverage(rollup, before)
  if (value === 'min' || value === 'max' || value === 'sum') return rollup[value]
  if (value !== 'average' && value !== 'stddev') return null
  const { decimals, count, doubles, ...exact } = rollup.exact
  const sum = scaledTotal(exact.sum, doubles?.sum ?? [], decimals)
  if (value === 'average') return quotient(sum, scaledTotal([], count, decimals))
  return deviation(
    sumOf(count),
    sum,
    scaledTotal(exact.squares, doubles?.squares ?? [], 2 * decimals),
    decimals,
  )
}

function timeAverage({ held, first, last }: NumericRollup, before: NumberPoint | undefined): number | null {
  const ms = last.time - (before ?? first).time
  if (held === undefined || ms <= 0) return null
  const [area, power] = heldTotal(held, before, first.time)
  return quotient(area, scaledBy([ms], power))
}

/** `sqrt(squares / count - (sum / count)^2)`; all before the division is exact, so that nothing cancels. */
function deviation(count: ExactSum, sum: ExactSum, squares: ExactSum, decimals: number): number {
  const dividend: ExactSum = []
  const divisor: ExactSum = []
  for (const part of count) {
    addScaled(dividend, squares, part)
    addScaled(divisor, count, part)
  }
  for (const part of sum) addScaled(dividend, sum, -part)
  // The squares of weighted totals have 200 bits; doubles that differ at all deviate by more than the rest.
  if (nearest(dividend) <= nearest(count) * nearest(squares) * 2 ** -190) return 0
  return Math.sqrt(quotient(dividend, scaledTotal([], divisor, 2 * decimals)))
}

function counterValue(
  rollup: CounterRollup,
  value: RollupValue,
  before: CounterRollup | undefined,
  wrap: CounterWrap,
): number | null {
  if (value === 'resets') return rollup.resets
  if (value !== 'rate' && value !== 'increase') return null
  if (before === undefined && rollup.count === 1) return null
  const start = before?.last ?? rollup.first
  const steps = createSteps()
  addSteps(steps, rollup)
  recordStep(steps, start, rollup.first, wrap)
  const { decimals } = steps
  if (value === 'increase') {
    return nearestTotal(
      sumOf(steps.growth, steps.afterResets),
      sumOf(steps.doubleGrowth, steps.doubleAfterResets),
      decimals,
    )
  }
  const counted = rollup.last.time - start.time - steps.dropMs
  if (counted <= 0) return null
  const perMs = scaledTotal(steps.growth, steps.doubleGrowth, decimals)
  return quotient(scaledBy(perMs, 1000), scaledBy([counted], powerOfTen(decimals)))
}

function scaledBy(sum: ExactSum, factor: number): ExactSum {
  const scaled: ExactSum = []
  addScaled(scaled, sum, factor)
  return scaled
}

function textValue(rollup: TextRollup, value: RollupValue): number | null {
  return value === 'changes' ? rollup.changes : null
}
