import type { Episode } from '../judging/episode.ts'
import type { Plan } from '../plan/plan.ts'
import { moveRows } from '../reload/take-rule-sets.ts'
import type { Shape } from '../plan/shape.ts'
import { SnapshotWriter, toJson } from './snapshot-bytes.ts'
import {
  type Place,
  rowKinds,
  type SavedEpisode,
  type SavedGroup,
  type SavedSparse,
} from './snapshot-sparse.ts'
import type { Group } from '../state/group.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

/** All that an engine knows, as bytes. */
export function saveSnapshot(state: EngineState, position: unknown): Uint8Array {
  if (state.moved !== Infinity) moveRows(state, Infinity)
  const writer = new SnapshotWriter()
  const shapes = new Map<Shape, number>()
  for (const shape of state.rows.shape) {
    if (shape !== undefined && !shape.isGroup && !shapes.has(shape)) shapes.set(shape, shapes.size)
  }
  const placed = placing(state)
  writer.text(toJson(sparseOf(state, position, shapes, placed)))
  const episodes: readonly SavedEpisode[] = placed(state.episodes, saveEpisode)
  writer.text(JSON.stringify(episodes))
  for (let row = 0; row < state.rows.end; row += 1) writeRow(state, writer, row, shapes)
  return writer.finish()
}

function sparseOf(
  state: EngineState,
  position: unknown,
  shapes: ReadonlyMap<Shape, number>,
  placed: Placed,
): SavedSparse {
  const { plans, shift, now, hasUnknownPast, isStarted, ownDue, releasedAt, rows } = state
  const numbers = new Map(plans.map((plan, index) => [plan, index]))
  return {
    position,
    ruleSets: plans.map(({ ruleSet }) => ruleSet),
    shapes: [...shapes.keys()].map(({ slots }) => [
      ...new Set(slots.map(({ plan }) => numbers.get(plan) ?? -1)),
    ]),
    clock: { shift, now, hasUnknownPast, isStarted, ownDue, releasedAt },
    refused: state.refused,
    counts: state.counts,
    events: state.events,
    problems: state.problems,
    sources: state.sources.map((source) => ({
      ...source,
      held: [...source.held],
      waiting: [...source.waiting],
    })),
    pending: state.pending.all(),
    end: rows.end,
    free: rows.free,
    groups: [...state.groups.values()].map((group) => groupOf(group, numbers.get(group.plan) ?? -1)),
    missed: placed(state.missed, (windows) => windows),
    returns: placed(state.returns, (returned) => returned),
    tracks: [...state.tracks].map(([row, track]) => [row, [...track]]),
    revisions: [...state.revisions],
    troubles: [...state.troubles].map(([row, run]) => [row, [...run]]),
  }
}

const saveEpisode = ({ mute, muteEnd, ...episode }: Episode, { mutes }: Plan): SavedEpisode[1] => ({
  ...episode,
  mute: mute === undefined ? -1 : mutes.indexOf(mute),
  muteEnd: mute === undefined ? null : muteEnd,
})

const groupOf = ({ last, partLast, members, counts, parts, ...group }: Group, plan: number): SavedGroup => ({
  ...group,
  plan,
  members: [...members],
  last: last.save(),
  counts: [...counts],
  parts: [...parts],
  partLast: partLast.map((one) => one.save()),
})

/** What is kept by instance, by the place of the instance instead: its number is another one after a restart. */
type Placed = <T, U>(map: ReadonlyMap<number, T>, save: (item: T, plan: Plan) => U) => [Place, U][]

function placing(state: EngineState): Placed {
  const { rows } = state
  const places = placesOf(state)
  return (map, save) =>
    [...map].flatMap(([instance, item]) => {
      const place = places(instance)
      const plan = place && rows.shape[place[0]]?.slots[place[1]]?.plan
      return place === undefined || plan === undefined ? [] : [[place, save(item, plan)]]
    })
}

/** Finds where an instance is. */
function placesOf({ rows, episodes, missed, returns }: EngineState): (instance: number) => Place | undefined {
  const wanted = new Set([...episodes.keys(), ...missed.keys(), ...returns.keys()])
  const places = new Map<number, Place>()
  if (wanted.size > 0) {
    for (let row = 0; row < rows.end; row += 1) {
      const shape = rows.shape[row]
      const first = rows.instance(row)
      for (let index = 0; index < (shape?.instances ?? 0); index += 1) {
        if (wanted.has(first + index)) places.set(first + index, [row, index])
      }
    }
  }
  return (instance) => places.get(instance)
}

function writeRow(
  state: EngineState,
  writer: SnapshotWriter,
  row: number,
  shapes: ReadonlyMap<Shape, number>,
): void {
  const { rows, instances, holds, windows, groups } = state
  const shape = rows.shape[row]
  const series = rows.series[row]
  if (shape === undefined) {
    writer.u8(rowKinds.none)
    return
  }
  const kind = !shape.isGroup ? rowKinds.series : groups.has(row) ? rowKinds.group : rowKinds.part
  writer.u8(kind)
  if (kind === rowKinds.series) writer.i32(shapes.get(shape) ?? -1)
  writer.text(series === undefined ? '' : JSON.stringify([series.key, series.metric, series.tags]))
  const flags = rows.flags[row] ?? 0
  writer.i32(flags)
  writer.f64(rows.time(row))
  writer.f64(rows.value(row))
  writer.f64(rows.valueTime(row))
  writer.f64(rows.previousTime(row))
  writer.f64(rows.previousValue(row))
  writer.f64(rows.armed(row))
  writer.i32(rows.source(row))
  if ((flags & rowBits.isText) !== 0) writer.text(rows.text[row] ?? '')
  const before = rows.previousText[row]
  writer.u8(before === undefined ? 0 : 1)
  if (before !== undefined) writer.text(before)
  for (let index = 0; index < shape.instances; index += 1) {
    const instance = rows.instance(row) + index
    writer.f64(instances.eventTime[instance] ?? 0)
    writer.u8(instances.absent[instance] ?? 0)
    writer.u8(instances.state[instance] ?? 0)
    writer.i32(instances.group[instance] ?? -1)
  }
  const rule = rows.rule(row)
  for (let index = 0; index < shape.rules; index += 1) {
    writer.u8(holds.packed[rule + index] ?? 0)
    writer.f64(holds.since[rule + index] ?? 0)
  }
  const memory = rows.memory(row)
  writer.bytes(holds.memory.subarray(memory, memory + shape.memory))
  writer.bytes(windows.save(row) ?? new Uint8Array(0))
}
