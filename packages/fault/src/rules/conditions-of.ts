import { parseDuration } from '@tocsin/core'

import type { Condition, Rule, RuleSet, TermComparison } from '../model/rule-set.ts'

/** A condition within another one, and where: its path begins at the other one. */
export interface Found {
  /** It itself. */
  readonly condition: Condition
  /** Its place, such as `.all[1].not`. */
  readonly path: string
  /** Whether it is asked of each member of a group. */
  readonly isOfMembers: boolean
}

/** A condition and all within it, outside first. */
export function* conditionsOf(condition: Condition, path = '', isOfMembers = false): Generator<Found> {
  yield { condition, path, isOfMembers }
  const { all, any, not, some, members, of } = condition
  const [name, branches] =
    all !== undefined ? ['all', all] : any !== undefined ? ['any', any] : ['of', some === undefined ? [] : of]
  if (Array.isArray(branches)) {
    for (const [index, branch] of (branches as readonly Condition[]).entries()) {
      yield* conditionsOf(branch, `${path}.${name}[${index}]`, isOfMembers)
    }
  }
  if (not !== undefined) yield* conditionsOf(not, `${path}.not`, isOfMembers)
  if (members !== undefined) yield* conditionsOf(members, `${path}.members`, true)
}

/** The conditions of a rule, with their place in it. */
export function* conditionsOfRule({ when, clear }: Pick<Rule, 'when' | 'clear'>): Generator<Found> {
  yield* conditionsOf(when, '.when')
  if (clear !== undefined) yield* conditionsOf(clear, '.clear')
}

/** Whether a condition compares a term. */
export const isComparison = (condition: Condition): condition is TermComparison =>
  !branching.some((name) => condition[name] !== undefined)

const branching = ['absentFor', 'missedDuring', 'all', 'any', 'not', 'some'] as const

/** Whether a condition is a leaf of the tree. */
export const isLeaf = ({ all, any, not, some }: Condition): boolean =>
  all === undefined && any === undefined && not === undefined && some === undefined

const day = 86_400_000

/**
 * How long a rule set must remember a series that is silent, for its rules to be decided, ms: the longest `absentFor`, and of
 * windows of time the longest way from one to the next and to its end.
 */
export function longestSilenceMs({ rules }: Pick<RuleSet, 'rules'>): number {
  let longest = 0
  for (const rule of rules) {
    for (const { condition } of conditionsOfRule(rule)) {
      const { absentFor, missedDuring } = condition
      if (absentFor !== undefined) longest = Math.max(longest, parseDuration(absentFor) ?? 0)
      // A day more than from one beginning to the next: the window itself, and clocks that are set.
      if (missedDuring !== undefined && 'from' in missedDuring)
        longest = Math.max(longest, (longestGap(missedDuring.days) + 1) * day)
    }
  }
  return longest
}

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** Most days from one of these to the next. */
function longestGap(days: readonly string[] = week): number {
  const places = week.flatMap((name, index) => (days.includes(name) ? [index] : []))
  return Math.max(...places.map((place, index) => (places[index + 1] ?? (places[0] ?? 0) + 7) - place))
}

/** When a silent series is forgotten, ms: as the rule set says, or a day, or twice as long as its rules need to remember it. */
export function forgetAfterMs(ruleSet: Pick<RuleSet, 'rules' | 'forgetAfter'>): number {
  const { forgetAfter } = ruleSet
  return forgetAfter === undefined
    ? Math.max(day, 2 * longestSilenceMs(ruleSet))
    : (parseDuration(forgetAfter) ?? day)
}
