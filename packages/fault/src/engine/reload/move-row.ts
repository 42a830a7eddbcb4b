import type { Series } from '@tocsin/core'

import { forgetGroup, judgeGroup, removeMember } from '../rows/groups.ts'
import { forgetInstance, freeRow, shapeFor, takeLines } from '../rows/lines.ts'
import { dueOf } from '../rows/due.ts'
import { judgeRules, lookAtRow, lookAtSlot } from '../judging/judge.ts'
import { keepEventTime } from '../judging/event-times.ts'
import { closeFor } from '../judging/settle.ts'
import type { Plan } from '../plan/plan.ts'
import type { Shape, Slot } from '../plan/shape.ts'
import { keepDue } from '../rows/presence.ts'
import { instanceBits } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import { type Source, watchSilence } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'
import { noteRefused } from '../trouble.ts'
import { copyOwn, copyPool, type Lines } from './copy-lines.ts'
import type { Transition } from '../plan/reselection.ts'
import { keptPlans, transitionTo } from './transition.ts'

/** Moves a series to the rule sets of now; false where none selects it any more, and it is forgotten. */
export function moveRow(state: EngineState, row: number): boolean {
  const { rows, others } = state
  const old = rows.shape[row]
  const series = rows.series[row]
  if (old === undefined || series === undefined || old.isGroup) return true
  const known = transitionOf(state, old, series)
  if (known !== undefined) {
    follow(state, row, old, known)
    return true
  }
  const plans = roomFor(state, old, state.selection.plansOf(series), series.key)
  if (plans.length === 0) {
    for (const slot of old.slots) leave(state, row, slot)
    freeRow(state, row)
    others.add(series.key, 'unselected')
    return false
  }
  const shape = shapeFor(state, plans)
  if (hasSamePlans(old, shape)) {
    rows.shape[row] = shape
    return true
  }
  relay(state, row, old, shape)
  return true
}

/** What becomes of all rows that are laid out so, where that follows from it: none where the row is to be selected for anew. */
function transitionOf(state: EngineState, old: Shape, series: Series): Transition | undefined {
  const { reselection, transitions, lacksRoom } = state
  if (reselection === undefined || lacksRoom || old.generation !== state.generation - 1) return undefined
  if (reselection.others !== undefined && reselection.others.plansOf(series).length > 0) return undefined
  const known = transitions.get(old)
  if (known !== undefined) return known
  const plans = keptPlans(reselection, old)
  if (plans.length === 0) return undefined
  const transition = transitionTo(state, old, plans)
  transitions.set(old, transition)
  return transition
}

/** Gives a row what all of its layout get. */
function follow(state: EngineState, row: number, old: Shape, transition: Transition): void {
  const { shape, isInPlace, edited, keepsAbsences, keepsDue: isDueKept } = transition
  if (!isInPlace) {
    relay(state, row, old, shape)
    return
  }
  const { rows, instances, returns, sources } = state
  rows.shape[row] = shape
  if (edited.length === 0) return
  const first = rows.instance(row)
  if (!keepsAbsences) {
    for (const [index, { watch }] of shape.slots.entries()) {
      const told = old.slots[index]?.watch.absences[(instances.absent[first + index] ?? 0) - 1] ?? 0
      instances.absent[first + index] = watch.absences.filter((ms) => ms <= told).length
    }
    const source = sources[rows.source(row)]
    if (source !== undefined) watchEdited(source, row, old, shape)
  }
  if (returns.size > 0) for (const { instance } of edited) returns.delete(first + instance)
  const time = rows.time(row)
  if (time > -Infinity) for (const slot of edited) judgeSlot(state, row, slot, time)
  if (!isDueKept) state.timers.plan(row, dueOf(state, row))
}

/** Whether a rule watches the silence of a row may have changed. */
function watchEdited(source: Source, row: number, old: Shape, shape: Shape): void {
  const isWatched = shape.shortestAbsence < Infinity
  if (isWatched !== old.shortestAbsence < Infinity) watchSilence(source, row, isWatched)
}

