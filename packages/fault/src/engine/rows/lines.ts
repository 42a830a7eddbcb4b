import type { Series } from '@tocsin/core'

import { keepEventTime } from '../judging/event-times.ts'
import type { Plan } from '../plan/plan.ts'
import type { Shape, Slot } from '../plan/shape.ts'
import type { MissedWindow } from '../state/look.ts'
import { rowBits } from '../state/rows.ts'
import { watchSilence } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'

/** The layout of a series that these rule sets select; one for all such series. */
export const shapeFor = ({ shapes, generation }: EngineState, plans: readonly Plan[]): Shape =>
  shapes.of(plans, generation)

/** A new row of nothing seen. */
export function createRow(state: EngineState, series: Series | undefined, shape: Shape): number {
  const { rows, windows } = state
  const row = rows.take(series, shape)
  rows.setPreviousTime(row, state.now)
  takeLines(state, row, shape)
  if (shape.needs.length > 0) windows.attach(row, shape.needs)
  return row
}

/** Gives a row the lines of a layout, all anew. */
export function takeLines(state: EngineState, row: number, shape: Shape): void {
  const { rows, instances, holds } = state
  rows.shape[row] = shape
  rows.setInstance(row, instances.take(shape.instances))
  rows.setRule(row, holds.takeRules(shape.rules))
  rows.setMemory(row, holds.takeMemory(shape.memory))
  if (!shape.hasMissed) return
  rows.set(row, rowBits.hasDue)
  for (const slot of shape.slots) watchMissed(state, row, slot)
}

/** Gives back the lines of a row. */
function giveLines({ rows, instances, holds }: EngineState, row: number, shape: Shape): void {
  instances.give(rows.instance(row), shape.instances)
  holds.giveRules(rows.rule(row), shape.rules)
  holds.giveMemory(rows.memory(row), shape.memory)
}

/** The first window of time to be watched is the next one that begins. */
export function watchMissed(state: EngineState, row: number, slot: Slot): void {
  if (slot.watch.missed.length === 0) return
  const now = state.now - state.shift
  const windows = slot.watch.missed.map((occurrences): MissedWindow => {
    let stretch = occurrences.at(now)
    if (stretch !== undefined && stretch.begin < now) stretch = occurrences.at(stretch.end)
    return { begin: stretch?.begin ?? Infinity, end: stretch?.end ?? Infinity, truth: 2 }
  })
  state.missed.set(state.rows.instance(row) + slot.instance, windows)
}

/** Since when nothing came of a row. */
export function idleSince({ rows }: EngineState, row: number): number {
  const since = Math.max(rows.time(row), rows.armed(row))
  // Nothing ever: since when it is there.
  return since === -Infinity ? rows.previousTime(row) : since
}

/** Gives back all that a row has. */
export function freeRow(state: EngineState, row: number): void {
  const { rows, windows, timers, others, sources } = state
  const shape = rows.shape[row]
  const series = rows.series[row]
  if (shape === undefined) return
  if (series !== undefined && state.rowOf.get(series.key) === row) {
    state.rowOf.delete(series.key)
    state.rowOfObject.delete(series)
  }
  for (const slot of shape.slots) keepEventTime(state, row, slot)
  const first = rows.instance(row)
  for (let instance = first; instance < first + shape.instances; instance += 1)
    forgetInstance(state, instance)
  giveLines(state, row, shape)
  if (shape.needs.length > 0) windows.free(row)
  timers.cancel(row)
  state.tracks.delete(row)
  state.revisions.delete(row)
  state.troubles.delete(row)
  state.lists.remove(row)
  const source = sources[rows.source(row)]
  if (source !== undefined) {
    source.instances -= shape.instances
    if (shape.shortestAbsence < Infinity) watchSilence(source, row, false)
  }
  rows.give(row)
  others.makeRoom()
}

/** Forgets what is kept of an instance beside its line. */
export function forgetInstance({ episodes, missed, returns }: EngineState, instance: number): void {
  episodes.delete(instance)
  missed.delete(instance)
  returns.delete(instance)
}
