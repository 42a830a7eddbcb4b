import type { FaultEvent } from '../model/fault-event.ts'
import type { FaultInput } from '../model/fault-input.ts'
import type { Trouble } from '../model/fault-problem.ts'

/** What an input brought about. */
export interface FaultOutput<S extends FaultInput = FaultInput> {
  /** What happened, in order; a silence that was due comes before what the sample itself brought about. */
  readonly events: readonly FaultEvent<S>[]
  /** What was wrong with samples: the first of a run at once, the rest as one number when a good sample ends it. */
  readonly problems: readonly Trouble[]
}

/** Samples in columns that are judged as far as nothing else is due. */
export interface FaultColumns<S extends FaultInput = FaultInput> {
  /** When the next sample is, ms since the Unix epoch; `Infinity` where all were judged. */
  next(): number
  /**
   * Judges the samples up to `until`, each as delivered at its time, or at `now` where that is later: the same as a `batch` for each moment.
   * Ends before the first that comes after something due; `time` is that of the last one that was judged. To be called when what was due by
   * `next()` is told.
   */
  take(now: number, until: number): FaultColumnsOutput<S>
}

/** What came of columns, as far as they were judged. */
export interface FaultColumnsOutput<S extends FaultInput = FaultInput> extends FaultOutput<S> {
  /** Time of the last sample that was judged, ms since the Unix epoch. */
  readonly time: number
}
