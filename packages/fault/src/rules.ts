/**
 * Conditions and terms for rules, written as functions: `ruleSet('cpu').select('__name:cpu').rule(1, average('5m').above(95))`.
 * Each condition is plain JSON, the same that one could write by hand.
 *
 * @module
 */
export {
  above,
  absentFor,
  all,
  any,
  atLeast,
  atMost,
  below,
  changed,
  contains,
  equals,
  matches,
  missedDuring,
  not,
  notContains,
  notEquals,
  notMatches,
  some,
  someMembers,
} from './rules/conditions.ts'
export {
  average,
  changes,
  count,
  counter,
  delta,
  forecast,
  last,
  max,
  min,
  quantile,
  rate,
  ratio,
  share,
  stddev,
  sum,
  zscore,
} from './rules/terms.ts'

export type { Duration } from '@tocsin/core'
export type { Comparison, Condition, PartTerm, Span, Term, TermComparison } from './model/rule-set.ts'
export type { TimeWindow, Weekday } from './model/time-window.ts'
export type { Amount, UntilOption } from './rules/conditions.ts'
export type { FillOption, OverOption, PartBuilder, SpanOption, TermBuilder } from './rules/terms.ts'
