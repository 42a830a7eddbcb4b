import type { CompiledCondition } from '../../conditions/condition.ts'
import type { Condition } from '../../model/rule-set.ts'
import type { PaneBound } from '../../windows/within.ts'
import { unread } from '../plan/plan.ts'
import type { Shape } from '../plan/shape.ts'

/**
 * The values, `least` and `most` included, of which a row that is well is told nothing, and remembers no more than that they came; not all such
 * values: what is left out is only judged. Where its windows are within their bounds, too, they stay so: a mean lies between its values.
 */
export interface QuietPlan {
  readonly least: number
  readonly most: number
  readonly bounds: readonly PaneBound[]
  /** After a longer gap a window that must be filled is not, ms. */
  readonly mostGapMs: number
}

/** What is quiet in rows of a shape; `undefined` where nothing is. */
export function quietPlanOf({
  slots,
  needs,
  hasPools,
  hasMissed,
  isGroup,
  unread: bits,
}: Shape): QuietPlan | undefined {
  if (hasPools || hasMissed || isGroup || (bits & unread.numbers) !== 0) return undefined
  const plans: (QuietPlan | undefined)[] = [needs.length > 0 ? numbers : everything]
  for (const { plan } of slots) {
    for (const { written, when, clear } of plan.rules)
      plans.push(clear === undefined ? planOf(written.when, when) : undefined)
  }
  return shared(plans)
}

const everything: QuietPlan = { least: -Infinity, most: Infinity, bounds: [], mostGapMs: Infinity }

/** An infinity makes a sum unknown. */
const numbers: QuietPlan = { ...everything, least: -Number.MAX_VALUE, most: Number.MAX_VALUE }

/** Where a condition is false whatever was before, unless hysteresis keeps it true. */
function planOf(condition: Condition, compiled: CompiledCondition): QuietPlan | undefined {
  if (condition.any !== undefined) return shared(condition.any.map((one) => planOf(one, compiled)))
  if (condition.absentFor !== undefined) return everything
  if (condition.some !== undefined) return undefined
  const range = rangeOf(condition)
  const { of } = condition
  if (range === undefined || of === undefined || of.last === true) return range
  const leaf = compiled.leaves.find((one) => one.condition === condition)
  if (leaf?.need === undefined) return undefined
  const { need, minFillMs, durationMs = 0 } = leaf
  const mostGapMs = minFillMs === 0 ? Infinity : durationMs
  const { least, most } = range
  const lane =
    of.average !== undefined ? 'sum' : of.min !== undefined || of.max !== undefined ? 'extremes' : undefined
  if (lane === undefined) return undefined
  return { ...range, bounds: [{ need, lane, least, most }], mostGapMs }
}

function rangeOf({ above, atLeast, below, atMost }: Condition): QuietPlan | undefined {
  if (above !== undefined) return { ...everything, most: above }
  if (atLeast !== undefined) return { ...everything, most: -nextAbove(-atLeast) }
  if (below !== undefined) return { ...everything, least: below }
  return atMost === undefined ? undefined : { ...everything, least: nextAbove(atMost) }
}

function shared(plans: readonly (QuietPlan | undefined)[]): QuietPlan | undefined {
  let plan = everything
  for (const one of plans) {
    if (one === undefined) return undefined
    plan = {
      least: Math.max(plan.least, one.least),
      most: Math.min(plan.most, one.most),
      bounds: [...plan.bounds, ...one.bounds],
      mostGapMs: Math.min(plan.mostGapMs, one.mostGapMs),
    }
  }
  return plan.least <= plan.most ? plan : undefined
}

/** The next double. */
function nextAbove(value: number): number {
  if (value === 0) return Number.MIN_VALUE
  if (value === Infinity) return value
  const [double, bits] = [new Float64Array([value]), new BigInt64Array(1)]
  new Float64Array(bits.buffer).set(double)
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n)
  return new Float64Array(bits.buffer)[0] ?? NaN
}
