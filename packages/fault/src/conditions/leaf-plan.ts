import type { TimeWindow } from '../model/time-window.ts'
import type { Windows } from '../windows/windows.ts'

/** What leaves need of each row that they look at. */
export interface LeafPlan {
  readonly windows: Windows
  /** Windows of the instance's own row, for {@link Windows.attach}; ascending. */
  readonly needs: number[]
  /** Parts of a group that have a row of their own. */
  readonly parts: PartPlan[]
  /** Time windows that samples may miss. */
  readonly missed: TimeWindow[]
  /** Bytes of hysteresis. */
  memorySize: number
}

/** A part of a group. */
interface PartPlan {
  /** The tag query. */
  readonly select: string
  /** Windows of its row. */
  readonly needs: number[]
}
