import type { Plan } from './plan.ts'
import type { Selection } from './selection.ts'
import type { Shape, Slot } from './shape.ts'

/** What a reload changed of which rule sets select a series. */
export interface Reselection {
  /** By id: rule sets that select the same as before. */
  readonly kept: ReadonlyMap<string, Plan>
  /** Their places in the order of all. */
  readonly places: ReadonlyMap<Plan, number>
  /** The others: those that are new, and those that select something else; none where there are none. */
  readonly others: Selection | undefined
}

/** What becomes of the rows of one layout: found out once for all of them. */
export interface Transition {
  readonly shape: Shape
  /** Whether their lines stay where they are. */
  readonly isInPlace: boolean
  /** Then: what is another rule set than before. */
  readonly edited: readonly Slot[]
  /** Then: whether its absences are as they were. */
  readonly keepsAbsences: boolean
  /** Then: whether nothing of it is due earlier than before, but what judging it brings. */
  readonly keepsDue: boolean
}
