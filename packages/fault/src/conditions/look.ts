import type { WindowSample } from '../windows/window-sample.ts'
import type { Truth } from './truth.ts'

/** What conditions are tested on: one moment of one instance. One object, reused; the engine sets its fields before each test. */
export interface Look extends WindowSample {
  /** False: no value yet, or its absence has been told. */
  isKnown: boolean
  /** Whether absence has been told, of at least this many ms. */
  isAbsent(ms: number): boolean
  /** Of {@link ConditionPlan.missed}: whether the last such window passed without a sample. */
  missed(index: number): Truth
  /** Hysteresis: the bytes of this instance, {@link ConditionPlan.memorySize} of them from `at`. */
  memory: Uint8Array
  at: number
  /** Of {@link ConditionPlan.parts}: the rows, -1 where a part has had no member yet. Only for groups. */
  parts: ArrayLike<number> | undefined
  /** The last value of a part's row, combined as the rule set says; NaN where nothing is known. */
  lastOf(row: number): number
  /** Of {@link ConditionPlan.members}: true, unknown, and all members, three numbers an entry, from `countsAt`. Only for groups. */
  counts: ArrayLike<number> | undefined
  countsAt: number
}
