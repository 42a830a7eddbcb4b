import { Flaw, readField } from '@tocsin/core/shape'

import type { RuleSet } from '../model/rule-set.ts'
import { ruleSetFields } from '../model/rule-set-shape.ts'
import { findTwin, readDocuments } from './parse-rule-sets.ts'
import { findAllFlaws, readRuleSet } from './read-rule-set.ts'
import { findOddities } from './oddities.ts'

/** Something about a rule set that its writer should know. Plain JSON. */
export interface Finding {
  /** `error`: {@link parseRuleSets} refuses it. `warning`: it is taken, and can hardly be meant. */
  readonly severity: 'error' | 'warning'
  /** Where, such as `rulesets[0].rules[2].when.above`. */
  readonly path: string
  /** A sentence that begins with the path: what is wrong, what is allowed, what was found. */
  readonly message: string
  /** The id of the rule set, where it has one. */
  readonly ruleSet?: string
  /** Index of the rule, where it is one rule's. */
  readonly rule?: number
}

/**
 * Tells all that is wrong with rule sets, as far as their parts can be read without each other, and what is odd: rules that can
 * never decide, limits without effect, words that do not mean what they seem to. Never throws.
 *
 * @example
 * ```ts
 * import { lint } from '@tocsin/fault'
 *
 * const rules = [{ when: { above: 80 }, severity: 3 }, { when: { above: 95 }, severity: 1 }]
 * const [finding] = lint([{ id: 'cpu', select: '__name:cpu', rules }])
 * console.log(finding?.severity, finding?.path) // => warning rulesets[0].rules[1]
 * ```
 */
export const lint = (ruleSets: unknown): Finding[] => [...readRuleSets(ruleSets).findings]

/**
 * The good rule sets of a document, and all that is to be said about it: a broken one does not stop the others. Of rule sets
 * with the same id the first is kept. Never throws.
 */
export function readRuleSets(json: unknown): {
  /** Those that {@link parseRuleSets} would take, in their order. */
  readonly ruleSets: RuleSet[]
  /** What {@link lint} says. */
  readonly findings: Finding[]
} {
  const ruleSets: RuleSet[] = []
  const findings: Finding[] = []
  const documents = readDocuments(json)
  if (documents instanceof Flaw) return { ruleSets, findings: [findingOf('error', documents, undefined)] }
  const places = new Map<string, number>()
  for (const [index, document] of documents.entries()) {
    const tell = (severity: Finding['severity'], flaw: Flaw, id: string | undefined): void => {
      findings.push(findingOf(severity, flaw.under(`rulesets[${index}]`), id))
    }
    const ruleSet = readRuleSet(document)
    if (ruleSet instanceof Flaw) {
      for (const flaw of findAllFlaws(document)) tell('error', flaw, idOf(document))
      continue
    }
    const twin = findTwin(ruleSet, index, places)
    if (twin === undefined) ruleSets.push(ruleSet)
    else tell('error', twin, ruleSet.id)
    for (const flaw of findOddities(ruleSet, `rulesets[${index}]`)) tell('warning', flaw, ruleSet.id)
  }
  return { ruleSets, findings }
}

function findingOf(severity: Finding['severity'], flaw: Flaw, ruleSet: string | undefined): Finding {
  const { path, message } = flaw
  const rule = /^rulesets\[\d+\]\.rules\[(\d+)\]/.exec(path)?.[1]
  return {
    severity,
    path,
    message,
    ...(ruleSet !== undefined && { ruleSet }),
    ...(rule !== undefined && { rule: Number(rule) }),
  }
}

function idOf(document: unknown): string | undefined {
  return readField(ruleSetFields.id, document, 'id')
}
