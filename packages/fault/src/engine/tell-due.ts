import { holdDue, holdRunsOut } from '../conditions/hold.ts'
import { type DueKind, dueOf, findDue, judgedAt, silentSince } from './rows/due.ts'
import { forgetGroup } from './rows/groups.ts'
import { judgeRules, lookAtRow, lookAtSlot } from './judging/judge.ts'
import { forgetRow, forgetSlot, isForgotten } from './rows/life.ts'
import { moveRow } from './reload/move-row.ts'
import { keepDue } from './rows/presence.ts'
import { endMute, settle } from './judging/settle.ts'
import type { Slot } from './plan/shape.ts'
import { holdOrWait, releaseIfReturned, releaseReturned } from './sources/sources.ts'
import type { EngineState } from './state/state.ts'
import { type Work, workOfTelling } from './work.ts'

/** Tells what is due by a time, the earliest first, as far as the work goes; what was found early is put where it belongs. */
export function tellDue(state: EngineState, until: number, work: Work): void {
  const { timers } = state
  if (state.returned.length > 0 && !releaseReturned(state, work)) return
  if (timers.next() > until) return
  const due = (row: number): number => dueOf(state, row)
  while (work.left > 0) {
    const row = timers.take(until, due, work)
    if (row < 0) return
    work.left -= workOfTelling
    if (
      state.moved !== Infinity &&
      state.rows.shape[row]?.generation !== state.generation &&
      !moveRow(state, row)
    )
      continue
    const one = findDue(state, row, until, -Infinity)
    if (one.slot !== undefined) perform(state, row, one.slot, one.kind, one.at, one.index)
    if (state.rows.shape[row] !== undefined) timers.plan(row, dueOf(state, row))
  }
}

/** Tells all that is due by now, where a step left some of it; whether it did. */
export function catchUp(state: EngineState): boolean {
  if (!isBehind(state)) return false
  tellDue(state, state.now - state.latenessMs, { left: Infinity })
  return true
}

/** Whether a step left something that is due by now. */
export const isBehind = ({ timers, now, latenessMs }: EngineState): boolean =>
  timers.next() <= now - latenessMs

/** Tells what of a row is due by a time; and what ran out before `time`, which a sample of that time shows. */
export function tellOwn(state: EngineState, row: number, until: number, time: number): void {
  if (state.returned.length > 0) releaseIfReturned(state, row)
  for (;;) {
    const { slot, kind, at, index } = findDue(state, row, until, time)
    if (slot === undefined) return
    perform(state, row, slot, kind, at, index)
    if (state.rows.shape[row] === undefined) return
  }
}

function perform(
  state: EngineState,
  row: number,
  slot: Slot,
  kind: DueKind,
  at: number,
  index: number,
): void {
  state.rows.quiet[row] = 0
  switch (kind) {
    case 'absence':
      tellAbsence(state, row, slot, at)
      return
    case 'hold':
      runOut(state, row, slot, at)
      return
    case 'missed':
      endWindow(state, row, slot, at, index)
      return
    case 'mute':
      lookAtRow(state, row, lastJudged(state, row, slot, at))
      lookAtSlot(state, row, slot)
      endMute(state, row, slot)
      return
    case 'forget':
      forget(state, row, slot, at)
  }
}

function tellAbsence(state: EngineState, row: number, slot: Slot, at: number): void {
  const { rows, instances } = state
  // Its own time may have been put off while it waited.
  const instance = rows.instance(row) + slot.instance
  const level = instances.absent[instance] ?? 0
  const due = Math.min(at, silentSince(state, row) + (slot.watch.absences[level] ?? 0))
  if (holdOrWait(state, row, slot, due, at + state.latenessMs)) return
  instances.absent[instance] = level + 1
  judgeAgain(state, row, slot, due)
}

/** All rules that run out at one moment do so before one decision. */
function runOut(state: EngineState, row: number, slot: Slot, at: number): void {
  const { rows, holds, hold } = state
  const first = rows.rule(row) + slot.rule
  for (const { index, hold: rule } of slot.plan.rules) {
    const place = first + index
    holds.load(place, hold)
    if (holdDue(hold, rule) !== at) continue
    holdRunsOut(hold)
    holds.save(place, hold, holds.truth(place))
  }
  // As it was when it was last judged: nothing is known of since then.
  lookAtRow(state, row, lastJudged(state, row, slot, at))
  lookAtSlot(state, row, slot)
  settle(state, row, slot, at)
}

function endWindow(state: EngineState, row: number, slot: Slot, at: number, index: number): void {
  const { rows, missed, shift } = state
  const window = missed.get(rows.instance(row) + slot.instance)?.[index]
  if (window === undefined) return
  window.truth = rows.time(row) - shift >= window.begin ? 0 : 1
  const next = slot.watch.missed[index]?.at(window.end)
  window.endedAt = window.end
  window.begin = next?.begin ?? Infinity
  window.end = next?.end ?? Infinity
  judgeAgain(state, row, slot, at)
}

/** Judges by one rule set at a time of which there is no sample. */
function judgeAgain(state: EngineState, row: number, slot: Slot, time: number): void {
  lookAtRow(state, row, time)
  lookAtSlot(state, row, slot)
  const due = judgeRules(state, row, slot, time)
  if (due < Infinity) keepDue(state, row, due)
}

function forget(state: EngineState, row: number, slot: Slot, at: number): void {
  const group = state.groups.get(row)
  if (group !== undefined) {
    forgetGroup(state, group, at)
    return
  }
  forgetSlot(state, row, slot, at)
  if (isForgotten(state, row)) forgetRow(state, row, at)
}

/** When a row was judged last, for what is told later. */
function lastJudged(state: EngineState, row: number, slot: Slot, at: number): number {
  const time = judgedAt(state, row, slot)
  return time === -Infinity ? at : Math.min(at, time)
}
