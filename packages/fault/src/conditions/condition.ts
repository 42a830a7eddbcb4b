import type { Condition, Term } from '../model/rule-set.ts'
import type { ConditionPlan } from './condition-plan.ts'
import type { Look } from './look.ts'
import type { Truth } from './truth.ts'

/** The kind of a leaf: the key of its comparison, or what else it asks. */
export type LeafReason =
  | 'above'
  | 'below'
  | 'atLeast'
  | 'atMost'
  | 'equals'
  | 'notEquals'
  | 'matches'
  | 'notMatches'
  | 'contains'
  | 'notContains'
  | 'changed'
  | 'absent'
  | 'missed'
  | 'some'

/** A part of a condition without parts. */
export interface Leaf {
  /** As it was written. */
  readonly condition: Condition
  readonly reason: LeafReason
  /** What is compared; none for `absent`, `missed` and `some`. */
  readonly term: Term | undefined
  /** The window of the term, ms; none for the last value and for numbers of samples. */
  readonly durationMs: number | undefined
  /** The number of its window, for {@link Windows.filledMs} and {@link Windows.count}; none without a window, and for a ratio. */
  readonly need: number | undefined
  /** Of its window, what must be covered, ms. */
  readonly minFillMs: number
  /** Whether it is so; remembers what hysteresis needs. */
  test(look: Look): Truth
  /** Whether it is so; remembers nothing. */
  peek(look: Look): Truth
  /** What is compared: of `some`, how many members are such; `undefined` where it is unknown. */
  value(look: Look): number | string | undefined
  /** What it is compared with: the limit in force, which is `until` where that keeps it true; of `some`, how many are needed; of `absent`, ms. */
  threshold(look: Look): number | string | undefined
}

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
  test(look: Look): Truth
  /** Whether it is so; remembers nothing. */
  peek(look: Look): Truth
  /** The leaf because of which it is what it is now: the first that is true, false, or unknown itself. */
  decisive(look: Look): Leaf
}

/** Compiles a condition once, and adds what it needs to the plan. It must be one that the shape of conditions takes. */
export declare function compileCondition(condition: Condition, plan: ConditionPlan): CompiledCondition
