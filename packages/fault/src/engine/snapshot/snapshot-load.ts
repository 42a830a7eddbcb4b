import type { Series } from '@tocsin/core'

import { FaultError } from '../../errors.ts'
import { dueOf } from '../rows/due.ts'
import { shapeFor, takeLines } from '../rows/lines.ts'
import { compilePlan } from '../plan/plan.ts'
import { createSelection } from '../plan/selection.ts'
import { type Shape, shapeOfGroup, shapeOfPart } from '../plan/shape.ts'
import { fromJson, SnapshotReader } from './snapshot-bytes.ts'
import { type Place, rowKinds, type SavedEpisode, type SavedSparse } from './snapshot-sparse.ts'
import { createGroup } from '../state/group.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

/** Fills a new engine with what a snapshot knows, its rule sets too; gives the position that was handed to it. */
export function loadSnapshot(state: EngineState, bytes: Uint8Array): unknown {
  const reader = new SnapshotReader(bytes)
  const saved = fromJson(reader.text()) as SavedSparse
  const episodes = JSON.parse(reader.text()) as readonly SavedEpisode[]
  state.plans = saved.ruleSets.map((ruleSet) => compilePlan(ruleSet, state.windows))
  state.selection = createSelection(state.plans)
  Object.assign(state, saved.clock)
  Object.assign(state.refused, saved.refused)
  Object.assign(state.counts, saved.counts)
  state.events = [...saved.events]
  state.problems = [...saved.problems]
  state.rows.reserve(saved.end, saved.free)
  loadSources(state, saved)
  const shapes = saved.shapes.map((plans) =>
    shapeFor(
      state,
      plans.flatMap((plan) => state.plans[plan] ?? []),
    ),
  )
  const groupShapes = shapesOfGroups(state, saved)
  for (let row = 0; row < saved.end; row += 1) readRow(state, reader, row, shapes, groupShapes)
  loadGroups(state, saved)
  loadSparse(state, saved)
  loadEpisodes(state, episodes)
  for (let row = 0; row < saved.end; row += 1) {
    const shape = state.rows.shape[row]
    if (shape !== undefined && shape.slots.length > 0) state.timers.plan(row, dueOf(state, row))
  }
  return saved.position
}

function loadSources(state: EngineState, { sources }: SavedSparse): void {
  state.sources.length = 0
  for (const source of sources) {
    const id =
      state.sources.push({ ...source, held: new Set(source.held), waiting: new Set(source.waiting) }) - 1
    if (source.name !== undefined) state.sourceOf.set(source.name, id)
  }
}

/** The layouts of the rows of groups and of their parts. */
function shapesOfGroups(
  { plans, generation }: EngineState,
  { groups }: SavedSparse,
): ReadonlyMap<number, Shape> {
  const shapes = new Map<number, Shape>()
  for (const { row, plan: number, parts } of groups) {
    const plan = plans[number]
    if (plan === undefined) continue
    shapes.set(row, shapeOfGroup(plan, generation))
    for (const [index, part] of parts.entries()) {
      if (part >= 0) shapes.set(part, shapeOfPart(plan.parts[index]?.needs ?? [], generation))
    }
  }
  return shapes
}

function readRow(
  state: EngineState,
  reader: SnapshotReader,
  row: number,
  shapes: readonly Shape[],
  groupShapes: ReadonlyMap<number, Shape>,
): void {
  const { rows, instances, holds, windows } = state
  const kind = reader.u8()
  if (kind === rowKinds.none) return
  const shape = kind === rowKinds.series ? shapes[reader.i32()] : groupShapes.get(row)
  const name = reader.text()
  if (shape === undefined) throw unfit()
  const series = name === '' ? undefined : seriesOf(name)
  rows.put(row, series, shape)
  takeLines(state, row, shape)
  if (kind === rowKinds.series && series !== undefined) state.rowOf.set(series.key, row)
  const flags = reader.i32()
  rows.flags[row] = flags
  rows.setTime(row, reader.f64())
  rows.setValue(row, reader.f64())
  rows.setValueTime(row, reader.f64())
  rows.setPreviousTime(row, reader.f64())
  rows.setPreviousValue(row, reader.f64())
  rows.setArmed(row, reader.f64())
  rows.setSource(row, reader.i32())
  if ((flags & rowBits.isText) !== 0) rows.text[row] = reader.text()
  if (reader.u8() === 1) rows.previousText[row] = reader.text()
  for (let index = 0; index < shape.instances; index += 1) {
    const instance = rows.instance(row) + index
    instances.eventTime[instance] = reader.f64()
    instances.absent[instance] = reader.u8()
    instances.state[instance] = reader.u8()
    instances.group[instance] = reader.i32()
  }
  const rule = rows.rule(row)
  for (let index = 0; index < shape.rules; index += 1) {
    holds.packed[rule + index] = reader.u8()
    holds.since[rule + index] = reader.f64()
  }
  holds.memory.set(reader.bytes(), rows.memory(row))
  const kept = reader.bytes()
  if (shape.needs.length === 0) return
  windows.attach(row, shape.needs)
  // A copy, so that words lie where words must.
  if (kept.length > 0 && !windows.load(row, kept.slice())) throw unfit()
}

const unfit = (): FaultError =>
  new FaultError(
    'FAULT_BAD_SNAPSHOT',
    'the snapshot does not fit: panes and limits must be those with which it was taken; begin without one, with the faults that are open',
  )

function seriesOf(json: string): Series {
  const [key, metric, tags] = JSON.parse(json) as [string, string, Series['tags']]
  return { key, metric, tags }
}

function loadGroups(state: EngineState, { groups }: SavedSparse): void {
  for (const saved of groups) {
    const plan = state.plans[saved.plan]
    if (plan === undefined) continue
    const group = createGroup(saved.row, plan, saved.key, saved.tags, saved.isExpected)
    group.isNamed = saved.isNamed
    group.isPartial = saved.isPartial
    for (const member of saved.members) group.members.add(member)
    group.last.load(saved.last)
    group.counts.set(saved.counts)
    group.parts.set(saved.parts)
    for (const [index, last] of saved.partLast.entries()) group.partLast[index]?.load(last)
    state.groups.set(saved.row, group)
    state.groupOf.set(saved.key, group)
  }
}

function loadEpisodes({ rows, episodes }: EngineState, saved: readonly SavedEpisode[]): void {
  for (const [[row, index], { mute, muteEnd, ...episode }] of saved) {
    const plan = rows.shape[row]?.slots[index]?.plan
    const place = rows.instance(row) + index
    episodes.set(place, { ...episode, mute: plan?.mutes[mute], muteEnd: muteEnd ?? Infinity })
  }
}

function loadSparse(state: EngineState, saved: SavedSparse): void {
  const { rows } = state
  const instanceAt = ([row, index]: Place): number => rows.instance(row) + index
  for (const [place, windows] of saved.missed)
    state.missed.set(
      instanceAt(place),
      windows.map((window) => ({ ...window })),
    )
  for (const [place, returned] of saved.returns) state.returns.set(instanceAt(place), { ...returned })
  for (const [row, track] of saved.tracks) state.tracks.set(row, new Map(track))
  for (const [row, revision] of saved.revisions) state.revisions.set(row, revision)
  for (const [row, run] of saved.troubles) state.troubles.set(row, new Map(run))
  for (const { sample, time } of saved.pending) state.pending.push(sample, time)
}
