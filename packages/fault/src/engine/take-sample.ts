import type { Series } from '@tocsin/core'

import type { FaultInput } from '../model/fault-input.ts'
import { feedGroups, groupFor, joinGroups } from './rows/groups.ts'
import { judgeRow } from './judging/judge.ts'
import { knownRow } from './rows/known-row.ts'
import { forgetRow } from './rows/life.ts'
import { createRow, shapeFor } from './rows/lines.ts'
import { keepOrder, keepTrack, noteSource, orderOf, takeBack } from './rows/order.ts'
import { keepDue, see } from './rows/presence.ts'
import { unread } from './plan/plan.ts'
import type { Shape } from './plan/shape.ts'
import { judgeFirst, noteQuiet, takeQuiet } from './quiet/quiet-row.ts'
import { moveRow } from './reload/move-row.ts'
import { hear, hearLate, noteRefusal, sourceIdOf } from './sources/sources.ts'
import { dueOf, mayBeDue } from './rows/due.ts'
import { rowBits } from './state/rows.ts'
import type { EngineState } from './state/state.ts'
import { catchUp, tellOwn } from './tell-due.ts'
import { endTroubles, noteRefused, noteTrouble, type SampleFlaw } from './trouble.ts'

/** Judges a sample that is delivered now; `wall` is wall clock, `guess` the row that it probably is of. */
export function takeSample(
  state: EngineState,
  sample: FaultInput,
  wall: number,
  guess: number = nextRow(state),
): void {
  const row = rowFor(state, sample, guess)
  const { rows, shift, limits, counts } = state
  if (row >= 0 && rows.quiet[row] !== 0) {
    if (takeQuiet(state, row, sample, wall)) return
    rows.quiet[row] = 0
  }
  counts.samples += 1
  if (row < 0) return
  const source = sourceOf(state, row, sample)
  if (isOfOthers(state, row, source, sample.kind) && catchUp(state)) {
    // Its row may be forgotten by now.
    counts.samples -= 1
    takeSample(state, sample, wall)
    return
  }
  const flaw = findFlaw(state, sample, wall)
  if (flaw !== undefined) {
    const from = state.sources[source]
    if (flaw.reason === 'stale' && from !== undefined) hearLate(state, from)
    noteTrouble(state, row, flaw)
    if (flaw.reason !== 'future') return
  }
  // What was taken while nobody watched comes after all that was seen before.
  const isUnwatched = sample.time > state.unwatchedFrom && sample.time + shift < state.resumedAt
  const time = flaw !== undefined ? state.now : isUnwatched ? state.resumedAt : sample.time + shift
  const from = state.sources[source]
  if (from?.name !== undefined && limits.sources) hear(state, from, time)
  const order = orderOf(state, row, source, time, sample)
  if (order === 'duplicate' && sample.kind !== 'stale') {
    counts.duplicates += 1
    return
  }
  if (order === 'late') {
    noteTrouble(state, row, { reason: 'late' })
    return
  }
  const until = state.now - state.latenessMs
  if (mayBeDue(state, row, until)) {
    tellOwn(state, row, until, time)
    if (rows.shape[row] === undefined) {
      // It was forgotten for its silence, and is new.
      takeSample(state, sample, wall)
      counts.samples -= 1
      return
    }
  }
  // A marker of what never came tells nothing.
  const isSeen = sample.kind !== 'stale' || rows.time(row) !== -Infinity
  if (isSeen && rows.shape[row]?.hasPools === true) tellGroups(state, row, until, time)
  if (sample.kind === 'stale') {
    state.sample = sample
    if (isSeen) keepOrder(state, row, source, time)
    forgetRow(state, row, time)
    state.sample = undefined
    return
  }
  if (order === 'correction') takeBack(state, row, source)
  if (rows.source(row) !== source) noteSource(state, row, source)
  state.sample = sample
  judge(state, row, sample, time, flaw !== undefined)
  state.sample = undefined
}

/** Whether a sample may change what is due of other series: of its groups, of its source, or of the one that loses it. */
const isOfOthers = (state: EngineState, row: number, source: number, kind: FaultInput['kind']): boolean =>
  state.rows.shape[row]?.hasPools === true ||
  state.rows.source(row) !== source ||
  kind === 'stale' ||
  (state.limits.sources && state.sources[source]?.name !== undefined)

