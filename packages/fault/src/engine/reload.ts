import type { Condition, RuleSet } from '../model/rule-set.ts'
import { dueOf } from './due.ts'
import { forgetGroup, groupWith, judgeGroup, removeMember } from './groups.ts'
import { count, judgeRules, lookAtRow, lookAtSlot, memberTruth } from './judge.ts'
import { forgetInstance, freeRow, shapeFor, takeLines } from './lines.ts'
import { compilePlan, type Plan } from './plan.ts'
import { keepDue } from './presence.ts'
import { createSelection } from './selection.ts'
import { closeFor } from './settle.ts'
import { type Shape, shapeOfGroup, shapeOfPart, type Slot } from './shape.ts'
import { Combined } from './state/combined.ts'
import type { Group } from './state/group.ts'
import { instanceBits, truthShift } from './state/instances.ts'
import { rowBits } from './state/rows.ts'
import type { EngineState } from './state/state.ts'
import { noteRefused } from './trouble.ts'

/** Takes other rule sets. Those that are as before keep all; of the others, what is alike. Rows follow when they are met, or in steps. */
export function takeRuleSets(state: EngineState, ruleSets: readonly RuleSet[]): void {
  const before = new Map(state.plans.map((plan) => [plan.id, plan]))
  state.plans = ruleSets.map((ruleSet) => {
    const known = before.get(ruleSet.id)
    return known !== undefined && isSame(known.ruleSet, ruleSet) ? known : compilePlan(ruleSet, state.windows)
  })
  state.selection = createSelection(state.plans)
  state.generation += 1
  state.shapes.clear()
  state.others.clear()
  state.moved = 0
  const now = new Map(state.plans.map((plan) => [plan.id, plan]))
  for (const group of [...state.groups.values()]) moveGroup(state, group, now.get(group.plan.id))
  if (state.isStarted) expectGroups(state)
}

/** Makes the groups that rule sets expect. */
export function expectGroups(state: EngineState): void {
  state.isStarted = true
  for (const plan of state.plans) {
    for (const tags of plan.ruleSet.expect ?? []) {
      const { row } = groupWith(state, plan, tags, true)
      if (state.rows.time(row) !== -Infinity || state.rows.armed(row) !== -Infinity) continue
      state.rows.setArmed(row, state.now)
      state.timers.plan(row, dueOf(state, row))
    }
  }
}

/** Moves rows to the rule sets of now, at most so many; true when all are. */
export function moveRows(state: EngineState, most: number): boolean {
  const { rows } = state
  for (let left = most; left > 0 && state.moved < rows.end; left -= 1) {
    const shape = rows.shape[state.moved]
    if (shape !== undefined && shape.generation !== state.generation) moveRow(state, state.moved)
    state.moved += 1
  }
  if (state.moved >= rows.end) state.moved = Infinity
  return state.moved === Infinity
}

/** Moves a series to the rule sets of now; false where none selects it any more, and it is forgotten. */
export function moveRow(state: EngineState, row: number): boolean {
  const { rows, others } = state
  const old = rows.shape[row]
  const series = rows.series[row]
  if (old === undefined || series === undefined || old.isGroup) return true
  const plans = roomFor(state, old, state.selection.plansOf(series), series.key)
  if (plans.length === 0) {
    for (const slot of old.slots) leave(state, row, slot)
    freeRow(state, row)
    others.add(series.key, 'unselected')
    return false
  }
  const shape = shapeFor(state, plans)
  if (hasSamePlans(old, shape)) {
    rows.shape[row] = shape
    return true
  }
  relay(state, row, old, shape)
  return true
}

/** The rule sets that there is room for: what a row has costs nothing. */
function roomFor(state: EngineState, old: Shape, plans: readonly Plan[], key: string): readonly Plan[] {
  if (state.instances.size + plans.length - old.slots.length <= state.limits.maxInstances) return plans
  const had = new Set(old.slots.map(({ plan }) => plan.id))
  const kept = plans.filter(({ id }) => had.has(id))
  if (kept.length < plans.length) noteRefused(state, 'too-many-series', key)
  return kept
}

const hasSamePlans = (old: Shape, shape: Shape): boolean =>
  old.slots.length === shape.slots.length &&
  old.slots.every(({ plan }, index) => plan === shape.slots[index]?.plan)

/** No rule set of this slot watches the row any more. */
function leave(state: EngineState, row: number, slot: Slot): void {
  closeFor(state, row, slot, state.now, 'removed')
  if (slot.kind !== 'pool') return
  const group = removeMember(state, row, slot)
  if (group === undefined) return
  if (group.members.size === 0 && !group.isExpected) forgetGroup(state, group, state.now, 'removed')
  else judgeGroup(state, group, state.now)
}

