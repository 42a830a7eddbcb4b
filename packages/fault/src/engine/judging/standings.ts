import type { Leaf } from '../../conditions/condition.ts'
import type { Look } from '../../conditions/look.ts'
import type { Cause } from '../../model/fault-event.ts'
import type { Condition } from '../../model/rule-set.ts'
import type { MemberWatch } from '../plan/plan.ts'

/** The parts of a condition that have none themselves, each with whether it stands below an odd number of `not`. */
export type Standings = ReadonlyMap<Condition, boolean>

/** Finds where the parts of a condition stand. */
export function standings(
  condition: Condition | undefined,
  isNegated = false,
  found: Map<Condition, boolean> = new Map(),
): Standings {
  if (condition === undefined) return found
  const list =
    condition.all ??
    condition.any ??
    (condition.members === undefined && condition.some !== undefined ? condition.of : undefined)
  if (list !== undefined) for (const one of list) standings(one, isNegated, found)
  else if (condition.not !== undefined) standings(condition.not, !isNegated, found)
  else found.set(condition, isNegated)
  return found
}

/** The part by which the fault was told, where it is not so any more. */
export function saidLeaf(
  leaves: readonly Leaf[],
  said: Condition | undefined,
  look: Look,
  parts: Standings,
): Leaf | undefined {
  if (said === undefined || leaves.length < 2) return undefined
  const text = JSON.stringify(said)
  const leaf = leaves.find(({ condition }) => JSON.stringify(condition) === text)
  return leaf?.peek(look) === (leaf !== undefined && parts.get(leaf.condition) === true ? 1 : 0)
    ? leaf
    : undefined
}

/** Of a value by itself; else what follows from the whole condition. */
export function isTrue(leaf: Leaf, look: Look, whole: boolean, parts: Standings): boolean {
  const peeked = leaf.term === undefined || leaf.reason === 'changed' ? 2 : leaf.peek(look)
  return peeked === 2 ? whole !== (parts.get(leaf.condition) ?? false) : peeked === 1
}

/** How many of the other parts are as they must be for the whole to be true. */
export function moreOf(
  leaves: readonly Leaf[],
  decisive: Leaf,
  look: Look,
  parts: Standings,
): Pick<Cause, 'more'> {
  if (leaves.length < 2) return {}
  const isSo = (leaf: Leaf): boolean => leaf.peek(look) === (parts.get(leaf.condition) === true ? 0 : 1)
  const more = leaves.filter((leaf) => leaf !== decisive && isSo(leaf)).length
  return more === 0 ? {} : { more }
}

/** How many members a condition on members asks. */
export function allOf(look: Look, members: readonly MemberWatch[], of: Condition): Pick<Cause, 'all'> {
  const parts = standings(of)
  const index = members.findIndex(({ condition }) =>
    condition.leaves.some((leaf) => parts.has(leaf.condition)),
  )
  const all = look.counts?.[look.countsAt + 3 * index + 2]
  return all === undefined ? {} : { all }
}
