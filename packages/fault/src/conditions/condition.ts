import { parseDuration } from '@tocsin/core'

import type { Condition } from '../model/rule-set.ts'
import type { Windows } from '../windows/windows.ts'
import { absentLeaf, compareLeaf, type Leaf, missedLeaf } from './leaf.ts'
import type { LeafPlan } from './leaf-plan.ts'
import type { Look } from './look.ts'
import { leafNode, listNode, type Node, notNode, someNode } from './tree.ts'
import { atLeast, neededOf, type Truth } from './truth.ts'

export type { Leaf } from './leaf.ts'

/** What the conditions of a rule set need of each instance. {@link compileCondition} adds to it. */
export interface ConditionPlan extends LeafPlan {
  /** Conditions on members, each with the memory, windows and absences of a member. */
  readonly members: MemberPlan[]
}

interface MemberPlan {
  readonly condition: CompiledCondition
  /** `needs`, `missed` and `memorySize` of each member. */
  readonly plan: ConditionPlan
}

/** A plan that needs nothing yet. */
export const createConditionPlan = (windows: Windows): ConditionPlan => ({
  windows,
  needs: [],
  parts: [],
  members: [],
  missed: [],
  memorySize: 0,
})

/** A condition ready to be tested. */
export interface CompiledCondition {
  /** In the order in which they were written; without those of members. */
  readonly leaves: readonly Leaf[]
  /** Where its bytes of hysteresis begin among those of the plan, and how many they are. */
  readonly memoryAt: number
  readonly memorySize: number
  /** Of its `absentFor`, ms, ascending, each once. */
  readonly absences: readonly number[]
  /** Its time windows, as indices into {@link ConditionPlan.missed}. */
  readonly missed: readonly number[]
  /** Its conditions on members, as indices into {@link ConditionPlan.members}. */
  readonly members: readonly number[]
  /** Whether it is so. To be called for each sample that is judged, since hysteresis remembers. */
  readonly test: (look: Look) => Truth
  /** Whether it is so; remembers nothing. */
  readonly peek: (look: Look) => Truth
  /** The leaf because of which it is what it is now: the first that is true, false, or unknown itself. */
  readonly decisive: (look: Look) => Leaf
}

/** Compiles a condition once, and adds what it needs to the plan. It must be one that the shape of conditions takes. */
export function compileCondition(condition: Condition, plan: ConditionPlan): CompiledCondition {
  const [memoryAt, missedAt, membersAt] = [plan.memorySize, plan.missed.length, plan.members.length]
  const leaves: Leaf[] = []
  const absences = new Set<number>()
  const add = (leaf: Leaf, remembers = false): Node => {
    leaves.push(leaf)
    return leafNode(leaf, remembers)
  }
  const compile = (of: Condition): Node => {
    if (of.all !== undefined) return listNode(of.all.map(compile), 0)
    if (of.any !== undefined) return listNode(of.any.map(compile), 1)
    if (of.not !== undefined) return notNode(compile(of.not))
    if (of.members !== undefined) return add(membersLeaf(of, of.some, of.members, plan))
    if (of.some !== undefined) return someNode(of.of.map(compile), needed(of.some, of.of.length))
    if (of.missedDuring !== undefined) return add(missedLeaf(of, of.missedDuring, plan))
    if (of.absentFor !== undefined) {
      const ms = parseDuration(of.absentFor) ?? NaN
      absences.add(ms)
      return add(absentLeaf(of, ms))
    }
    const size = plan.memorySize
    return add(compareLeaf(of, plan), plan.memorySize > size)
  }
  const { test, peek, decisive } = compile(condition)
  return {
    ...{ leaves, test, peek, decisive, memoryAt },
    memorySize: plan.memorySize - memoryAt,
    absences: [...absences].sort((a, b) => a - b),
    missed: numbersFrom(missedAt, plan.missed.length),
    members: numbersFrom(membersAt, plan.members.length),
  }
}

const numbersFrom = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

type Amount = number | `${number}%`

const needed = (some: Amount, all: number): number =>
  typeof some === 'number' ? some : neededOf(Number(some.slice(0, -1)), all)

function membersLeaf(
  condition: Condition,
  some: Amount,
  of: Condition,
  { windows, members }: ConditionPlan,
): Leaf {
  const plan = createConditionPlan(windows)
  const at = 3 * (members.push({ condition: compileCondition(of, plan), plan }) - 1)
  const count = ({ counts, countsAt }: Look, which: number): number => counts?.[countsAt + at + which] ?? 0
  const test = (look: Look): Truth => {
    const all = count(look, 2)
    return all === 0 ? 2 : atLeast(needed(some, all), count(look, 0), count(look, 1))
  }
  return {
    ...{ condition, reason: 'some', term: undefined, durationMs: undefined, need: undefined, minFillMs: 0 },
    ...{
      test,
      peek: test,
      value: (look) => count(look, 0),
      threshold: (look) => needed(some, count(look, 2)),
    },
  }
}
