import { formatDuration, parseDuration } from '@tocsin/core'
import { Flaw, found } from '@tocsin/core/shape'

import { nameOfComparison } from '../model/comparison-shape.ts'
import type { Rule, RuleSet, TermComparison } from '../model/rule-set.ts'
import { looksAtLast } from '../model/term-shape.ts'
import { conditionsOfRule, type Found, isComparison, isLeaf, longestSilenceMs } from './conditions-of.ts'

/** Most leaves of a rule. */
const maxLeaves = 100

/** What of a rule set does not fit together, though each part is good by itself. Paths begin at the rule set. */
export function* findFlaws(ruleSet: RuleSet): Generator<Flaw> {
  for (const [index, rule] of ruleSet.rules.entries()) {
    for (const flaw of findRuleFlaws(ruleSet, rule)) yield flaw.under(`.rules[${index}]`)
  }
  yield* findGroupFlaws(ruleSet)
  const { forgetAfter } = ruleSet
  if (forgetAfter === undefined) return
  const needed = longestSilenceMs(ruleSet)
  if (Number(parseDuration(forgetAfter)) <= needed) {
    yield new Flaw(
      '.forgetAfter',
      `must be more than ${formatDuration(needed)}, for which a rule waits, got ${forgetAfter}`,
    )
  }
}

function* findGroupFlaws({ by, combine, expect }: RuleSet): Generator<Flaw> {
  if (by === undefined) {
    if (combine !== undefined) yield new Flaw('.combine', 'is only for groups; say by which tags')
    if (expect !== undefined) yield new Flaw('.expect', 'is only for groups; say by which tags')
    return
  }
  const seen = new Set<string>()
  for (const [index, group] of (expect ?? []).entries()) {
    const isExact = Object.keys(group).length === by.length && by.every((tag) => Object.hasOwn(group, tag))
    if (!isExact) {
      yield new Flaw(`.expect[${index}]`, `must have exactly the tags ${by.join(', ')}, got ${found(group)}`)
      continue
    }
    const key = JSON.stringify(by.map((tag) => group[tag]))
    if (seen.has(key))
      yield new Flaw(`.expect[${index}]`, `must be unique, but its values ${key} stand before it too`)
    seen.add(key)
  }
}

function* findRuleFlaws(ruleSet: RuleSet, rule: Rule): Generator<Flaw> {
  let leaves = 0
  for (const each of conditionsOfRule(rule)) {
    if (isLeaf(each.condition)) leaves += 1
    const flaw = isComparison(each.condition)
      ? findComparisonFlaw(ruleSet, each, each.condition)
      : findPlaceFlaw(ruleSet, each)
    if (flaw !== undefined) yield flaw.under(each.path)
  }
  if (leaves > maxLeaves) yield new Flaw('', `must have at most ${maxLeaves} comparisons, got ${leaves}`)
}

function findComparisonFlaw(
  { by, combine }: RuleSet,
  { isOfMembers }: Found,
  comparison: TermComparison,
): Flaw | undefined {
  const { of: term } = comparison
  const selected = term?.ratio?.findIndex(({ select }) => select !== undefined) ?? -1
  if (selected >= 0 && (by === undefined || isOfMembers)) {
    return new Flaw(`.of.ratio[${selected}].select`, 'is only for groups: it names some of the members')
  }
  if (by === undefined || isOfMembers || (term !== undefined && !looksAtLast(term))) return undefined
  const name = nameOfComparison(comparison) ?? 'above'
  const operand: unknown = comparison[name]
  if (typeof operand === 'string') {
    return new Flaw(
      `.${name}`,
      'compares a text, and the last value of a group is a number; ask its members: { some: 1, members: … }',
    )
  }
  return combine === undefined
    ? new Flaw(
        '',
        'looks at the last value of a group; say in "combine" what that is, or ask for a window, or for members',
      )
    : undefined
}

/** What is not a comparison, and stands where it means nothing. */
function findPlaceFlaw({ by }: RuleSet, { condition, path, isOfMembers }: Found): Flaw | undefined {
  const { absentFor, missedDuring, members } = condition
  if (members !== undefined) {
    if (by === undefined) return new Flaw('.members', 'is only for groups; say by which tags')
    return isOfMembers ? new Flaw('.members', 'has no members itself: it is asked of one of them') : undefined
  }
  if (absentFor === undefined && missedDuring === undefined) return undefined
  const name = absentFor === undefined ? 'missedDuring' : 'absentFor'
  if (isOfMembers)
    return new Flaw(`.${name}`, 'is not for members: a rule set without by watches each of them')
  return path.startsWith('.clear')
    ? new Flaw(`.${name}`, 'cannot clear: that no sample comes is no sign that all is well')
    : undefined
}
