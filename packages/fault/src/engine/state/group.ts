import type { Plan } from '../plan/plan.ts'
import { Combined } from './combined.ts'

/** Members whose tags have the same values, judged together. */
export interface Group {
  readonly row: number
  readonly plan: Plan
  /** By plan and values. */
  readonly key: string
  readonly tags: Readonly<Record<string, string>>
  /** Whether the rule set lists it, so that it is there without members. */
  readonly isExpected: boolean
  /** Whether its series has the metric of a member. */
  isNamed: boolean
  /** Restored, with members that were not met again: what it is together is not known until one of them has sent twice. */
  isPartial: boolean
  /** Rows of its members. */
  readonly members: Set<number>
  readonly last: Combined
  /** Of each condition on members: how many it is true and unknown for, and how many there are. */
  readonly counts: Float64Array
  /** Rows of its parts, -1 for none yet. */
  readonly parts: Int32Array
  readonly partLast: readonly Combined[]
}

/** A group that nothing was seen of. */
export function createGroup(
  row: number,
  plan: Plan,
  key: string,
  tags: Readonly<Record<string, string>>,
  isExpected: boolean,
): Group {
  return {
    row,
    plan,
    key,
    tags,
    isExpected,
    isNamed: false,
    isPartial: false,
    members: new Set(),
    last: new Combined(),
    counts: new Float64Array(3 * plan.members.length),
    parts: new Int32Array(plan.parts.length).fill(-1),
    partLast: plan.parts.map(() => new Combined()),
  }
}