/** Tells what is due of the groups of a row, as of the row itself. */
function tellGroups(state: EngineState, row: number, until: number, time: number): void {
  const { rows } = state
  for (const slot of rows.shape[row]?.slots ?? []) {
    const group = slot.kind === 'pool' ? groupFor(state, row, slot) : undefined
    if (group !== undefined && mayBeDue(state, group.row, until)) tellOwn(state, group.row, until, time)
  }
}

/** Takes a sample that is in order into its row, and judges it. */
function judge(state: EngineState, row: number, sample: FaultInput, time: number, isFlawed: boolean): void {
  const { rows, look, windows } = state
  const shape = rows.shape[row]
  if (shape === undefined) return
  const { value } = sample
  const isReadable = read(state, row, value, time)
  if (!isReadable || shape.unread !== 0 || rows.has(row, rowBits.isTroubled)) {
    const reason = unreadReason(value, shape.unread)
    if (reason !== undefined) noteTrouble(state, row, { reason })
    else if (!isFlawed && rows.has(row, rowBits.isTroubled)) endTroubles(state, row)
  }
  see(state, row, time)
  if (sample.revision !== undefined || rows.has(row, rowBits.hasSources) || state.revisions.size > 0) {
    keepTrack(state, row, sample, time)
  }
  if (shape.needs.length > 0) windows.add(look)
  if (shape.hasPools) joinGroups(state, row)
  state.counts.judged += 1
  if (judgeFirst(state, row, shape, look.value)) return
  keepDue(state, row, judgeRow(state, row, time))
  if (shape.hasPools) feedGroups(state, row, time)
  noteQuiet(state, row, shape)
}

/** Puts a value into its row, and the look on it; false where it is no number or text. */
function read({ rows, look }: EngineState, row: number, value: FaultInput['value'], time: number): boolean {
  const flags = rows.flags(row)
  const hadValue = (flags & rowBits.hasValue) !== 0
  const wasText = (flags & rowBits.isText) !== 0
  const wasUnreadable = (flags & rowBits.isUnreadable) !== 0
  const isText = typeof value === 'string'
  const before = rows.value(row)
  const beforeTime = hadValue ? rows.valueTime(row) : NaN
  look.row = row
  look.time = time
  look.text = isText ? value : undefined
  look.value = typeof value === 'number' ? value : NaN
  look.previous = wasUnreadable ? NaN : before
  look.previousTime = beforeTime
  look.changed = 2
  if (!isText && Number.isNaN(look.value)) {
    rows.set(row, rowBits.isUnreadable)
    return false
  }
  rows.setPreviousValue(row, before)
  rows.setPreviousTime(row, beforeTime)
  rows.setValueTime(row, time)
  rows.setValue(row, look.value)
  if (isText || wasText) {
    rows.previousText[row] = wasText ? rows.text[row] : undefined
    rows.text[row] = look.text
  }
  const kept = flags & ~(rowBits.isText | rowBits.isUnreadable | rowBits.isAfterUnreadable)
  const after = wasUnreadable ? rowBits.isAfterUnreadable : 0
  rows.setFlags(row, kept | rowBits.hasValue | (isText ? rowBits.isText : 0) | after)
  if (hadValue) look.changed = isText || wasText ? rows.changed(row) : value === before ? 0 : 1
  return true
}

/** Why one of the rule sets of a row can tell nothing about a value; `undefined` where all can. */
function unreadReason(value: unknown, bits: number): 'not-finite' | 'wrong-type' | undefined {
  const isUnread = (bit: number): boolean => (bits & bit) !== 0
  if (typeof value === 'string') return isUnread(unread.texts) ? 'wrong-type' : undefined
  if (typeof value !== 'number') return isUnread(unread.others) ? 'wrong-type' : undefined
  if (isUnread(unread.numbers)) return 'wrong-type'
  return Number.isNaN(value) && isUnread(unread.others) ? 'not-finite' : undefined
}

/**
 * What is wrong with the time of a sample. Age is measured against the later of delivery and arrival: a sample that once
 * arrived in time is stale when it is replayed, and one that arrived too late stays so when history is judged again.
 */
