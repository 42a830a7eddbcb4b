import { type Duration, parseDuration } from '@tocsin/core'
import {
  duration,
  Flaw,
  object,
  oneOf,
  optional,
  type Optional,
  refine,
  type Shape,
} from '@tocsin/core/shape'

import type { Condition, Rule, RuleSet } from '../model/rule-set.ts'
import { ruleSetFields } from '../model/rule-set-shape.ts'
import { isComparison } from './conditions-of.ts'

/** The window of a rule set, as earlier versions wrote it. */
interface OldWindow {
  readonly function: 'average'
  readonly duration: Duration
  readonly minFill?: Duration
}

/** A rule set as it may be written: today, or by an earlier version. */
export type WrittenRuleSet = RuleSet & { readonly window?: OldWindow }

const windowFields: Shape<OldWindow> = object({
  function: oneOf(['average']),
  duration: duration('above 0'),
  minFill: optional(duration()),
})

/** What earlier versions wrote. */
export const oldWindowField: Optional<OldWindow> = optional(
  refine(windowFields, ({ duration: width, minFill = '0s' }) =>
    Number(parseDuration(minFill)) <= Number(parseDuration(width))
      ? undefined
      : new Flaw('.minFill', `must be at most the duration ${width}, got ${minFill}`),
  ),
)

/** A rule set with the window of an earlier version, perhaps. */
export const writtenRuleSetShape: Shape<WrittenRuleSet> = object({
  ...ruleSetFields,
  window: oldWindowField,
})

/** Gives the term of a set's window to each comparison of a number that names none. */
export function modernForm({ window, ...ruleSet }: WrittenRuleSet): RuleSet {
  if (window === undefined) return ruleSet
  const rules = ruleSet.rules.map(({ when, clear, ...rule }): Rule => ({
    ...rule,
    when: withWindow(when, window),
    ...(clear !== undefined && { clear: withWindow(clear, window) }),
  }))
  return { ...ruleSet, rules }
}

const ofNumbers = ['above', 'below', 'atLeast', 'atMost', 'equals', 'notEquals'] as const

function withWindow(condition: Condition, window: OldWindow): Condition {
  const inside = (each: Condition): Condition => withWindow(each, window)
  const { all, any, not, members } = condition
  if (all !== undefined) return { all: all.map(inside) }
  if (any !== undefined) return { any: any.map(inside) }
  if (not !== undefined) return { not: inside(not) }
  if (members !== undefined) return { ...condition, members: inside(members) }
  if (condition.some !== undefined) return { some: condition.some, of: condition.of.map(inside) }
  if (!isComparison(condition) || condition.of !== undefined) return condition
  if (ofNumbers.every((name) => condition[name] === undefined)) return condition
  const { duration: average, minFill } = window
  return { ...condition, of: { average }, ...(minFill !== undefined && { minFill }) }
}
