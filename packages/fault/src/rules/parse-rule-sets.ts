import { Flaw, found } from '@tocsin/core/shape'

import { badRuleSet } from '../errors.ts'
import type { RuleSet } from '../model/rule-set.ts'
import { maxRuleSets } from '../model/rule-set-shape.ts'
import { readRuleSet } from './read-rule-set.ts'

/**
 * Checks a JSON document that holds an array of rule sets and gives a typed copy, in today's form: the `window` that a rule set
 * of an earlier version had becomes the term of its comparisons. Unknown fields are refused. {@link evaluate} does the same
 * with its input. What is allowed but odd, such as a rule that can never decide, {@link lint} tells.
 *
 * Errors: `FAULT_BAD_RULESET` names the path, such as `rulesets[0].rules[2].severity`, what is allowed there, and the value.
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
  const documents = readDocuments(json)
  if (documents instanceof Flaw) throw badRuleSet(documents.path, documents.words)
  const places = new Map<string, number>()
  return documents.map((document, index) => {
    const ruleSet = readRuleSet(document)
    const flaw = ruleSet instanceof Flaw ? ruleSet : findTwin(ruleSet, index, places)
    if (flaw === undefined) return ruleSet as RuleSet
    const { path, words } = flaw.under(`rulesets[${index}]`)
    throw badRuleSet(path, words)
  })
}

/** The items of the document, not looked at yet. */
export function readDocuments(json: unknown): readonly unknown[] | Flaw {
  const allowed = `an array of at most ${maxRuleSets} rule sets`
  try {
    // By its length, which also finds holes.
    if (Array.isArray(json) && json.length <= maxRuleSets) return Array.from(json as readonly unknown[])
    return new Flaw('rulesets', `must be ${allowed}, got ${found(json)}`)
  } catch {
    return new Flaw('rulesets', 'must be plain data, but throws where it is read')
  }
}

/** What is wrong with an id that an earlier rule set has; otherwise remembers the place of this one. */
export function findTwin({ id }: RuleSet, index: number, places: Map<string, number>): Flaw | undefined {
  const twin = places.get(id)
  if (twin !== undefined) {
    return new Flaw('.id', `must be unique, got ${JSON.stringify(id)}, which rulesets[${twin}] has`)
  }
  places.set(id, index)
  return undefined
}
