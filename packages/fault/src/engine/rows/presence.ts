import { dueOf } from './due.ts'
import { watchMissed } from './lines.ts'
import { instanceBits } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

/** How often in a row an absence may end within the period that a series has, until it is told. */
const returnsUntilTold = 3

/** A sample of a row came: what was silent, missed or forgotten is so no more. */
export function see(state: EngineState, row: number, time: number): void {
  const { rows, instances } = state
  const before = rows.time(row)
  if (time > before) rows.setTime(row, time)
  rows.countSeen(row)
  const shape = rows.shape[row]
  if (shape === undefined) return
  const first = rows.instance(row)
  let isAnew = before === -Infinity
  const marks = instanceBits.isGone
  for (let instance = first; instance < first + shape.instances; instance += 1) {
    if (instances.absent[instance] === 0 && ((instances.state[instance] ?? 0) & marks) === 0) continue
    isAnew = true
    if (instances.absent[instance] !== 0) noteReturn(state, row, instance - first, before, time)
    instances.absent[instance] = 0
    instances.unset(instance, marks)
  }
  if (shape.hasMissed && isAnew && before === -Infinity && rows.armed(row) === -Infinity) {
    // Until now there were only samples that are none.
    for (const slot of shape.slots) watchMissed(state, row, slot)
  } else if (shape.hasMissed) seeMissed(state, first, shape.instances)
  if (rows.has(row, rowBits.isHeld | rowBits.isWaiting)) {
    rows.unset(row, rowBits.isHeld | rowBits.isWaiting)
    state.lists.remove(row)
    isAnew = true
  }
  if (!isAnew) return
  // After the first sample that is all that may be due of it.
  const isFirst = before === -Infinity && !shape.hasMissed && rows.armed(row) === -Infinity
  state.timers.plan(row, isFirst ? time + shape.shortestDue : dueOf(state, row))
}

/** A window of time was missed until now. */
function seeMissed({ missed }: EngineState, first: number, count: number): void {
  for (let instance = first; instance < first + count; instance += 1) {
    for (const window of missed.get(instance) ?? []) if (window.truth === 1) window.truth = 0
  }
}

/** Plans when the first rule of a row runs out. */
export function keepDue({ rows, timers }: EngineState, row: number, due: number): void {
  if (due < Infinity) {
    rows.set(row, rowBits.hasDue)
    timers.plan(row, due)
  } else if (rows.has(row, rowBits.hasDue) && rows.shape[row]?.hasMissed !== true)
    rows.unset(row, rowBits.hasDue)
}

/** An absence ended: where it does so again and again within the period of the series, it is too short. */
function noteReturn(state: EngineState, row: number, index: number, before: number, time: number): void {
  const { returns, rows, instances, problems } = state
  const slot = rows.shape[row]?.slots[index]
  const instance = rows.instance(row) + index
  const told = slot?.watch.absences[(instances.absent[instance] ?? 0) - 1]
  if (slot === undefined || told === undefined) return
  const last = returns.get(instance)
  if (last !== undefined && last.count >= returnsUntilTold) return
  const count = last !== undefined && last.endedAt === before && time - before >= told ? last.count + 1 : 1
  returns.set(instance, { endedAt: time, count })
  if (count < returnsUntilTold) return
  const series = rows.series[row]?.key
  problems.push({
    reason: 'absent-within-period',
    message:
      `${series ?? 'a group'} is silent for ${(time - before) / 1000}s between two samples, again and again, and ${slot.plan.id} calls it ` +
      `absent after ${told / 1000}s; make absentFor longer than the period`,
    count: 1,
    ...(series !== undefined && { series }),
    ruleSet: slot.plan.id,
  })
}
