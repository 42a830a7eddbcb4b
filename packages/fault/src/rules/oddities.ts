import { formatDuration, parseDuration, parseTagQuery } from '@tocsin/core'
import { Flaw } from '@tocsin/core/shape'

import { nameOfComparison } from '../model/comparison-shape.ts'
import type { Condition, Rule, RuleSet, TermComparison } from '../model/rule-set.ts'
import { nameOfTerm, spansOf, type TermName } from '../model/term-shape.ts'
import { conditionsOf, conditionsOfRule, isComparison, isLeaf } from './conditions-of.ts'
import { implies } from './implies.ts'

/** How late a sample may be by default, so that a shorter silence is no sign. */
const latenessMs = 10_000
/** Panes of a window by default. */
const panes = 12

/** What is allowed in a good rule set, and can hardly be meant. Paths begin at the rule set, which is at `place`. */
export function* findOddities(ruleSet: RuleSet, place: string): Generator<Flaw> {
  yield* findBareWord(ruleSet.select, '.select')
  for (const [index, rule] of ruleSet.rules.entries()) {
    for (const flaw of findRuleOddities(rule)) yield flaw.under(`.rules[${index}]`)
  }
  if (ruleSet.decide !== 'worst') yield* findUnreachable(ruleSet.rules, place)
  for (const [index, { when }] of (ruleSet.mute ?? []).entries()) {
    const { during } = when
    if ('from' in during && during.from === during.until && (during.days?.length ?? 7) === 7) {
      yield new Flaw(`.mute[${index}].when.during`, 'is all the time, so that nothing is ever told')
    }
  }
}

/** A word alone asks for a tag of that name, and most often a metric is meant. */
function* findBareWord(select: string, path: string): Generator<Flaw> {
  const query = parseTagQuery(select)
  if (!query.ok || query.value.kind !== 'tag' || query.value.value !== undefined) return
  const { text } = query.value.category
  if (/^\*+$/.test(text)) return
  yield new Flaw(
    path,
    `selects series with a tag called "${text}"; write "__name:${text}" for a metric, or "${text}:*" for that tag`,
  )
}

function* findRuleOddities(rule: Rule): Generator<Flaw> {
  for (const { condition, path } of conditionsOfRule(rule)) {
    if (isComparison(condition)) yield* findComparisonOddities(condition, path)
    if (condition.absentFor !== undefined && Number(parseDuration(condition.absentFor)) <= latenessMs) {
      yield new Flaw(
        `${path}.absentFor`,
        `is ${condition.absentFor}, and samples may be ${formatDuration(latenessMs)} late: give it more`,
      )
    }
    yield* findPlainerSome(condition, path)
  }
  const pane = shortestPane(rule.when)
  for (const name of ['for', 'keep'] as const) {
    const hold = parseDuration(rule[name] ?? '0s') ?? 0
    if (hold > 0 && pane !== undefined && hold < pane) {
      const width = formatDuration(pane)
      yield new Flaw(
        `.${name}`,
        `is ${rule[name] ?? ''}, less than ${width}, the step in which its window moves`,
      )
    }
  }
}

/** Terms that are hardly ever exactly some number. */
const measured: ReadonlySet<TermName> = new Set<TermName>([
  'average',
  'stddev',
  'rate',
  'counter',
  'quantile',
  'forecast',
  'zscore',
  'share',
  'ratio',
])

function* findComparisonOddities(comparison: TermComparison, path: string): Generator<Flaw> {
  const { of: term = { last: true }, until } = comparison
  const name = nameOfComparison(comparison) ?? 'above'
  const termName = nameOfTerm(term)
  if ((name === 'equals' || name === 'notEquals') && measured.has(termName)) {
    yield new Flaw(`${path}.${name}`, `is hardly ever exactly so of ${termName}; say above or below`)
  }
  if (until !== undefined && until === comparison[name]) {
    yield new Flaw(`${path}.until`, `is ${until}, the limit itself, and so without effect`)
  }
  for (const [index, { select }] of (term.ratio ?? []).entries()) {
    if (select !== undefined) yield* findBareWord(select, `${path}.of.ratio[${index}].select`)
  }
}

function* findPlainerSome({ some, of }: Condition, path: string): Generator<Flaw> {
  if (some === undefined || !Array.isArray(of)) return
  const { length } = of as readonly Condition[]
  if (some === '100%' || some === length)
    yield new Flaw(`${path}.some`, `of ${length} is all of them; say all`)
  else if (some === 1) yield new Flaw(`${path}.some`, 'of 1 is any of them; say any')
}

/** The width of the narrowest pane, ms, of a condition that looks at nothing but windows. */
function shortestPane(when: Condition): number | undefined {
  const widths: number[] = []
  for (const { condition } of conditionsOf(when)) {
    if (!isLeaf(condition)) continue
    const spans = isComparison(condition) && condition.of !== undefined ? spansOf(condition.of) : []
    if (spans.length === 0) return undefined
    for (const span of spans) {
      if (typeof span === 'number') return undefined
      widths.push(Math.ceil(Number(parseDuration(span)) / panes))
    }
  }
  return Math.min(...widths)
}

/** Rules behind one that is violated whenever they are: with `above 80` in front, `above 95` is never reached. */
function* findUnreachable(rules: readonly Rule[], place: string): Generator<Flaw> {
  for (const [index, rule] of rules.entries()) {
    const before = rules.slice(0, index).findIndex((earlier) => hides(earlier, rule))
    const first = rules[before]
    if (first === undefined) continue
    const sentence =
      `can never decide: ${place}.rules[${before}], ${JSON.stringify(first.when)} with severity ${first.severity}, ` +
      `comes first and is violated whenever ${JSON.stringify(rule.when)} is; put the narrower rule first`
    yield new Flaw(`.rules[${index}]`, sentence)
  }
}

/** Whether one rule is violated whenever the other is: it begins no later, and the other one does not outlast it. */
function hides(first: Rule, second: Rule): boolean {
  if (first.clear !== undefined || second.clear !== undefined) return false
  if (Number(parseDuration(second.keep ?? '0s')) > Number(parseDuration(first.keep ?? '0s'))) return false
  if (Number(parseDuration(first.for ?? '0s')) > Number(parseDuration(second.for ?? '0s'))) return false
  return implies(second.when, first.when)
}
