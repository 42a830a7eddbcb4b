import type { Cause, FaultNormal } from '../../model/fault-event.ts'
import type { Leaf } from '../../conditions/condition.ts'
import { firing } from '../../conditions/hold.ts'
import type { RulePlan } from '../plan/plan.ts'
import type { Slot } from '../plan/shape.ts'
import { allOf, isTrue, moreOf, saidLeaf, standings } from './standings.ts'
import type { EngineState } from '../state/state.ts'

/** Longest text of a cause, in UTF-16 units. */
const maxValueLength = 1024

/** Wall clock of the last sample of a row; of one that was never seen, since when it is watched. */
export function sampleTimeOf({ rows, shift }: EngineState, row: number): number {
  const time = rows.time(row)
  return (time === -Infinity ? rows.armed(row) : time) - shift
}

/**
 * Why a rule decides, or (`isEnd`) does so no more, as the look is now. A rule that is held by `keep` or `clear`, though its condition is
 * true no longer, has no `since` and no value; one that is held because its condition is unknown has the reason `unknown`.
 */
export function causeOf(state: EngineState, row: number, slot: Slot, rule: RulePlan, isEnd: boolean): Cause {
  const { look, holds, rows } = state
  const at = rows.rule(row) + slot.rule + rule.index
  const truth = holds.truth(at)
  const isCleared = isEnd && rule.clear?.peek(look) === 1
  const decided = isCleared ? rule.clear : rule.when
  const said = isEnd && !isCleared ? state.episodes.get(rows.instance(row) + slot.instance)?.said : undefined
  const { rules } = slot.plan.ruleSet
  const parts = standings(isCleared ? rules[rule.index]?.clear : rules[rule.index]?.when)
  const leaf =
    (truth === 0 && saidLeaf(decided.leaves, said?.condition, look, parts)) || decided.decisive(look)
  const threshold = leaf.threshold(look)
  const { forMs } = rule.hold
  const whole = isCleared ? 1 : isEnd ? (truth === 0 ? 0 : 2) : truth === 1 ? 1 : 2
  return {
    reason: isEnd ? 'recovered' : truth === 2 ? 'unknown' : leaf.reason,
    rule: rule.index,
    condition: leaf.condition,
    ...(isEnd || truth !== 0 ? judgedOf(state, leaf) : {}),
    ...(threshold !== undefined && { threshold }),
    ...(whole !== 2 && { isTrue: isTrue(leaf, look, whole === 1, parts) }),
    ...(!isEnd && truth === 1 && moreOf(decided.leaves, leaf, look, parts)),
    ...(leaf.condition.members !== undefined && allOf(look, slot.plan.members, leaf.condition.members)),
    sampleTime: sampleTimeOf(state, row),
    ...(!isEnd &&
      truth === 1 &&
      holds.phase(at) === firing && { since: (holds.since[at] ?? 0) - state.shift }),
    ...(forMs > 0 && { forMs }),
  }
}

/** What was found well, by the first comparison of a value. */
export function normalCause(state: EngineState, row: number, { plan }: Slot): FaultNormal['cause'] {
  const leaf = plan.rules.flatMap(({ when }) => when.leaves).find(({ term }) => term !== undefined)
  return {
    reason: 'normal',
    ...(leaf === undefined ? {} : judgedOf(state, leaf)),
    sampleTime: sampleTimeOf(state, row),
  }
}

function judgedOf(state: EngineState, leaf: Leaf): Pick<Cause, 'value' | 'window'> {
  const value = leaf.value(state.look)
  return {
    ...(value !== undefined && { value: typeof value === 'string' ? value.slice(0, maxValueLength) : value }),
    ...windowOf(state, leaf),
  }
}

/** The window behind what a leaf looks at now, where there is one. */
export function windowOf({ look, windows }: EngineState, { durationMs, need }: Leaf): Pick<Cause, 'window'> {
  if (durationMs === undefined || need === undefined) return {}
  return {
    window: {
      durationMs,
      filledMs: windows.filledMs(look.row, need, look.time),
      count: windows.count(look.row, need, look.time),
    },
  }
}
