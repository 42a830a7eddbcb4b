import type { Cause, FaultNormal } from '../../model/fault-event.ts'
import type { Leaf } from '../../conditions/condition.ts'
import { firing } from '../../conditions/hold.ts'
import { isLeaf } from '../../rules/conditions-of.ts'
import type { RulePlan } from '../plan/plan.ts'
import type { Slot } from '../plan/shape.ts'
import { allOf, isTrue, moreOf, saidLeaf, type Standings, standings } from './standings.ts'
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
  const condition = isCleared ? rule.written.clear : rule.written.when
  const parts = condition !== undefined && isLeaf(condition) ? noParts : standings(condition)
  const leaf =
    (truth === 0 && saidLeaf(decided.leaves, said?.condition, look, parts)) || decided.decisive(look)
  const threshold = leaf.threshold(look)
  const { forMs } = rule.hold
  const whole = isCleared ? 1 : isEnd ? (truth === 0 ? 0 : 2) : truth === 1 ? 1 : 2
  // One fact after the other: objects that are spread take longer than all else of an event.
  const cause: Partial<Untold> & Pick<Untold, 'reason' | 'rule'> = {
    reason: isEnd ? 'recovered' : truth === 2 ? 'unknown' : leaf.reason,
    rule: rule.index,
  }
  cause.condition = leaf.condition
  if (isEnd || truth !== 0) addJudged(state, leaf, cause)
  if (threshold !== undefined) cause.threshold = threshold
  if (whole !== 2) cause.isTrue = isTrue(leaf, look, whole === 1, parts)
  if (!isEnd && truth === 1) Object.assign(cause, moreOf(decided.leaves, leaf, look, parts))
  if (leaf.condition.members !== undefined)
    Object.assign(cause, allOf(look, slot.plan.members, leaf.condition.members))
  cause.sampleTime = sampleTimeOf(state, row)
  if (!isEnd && truth === 1 && holds.phase(at) === firing) cause.since = holds.since.get(at) - state.shift
  if (forMs > 0) cause.forMs = forMs
  return cause as Untold
}

/** A cause in the making. */
type Untold = { -readonly [Fact in keyof Cause]: Cause[Fact] }

/** Of a condition without parts, which stands below no `not`. */
const noParts: Standings = new Map()

/** What was found well, by the first comparison of a value. */
export function normalCause(state: EngineState, row: number, { plan }: Slot): FaultNormal['cause'] {
  const leaf = plan.rules.flatMap(({ when }) => when.leaves).find(({ term }) => term !== undefined)
  return {
    reason: 'normal',
    ...(leaf !== undefined && addJudged(state, leaf, {})),
    sampleTime: sampleTimeOf(state, row),
  }
}

/** Adds what a leaf looks at now. */
function addJudged<Facts extends Pick<Partial<Untold>, 'value' | 'window'>>(
  state: EngineState,
  leaf: Leaf,
  facts: Facts,
): Facts {
  const value = leaf.value(state.look)
  if (value !== undefined) facts.value = typeof value === 'string' ? value.slice(0, maxValueLength) : value
  const { window } = windowOf(state, leaf)
  if (window !== undefined) facts.window = window
  return facts
}

const noWindow: Pick<Cause, 'window'> = {}

/** The window behind what a leaf looks at now, where there is one. */
export function windowOf({ look, windows }: EngineState, { durationMs, need }: Leaf): Pick<Cause, 'window'> {
  if (durationMs === undefined || need === undefined) return noWindow
  return {
    window: {
      durationMs,
      filledMs: windows.filledMs(look.row, need, look.time),
      count: windows.count(look.row, need, look.time),
    },
  }
}
