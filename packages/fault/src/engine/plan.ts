import { compileTagQuery, parseDuration, parseTagQuery } from '@tocsin/core'
import type { Series } from '@tocsin/core'

import type { Criterion, Rule, RuleSet, Severity } from '../rule-set.ts'
import { type Comparand, type CompiledCriterion, compileCriterion, type Scalar } from './criterion.ts'

/** What an event says about the rule that decided. */
export interface Decider {
  readonly index: number
  readonly severity: Severity
  readonly when: Criterion
  /** What the cause shows beside the value; for absence, the duration in ms. */
  readonly threshold: Scalar | undefined
}

/** A rule ready to judge. */
export type RulePlan = Decider & CompiledCriterion

/** A rule about silence. */
interface AbsencePlan {
  readonly rule: RulePlan
  readonly ms: number
}

/** A rule set ready to judge. */
export interface Plan {
  readonly ruleSet: RuleSet
  readonly matches: (series: Series) => boolean
  /** The rules that look at values, in order. */
  readonly valueRules: readonly RulePlan[]
  /** The rules that look at silence, the shortest first. Of those violated the longest decides, since it must stand first. */
  readonly absences: readonly AbsencePlan[]
  /** What values its rules compare together. */
  readonly compares: Comparand
  readonly window: { readonly durationMs: number; readonly minFillMs: number } | undefined
}

/** Compiles a rule. Throws a `SyntaxError` for a bad regular expression. */
const compileRule = ({ when, severity }: Rule, index: number): RulePlan => ({
  index,
  severity,
  when,
  ...compileCriterion(when),
})

/** Compiles a rule set that {@link parseRuleSets} let through. */
export function compilePlan(ruleSet: RuleSet): Plan {
  const query = parseTagQuery(ruleSet.select)
  const rules = ruleSet.rules.map(compileRule)
  const valueRules = rules.filter(({ compares }) => compares !== 'none')
  const absences = rules
    .filter(({ compares }) => compares === 'none')
    .map((rule) => ({ rule, ms: Number(rule.threshold) }))
    .sort((a, b) => a.ms - b.ms)
  const kinds = new Set(rules.map(({ compares }) => compares))
  return {
    ruleSet,
    matches: query.ok ? compileTagQuery(query.value) : () => false,
    valueRules,
    absences,
    // Rule sets that compare both numbers and texts were refused.
    compares: (['number', 'string', 'any'] as const).find((kind) => kinds.has(kind)) ?? 'none',
    window: valueRules.length > 0 ? compileWindow(ruleSet) : undefined,
  }
}

function compileWindow({ window }: RuleSet): Plan['window'] {
  if (window === undefined) return undefined
  return {
    durationMs: parseDuration(window.duration) ?? NaN,
    minFillMs: parseDuration(window.minFill ?? '0s') ?? NaN,
  }
}