/** Gives a row the lines of another layout, with what both have. */
function relay(state: EngineState, row: number, old: Shape, shape: Shape): void {
  const { rows, windows, sources, instances, holds } = state
  const kept = new Map(
    shape.slots.filter(({ kind }) => kind !== 'member').map((slot) => [slot.plan.id, slot]),
  )
  for (const slot of old.slots) {
    const next = kept.get(slot.plan.id)
    if (slot.kind !== 'member' && next?.kind !== slot.kind) leave(state, row, slot)
  }
  const was = { instance: rows.instance(row), rule: rows.rule(row), memory: rows.memory(row) }
  takeLines(state, row, shape)
  if (old.needs.join() !== shape.needs.join()) windows.attach(row, shape.needs)
  for (const slot of old.slots) {
    const next = kept.get(slot.plan.id)
    if (next === undefined || next.kind !== slot.kind) continue
    if (slot.kind === 'own') copyOwn(state, row, slot, next, was)
    else copyPool(state, row, old, shape, slot, next, was)
  }
  for (let line = was.instance; line < was.instance + old.instances; line += 1) forgetInstance(state, line)
  instances.give(was.instance, old.instances)
  holds.giveRules(was.rule, old.rules)
  holds.giveMemory(was.memory, old.memory)
  const source = sources[rows.source(row)]
  if (source !== undefined) {
    source.instances += shape.instances - old.instances
    source.watched += Number(shape.shortestAbsence < Infinity) - Number(old.shortestAbsence < Infinity)
  }
  if (shape.hasMissed) rows.set(row, rowBits.hasDue)
  judgeEdited(state, row, old, shape)
  state.timers.plan(row, dueOf(state, row))
}

interface Lines {
  readonly instance: number
  readonly rule: number
  readonly memory: number
}

/** Copies what an instance knows to its new lines; of rules that were edited, what is alike. */
function copyOwn(state: EngineState, row: number, old: Slot, next: Slot, was: Lines): void {
  const { rows, instances, holds, episodes, missed } = state
  const from = was.instance + old.instance
  const to = rows.instance(row) + next.instance
  const told = old.watch.absences[(instances.absent[from] ?? 0) - 1] ?? 0
  instances.eventTime[to] = instances.eventTime[from] ?? 0
  instances.state[to] = instances.state[from] ?? 0
  instances.absent[to] = next.watch.absences.filter((ms) => ms <= told).length
  const ruleOf = matchRules(old.plan, next.plan)
  for (const [newIndex, oldIndex] of ruleOf) {
    const source = was.rule + old.rule + oldIndex
    const target = rows.rule(row) + next.rule + newIndex
    holds.packed[target] = holds.packed[source] ?? 0
    holds.since[target] = holds.since[source] ?? 0
    copyMemory(state, old, oldIndex, was.memory, next, newIndex, rows.memory(row))
  }
  if (isSame(old.plan.ruleSet.rules.map(missedOf), next.plan.ruleSet.rules.map(missedOf))) {
    const windows = missed.get(from)
    if (windows !== undefined) missed.set(to, windows)
  }
  const episode = episodes.get(from)
  if (episode === undefined) return
  episode.rule = [...ruleOf].find(([, index]) => index === episode.rule)?.[0] ?? -1
  episodes.delete(from)
  episodes.set(to, episode)
}

/** For each rule, which of the old ones it was: one with the same condition, or else the one at its place with its severity. */
export function matchRules({ rules: old }: Plan, { rules }: Plan): ReadonlyMap<number, number> {
  const matched = new Map<number, number>()
  const free = new Set(old.keys())
  const match = (isAlike: (rule: number, other: number) => boolean): void => {
    for (const index of rules.keys()) {
      if (matched.has(index)) continue
      const other = [...free].find((one) => isAlike(index, one))
      if (other === undefined) continue
      matched.set(index, other)
      free.delete(other)
    }
  }
  const texts = [old, rules].map((all) =>
    all.map(({ when }) => JSON.stringify(when.leaves.map((leaf) => leaf.condition))),
  )
  const text = (side: 0 | 1, index: number): string => texts[side]?.[index] ?? ''
  match(
    (index, other) => text(1, index) === text(0, other) && rules[index]?.severity === old[other]?.severity,
  )
  match((index, other) => text(1, index) === text(0, other))
  match((index, other) => index === other && rules[index]?.severity === old[other]?.severity)
  return matched
}

function copyMemory(
  { holds }: EngineState,
  old: Slot,
  oldRule: number,
  oldAt: number,
  next: Slot,
  nextRule: number,
  nextAt: number,
): void {
  for (const part of ['when', 'clear'] as const) {
    const from = old.plan.rules[oldRule]?.[part]
    const to = next.plan.rules[nextRule]?.[part]
    if (from === undefined || to === undefined || from.memorySize !== to.memorySize) continue
    const source = oldAt + old.memory + from.memoryAt
    holds.memory.copyWithin(nextAt + next.memory + to.memoryAt, source, source + from.memorySize)
  }
}

const missedOf = (rule: { readonly when: Condition }): unknown =>
  [...JSON.stringify(rule.when).matchAll(/"missedDuring":\{[^}]*\}/g)].map(String)

