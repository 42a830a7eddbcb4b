import { Flaw, read } from '@tocsin/core/shape'

import { compileCriterion, type CompiledCriterion } from './engine/criterion.ts'
import { badRuleSet } from './errors.ts'
import { lintRules } from './lint-rules.ts'
import { ruleSetsShape } from './rule-set-shape.ts'
import type { RuleSet } from './rule-set.ts'

/**
 * Checks a JSON document that holds an array of rule sets and gives a typed copy. Unknown fields are refused, and so are
 * rules that can never decide. {@link evaluate} does the same with its input.
 *
 * Errors: `FAULT_BAD_RULESET` names the path, such as `rulesets[0].rules[2].severity`, and what is allowed there.
 *
 * @example
 * ```ts
 * import { parseRuleSets } from '@tocsin/fault'
 *
 * const disk = { id: 'disk', select: '__name:disk.used_percent', rules: [{ when: { above: 90 }, severity: 2 }] }
 * console.log(parseRuleSets([disk]).length) // => 1
 * ```
 */
export function parseRuleSets(json: unknown): RuleSet[] {
  const ruleSets = read(ruleSetsShape, json, 'rulesets')
  if (ruleSets instanceof Flaw) throw badRuleSet(ruleSets.path, ruleSets.words)
  for (const [index, { rules, window }] of ruleSets.entries()) {
    const path = `rulesets[${index}].rules`
    const criteria = rules.map(({ when }) => compileCriterion(when))
    checkTypes(criteria, window !== undefined, path)
    lintRules(rules, criteria, path)
  }
  return [...ruleSets]
}

/** A sample is a number or a text, so that one kind of rule would never be decided and would hold up those behind it. */
function checkTypes(criteria: readonly CompiledCriterion[], hasWindow: boolean, path: string): void {
  const first = criteria.find(({ compares }) => compares === 'number' || compares === 'string')
  for (const [index, { compares, reason }] of criteria.entries()) {
    if (hasWindow && compares !== 'number' && compares !== 'none') {
      throw badRuleSet(
        `${path}[${index}].when.${reason}`,
        'cannot judge an average; a rule set with a window takes above, below, equals and notEquals of numbers, and absentFor',
      )
    }
    if (
      first !== undefined &&
      (compares === 'number' || compares === 'string') &&
      compares !== first.compares
    ) {
      throw badRuleSet(
        `${path}[${index}].when.${reason}`,
        `compares a ${compares} while an earlier rule compares a ${first.compares}; make two rule sets of them`,
      )
    }
  }
}
