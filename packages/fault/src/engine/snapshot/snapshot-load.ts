import { FaultError } from '../../errors.ts'
import { occurrencesOf } from '../../conditions/time-window.ts'
import { dueOf } from '../rows/due.ts'
import { shapeFor } from '../rows/lines.ts'
import { Plans } from '../plan/plan.ts'
import { createSelection } from '../plan/selection.ts'
import { type Shape, shapeOfGroup, shapeOfPart } from '../plan/shape.ts'
import { fromJson, SnapshotReader } from './snapshot-bytes.ts'
import {
  noShape,
  type SavedEpisode,
  type SavedLines,
  type SavedName,
  type SavedSparse,
  savedTogether,
  shapeOfItsGroup,
} from './snapshot-sparse.ts'
import { createGroup } from '../state/group.ts'
import { createSource } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'

/** Fills an engine that has seen nothing from a snapshot, and gives what was handed in with it. Throws `FAULT_BAD_SNAPSHOT`. */
export function loadSnapshot(state: EngineState, bytes: Uint8Array): unknown {
  const reader = new SnapshotReader(bytes)
  const saved = fromJson(reader.text()) as SavedSparse
  const lines = JSON.parse(reader.text()) as SavedLines
  const plans = new Plans(state.windows)
  state.plans = saved.ruleSets.map((ruleSet) => plans.create(ruleSet))
  state.selection = createSelection(state.plans)
  Object.assign(state, saved.clock)
  Object.assign(state.refused, saved.refused)
  Object.assign(state.counts, saved.counts)
  state.events = [...saved.events]
  state.problems = [...saved.problems]
  loadSources(state, saved, lines)
  loadColumns(state, reader, saved, lines)
  for (let row = 0; row < lines.end; row += savedTogether) loadNames(state, reader, row)
  loadGroups(state, saved)
  loadSparse(state, saved)
  loadEpisodes(state, reader, lines.episodes)
  for (let row = 0; row < lines.end; row += 1) {
    const shape = state.rows.shape[row]
    if (shape !== undefined && shape.slots.length > 0) state.timers.plan(row, dueOf(state, row))
  }
  return saved.position
}

function loadSources(
  state: EngineState,
  { sources }: SavedSparse,
  { named, held, waiting }: SavedLines,
): void {
  state.sources.length = 0
  for (const [index, source] of sources.entries()) {
    const { held: heldRows, waiting: waitingRows } = createSource(source.name, state.lists)
    for (const row of held[index] ?? []) state.lists.add(heldRows, row)
    for (const row of waiting[index] ?? []) state.lists.add(waitingRows, row)
    const rows = { named: new Set(named[index]), held: heldRows, waiting: waitingRows }
    const id = state.sources.push({ ...source, ...rows }) - 1
    if (source.name !== undefined) state.sourceOf.set(source.name, id)
  }
}

/** All that each row has, and the layout of each. */
function loadColumns(
  state: EngineState,
  reader: SnapshotReader,
  saved: SavedSparse,
  lines: SavedLines,
): void {
  const { rows, instances, holds, windows } = state
  const shapeOf = reader.column(Int32Array)
  rows.load(lines.end, lines.free, [reader.column(Float64Array), reader.column(Float64Array)])
  instances.load(lines.instances, [
    reader.column(Float64Array),
    reader.column(Uint8Array),
    reader.column(Uint8Array),
    reader.column(Float64Array),
  ])
  holds.restore(lines.holds, [
    reader.column(Uint8Array),
    reader.column(Float64Array),
    reader.column(Uint8Array),
  ])
  const shapes = shapesOf(state, saved)
  const groupShapes = shapesOfGroups(state, saved)
  for (const [row, number] of shapeOf.entries()) {
    const shape = number === shapeOfItsGroup ? groupShapes.get(row) : shapes[number]
    if (shape === undefined && number !== noShape) throw unfit()
    rows.shape[row] = shape
  }
  const layoutOf = reader.column(Int32Array)
  const bins = reader.column(Float64Array)
  const kept = { layouts: saved.windows, layoutOf, bins, words: reader.column(Float64Array) }
  if (saved.panes !== windows.panes) throw unfit()
  if (!windows.load(kept, (row) => rows.shape[row]?.needs ?? nothing)) throw unfit()
}

const nothing: readonly number[] = []

/** The layouts of series. */
const shapesOf = (state: EngineState, { shapes }: SavedSparse): readonly Shape[] =>
  shapes.map(({ plans, lines: [instances, rules, memory] }) => {
    const shape = shapeFor(
      state,
      plans.flatMap((plan) => state.plans[plan] ?? []),
    )
    if (shape.instances !== instances || shape.rules !== rules || shape.memory !== memory) throw unfit()
    return shape
  })

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

const unfit = (): FaultError =>
  new FaultError(
    'FAULT_BAD_SNAPSHOT',
    'the snapshot does not fit: panes and limits must be those with which it was taken; begin without one, with the faults that are open',
  )

function loadNames({ rows, rowOf }: EngineState, reader: SnapshotReader, first: number): void {
  const names = JSON.parse(reader.text()) as readonly SavedName[]
  for (const [index, name] of names.entries()) {
    if (name === null) continue
    const row = first + index
    const [saved, text, previousText] = name
    if (saved !== null) {
      const [key, metric, tags] = saved
      rows.series[row] = { key, metric, tags }
      if (rows.shape[row]?.isGroup === false) rowOf.set(key, row)
    }
    if (text !== null) rows.text[row] = text
    if (previousText !== null) rows.previousText[row] = previousText
  }
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

function loadEpisodes({ episodes }: EngineState, reader: SnapshotReader, count: number): void {
  for (let first = 0; first < count; first += savedTogether) {
    for (const [instance, saved] of JSON.parse(reader.text()) as readonly SavedEpisode[]) {
      const { mute, muteEnd, ...episode } = saved
      episodes.set(instance, {
        ...episode,
        before: episode.before,
        mute: mute && { ...mute, severities: mute.severities, occurrences: occurrencesOf(mute.during) },
        muteEnd: muteEnd ?? Infinity,
      })
    }
  }
}

function loadSparse(state: EngineState, saved: SavedSparse): void {
  for (const [instance, windows] of saved.missed)
    state.missed.set(
      instance,
      windows.map((window) => ({ ...window })),
    )
  for (const [instance, returned] of saved.returns) state.returns.set(instance, { ...returned })
  for (const [row, track] of saved.tracks) state.tracks.set(row, new Map(track))
  for (const [row, revision] of saved.revisions) state.revisions.set(row, revision)
  for (const [key, time] of saved.marked) state.marked.set(key, time)
  for (const [key, time, values] of saved.moments) state.moments.set(key, { time, values: new Set(values) })
  for (const [name, time] of saved.eventTimes) state.eventTimes.set(name, time)
  for (const [row, run] of saved.troubles) state.troubles.set(row, new Map(run))
  for (const { sample, time } of saved.pending) state.pending.push(sample, time)
}
