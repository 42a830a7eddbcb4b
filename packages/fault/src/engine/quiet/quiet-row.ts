import type { FaultColumn } from '../../model/fault-column.ts'
import type { FaultInput } from '../../model/fault-input.ts'
import type { Shape } from '../plan/shape.ts'
import { hear } from '../sources/sources.ts'
import { instanceBits } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'
import { isBehind } from '../tell-due.ts'
import { quietPlanOf } from './quiet-plan.ts'

const { isText, isUnreadable, isAfterUnreadable, isTroubled, hasDue, hasSources, isWaiting, isHeld } = rowBits
const unusual =
  isText | isUnreadable | isAfterUnreadable | isTroubled | hasDue | hasSources | isWaiting | isHeld

/** Whether a row is well, was judged, and has nothing to do with any other: of what is quiet in it nothing follows. */
export function isQuietRow(state: EngineState, row: number): boolean {
  const { rows, instances, holds, revisions } = state
  const shape = rows.shape[row]
  if (shape === undefined || shape.generation !== state.generation || revisions.size > 0) return false
  if (rows.has(row, unusual) || !rows.has(row, rowBits.hasValue)) return false
  const first = rows.instance(row)
  for (let instance = first; instance < first + shape.instances; instance += 1)
    if (instances.absent[instance] !== 0 || instances.state[instance] !== instanceBits.isJudged) return false
  const rule = rows.rule(row)
  for (let at = rule; at < rule + shape.rules; at += 1) if (holds.packed[at] !== 0) return false
  const memory = rows.memory(row)
  for (let at = memory; at < memory + shape.memory; at += 1) if (holds.memory[at] !== 0) return false
  return true
}

/** More plans than this are not numbered. */
const mostPlans = 65_535

/** Takes note of whether a row that was judged is quiet now. */
export function noteQuiet(state: EngineState, row: number, shape: Shape): void {
  if (shape.quiet < 0) shape.quiet = numberOf(state, shape)
  if (shape.quiet === 0 || !isQuietRow(state, row)) return
  const { bounds } = state.quietPlans[shape.quiet] ?? {}
  if (bounds?.every((bound) => state.windows.isWithin(row, bound)) === true)
    state.rows.quiet[row] = shape.quiet
}

function numberOf({ quietPlans }: EngineState, shape: Shape): number {
  const plan = quietPlans.length > mostPlans ? undefined : quietPlanOf(shape)
  return plan === undefined ? 0 : quietPlans.push(plan) - 1
}

/** Takes the first number of a row as judged where it is quiet, and its windows are; false where rule sets must look at it. */
export function judgeFirst(state: EngineState, row: number, shape: Shape, value: number): boolean {
  const { rows, instances } = state
  const plan = state.quietPlans[shape.quiet]
  if (shape.quiet <= 0 || plan === undefined || state.hasUnknownPast || state.revisions.size > 0) return false
  if (rows.seen(row) !== 1 || rows.has(row, unusual) || plan.mostGapMs !== Infinity) return false
  if (!(value >= plan.least && value <= plan.most)) return false
  if (!plan.bounds.every((bound) => state.windows.isWithin(row, bound))) return false
  if (!instances.begin(rows.instance(row), shape.instances)) return false
  rows.quiet[row] = shape.quiet
  return true
}

/** No row is known to be quiet any more: something came about that is of all of them. */
export function forgetQuiet({ rows }: EngineState): void {
  rows.quiet.fill(0)
}

/** Takes a sample of which nothing follows into its row, as judging it would; false where it must be judged. */
export function takeQuiet(state: EngineState, row: number, sample: FaultInput, wall: number): boolean {
  const { rows, shift, limits, look, counts } = state
  const plan = state.quietPlans[rows.quiet[row] ?? 0]
  const { value, time: sampleTime, receivedAt } = sample
  if (plan === undefined || typeof value !== 'number' || !(value >= plan.least && value <= plan.most))
    return false
  if (sample.kind === 'stale' || sample.revision !== undefined) return false
  const at = receivedAt !== undefined && receivedAt > wall ? receivedAt : wall
  if (!(at - sampleTime <= limits.staleAfterMs && sampleTime <= wall + limits.maxFutureMs)) return false
  const time = sampleTime + shift
  const last = rows.time(row)
  const shape = rows.shape[row]
  if (!(time > last) || time < state.resumedAt || time - last > plan.mostGapMs || shape === undefined)
    return false
  if (last + shape.shortestDue <= state.now - state.latenessMs) return false
  const own = state.sources[rows.source(row)]
  if (own === undefined || own.name !== sample.source) return false
  if (own.name !== undefined && limits.sources) {
    if (own.silence !== undefined || time > own.waitsFor || isBehind(state)) return false
    hear(state, own, time)
  }
  look.previous = rows.value(row)
  look.previousTime = rows.valueTime(row)
  rows.takeNumber(row, time, value)
  if (shape.needs.length > 0) {
    look.row = row
    look.time = time
    look.value = value
    look.text = undefined
    look.changed = value === look.previous ? 0 : 1
    state.windows.add(look)
  }
  counts.samples += 1
  counts.judged += 1
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
