import { count, memberTruth } from '../judging/judge.ts'
import type { Shape, Slot } from '../plan/shape.ts'
import { truthShift } from '../state/instances.ts'
import type { EngineState } from '../state/state.ts'
import { editOf } from '../plan/edit.ts'
import { isSame } from '../plan/is-same.ts'

/** Where the lines of a row begin. */
export interface Lines {
  readonly instance: number
  readonly rule: number
  readonly memory: number
}

/** Copies what an instance knows to its new lines; of rules that were edited, what is alike. */
export function copyOwn(state: EngineState, row: number, old: Slot, next: Slot, was: Lines): void {
  const { rows, instances, holds, episodes, missed } = state
  const from = was.instance + old.instance
  const to = rows.instance(row) + next.instance
  const told = old.watch.absences[(instances.absent[from] ?? 0) - 1] ?? 0
  instances.eventTime.set(to, instances.eventTime.get(from))
  instances.state[to] = instances.state[from] ?? 0
  instances.absent[to] = next.watch.absences.filter((ms) => ms <= told).length
  const { ruleOf, keepsMissed } = editOf(state.edits, old.plan, next.plan)
  for (const [newIndex, oldIndex] of ruleOf) {
    const source = was.rule + old.rule + oldIndex
    const target = rows.rule(row) + next.rule + newIndex
    holds.packed[target] = holds.packed[source] ?? 0
    holds.since.set(target, holds.since.get(source))
    copyMemory(state, old, oldIndex, was.memory, next, newIndex, rows.memory(row))
  }
  if (keepsMissed) {
    const windows = missed.get(from)
    if (windows !== undefined) missed.set(to, windows)
  }
  const episode = episodes.get(from)
  if (episode === undefined) return
  episode.rule = [...ruleOf].find(([, index]) => index === episode.rule)?.[0] ?? -1
  episodes.delete(from)
  episodes.set(to, episode)
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

/** Copies a member's place in its group; conditions on members that are new begin as unknown. */
export function copyPool(
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
  const group = instances.group.get(was.instance + slot.instance)
  instances.state[now + next.instance] = instances.state[was.instance + slot.instance] ?? 0
  instances.group.set(now + next.instance, group)
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
