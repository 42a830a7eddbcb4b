import type { TimeWindow } from '../model/time-window.ts'
import type { Windows } from '../windows/windows.ts'
import type { CompiledCondition } from './condition.ts'

/** What the conditions of a rule set need of each instance. {@link compileCondition} adds to it. */
export interface ConditionPlan {
  readonly windows: Windows
  /** Windows of the instance's own row, for {@link Windows.attach}; ascending. */
  readonly needs: number[]
  /** Parts of a group that have a row of their own. */
  readonly parts: PartPlan[]
  /** Conditions on members, each with the memory, windows and absences of a member. */
  readonly members: MemberPlan[]
  /** Time windows that samples may miss. */
  readonly missed: TimeWindow[]
  /** Bytes of hysteresis. */
  memorySize: number
}

export interface PartPlan {
  /** The tag query. */
  readonly select: string
  /** Windows of its row. */
  readonly needs: number[]
}

export interface MemberPlan {
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
