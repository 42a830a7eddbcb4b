import type { FaultInput } from '../../model/fault-input.ts'
import { takeFromGroups } from './groups.ts'
import { rowBits } from '../state/rows.ts'
import { watchSilence } from '../state/source.ts'
import type { EngineState, LastOfSource } from '../state/state.ts'

/** How a sample stands to the last of its series and source. */
export type Order = 'new' | 'duplicate' | 'late' | 'correction'

/** Times are in order per series and source: one source's clock is no measure for another's. */
export function orderOf(
  state: EngineState,
  row: number,
  source: number,
  time: number,
  { value, revision = 0 }: FaultInput,
): Order {
  const { rows } = state
  const own = rows.source(row)
  let last = rows.time(row)
  let lastRevision = 0
  if (rows.has(row, rowBits.hasSources)) {
    const track = state.tracks.get(row)?.get(source)
    last = track?.time ?? -Infinity
    lastRevision = track?.revision ?? 0
  } else if (own !== source && own !== -1) last = -Infinity
  else if (state.revisions.size > 0) lastRevision = state.revisions.get(row) ?? 0
  if (last === -Infinity && state.marked.size > 0 && time <= markedAt(state, row, source)) return 'late'
  if (time > last) return 'new'
  if (time < last) return 'late'
  if (revision !== 0 || lastRevision !== 0) return revision > lastRevision ? 'correction' : 'duplicate'
  return isKnown(state, row, source, time, value) ? 'duplicate' : 'new'
}

/** So many values of one moment are told from those that come twice. */
const mostOfMoment = 100

/** Whether a value came already at the moment of the last sample of its series and source; if not, it is one more sample. */
function isKnown(
  state: EngineState,
  row: number,
  source: number,
  time: number,
  value: FaultInput['value'],
): boolean {
  const { rows, moments, tracks } = state
  const last = rows.has(row, rowBits.hasSources) ? tracks.get(row)?.get(source) : lastOf(state, row)
  const before = last?.text ?? last?.value ?? NaN
  const now = typeof value === 'object' ? NaN : value
  if (Object.is(before, now) || before === now) return true
  const key = markKey(rows.series[row]?.key ?? '', source)
  const moment = moments.get(key)
  if (moment?.time !== time) {
    moments.delete(key)
    moments.set(key, { time, values: new Set([before]) })
    letMomentsGo(state)
    return false
  }
  if (moment.values.has(now)) return true
  moment.values.add(before)
  for (const oldest of moment.values) {
    if (moment.values.size <= mostOfMoment) break
    moment.values.delete(oldest)
  }
  return false
}

/** What is too old to be judged once more cannot come twice. */
function letMomentsGo({ moments, latenessMs, now, limits }: EngineState): void {
  for (const [key, { time }] of moments) {
    if (time + latenessMs >= now && moments.size <= limits.maxInstances) break
    moments.delete(key)
  }
}

const markKey = (key: string, source: number): string => `${source} ${key}`

/** Up to when a source told of a series before it was reported no longer. */
const markedAt = ({ rows, marked }: EngineState, row: number, source: number): number =>
  marked.get(markKey(rows.series[row]?.key ?? '', source)) ?? -Infinity

/** A series is reported no longer: what is forgotten with it does not make its old samples new, as long as they may still come. */
export function keepOrder(state: EngineState, row: number, source: number, time: number): void {
  const { rows, tracks, marked, limits } = state
  const key = rows.series[row]?.key ?? ''
  const keep = (id: number, last: number): void => {
    marked.delete(markKey(key, id))
    marked.set(markKey(key, id), last)
  }
  if (rows.has(row, rowBits.hasSources)) for (const [id, last] of tracks.get(row) ?? []) keep(id, last.time)
  else keep(rows.source(row), rows.time(row))
  keep(source, time)
  for (const [old, last] of marked) {
    if (last + state.latenessMs >= state.now && marked.size <= limits.maxInstances) break
    marked.delete(old)
  }
}

