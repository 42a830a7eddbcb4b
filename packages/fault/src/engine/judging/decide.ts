import { firing } from '../../conditions/hold.ts'
import type { RulePlan } from '../plan/plan.ts'
import type { Slot } from '../plan/shape.ts'
import type { EngineState } from '../state/state.ts'

/**
 * Which of the violated rules decides: the first, or the first of the worst. Where that is only held because its condition is unknown, one
 * whose condition is true now is preferred if it is at least as severe.
 */
export function decide(
  { holds, rows }: EngineState,
  row: number,
  { plan, rule: at }: Slot,
): RulePlan | undefined {
  const first = rows.rule(row) + at
  const { rules, decidesWorst } = plan
  let best: RulePlan | undefined
  for (const rule of rules) {
    if (holds.phase(first + rule.index) < firing) continue
    if (best === undefined || (decidesWorst && rule.severity < best.severity)) best = rule
  }
  if (best === undefined || best.hold.unknown !== 'hold' || holds.truth(first + best.index) !== 2) return best
  let sure: RulePlan | undefined
  for (const rule of rules) {
    const at = first + rule.index
    if (holds.phase(at) < firing || holds.truth(at) !== 1 || rule.severity > best.severity) continue
    if (sure === undefined || (decidesWorst && rule.severity < sure.severity)) sure = rule
  }
  return sure ?? best
}
