import { badRuleSet } from './errors.ts'
import type { CompiledCriterion } from './engine/criterion.ts'
import type { Rule } from './rule-set.ts'

/**
 * Refuses a rule that can never decide because an earlier one is violated whenever it is: with `above 80` in front,
 * `above 95` is never reached, and the worst would be told as mild.
 */
export function lintRules(
  rules: readonly Rule[],
  criteria: readonly CompiledCriterion[],
  path: string,
): void {
  for (const [later, narrow] of criteria.entries()) {
    const earlier = criteria.slice(0, later).findIndex((wide) => includes(wide, narrow))
    const first = rules[earlier]
    const never = rules[later]
    if (first === undefined || never === undefined) continue
    throw badRuleSet(
      `${path}[${later}]`,
      `can never decide: ${path}[${earlier}], ${JSON.stringify(first.when)} with severity ${first.severity}, comes first ` +
        `and is violated whenever ${JSON.stringify(never.when)} is; put the narrower rule first`,
    )
  }
}

/** Whether each value or silence that violates `narrow` also violates `wide`. May miss cases, never invents one. */
function includes(wide: CompiledCriterion, narrow: CompiledCriterion): boolean {
  const [a, b] = [wide.threshold, narrow.threshold]
  if (narrow.reason === 'equals') return b !== undefined && wide.test(b, undefined)
  if (wide.reason !== narrow.reason) {
    // All values but `a` violate `wide`, so it is enough that `a` does not violate `narrow`.
    return (
      wide.reason === 'notEquals' &&
      wide.compares === narrow.compares &&
      a !== undefined &&
      !narrow.test(a, undefined)
    )
  }
  if (narrow.reason === 'above' || narrow.reason === 'absent') return Number(a) <= Number(b)
  if (narrow.reason === 'below') return Number(a) >= Number(b)
  if (narrow.reason === 'contains') return String(b).includes(String(a))
  if (narrow.reason === 'notContains') return String(a).includes(String(b))
  return a === b
}
