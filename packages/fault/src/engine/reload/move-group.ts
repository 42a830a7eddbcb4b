import { dueOf } from '../rows/due.ts'
import { forgetGroup } from '../rows/groups.ts'
import { freeRow, takeLines } from '../rows/lines.ts'
import type { Plan } from '../plan/plan.ts'
import { shapeOfGroup, shapeOfPart } from '../plan/shape.ts'
import { Combined } from '../state/combined.ts'
import type { Group } from '../state/group.ts'
import type { EngineState } from '../state/state.ts'
import { copyOwn } from './copy-lines.ts'
import { isSame } from '../plan/is-same.ts'
import { giveBack, judgeEdited, linesOf } from './move-row.ts'

/** Moves a group to its rule set of now. */
export function moveGroup(state: EngineState, group: Group, plan: Plan | undefined): void {
  const { rows, windows } = state
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
  const was = linesOf(state, group.row)
  takeLines(state, group.row, shape)
  windows.attach(group.row, shape.needs)
  const [from] = old.slots
  const [to] = shape.slots
  if (from !== undefined && to !== undefined) copyOwn(state, group.row, from, to, was)
  giveBack(state, old, was)
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
