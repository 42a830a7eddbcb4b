import type { Leaf } from '../conditions/condition.ts'
import { windowOf } from '../engine/judging/cause.ts'
import type { EngineState } from '../engine/state/state.ts'
import { rowBits } from '../engine/state/rows.ts'
import type { ExplainedPart, UnknownReason } from './explanation.ts'
import { sayMs } from '../sentences/say-time.ts'
import { sayNumber } from '../sentences/say-value.ts'

/** Truths by their number. */
export const truths = ['false', 'true', 'unknown'] as const

/** What a part of a condition is, as the look is now. */
export function explainPart(state: EngineState, leaf: Leaf): ExplainedPart {
  const { look } = state
  const { condition } = leaf
  const truth = truths[leaf.peek(look)]
  const value = leaf.value(look)
  const threshold = leaf.threshold(look)
  return {
    condition,
    truth,
    ...(value !== undefined && { value: plain(value) }),
    ...(threshold !== undefined && { threshold }),
    ...windowOf(state, leaf),
    ...(truth === 'unknown' && { why: whyUnknown(state, leaf) }),
  }
}

/** JSON has no infinity. */
const plain = (value: number | string): number | string =>
  typeof value === 'number' && !Number.isFinite(value) ? sayNumber(value) : value

function whyUnknown({ look, rows, windows }: EngineState, leaf: Leaf): UnknownReason {
  const { row } = look
  if (leaf.reason === 'missed') return 'no window has passed yet'
  if (leaf.reason === 'some') return leaf.threshold(look) === 0 ? 'no members' : 'members unknown'
  if (!rows.has(row, rowBits.hasValue))
    return rows.has(row, rowBits.isUnreadable) ? 'not a number' : 'no sample yet'
  if (!look.isKnown) return 'absent'
  if (leaf.term?.last === true) {
    if (leaf.reason === 'changed') return 'too few samples'
    if (look.text !== undefined) return 'text'
    return Number.isNaN(look.value) ? 'not a number' : 'number'
  }
  const { durationMs, need, minFillMs } = leaf
  if (durationMs === undefined || need === undefined) return 'too few samples'
  const filledMs = windows.filledMs(row, need, look.time)
  if (filledMs < minFillMs) return `window filled ${sayMs(filledMs)} of ${sayMs(minFillMs)}`
  return windows.count(row, need, look.time) > 1 ? 'no number from its window' : 'too few samples'
}
