import { cameNoSample, withText } from '../sentences/sentence.ts'
import type { FaultChange, RestoredFault } from '../model/fault-event.ts'
import { firing } from '../conditions/hold.ts'
import { dueOf } from './rows/due.ts'
import { groupWith } from './rows/groups.ts'
import { shapeFor } from './rows/lines.ts'
import { ownSeries } from './sources/own-fault.ts'
import type { Plan } from './plan/plan.ts'
import type { Slot } from './plan/shape.ts'
import { sourceIdOf } from './sources/sources.ts'
import { instanceBits } from './state/instances.ts'
import type { EngineState } from './state/state.ts'
import { admit } from './take-sample.ts'

/**
 * Takes over the faults that were open before a restart but for those that a snapshot had, and clears those that no rule set watches any more. Silence
 * counts from now, for nothing could be seen in between; a fault of absence stays absent. Windows are not known until they are full.
 */
export function restoreOpen(state: EngineState, open: readonly RestoredFault[]): void {
  for (const fault of open) {
    if (takeOwn(state, fault)) continue
    const row = rowOf(state, fault)
    const slot = state.rows.shape[row]?.slots.find(
      ({ plan, kind }) => kind === 'own' && plan.id === fault.ruleSet,
    )
    if (slot === undefined) state.events.push(removedEvent(fault, state.now - state.shift))
    else takeOver(state, row, slot, fault)
  }
}

/** Faults of the engine itself go on until a source speaks, or nothing was refused for a while. */
function takeOwn(
  state: EngineState,
  { ruleSet, series, fault, openedAt, severity, id, time, cause }: RestoredFault,
): boolean {
  if (ruleSet !== 'tocsin.source' && ruleSet !== 'tocsin.refused') return false
  const name = series.tags['source']
  const source = state.sources[name === undefined ? 0 : sourceIdOf(state, name)]
  if (source === undefined || ownSeries(ruleSet, name).key !== series.key) return false
  if ((ruleSet === 'tocsin.source' ? source.silence : source.refusal) !== undefined) return true
  const own = { fault, openedAt, severity, events: eventsOf({ id }), isLate: cause.reason === 'late' }
  source.eventTime = time
  if (ruleSet === 'tocsin.source') source.silence = own
  else {
    source.refusal = own
    source.refusedAt = state.now
    state.ownDue = state.now
  }
  return true
}

function rowOf(state: EngineState, { ruleSet, series }: RestoredFault): number {
  const group = state.plans.find(({ id, by }) => id === ruleSet && by !== undefined)
  if (group !== undefined) return groupRow(state, group, series.tags)
  const known = state.rowOf.get(series.key)
  if (known !== undefined) return known
  const plans = state.selection.plansOf(series)
  return plans.length === 0 ? -1 : admit(state, series, shapeFor(state, plans), -1)
}

function groupRow(state: EngineState, plan: Plan, tags: Readonly<Record<string, string>>): number {
  const categories = Object.keys(tags)
  if (plan.by === undefined || categories.length !== plan.by.length) return -1
  if (!plan.by.every((tag) => categories.includes(tag))) return -1
  const group = groupWith(state, plan, tags)
  group.isPartial = group.members.size === 0
  return group.row
}

function takeOver(state: EngineState, row: number, slot: Slot, fault: RestoredFault): void {
  const { rows, instances, holds, windows, episodes, shift, now, timers } = state
  const instance = rows.instance(row) + slot.instance
  const { openedAt, severity, time, cause } = fault
  if (episodes.has(instance)) return
  const rule = ruleOf(slot.plan, fault)
  episodes.set(instance, {
    fault: fault.fault,
    series: fault.series,
    openedAt,
    severity,
    rule,
    events: eventsOf(fault),
    said: {
      rule: cause.rule,
      ...(cause.condition !== undefined && { condition: cause.condition }),
      ...(cause.threshold !== undefined && { threshold: cause.threshold }),
    },
    before: cause.reason === 'absent' ? cameNoSample : undefined,
    mute: undefined,
    muteEnd: Infinity,
  })
  instances.set(instance, instanceBits.hasFault)
  instances.eventTime.set(instance, time)
  rows.setTime(row, Math.max(rows.time(row), cause.sampleTime + shift))
  rows.setArmed(row, now)
  windows.distrust(row)
  if (rule >= 0) {
    const at = rows.rule(row) + slot.rule + rule
    holds.save(at, { phase: firing, since: openedAt + shift, isHeld: true }, 2)
    stayAbsent(state, slot, instance, rule, cause.threshold)
  }
  timers.plan(row, dueOf(state, row))
}

/** A fault of absence: what was told stays told. */
function stayAbsent(
  { instances }: EngineState,
  { plan, watch }: Slot,
  instance: number,
  rule: number,
  threshold: number | string | undefined,
): void {
  const own = plan.rules[rule]?.when.absences ?? []
  const told = own.length > 0 && typeof threshold === 'number' && own.includes(threshold) ? threshold : 0
  instances.absent[instance] = watch.absences.filter((ms) => ms <= told).length
}

/** The rule that stands behind a fault; -1 where none does, since the rules were edited. */
function ruleOf({ rules }: Plan, { severity, cause }: RestoredFault): number {
  const own = rules[cause.rule]
  const condition = cause.condition === undefined ? undefined : JSON.stringify(cause.condition)
  const says = (rule: (typeof rules)[number]): boolean =>
    rule.severity === severity &&
    rule.when.leaves.some((leaf) => JSON.stringify(leaf.condition) === condition)
  if (own !== undefined && says(own)) return own.index
  return (rules.find(says) ?? (own?.severity === severity ? own : undefined))?.index ?? -1
}

/** How many events a fault has had, from the id of its last one. */
const eventsOf = ({ id }: { readonly id: string }): number => Number(id.slice(id.lastIndexOf('|') + 1)) + 1

function removedEvent(open: RestoredFault, wall: number): FaultChange {
  const { fault, ruleSet, series, severity, openedAt, cause } = open
  const { rule, condition, threshold, sampleTime } = cause
  return withText({
    type: 'cleared',
    id: `${fault}|${eventsOf(open)}`,
    fault,
    ruleSet,
    series,
    severity,
    openedAt,
    time: Math.max(wall, open.time),
    cause: {
      reason: 'removed',
      rule,
      ...(condition !== undefined && { condition }),
      ...(threshold !== undefined && { threshold }),
      sampleTime,
    },
  })
}
