import { buildSeries, type Series } from '@tocsin/core'

import { count, judgeRow, lookAtRow, memberTruth } from '../judging/judge.ts'
import { createRow, freeRow } from './lines.ts'
import type { Plan } from '../plan/plan.ts'
import { keepDue, see } from './presence.ts'
import { closeFor } from '../judging/settle.ts'
import { shapeOfGroup, shapeOfPart, type Slot } from '../plan/shape.ts'
import type { Combined } from '../state/combined.ts'
import { createGroup, type Group } from '../state/group.ts'
import { truthShift } from '../state/instances.ts'
import { rowBits } from '../state/rows.ts'
import type { EngineState } from '../state/state.ts'

/** Tag values cannot hold it. */
const between = '\u0000'

const keyOf = (plan: Plan, tags: Readonly<Record<string, string>>): string =>
  [plan.id, ...(plan.by ?? []).map((tag) => tags[tag] ?? '')].join(between)

function tagsOf(plan: Plan, tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries((plan.by ?? []).map((tag) => [tag, tags[tag] ?? '']))
}

function seriesOf(metric: string, tags: Readonly<Record<string, string>>): Series | undefined {
  const built = buildSeries(metric, tags)
  return built.ok ? built.value : undefined
}

/** The group with these tags; made where there is none. */
export function groupWith(
  state: EngineState,
  plan: Plan,
  tags: Readonly<Record<string, string>>,
  isExpected = false,
): Group {
  const key = keyOf(plan, tags)
  const known = state.groupOf.get(key)
  if (known !== undefined) return known
  const own = tagsOf(plan, tags)
  const row = createRow(state, seriesOf(plan.id, own), shapeOfGroup(plan, state.generation))
  const group = createGroup(row, plan, key, own, isExpected)
  state.groups.set(row, group)
  state.groupOf.set(key, group)
  return group
}

/** The group that a series is in, or will be with its next sample; none where nothing was seen of it. */
export function groupFor(state: EngineState, row: number, { plan, instance }: Slot): Group | undefined {
  const { rows, instances, groups, groupOf } = state
  const known = groups.get(instances.group.get(rows.instance(row) + instance))
  return known ?? groupOf.get(keyOf(plan, rows.series[row]?.tags ?? {}))
}

/** Puts a series into its group. */
function joinGroup(state: EngineState, row: number, slot: Slot): Group | undefined {
  const { rows, instances } = state
  const series = rows.series[row]
  if (series === undefined) return undefined
  const group = groupWith(state, slot.plan, series.tags)
  if (!group.isNamed) {
    group.isNamed = true
    rows.series[group.row] = seriesOf(series.metric, group.tags) ?? rows.series[group.row]
  }
  const first = rows.instance(row)
  instances.group.set(first + slot.instance, group.row)
  group.members.add(row)
  for (const { kind, member, plan, instance } of rows.shape[row]?.slots ?? []) {
    if (kind !== 'member' || plan !== slot.plan) continue
    instances.state[first + instance] = 2 << truthShift
    count(group.counts, member, 2, 1)
    group.counts[3 * member + 2] = (group.counts[3 * member + 2] ?? 0) + 1
  }
  return group
}

/** Takes a series out of its group, which is judged without it; without members it is gone, unless it is expected. */
export function leaveGroup(state: EngineState, row: number, slot: Slot, time: number): void {
  const group = removeMember(state, row, slot)
  if (group === undefined) return
  if (group.members.size === 0 && !group.isExpected) forgetGroup(state, group, time)
  else judgeGroup(state, group, time)
}

/** Takes a series out of its group; that is all. */
export function removeMember(state: EngineState, row: number, slot: Slot): Group | undefined {
  const { rows, instances, groups, holds } = state
  const first = rows.instance(row)
  const at = first + slot.instance
  const group = groups.get(instances.group.get(at))
  instances.group.set(at, -1)
  if (group === undefined) return undefined
  for (const { kind, member, plan, instance, memory, memberWatch } of rows.shape[row]?.slots ?? []) {
    if (kind !== 'member' || plan !== slot.plan) continue
    count(group.counts, member, memberTruth(state, first + instance), -1)
    group.counts[3 * member + 2] = (group.counts[3 * member + 2] ?? 0) - 1
    instances.state[first + instance] = 0
    const bytes = rows.memory(row) + memory
    holds.memory.fill(0, bytes, bytes + (memberWatch?.conditions.memorySize ?? 0))
  }
  group.members.delete(row)
  group.last.delete(row)
  for (const [part, last] of group.partLast.entries()) {
    last.delete(row)
    setLast(state, group.parts[part] ?? -1, group, last)
  }
  setLast(state, group.row, group, group.last)
  return group
}