export function findFlaw(
  { limits }: EngineState,
  { time, receivedAt = -Infinity }: FaultInput,
  wall: number,
): SampleFlaw | undefined {
  if (!Number.isFinite(time)) return { reason: 'bad-time' }
  const age = (receivedAt > wall ? receivedAt : wall) - time
  if (age > limits.staleAfterMs) return { reason: 'stale', offMs: age }
  return time > wall + limits.maxFutureMs ? { reason: 'future', offMs: time - wall } : undefined
}

/** Whether it can be looked up; what a stream carries is not always what its type says. */
export function hasSeries(sample: FaultInput | null | undefined): sample is FaultInput {
  const series = sample?.series as Partial<Record<keyof Series, unknown>> | null | undefined
  if (series === undefined || series === null) return false
  const { key, metric, tags } = series
  return typeof key === 'string' && typeof metric === 'string' && typeof tags === 'object' && tags !== null
}

/** The source of a sample: most often that of the one before. */
function sourceOf(state: EngineState, row: number, { source }: FaultInput): number {
  const { rows, sources } = state
  const own = rows.source(row)
  if (own >= 0 && sources[own]?.name === source) return own
  return sourceIdOf(state, source)
}

/** The row that sent after the last one, when that sent before. */
const nextRow = ({ rows, lastRow }: EngineState): number => rows.following(lastRow)

/** The row of a series, made where there is none; -1 where it has none: no rule set selects it, or there is no room. */
function rowFor(state: EngineState, sample: FaultInput, guess: number): number {
  const { rows, lastRow } = state
  const series = (sample as FaultInput | null | undefined)?.series as Series | null | undefined
  let row = guess
  if (row < 0 || series === undefined || rows.series[row] !== series) {
    row = knownRow(state, series)
    if (row < 0) row = newRowFor(state, sample)
    if (row < 0) return -1
    if (lastRow >= 0) rows.setFollowing(lastRow, row)
  }
  state.lastRow = row
  return rows.shape[row]?.generation === state.generation || moveRow(state, row) ? row : -1
}

/** The row of a series that has none yet. */
function newRowFor(state: EngineState, sample: FaultInput): number {
  if (!hasSeries(sample)) {
    noteRefused(state, 'bad-series', undefined)
    return -1
  }
  const { key } = sample.series
  const source = sourceIdOf(state, sample.source)
  const why = state.others.find(key, source)
  if (why === 'unselected') return -1
  // What is due may make room.
  if (why === 'full') {
    if (catchUp(state)) return newRowFor(state, sample)
    refuse(state, source, key)
    return -1
  }
  const plans = sample.kind === 'stale' ? [] : state.selection.plansOf(sample.series)
  if (plans.length === 0) {
    if (sample.kind !== 'stale') state.others.add(key, 'unselected')
    return -1
  }
  const shape = shapeFor(state, plans)
  const { limits, instances, sources } = state
  const isFull = instances.size + shape.instances > limits.maxInstances
  const from = sources[source]
  const hasRoom = !isFull && (from?.instances ?? 0) + shape.instances <= limits.maxInstancesPerSource
  // Nor does it change what its source was before.
  const isChanged = limits.sources && from?.name !== undefined
  if ((!hasRoom || isChanged) && catchUp(state)) return newRowFor(state, sample)
  if (!hasRoom) {
    state.others.add(key, 'full', isFull ? -1 : source)
    refuse(state, source, key)
    return -1
  }
  return admit(state, sample.series, shape, source)
}

function refuse(state: EngineState, source: number, key: string): void {
  noteRefused(state, 'too-many-series', key)
  const from = state.sources[source]
  if (from !== undefined) noteRefusal(state, from)
}

/** Gives a series its row, room or not. */
export function admit(state: EngineState, series: Series, shape: Shape, source: number): number {
  const row = createRow(state, series, shape)
  state.rowOf.set(series.key, row)
  if (source >= 0) noteSource(state, row, source)
  // Of what was never seen nothing is due earlier, unless it is a window of time.
  state.timers.plan(row, shape.hasMissed ? dueOf(state, row) : state.now + shape.shortestDue)
  return row
}
