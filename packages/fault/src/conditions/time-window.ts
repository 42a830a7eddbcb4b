import type { TimeWindow } from '../model/time-window.ts'

/** One stretch of a time window, ms since the Unix epoch: `begin` is in it, `end` is not. */
export interface Stretch {
  readonly begin: number
  readonly end: number
}

/** A time window, ready to be asked. */
export interface Occurrences {
  /** The stretch that a moment is in, or else the next one; `undefined` after the last. */
  at(time: number): Stretch | undefined
  /** Whether a moment is in it. */
  isIn(time: number): boolean
  /** The next moment after `time` at which it begins or ends; Infinity after the last. */
  nextChange(time: number): number
}

/** Prepares a window. It must be one that the shape of time windows takes. */
export declare function occurrencesOf(window: TimeWindow): Occurrences
