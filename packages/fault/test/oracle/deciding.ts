import type { Rule, RuleSet, Severity } from '../../src/model/rule-set.ts'
import type { Truth } from './kleene.ts'
import { isIn, stretchesNear } from './stretches.ts'

/** A violated rule. */
export interface Violated {
  readonly index: number
  readonly rule: Rule
  /** What its condition is now. */
  readonly truth: Truth
}

/** The rule that decides; one whose condition is true is preferred to one that is only held, if at least as severe. */
export function decide(violated: readonly Violated[], how: RuleSet['decide']): Violated | undefined {
  const one = choose(violated, how)
  if (one?.truth !== 'unknown') return one
  const better = violated.filter(({ truth, rule }) => truth === 'true' && rule.severity <= one.rule.severity)
  return choose(better, how) ?? one
}

function choose(violated: readonly Violated[], how: RuleSet['decide'] = 'first'): Violated | undefined {
  if (how === 'first') return violated[0]
  const worst = Math.min(...violated.map(({ rule }) => rule.severity))
  return violated.find(({ rule }) => rule.severity === worst)
}

/** Whether a fault of this severity is told at this moment. */
export const isMuted = ({ mute = [] }: RuleSet, severity: Severity, time: number): boolean =>
  mute.some(({ when, severities }) => (severities?.includes(severity) ?? true) && isIn(when.during, time))

/** When the mutes that hide it now have ended. */
export function endOfMutes(ruleSet: RuleSet, severity: Severity, time: number): number {
  let end = time
  while (isMuted(ruleSet, severity, end)) {
    const at = end
    const covering = (ruleSet.mute ?? [])
      .filter(({ severities }) => severities?.includes(severity) ?? true)
      .flatMap(({ when }) => stretchesNear(when.during, at))
      .filter((one) => one.begin <= at && at < one.end)
    end = Math.max(...covering.map((one) => one.end))
  }
  return end
}
