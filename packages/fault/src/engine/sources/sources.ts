import type { Cause } from '../../model/fault-event.ts'
import type { Severity } from '../../model/rule-set.ts'
import { dueOf } from '../rows/due.ts'
import { openOwn, tellOwnFault } from './own-fault.ts'
import type { Slot } from '../plan/shape.ts'
import { rowBits } from '../state/rows.ts'
import { createSource, silentAt, type Source } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'
import type { Work } from '../work.ts'

/** Most sources that are told apart. */
const maxSources = 10_000
/** How long a usual gap is remembered, ms: once to twice this. */
const gapStretchMs = 600_000
/** Most series that follow their source at once when it speaks again. */
const mostAtOnce = 1000
/** How long after the last refusal its fault ends, ms. */
const refusalMs = 300_000

/** The number of a source; 0 for samples that say none. */
export function sourceIdOf(state: EngineState, name: unknown): number {
  if (typeof name !== 'string') return 0
  const known = state.sourceOf.get(name)
  if (known !== undefined) return known
  if (state.sources.length > maxSources) return 0
  const id = state.sources.push(createSource(name, state.lists)) - 1
  state.sourceOf.set(name, id)
  return id
}

/** Something fresh came from a source. */
export function hear(state: EngineState, source: Source, time: number): void {
  if (time > source.newest) source.newest = time
  const { now } = state
  if (now !== source.heard) noteGap(source, now)
  if (source.silence !== undefined) speakAgain(state, source)
  else if (source.newest > source.waitsFor) askWaiting(state, source)
}

function noteGap(source: Source, now: number): void {
  const gap = now - source.heard
  source.heard = now
  // A silence that was told is no usual gap.
  if (gap === Infinity || source.silence !== undefined) return
  if (now - source.gapsSince > gapStretchMs) {
    source.gapBeforeMs = source.gapMs
    source.gapMs = 0
    source.gapsSince = now
  }
  if (gap > source.gapMs) source.gapMs = gap
}

/**
 * Whether an absence that is known at `moment` is not told now: its source is silent as a whole, and has one fault; or the source spoke, but
 * not since the series should have, so that nobody can tell yet.
 */
export function holdOrWait(
  state: EngineState,
  row: number,
  slot: Slot,
  due: number,
  moment: number,
): boolean {
  const { rows, limits, lists } = state
  const source = state.sources[rows.source(row)]
  if (!limits.sources || source?.name === undefined || source.watched < 2) return false
  rows.unset(row, rowBits.isWaiting)
  if (lists.has(source.waiting, row)) lists.remove(row)
  if (moment >= silentAt(source)) {
    holdRow(state, row, slot, source, due)
    return true
  }
  const from = rows.time(row) + periodOf(state, row)
  if (source.newest > from) return false
  rows.set(row, rowBits.isWaiting)
  lists.add(source.waiting, row)
  source.waitsFor = Math.min(source.waitsFor, from)
  return true
}

/** The time between the last two samples; 0 where there was one. */
function periodOf({ rows }: EngineState, row: number): number {
  const period = rows.valueTime(row) - rows.previousTime(row)
  return Number.isFinite(period) ? period : 0
}

function holdRow(state: EngineState, row: number, slot: Slot, source: Source, due: number): void {
  const { rows, shift } = state
  rows.set(row, rowBits.isHeld)
  state.lists.add(source.held, row)
  const severity = severityOf(state, row, slot)
  const reason = source.heardLate > source.heard ? 'late' : 'silent'
  // It has spoken for others since that one was silent.
  const at = Math.max(due, silentAt(source)) - shift
  const { silence } = source
  if (silence === undefined) {
    const cause = causeOf(state, source, reason, heldOf(state, source))
    source.silence = openOwn(state, 'tocsin.source', source, severity, at, cause)
  } else if (severity < silence.severity) {
    const previous = silence.severity
    silence.severity = severity
    const cause = causeOf(state, source, reason, silence.held)
    tellOwnFault(state, 'tocsin.source', source, silence, 'severity', at, cause, previous)
  }
}

/** Something too old came from a source: one that was silent is late. */
export function hearLate(state: EngineState, source: Source): void {
  source.heardLate = state.now
  const { silence } = source
  if (silence === undefined || silence.isLate) return
  silence.isLate = true
  const cause = causeOf(state, source, 'late', silence.held)
  tellOwnFault(state, 'tocsin.source', source, silence, 'reason', state.now - state.shift, cause)
}

