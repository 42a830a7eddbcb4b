import type { FaultColumn } from '../../model/fault-column.ts'
import { unread } from '../plan/plan.ts'
import { instanceBits } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

const { isText, isUnreadable, isAfterUnreadable, isTroubled, hasDue, hasSources, isWaiting, isHeld } = rowBits
const unusual =
  isText | isUnreadable | isAfterUnreadable | isTroubled | hasDue | hasSources | isWaiting | isHeld

/**
 * Whether a row is well, was judged, and has nothing to do with any other: a value of its quiet range then only counts as the last one.
 */
export function isQuietRow(state: EngineState, row: number): boolean {
  const { rows, instances, holds, limits, revisions } = state
  const shape = rows.shape[row]
  if (shape === undefined || shape.generation !== state.generation) return false
  if (limits.reorderMs > 0 || revisions.size > 0 || (shape.unread & unread.numbers) !== 0) return false
  if (rows.source(row) !== 0 || rows.has(row, unusual) || !rows.has(row, rowBits.hasValue)) return false
  const first = rows.instance(row)
  for (let instance = first; instance < first + shape.instances; instance += 1)
    if (instances.absent[instance] !== 0 || instances.state[instance] !== instanceBits.isJudged) return false
  const rule = rows.rule(row)
  for (let at = rule; at < rule + shape.rules; at += 1) if (holds.packed[at] !== 0) return false
  const memory = rows.memory(row)
  for (let at = memory; at < memory + shape.memory; at += 1) if (holds.memory[at] !== 0) return false
  return true
}

/** Takes values into a quiet row, as judging them one by one would; gives the time of the last, -Infinity where there is none. */
export function passQuiet(
  { rows, counts, shift }: EngineState,
  row: number,
  { values, start, periodMs }: FaultColumn,
  from: number,
  to: number,
): number {
  let [count, last, before] = [0, -1, -1]
  for (let index = from; index < to; index += 1) {
    if (Number.isNaN(values[index])) continue
    before = last
    last = index
    count += 1
  }
  if (count === 0) return -Infinity
  const timeOf = (index: number): number => start + (index + 1) * periodMs + shift
  rows.setPreviousValue(row, before < 0 ? rows.value(row) : (values[before] ?? NaN))
  rows.setPreviousTime(row, before < 0 ? rows.valueTime(row) : timeOf(before))
  rows.setValue(row, values[last] ?? NaN)
  rows.setValueTime(row, timeOf(last))
  rows.setTime(row, timeOf(last))
  rows.countSeen(row, count)
  counts.samples += count
  counts.judged += count
  return timeOf(last) - shift
}