/** Notes which source sends a row now; the first time that there is a second one, each gets a track of its own. */
export function noteSource(state: EngineState, row: number, id: number): void {
  const { rows, sources } = state
  const own = rows.source(row)
  const shape = rows.shape[row]
  if (own === id || shape === undefined) return
  const isWatched = shape.shortestAbsence < Infinity
  const before = sources[own]
  if (before !== undefined) {
    before.instances -= shape.instances
    if (isWatched) watchSilence(before, row, false)
    if (!rows.has(row, rowBits.hasSources)) {
      rows.set(row, rowBits.hasSources)
      state.tracks.set(row, new Map([[own, { ...lastOf(state, row), time: rows.time(row) }]]))
    }
    state.lists.remove(row)
  }
  const source = sources[id]
  if (source !== undefined) {
    source.instances += shape.instances
    if (isWatched) watchSilence(source, row, true)
  }
  rows.setSource(row, id)
}

/** Remembers what a sample of several sources, or with a revision, was: a correction must find it. */
export function keepTrack(state: EngineState, row: number, { revision }: FaultInput, time: number): void {
  const { rows, tracks, revisions } = state
  if (rows.has(row, rowBits.hasSources)) {
    tracks.get(row)?.set(rows.source(row), { ...lastOf(state, row), time, revision: revision ?? 0 })
  } else if (revision !== undefined) revisions.set(row, revision)
  else if (revisions.size > 0) revisions.delete(row)
}

function lastOf({ rows, revisions }: EngineState, row: number): LastOfSource {
  const isUnreadable = rows.has(row, rowBits.isUnreadable)
  return {
    time: isUnreadable ? rows.time(row) : rows.valueTime(row),
    revision: revisions.get(row) ?? 0,
    value: isUnreadable ? NaN : rows.value(row),
    text: !isUnreadable && rows.has(row, rowBits.isText) ? rows.text[row] : undefined,
    previous: isUnreadable
      ? rows.value(row)
      : rows.has(row, rowBits.isAfterUnreadable)
        ? NaN
        : rows.previousValue(row),
    previousTime: isUnreadable ? rows.valueTime(row) : rows.previousTime(row),
    changed: rows.changed(row),
  }
}

/** Takes back the last sample of a row and source: what corrects it comes in its place. */
export function takeBack(state: EngineState, row: number, source: number): void {
  const { rows, look, windows, tracks } = state
  const shape = rows.shape[row]
  const several = rows.has(row, rowBits.hasSources)
  const old = several ? tracks.get(row)?.get(source) : lastOf(state, row)
  if (shape === undefined || old === undefined) return
  look.row = row
  look.time = old.time
  look.value = old.value
  look.text = old.text
  look.previous = old.previous
  look.previousTime = old.previousTime
  look.changed = old.changed
  if (shape.needs.length > 0) windows.remove(look)
  if (shape.hasPools) takeFromGroups(state, row)
  // Only where it is still the last of the row.
  if (!several || rows.source(row) === source) stepBack(state, row)
}

/** A row knows what it knew before its last sample. */
function stepBack({ rows }: EngineState, row: number): void {
  if (rows.has(row, rowBits.isUnreadable)) {
    rows.unset(row, rowBits.isUnreadable)
    return
  }
  const value = rows.previousValue(row)
  const time = rows.previousTime(row)
  rows.setValue(row, value)
  rows.setValueTime(row, time)
  if (Number.isNaN(time)) rows.unset(row, rowBits.hasValue)
  const text = Number.isNaN(value) ? rows.previousText[row] : undefined
  if (text === undefined) rows.unset(row, rowBits.isText)
  else {
    rows.text[row] = text
    rows.set(row, rowBits.isText)
  }
  if (rows.has(row, rowBits.isAfterUnreadable)) rows.set(row, rowBits.isUnreadable)
}
