import { holdDue } from '../../conditions/hold.ts'
import { idleSince } from './lines.ts'
import type { Slot } from '../plan/shape.ts'
import { instanceBits } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import { silentAt } from '../state/source.ts'
import type { EngineState } from '../state/state.ts'

/** What may become due without a sample. */
export type DueKind = 'absence' | 'hold' | 'missed' | 'mute' | 'forget'

/** Something that is due. */
export interface Due {
  at: number
  kind: DueKind
  slot: Slot | undefined
  /** Which rule, or which window of time. */
  index: number
}

/** From when the silence of a row counts. */
export function silentSince({ rows, sources }: EngineState, row: number): number {
  return Math.max(
    rows.time(row),
    rows.armed(row),
    rows.time(row) === -Infinity ? -Infinity : (sources[rows.source(row)]?.backAt ?? -Infinity),
  )
}

/** When a rule set judged a row last, m-time: at its last sample, or when a silence or a window of time was told since. */
export function judgedAt(state: EngineState, row: number, { instance, watch }: Slot): number {
  const { rows, instances, missed, shift } = state
  const at = rows.instance(row) + instance
  let last = rows.time(row)
  const told = instances.absent[at] ?? 0
  if (told > 0) last = Math.max(last, silentSince(state, row) + (watch.absences[told - 1] ?? 0))
  if (watch.missed.length > 0) {
    for (const { endedAt } of missed.get(at) ?? [])
      if (endedAt !== undefined) last = Math.max(last, endedAt + shift)
  }
  return last
}

/** When the first of a row is due: Infinity for nothing. */
export function dueOf(state: EngineState, row: number): number {
  return findDue(state, row, Infinity, Infinity).at
}

/** Reused: one engine after the other looks for what is due. */
const found: Due = { at: Infinity, kind: 'forget', slot: undefined, index: 0 }

function take(at: number, kind: DueKind, slot: Slot, index: number): void {
  if (at >= found.at) return
  found.at = at
  found.kind = kind
  found.slot = slot
  found.index = index
}

/** The first of a row that is due by `until`; or, but for silences, before `before`: a sample of then is there. */
export function findDue(state: EngineState, row: number, until: number, before: number): Due {
  const { rows, instances, holds, hold, episodes, missed, shift } = state
  found.at = Infinity
  found.slot = undefined
  const isIn = (at: number): boolean => at <= until || at < before
  const shape = rows.shape[row]
  if (shape === undefined) return found
  const flags = rows.flags(row)
  const first = rows.instance(row)
  const since = silentSince(state, row)
  const idle = idleSince(state, row)
  for (const slot of shape.slots) {
    const instance = first + slot.instance
    const bits = instances.state[instance] ?? 0
    if ((bits & instanceBits.isGone) !== 0 && slot.kind !== 'member') continue
    const absence = slot.watch.absences[instances.absent[instance] ?? 0]
    if (absence !== undefined && since !== -Infinity && (flags & rowBits.isHeld) === 0) {
      let at = since + absence
      if ((flags & rowBits.isWaiting) !== 0)
        at = Math.max(at, silentAt(state.sources[rows.source(row)]) - state.latenessMs)
      if (at <= until) take(at, 'absence', slot, 0)
    }
    if ((flags & rowBits.hasDue) !== 0) {
      // A window that ends as a hold does is judged first: it may say otherwise.
      const windows = slot.watch.missed.length === 0 || since === -Infinity ? undefined : missed.get(instance)
      if (windows !== undefined) {
        for (const [index, { end }] of windows.entries())
          if (isIn(end + shift)) take(end + shift, 'missed', slot, index)
      }
      if (slot.kind === 'own') {
        const rule = rows.rule(row) + slot.rule
        for (const plan of slot.plan.rules) {
          holds.load(rule + plan.index, hold)
          const at = holdDue(hold, plan.hold)
          if (isIn(at)) take(at, 'hold', slot, plan.index)
        }
      }
    }
    if ((bits & instanceBits.hasFault) !== 0) {
      const episode = episodes.get(instance)
      if (episode?.mute !== undefined && episode.muteEnd + shift <= until)
        take(episode.muteEnd + shift, 'mute', slot, 0)
    }
    const forget = idle + slot.plan.forgetAfterMs
    if (slot.kind !== 'member' && forget <= until && state.groups.get(row)?.isExpected !== true) {
      take(forget, 'forget', slot, 0)
    }
  }
  return found
}

/** Whether something of a row may be due by a time, or before a sample of `time`. */
export function mayBeDue(state: EngineState, row: number, until: number): boolean {
  const { rows } = state
  if (rows.has(row, rowBits.hasDue)) return true
  const last = rows.time(row)
  return (
    (last === -Infinity ? idleSince(state, row) : last) + (rows.shape[row]?.shortestDue ?? Infinity) <= until
  )
}