/** The worst rule that the next absence of a row violates. */
function severityOf(
  { rows, instances }: EngineState,
  row: number,
  { plan, watch, instance }: Slot,
): Severity {
  const level = instances.absent[rows.instance(row) + instance] ?? 0
  const ms = watch.absences[level] ?? 0
  const concerned = plan.rules.filter(({ when }) => when.absences.includes(ms))
  return (concerned.length > 0 ? concerned : plan.rules).reduce<Severity>(
    (worst, { severity }) => (severity < worst ? severity : worst),
    5,
  )
}

/** Nothing came from any series of a silent source, so that it holds the silences of all, also of those that are not due yet. */
const heldOf = ({ rows }: EngineState, { watched, named }: Source): NonNullable<Cause['held']> => ({
  count: watched,
  series: [...named].flatMap((row) => rows.series[row]?.key ?? []),
})

const causeOf = (
  { shift }: EngineState,
  { newest }: Source,
  reason: Cause['reason'],
  held: Cause['held'],
): Cause => ({ reason, rule: 0, sampleTime: newest - shift, ...(held !== undefined && { held }) })

/** A silent source speaks: its series have until now to speak too. */
function speakAgain(state: EngineState, source: Source): void {
  const { silence } = source
  if (silence === undefined) return
  const cause = causeOf(state, source, 'recovered', silence.held)
  source.silence = undefined
  source.backAt = state.now
  tellOwnFault(state, 'tocsin.source', source, silence, 'cleared', state.now - state.shift, cause)
  // There may be very many: those that are more than a few follow in steps, before anything is told.
  state.returned.push(source.held, source.waiting)
  source.held = state.lists.create()
  source.waiting = state.lists.create()
  source.waitsFor = Infinity
  releaseReturned(state, { left: mostAtOnce })
}

/** Plans the silences of series whose source speaks again, as far as the work goes; true when all are planned. */
export function releaseReturned(state: EngineState, work: Work): boolean {
  const { returned, lists } = state
  for (let list = returned[0]; list !== undefined; list = returned[0]) {
    for (let row = lists.first(list); row >= 0; row = lists.first(list)) {
      if (work.left <= 0) return false
      work.left -= 1
      release(state, row)
    }
    lists.give(list)
    returned.shift()
  }
  return true
}

/** The same of one series, before the others. */
export function releaseIfReturned(state: EngineState, row: number): void {
  if (state.returned.includes(state.lists.listOf(row))) release(state, row)
}

function release(state: EngineState, row: number): void {
  state.lists.remove(row)
  state.rows.unset(row, rowBits.isHeld | rowBits.isWaiting)
  state.timers.plan(row, dueOf(state, row))
}

/** The source spoke of a time at which some of the waiting should have, too: those are silent themselves. */
function askWaiting(state: EngineState, source: Source): void {
  const { lists } = state
  source.waitsFor = Infinity
  for (let row = lists.first(source.waiting); row >= 0;) {
    const next = lists.next(row)
    const from = state.rows.time(row) + periodOf(state, row)
    if (source.newest > from) release(state, row)
    else source.waitsFor = Math.min(source.waitsFor, from)
    row = next
  }
}

/** There was no room for a series of a source: one fault for all of them. */
export function noteRefusal(state: EngineState, source: Source): void {
  source.refusedAt = state.now
  if (source.refusal !== undefined) return
  const at = state.now - state.shift
  source.refusal = openOwn(state, 'tocsin.refused', source, 2, at, {
    reason: 'refused',
    rule: 0,
    sampleTime: at,
  })
  state.ownDue = Math.min(state.ownDue, state.now + refusalMs)
}

/** Ends the faults of refusals after which none came. */
export function endRefusals(state: EngineState): void {
  state.ownDue = Infinity
  for (const source of state.sources) {
    const { refusal } = source
    if (refusal === undefined) continue
    const end = source.refusedAt + refusalMs
    if (end > state.now) {
      state.ownDue = Math.min(state.ownDue, end)
      continue
    }
    source.refusal = undefined
    const sampleTime = source.refusedAt - state.shift
    const cause: Cause = { reason: 'recovered', rule: 0, sampleTime }
    tellOwnFault(state, 'tocsin.refused', source, refusal, 'cleared', end - state.shift, cause)
  }
}