/** A group is gone, with its parts. */
export function forgetGroup(
  state: EngineState,
  group: Group,
  time: number,
  why: 'gone' | 'removed' = 'gone',
): void {
  const { rows, instances } = state
  for (const row of group.members) {
    const first = rows.instance(row)
    for (const { kind, plan, instance } of rows.shape[row]?.slots ?? []) {
      if (kind === 'pool' && plan === group.plan) instances.group.set(first + instance, -1)
    }
  }
  group.members.clear()
  for (const part of group.parts) if (part >= 0) freeRow(state, part)
  state.groups.delete(group.row)
  state.groupOf.delete(group.key)
  const own = rows.shape[group.row]?.slots[0]
  if (own !== undefined) closeFor(state, group.row, own, time, why)
  freeRow(state, group.row)
}

/** Judges a group as it stands. */
export function judgeGroup(state: EngineState, { row }: Group, time: number): void {
  lookAtRow(state, row, time)
  keepDue(state, row, judgeRow(state, row, time))
}

/** Puts a series into all its groups that it is not in yet. */
export function joinGroups(state: EngineState, row: number): void {
  const { rows, instances } = state
  const first = rows.instance(row)
  for (const slot of rows.shape[row]?.slots ?? []) {
    if (slot.kind === 'pool' && instances.group.get(first + slot.instance) < 0) joinGroup(state, row, slot)
  }
}

/** A sample of a series is one of its groups too. The look was on it, and is lost. */
export function feedGroups(state: EngineState, row: number, time: number): void {
  const { rows, instances, groups, look } = state
  const { value, text, previous, previousTime, changed } = look
  const series = rows.series[row]
  for (const slot of rows.shape[row]?.slots ?? []) {
    if (slot.kind !== 'pool' || series === undefined) continue
    const group = groups.get(instances.group.get(rows.instance(row) + slot.instance))
    if (group === undefined) continue
    if (!Number.isNaN(previousTime)) group.isPartial = false
    look.time = time
    look.value = value
    look.text = text
    look.previous = previous
    look.previousTime = previousTime
    look.changed = changed
    const { parts } = slot.plan
    for (let part = 0; part < parts.length; part += 1) feedPart(state, row, series, group, part)
    const wasKnown = rows.has(group.row, rowBits.hasValue)
    rows.setPreviousValue(group.row, rows.value(group.row))
    rows.setPreviousTime(group.row, wasKnown ? rows.time(group.row) : NaN)
    if (rows.has(group.row, rowBits.isText) || rows.previousText[group.row] !== undefined) {
      rows.previousText[group.row] = rows.has(group.row, rowBits.isText) ? rows.text[group.row] : undefined
    }
    fill(state, row, group.row, group, group.last)
    see(state, group.row, time)
    lookAtRow(state, group.row, time)
    keepDue(state, group.row, judgeRow(state, group.row, time))
  }
}

function feedPart(state: EngineState, row: number, series: Series, group: Group, part: number): void {
  const last = group.partLast[part]
  const watch = group.plan.parts[part]
  if (last === undefined || watch === undefined || !watch.matches(series)) return
  if ((group.parts[part] ?? -1) < 0) {
    group.parts[part] = createRow(state, undefined, shapeOfPart(watch.needs, state.generation))
  }
  fill(state, row, group.parts[part] ?? -1, group, last)
}

/** Takes the sample that the look is on into a row of a group. */
function fill(state: EngineState, row: number, into: number, group: Group, last: Combined): void {
  const { look, windows } = state
  last.set(row, look.value)
  look.row = into
  windows.add(look)
  setLast(state, into, group, last, look.value, look.text)
}

/** Takes a sample of a series out of the windows of its groups. */
export function takeFromGroups(state: EngineState, row: number): void {
  const { rows, instances, groups, look, windows } = state
  const series = rows.series[row]
  for (const slot of rows.shape[row]?.slots ?? []) {
    if (slot.kind !== 'pool' || series === undefined) continue
    const group = groups.get(instances.group.get(rows.instance(row) + slot.instance))
    if (group === undefined) continue
    for (const [part, { matches }] of slot.plan.parts.entries()) {
      look.row = group.parts[part] ?? -1
      if (look.row >= 0 && matches(series)) windows.remove(look)
    }
    look.row = group.row
    windows.remove(look)
  }
  look.row = row
}

/** The last value of a group or a part: of all members, or without `combine` of the last one that sent. */
function setLast(
  { rows }: EngineState,
  row: number,
  { plan, isPartial }: Group,
  last: Combined,
  value?: number,
  text?: string,
): void {
  if (row < 0) return
  const { combine } = plan.ruleSet
  if (text !== undefined || (value !== undefined && !Number.isNaN(value))) rows.set(row, rowBits.hasValue)
  rows.unset(row, rowBits.isText | rowBits.isUnreadable)
  if (isPartial && combine !== undefined) rows.set(row, rowBits.isUnreadable)
  if (combine !== undefined) rows.setValue(row, last.value(combine))
  else if (value !== undefined) rows.setValue(row, value)
  if (combine !== undefined || text === undefined) return
  rows.text[row] = text
  rows.set(row, rowBits.isText)
}
