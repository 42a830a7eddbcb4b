import type { LogPlace } from '../log/log-place.ts'
import type { RollupPosition } from '../rollup-store.ts'

/** What a flush says of itself in the trailer of its segment: from there on the log is read again. */
export interface FlushState {
  /** Last journal record of which everything is in segments, or in the log from `replayFrom` on. */
  readonly position: RollupPosition | null
  /** First record of the log that holds a reading of a window which the flush left open. */
  readonly replayFrom: LogPlace
  /** First record of the log that the flush had not seen; those before it count only for windows that end after `closedTo`. */
  readonly flushedTo: LogPlace
  /** Windows that end at or before are in segments, ms since the Unix epoch. */
  readonly closedTo: number
  /** Newest event time that any series had, ms since the Unix epoch. */
  readonly newest: number
}
