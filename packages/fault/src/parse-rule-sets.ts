import { parseDuration, parseTagQuery } from '@tocsin/core'

import { badRuleSet, checkShape } from './check-shape.ts'
import { compileCriterion, type CompiledCriterion } from './engine/criterion.ts'
import { lintRules } from './lint-rules.ts'
import { ruleSetSchema } from './rule-set-schema.ts'
import type { Rule, RuleSet } from './rule-set.ts'

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
  const ruleSets = checkShape(ruleSetSchema, json, 'rulesets') as RuleSet[]
  const places = new Map<string, number>()
  for (const [index, ruleSet] of ruleSets.entries()) {
    const path = `rulesets[${index}]`
    const twin = places.get(ruleSet.id)
    if (twin !== undefined) {
      throw badRuleSet(
        `${path}.id`,
        `must be unique, but rulesets[${twin}] has the id ${JSON.stringify(ruleSet.id)} too`,
      )
    }
    places.set(ruleSet.id, index)
    checkMeaning(ruleSet, path)
  }
  return ruleSets
}

function checkMeaning({ select, window, rules }: RuleSet, path: string): void {
  const query = parseTagQuery(select)
  if (!query.ok) {
    throw badRuleSet(`${path}.select`, `is no tag query, at character ${query.offset}: ${query.message}`)
  }
  if (window !== undefined) checkWindow(window, `${path}.window`)
  const criteria = rules.map((rule, index) => compileRule(rule, `${path}.rules[${index}].when`))
  checkTypes(criteria, window !== undefined, `${path}.rules`)
  lintRules(rules, criteria, `${path}.rules`)
}

function checkWindow({ duration, minFill = '0s' }: NonNullable<RuleSet['window']>, path: string): void {
  const durationMs = durationAt(duration, `${path}.duration`)
  if (durationAt(minFill, `${path}.minFill`) > durationMs) {
    throw badRuleSet(`${path}.minFill`, `must be at most the duration ${duration}, got ${minFill}`)
  }
}

function durationAt(text: string, path: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw badRuleSet(path, `must be less than 2^53 milliseconds, got ${text}`)
  return ms
}

function compileRule({ when }: Rule, path: string): CompiledCriterion {
  if ('absentFor' in when) durationAt(when.absentFor, `${path}.absentFor`)
  try {
    return compileCriterion(when)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw badRuleSet(
      `${path}.${Object.keys(when).join('')}`,
      `must be a regular expression: ${reason}`,
      cause,
    )
  }
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
