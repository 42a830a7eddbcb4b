import type { Condition } from '../../model/rule-set.ts'
import type { Shape } from '../plan/shape.ts'

/** The values between two, neither of them included. */
export interface QuietRange {
  readonly above: number
  readonly below: number
}

const everything: QuietRange = { above: -Infinity, below: Infinity }

/**
 * The values of which a row of this shape that is well is told nothing, and remembers no more than that they came; `undefined` where there is
 * none. Not all such values: what is left out is only judged.
 */
export function quietRangeOf({ slots, needs, hasPools, hasMissed, isGroup }: Shape): QuietRange | undefined {
  if (needs.length > 0 || hasPools || hasMissed || isGroup) return undefined
  return shared(
    slots.flatMap(({ plan }) =>
      plan.ruleSet.rules.map(({ when, clear }) => (clear === undefined ? rangeOf(when) : undefined)),
    ),
  )
}

/** Where a condition is false whatever was before, unless hysteresis keeps it true. */
function rangeOf(condition: Condition): QuietRange | undefined {
  if (condition.any !== undefined) return shared(condition.any.map(rangeOf))
  if (condition.absentFor !== undefined) return everything
  if (condition.some !== undefined) return undefined
  const { of, above, atLeast, below, atMost } = condition
  if (of !== undefined && of.last !== true) return undefined
  const most = above ?? atLeast
  if (most !== undefined) return { above: -Infinity, below: most }
  const least = below ?? atMost
  return least === undefined ? undefined : { above: least, below: Infinity }
}

function shared(ranges: readonly (QuietRange | undefined)[]): QuietRange | undefined {
  let range: QuietRange | undefined = everything
  for (const one of ranges) {
    if (one === undefined) return undefined
    range = { above: Math.max(range.above, one.above), below: Math.min(range.below, one.below) }
  }
  return range.above < range.below ? range : undefined
}
