import type { Episode } from '../judging/episode.ts'
import { moveRows } from '../reload/take-rule-sets.ts'
import type { Shape } from '../plan/shape.ts'
import { releaseReturned } from '../sources/sources.ts'
import { SnapshotWriter, toJson } from './snapshot-bytes.ts'
import {
  noShape,
  type SavedEpisode,
  type SavedGroup,
  type SavedLines,
  type SavedName,
  type SavedSparse,
  savedTogether,
  shapeOfItsGroup,
} from './snapshot-sparse.ts'
import type { Column } from '../tables/columns.ts'
import type { Group } from '../state/group.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'
import type { SavedLayout } from '../../windows/saved-windows.ts'

/** All that an engine knows, as bytes: JSON of what few rows have, and the columns of all. */
export function saveSnapshot(state: EngineState, position: unknown): Uint8Array {
  if (state.moved !== Infinity) moveRows(state, { left: Infinity })
  releaseReturned(state, { left: Infinity })
  const { rows, instances, holds } = state
  const writer = new SnapshotWriter()
  const shapes = new Map<Shape, number>()
  const shapeOf = Int32Array.from({ length: rows.end }, (_, row) => numberOf(shapes, rows.shape[row]))
  const windows = state.windows.save(rows.end)
  writer.text(toJson(sparseOf(state, position, shapes, windows.layouts)))
  writer.text(JSON.stringify(linesOf(state)))
  const columns: readonly Column[] = [
    shapeOf,
    ...rows.columns(),
    ...instances.columns(),
    ...holds.columns(),
    ...[windows.layoutOf, windows.bins],
  ]
  for (const column of columns) writer.column(column)
  writer.filled(windows.size, windows.fill)
  for (let row = 0; row < rows.end; row += savedTogether) writer.text(namesOf(state, row))
  const episodes = [...state.episodes].map(([instance, episode]) => saveEpisode(instance, episode))
  for (let first = 0; first < episodes.length; first += savedTogether)
    writer.text(JSON.stringify(episodes.slice(first, first + savedTogether)))
  return writer.finish()
}

function numberOf(shapes: Map<Shape, number>, shape: Shape | undefined): number {
  if (shape === undefined) return noShape
  if (shape.isGroup) return shapeOfItsGroup
  const known = shapes.get(shape)
  if (known !== undefined) return known
  shapes.set(shape, shapes.size)
  return shapes.size - 1
}

function sparseOf(
  state: EngineState,
  position: unknown,
  shapes: ReadonlyMap<Shape, number>,
  windows: readonly SavedLayout[],
): SavedSparse {
  const { plans, shift, now, hasUnknownPast, isStarted, lacksRoom, ownDue } = state
  const { releasedAt, unwatchedFrom, resumedAt } = state
  const numbers = new Map(plans.map((plan, index) => [plan, index]))
  return {
    position,
    ruleSets: plans.map(({ ruleSet }) => ruleSet),
    shapes: [...shapes.keys()].map(({ slots, instances, rules, memory }) => ({
      plans: [...new Set(slots.map(({ plan }) => numbers.get(plan) ?? -1))],
      lines: [instances, rules, memory],
    })),
    windows,
    panes: state.windows.panes,
    clock: { shift, now, hasUnknownPast, isStarted, lacksRoom, ownDue, releasedAt, unwatchedFrom, resumedAt },
    refused: state.refused,
    counts: state.counts,
    events: state.events,
    problems: state.problems,
    sources: state.sources.map((source) => ({
      ...source,
      named: undefined,
      held: undefined,
      waiting: undefined,
    })),
    pending: state.pending.all(),
    groups: [...state.groups.values()].map((group) => groupOf(group, numbers.get(group.plan) ?? -1)),
    marked: [...state.marked],
    moments: [...state.moments].map(([key, { time, values }]) => [key, time, [...values]]),
    eventTimes: [...state.eventTimes],
    missed: [...state.missed],
    returns: [...state.returns],
    tracks: [...state.tracks].map(([row, track]) => [row, [...track]]),
    revisions: [...state.revisions],
    troubles: [...state.troubles].map(([row, run]) => [row, [...run]]),
  }
}

const linesOf = ({ rows, instances, holds, sources, lists, episodes }: EngineState): SavedLines => ({
  end: rows.end,
  free: rows.free,
  instances: instances.blocks,
  holds: holds.blocks,
  named: sources.map(({ named }) => [...named]),
  held: sources.map(({ held }) => lists.rows(held)),
  waiting: sources.map(({ waiting }) => lists.rows(waiting)),
  episodes: episodes.size,
})

const saveEpisode = (instance: number, { mute, muteEnd, ...episode }: Episode): SavedEpisode => [
  instance,
  {
    ...episode,
    mute: mute && { during: mute.during, severities: mute.severities },
    muteEnd: mute === undefined || muteEnd === Infinity ? null : muteEnd,
  },
]

const groupOf = ({ last, partLast, members, counts, parts, ...group }: Group, plan: number): SavedGroup => ({
  ...group,
  plan,
  members: [...members],
  last: last.save(),
  counts: [...counts],
  parts: [...parts],
  partLast: partLast.map((one) => one.save()),
})

/** The names and texts of some rows. */
function namesOf({ rows }: EngineState, first: number): string {
  const names: SavedName[] = []
  for (let row = first; row < Math.min(rows.end, first + savedTogether); row += 1) {
    const series = rows.series[row]
    const text = rows.has(row, rowBits.isText) ? (rows.text[row] ?? null) : null
    const previousText = rows.previousText[row] ?? null
    names.push(
      rows.shape[row] === undefined || (series === undefined && text === null && previousText === null)
        ? null
        : [series === undefined ? null : [series.key, series.metric, series.tags], text, previousText],
    )
  }
  return JSON.stringify(names)
}
