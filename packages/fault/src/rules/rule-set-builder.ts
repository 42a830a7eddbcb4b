import type { Duration } from '@tocsin/core'

import type { Condition, Rule, RuleSet, Severity } from '../model/rule-set.ts'
import type { TimeWindow } from '../model/time-window.ts'
import * as condition from './conditions.ts'
import { parseRuleSets } from './parse-rule-sets.ts'

/** How long a rule takes to be violated and to end: the fields of a {@link Rule} beside `when` and `severity`. */
export type RuleOptions = Omit<Rule, 'severity' | 'when'>

/** {@link RuleOptions} of a rule with a limit. */
export type LimitOptions = RuleOptions & condition.UntilOption

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
  /** What programs want to find in the events: plain JSON, at most 4096 bytes. */
  info(info: Readonly<Record<string, unknown>>): this
  /** Judge together all series with the same values of these tags. */
  by(...tags: readonly string[]): this
  /** What the last value of a group is, of the last values of its members. */
  combine(how: NonNullable<RuleSet['combine']>): this
  /** Groups that must be there though nothing of them was ever seen; with those of earlier calls. */
  expect(...groups: readonly Readonly<Record<string, string>>[]): this
  /** Which of the violated rules decides. @defaultValue `'first'` */
  decide(which: NonNullable<RuleSet['decide']>): this
  /** What a rule does whose condition is unknown. @defaultValue `'hold'` */
  unknown(what: NonNullable<RuleSet['unknown']>): this
  /** When a silent series is gone. @defaultValue `'1d'`, or twice what the rules need if that is more */
  forgetAfter(duration: Duration): this
  /** Tell no faults during this window, or none of these severities; beside the mutes of earlier calls. */
  mute(during: TimeWindow, options?: { readonly severities?: readonly Severity[] }): this
  /** A rule: the severity, what violates it, and how long it takes. Conditions come from `@tocsin/fault/rules`. */
  rule(severity: Severity, when: Condition, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a number greater than `limit`. */
  above(limit: number, severity: Severity, options?: LimitOptions): RuleSetBuilder
  /** A rule violated by a number less than `limit`. */
  below(limit: number, severity: Severity, options?: LimitOptions): RuleSetBuilder
  /** A rule violated by `limit` and more. */
  atLeast(limit: number, severity: Severity, options?: LimitOptions): RuleSetBuilder
  /** A rule violated by `limit` and less. */
  atMost(limit: number, severity: Severity, options?: LimitOptions): RuleSetBuilder
  /** A rule violated by exactly this number or text. */
  equals(value: number | string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by every other number, or every other text. */
  notEquals(value: number | string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a text in which the expression finds a match. A `RegExp` may have no flags that rules cannot keep, such as `i`. */
  matches(expression: RegExp | string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a text in which the expression finds no match. */
  notMatches(expression: RegExp | string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a text that holds `text`. */
  contains(text: string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a text that does not hold `text`. */
  notContains(text: string, severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated by a value unlike the one before. */
  changed(severity: Severity, options?: RuleOptions): RuleSetBuilder
  /** A rule violated once no sample has come for `duration`. */
  absentFor(duration: Duration, severity: Severity, options?: RuleOptions): RuleSetBuilder
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
 * import { average } from '@tocsin/fault/rules'
 *
 * const cpu = ruleSet('cpu')
 *   .select('__name:cpu.used_percent')
 *   .rule(1, average('5m', { minFill: '1m' }).above(95, { until: 90 }), { for: '2m' })
 *   .above(80, 3)
 *   .build()
 * console.log(JSON.stringify(cpu.rules[1])) // => {"severity":3,"when":{"above":80}}
 * ```
 */
export function ruleSet(id: string): RuleSetStart {
  return { select: (select) => builder({ id, select, rules: [] }) }
}

function builder(json: RuleSet): RuleSetBuilder {
  const set = (fields: Partial<RuleSet>): RuleSetBuilder => builder({ ...json, ...fields })
  const rule = (severity: Severity, when: Condition, options?: RuleOptions): RuleSetBuilder =>
    set({ rules: [...json.rules, { severity, when, ...options }] })
  const limit =
    (compare: (limit: number, options?: condition.UntilOption) => Condition): RuleSetDraft['above'] =>
    (limit, severity, { until, ...options } = {}) =>
      rule(severity, compare(limit, until === undefined ? {} : { until }), options)
  const of =
    <Operand>(compare: (operand: Operand) => Condition) =>
    (operand: Operand, severity: Severity, options?: RuleOptions): RuleSetBuilder =>
      rule(severity, compare(operand), options)
  return {
    named: (name) => set({ name }),
    notes: (notes) => set({ notes }),
    link: (link) => set({ link }),
    info: (info) => set({ info }),
    by: (...by) => set({ by }),
    combine: (combine) => set({ combine }),
    expect: (...groups) => set({ expect: [...(json.expect ?? []), ...groups] }),
    decide: (decide) => set({ decide }),
    unknown: (unknown) => set({ unknown }),
    forgetAfter: (forgetAfter) => set({ forgetAfter }),
    mute: (during, options) => set({ mute: [...(json.mute ?? []), { when: { during }, ...options }] }),
    rule,
    above: limit(condition.above),
    below: limit(condition.below),
    atLeast: limit(condition.atLeast),
    atMost: limit(condition.atMost),
    equals: of(condition.equals),
    notEquals: of(condition.notEquals),
    matches: of(condition.matches),
    notMatches: of(condition.notMatches),
    contains: of(condition.contains),
    notContains: of(condition.notContains),
    changed: (severity, options) => rule(severity, condition.changed(), options),
    absentFor: of(condition.absentFor),
    build: () => {
      const [built] = parseRuleSets([json])
      return built ?? json
    },
  }
}
