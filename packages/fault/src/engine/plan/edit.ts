import type { Plan, RulePlan } from './plan.ts'
import { isSame } from './is-same.ts'

/** What an edited rule set has of what it was. */
export interface Edit {
  /** The rule set after. */
  readonly to: Plan
  /** For each rule, which of the old ones it was. */
  readonly ruleOf: ReadonlyMap<number, number>
  /** Whether it watches the same windows of time. */
  readonly keepsMissed: boolean
}

/** Compares two states of a rule set, once for all rows. */
export function editOf(edits: Map<Plan, Edit>, from: Plan, to: Plan): Edit {
  const known = edits.get(from)
  if (known?.to === to) return known
  const edit = { to, ruleOf: matchRules(from, to), keepsMissed: isSame(from.missedDuring, to.missedDuring) }
  edits.set(from, edit)
  return edit
}

/** A rule was the one with the same condition, and if there are several, severity; or else the one at its place with its severity. */
function matchRules(from: Plan, to: Plan): ReadonlyMap<number, number> {
  const matched = new Map<number, number>()
  const free = new Set(from.rules)
  const when = ({ ruleSet }: Plan, { index }: RulePlan): unknown => ruleSet.rules[index]?.when
  const match = (isAlike: (rule: RulePlan, old: RulePlan) => boolean): void => {
    for (const rule of to.rules) {
      const old = matched.has(rule.index) ? undefined : [...free].find((one) => isAlike(rule, one))
      if (old === undefined) continue
      matched.set(rule.index, old.index)
      free.delete(old)
    }
  }
  const hasSameWhen = (rule: RulePlan, old: RulePlan): boolean => isSame(when(to, rule), when(from, old))
  match((rule, old) => hasSameWhen(rule, old) && rule.severity === old.severity)
  match(hasSameWhen)
  match((rule, old) => rule.index === old.index && rule.severity === old.severity)
  return matched
}
