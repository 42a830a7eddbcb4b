import type { Duration } from '@tocsin/core'

import { badRuleSet } from './errors.ts'
import { parseRuleSets } from './parse-rule-sets.ts'
import type { Criterion, Rule, RuleSet, Severity } from './rule-set.ts'

/** The first step of {@link ruleSet}. */
export interface RuleSetStart {
  /** Which series the rules are for: a tag query; the category `__name` stands for the metric name. */
  select(query: string): RuleSetDraft
}

/** A rule set in the making. Each call gives a new one; rules are tried in the order of the calls, so the worst comes first. */
export interface RuleSetDraft {
  /** A name for people. */
  named(name: string): this
  /** What to do about it, for people. */
  notes(notes: string): this
  /** Where to read on, for people. */
  link(link: string): this
  /** Judge the average over `duration` in place of each sample, once `minFill` of it is filled. */
  average(duration: Duration, minFill?: Duration): this
  /** Violated by a number greater than `limit`. */
  above(limit: number, severity: Severity): RuleSetBuilder
  /** Violated by a number less than `limit`. */
  below(limit: number, severity: Severity): RuleSetBuilder
  /** Violated by exactly this number or text. */
  equals(value: number | string, severity: Severity): RuleSetBuilder
  /** Violated by every other number or text. */
  notEquals(value: number | string, severity: Severity): RuleSetBuilder
  /** Violated by a text in which the expression finds a match. A `RegExp` may have no flags that rules cannot keep, such as `i`. */
  matches(expression: RegExp | string, severity: Severity): RuleSetBuilder
  /** Violated by a text in which the expression finds no match. */
  notMatches(expression: RegExp | string, severity: Severity): RuleSetBuilder
  /** Violated by a text that holds `text`. */
  contains(text: string, severity: Severity): RuleSetBuilder
  /** Violated by a text that does not hold `text`. */
  notContains(text: string, severity: Severity): RuleSetBuilder
  /** Violated by a value unlike the one before. */
  changed(severity: Severity): RuleSetBuilder
  /** Violated once no sample has come for `duration`. */
  absentFor(duration: Duration, severity: Severity): RuleSetBuilder
}

/** A rule set with at least one rule. */
export interface RuleSetBuilder extends RuleSetDraft {
  /** The rule set as plain JSON, checked as by {@link parseRuleSets}. */
  build(): RuleSet
}

/**
 * Builds a rule set in typed steps; the result is the same plain JSON that one could write by hand.
 *
 * Errors: `build()` throws `FAULT_BAD_RULESET`, and so does a step that is given a `RegExp` with flags that JSON cannot hold.
 *
 * @example
 * ```ts
 * import { ruleSet } from '@tocsin/fault'
 *
 * const cpu = ruleSet('cpu').select('__name:cpu.used_percent').average('5m').above(95, 1).above(80, 3).build()
 * console.log(JSON.stringify(cpu.rules[0])) // => {"when":{"above":95},"severity":1}
 * ```
 */
export function ruleSet(id: string): RuleSetStart {
  return { select: (select) => builder({ id, select, rules: [] }) }
}

function builder(json: RuleSet): RuleSetBuilder {
  const set = (fields: Partial<RuleSet>): RuleSetBuilder => builder({ ...json, ...fields })
  const rule = (when: Criterion, severity: Severity): RuleSetBuilder => {
    const added: Rule = { when, severity }
    return set({ rules: [...json.rules, added] })
  }
  const source = (name: string, expression: RegExp | string): string => {
    if (typeof expression === 'string') return expression
    if (!/[imsvy]/.test(expression.flags)) return expression.source
    const path = `rulesets[0].rules[${json.rules.length}].when.${name}`
    throw badRuleSet(
      path,
      `must be a regular expression without the flags ${expression.flags}; write it without them`,
    )
  }
  return {
    named: (name) => set({ name }),
    notes: (notes) => set({ notes }),
    link: (link) => set({ link }),
    average: (duration, minFill) =>
      set({ window: { function: 'average', duration, ...(minFill === undefined ? {} : { minFill }) } }),
    above: (above, severity) => rule({ above }, severity),
    below: (below, severity) => rule({ below }, severity),
    equals: (equals, severity) => rule({ equals }, severity),
    notEquals: (notEquals, severity) => rule({ notEquals }, severity),
    matches: (expression, severity) => rule({ matches: source('matches', expression) }, severity),
    notMatches: (expression, severity) => rule({ notMatches: source('notMatches', expression) }, severity),
    contains: (contains, severity) => rule({ contains }, severity),
    notContains: (notContains, severity) => rule({ notContains }, severity),
    changed: (severity) => rule({ changed: true }, severity),
    absentFor: (absentFor, severity) => rule({ absentFor }, severity),
    build: () => {
      const [built] = parseRuleSets([json])
      return built ?? json
    },
  }
}