/** Copies a member's place in its group; conditions on members that are new begin as unknown. */
function copyPool(
  state: EngineState,
  row: number,
  old: Shape,
  shape: Shape,
  slot: Slot,
  next: Slot,
  was: Lines,
): void {
  const { rows, instances, holds, groups } = state
  const now = rows.instance(row)
  const group = instances.group[was.instance + slot.instance] ?? -1
  instances.state[now + next.instance] = instances.state[was.instance + slot.instance] ?? 0
  instances.group[now + next.instance] = group
  const counts = groups.get(group)?.counts
  for (const member of shape.slots) {
    if (member.kind !== 'member' || member.plan !== next.plan) continue
    const target = now + member.instance
    const before = old.slots.find(
      (one) => one.kind === 'member' && one.plan.id === next.plan.id && isSameMember(one, member),
    )
    if (counts === undefined) continue
    if (before === undefined) {
      instances.state[target] = 2 << truthShift
      continue
    }
    const source = was.instance + before.instance
    instances.state[target] = instances.state[source] ?? 0
    const bytes = was.memory + before.memory
    holds.memory.copyWithin(
      rows.memory(row) + member.memory,
      bytes,
      bytes + (before.memberWatch?.conditions.memorySize ?? 0),
    )
    // The group counts all its members as unknown since the edit.
    if (slot.plan === next.plan) continue
    count(counts, member.member, 2, -1)
    count(counts, member.member, memberTruth(state, target), 1)
  }
}

const isSameMember = (a: Slot, b: Slot): boolean =>
  isSame(
    a.memberWatch?.condition.leaves.map((leaf) => leaf.condition),
    b.memberWatch?.condition.leaves.map((leaf) => leaf.condition),
  )

/** Judges by the rule sets that were edited, on what came last. */
function judgeEdited(state: EngineState, row: number, old: Shape, shape: Shape): void {
  const { rows, instances } = state
  const time = rows.time(row)
  if (time === -Infinity) return
  for (const slot of shape.slots) {
    const instance = rows.instance(row) + slot.instance
    if (slot.kind !== 'own' || old.slots.some(({ plan }) => plan === slot.plan)) continue
    if (
      !old.slots.some(({ plan }) => plan.id === slot.plan.id) ||
      instances.has(instance, instanceBits.isGone)
    )
      continue
    lookAtRow(state, row, time)
    lookAtSlot(state, row, slot)
    const due = judgeRules(state, row, slot, state.now)
    if (due < Infinity) keepDue(state, row, due)
  }
}

/** Moves a group to its rule set of now. */
function moveGroup(state: EngineState, group: Group, plan: Plan | undefined): void {
  const { rows, instances, holds, windows } = state
  const old = rows.shape[group.row]
  const { ruleSet } = group.plan
  if (old === undefined) return
  if (plan === undefined || !isSame([ruleSet.by, ruleSet.combine], [plan.ruleSet.by, plan.ruleSet.combine])) {
    forgetGroup(state, group, state.now, 'removed')
    return
  }
  const shape = shapeOfGroup(plan, state.generation)
  const isExpected = (plan.ruleSet.expect ?? []).some((tags) => isSameTags(tags, group.tags))
  if (plan === group.plan) {
    rows.shape[group.row] = shape
    return
  }
  const next: Group = {
    ...group,
    plan,
    isExpected,
    // All members are unknown until they are met.
    counts: Float64Array.from({ length: 3 * plan.members.length }, (_, index) =>
      index % 3 === 0 ? 0 : group.members.size,
    ),
    ...keptParts(state, group, plan),
  }
  state.groups.set(group.row, next)
  state.groupOf.set(group.key, next)
  const was = {
    instance: rows.instance(group.row),
    rule: rows.rule(group.row),
    memory: rows.memory(group.row),
  }
  takeLines(state, group.row, shape)
  windows.attach(group.row, shape.needs)
  const [from] = old.slots
  const [to] = shape.slots
  if (from !== undefined && to !== undefined) copyOwn(state, group.row, from, to, was)
  for (let line = was.instance; line < was.instance + old.instances; line += 1) forgetInstance(state, line)
  instances.give(was.instance, old.instances)
  holds.giveRules(was.rule, old.rules)
  holds.giveMemory(was.memory, old.memory)
  judgeEdited(state, group.row, old, shape)
  state.timers.plan(group.row, dueOf(state, group.row))
  if (next.members.size === 0 && !next.isExpected && group.isExpected)
    forgetGroup(state, next, state.now, 'removed')
}

/** The parts of a group that its edited rule set has too, with what they hold. */
function keptParts(state: EngineState, group: Group, plan: Plan): Pick<Group, 'parts' | 'partLast'> {
  const parts = new Int32Array(plan.parts.length).fill(-1)
  const partLast = plan.parts.map((part, index) => {
    const same = group.plan.parts.findIndex(({ select }) => select === part.select)
    const row = group.parts[same] ?? -1
    const last = group.partLast[same]
    if (row < 0 || last === undefined || [...parts].includes(row)) return new Combined()
    parts[index] = row
    state.windows.attach(row, part.needs)
    state.rows.shape[row] = shapeOfPart(part.needs, state.generation)
    return last
  })
  for (const row of group.parts) if (row >= 0 && !parts.includes(row)) freeRow(state, row)
  return { parts, partLast }
}

const isSameTags = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  isSame(Object.entries(a).sort(), Object.entries(b).sort())

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