/** The rule sets that there is room for: what a row has costs nothing. */
function roomFor(state: EngineState, old: Shape, plans: readonly Plan[], key: string): readonly Plan[] {
  if (state.instances.size + plans.length - old.slots.length <= state.limits.maxInstances) return plans
  const had = new Set(old.slots.map(({ plan }) => plan.id))
  const kept = plans.filter(({ id }) => had.has(id))
  if (kept.length < plans.length) {
    state.lacksRoom = true
    noteRefused(state, 'too-many-series', key)
  }
  return kept
}

const hasSamePlans = (old: Shape, shape: Shape): boolean =>
  old.slots.length === shape.slots.length &&
  old.slots.every(({ plan }, index) => plan === shape.slots[index]?.plan)

/** No rule set of this slot watches the row any more. */
function leave(state: EngineState, row: number, slot: Slot): void {
  closeFor(state, row, slot, state.now, 'removed')
  keepEventTime(state, row, slot)
  if (slot.kind !== 'pool') return
  const group = removeMember(state, row, slot)
  if (group === undefined) return
  if (group.members.size === 0 && !group.isExpected) forgetGroup(state, group, state.now, 'removed')
  else judgeGroup(state, group, state.now)
}

/** Gives a row the lines of another layout, with what both have. */
function relay(state: EngineState, row: number, old: Shape, shape: Shape): void {
  const { rows, windows, sources } = state
  const kept = new Map(
    shape.slots.filter(({ kind }) => kind !== 'member').map((slot) => [slot.plan.id, slot]),
  )
  for (const slot of old.slots) {
    const next = kept.get(slot.plan.id)
    if (slot.kind !== 'member' && next?.kind !== slot.kind) leave(state, row, slot)
  }
  const was = linesOf(state, row)
  takeLines(state, row, shape)
  if (old.needs.join() !== shape.needs.join()) windows.attach(row, shape.needs)
  for (const slot of old.slots) {
    const next = kept.get(slot.plan.id)
    if (next === undefined || next.kind !== slot.kind) continue
    if (slot.kind === 'own') copyOwn(state, row, slot, next, was)
    else copyPool(state, row, old, shape, slot, next, was)
  }
  giveBack(state, old, was)
  const source = sources[rows.source(row)]
  if (source !== undefined) {
    source.instances += shape.instances - old.instances
    watchEdited(source, row, old, shape)
  }
  if (shape.hasMissed) rows.set(row, rowBits.hasDue)
  judgeEdited(state, row, old, shape)
  state.timers.plan(row, dueOf(state, row))
}

/** Judges by the rule sets that were edited, on what came last. */
export function judgeEdited(state: EngineState, row: number, old: Shape, shape: Shape): void {
  const time = state.rows.time(row)
  if (time === -Infinity) return
  for (const slot of shape.slots) {
    if (slot.kind !== 'own' || old.slots.some(({ plan }) => plan === slot.plan)) continue
    if (old.slots.some(({ plan }) => plan.id === slot.plan.id)) judgeSlot(state, row, slot, time)
  }
}

function judgeSlot(state: EngineState, row: number, slot: Slot, time: number): void {
  const { rows, instances } = state
  if (instances.has(rows.instance(row) + slot.instance, instanceBits.isGone)) return
  lookAtRow(state, row, time)
  lookAtSlot(state, row, slot)
  const due = judgeRules(state, row, slot, state.now)
  if (due < Infinity) keepDue(state, row, due)
}

/** Where the lines of a row are now. */
export const linesOf = ({ rows }: EngineState, row: number): Lines => ({
  instance: rows.instance(row),
  rule: rows.rule(row),
  memory: rows.memory(row),
})

/** Gives back lines that were copied. */
export function giveBack(state: EngineState, old: Shape, { instance, rule, memory }: Lines): void {
  for (let line = instance; line < instance + old.instances; line += 1) forgetInstance(state, line)
  state.instances.give(instance, old.instances)
  state.holds.giveRules(rule, old.rules)
  state.holds.giveMemory(memory, old.memory)
}
