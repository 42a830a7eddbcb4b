import type { WindowNeed } from './window-need.ts'
import type { WindowSample } from './window-sample.ts'

/** How windows are kept. */
export interface WindowsOptions {
  /** Panes of each window, 1 to 255. @defaultValue 12 */
  readonly panes?: number
  /** A window began anew three times in a row, at a sample later than its length after the one before, and was never filled to its `minFill`. Once for each. */
  readonly neverFills?: (row: number, durationMs: number, periodMs: number) => void
}

/** What a window gives at a moment; NaN where that is unknown. */
export type WindowReader = (row: number, time: number) => number

/** The windows of all rows. */
export interface Windows {
  readonly panes: number
  /** The number of a need; equal needs have the same. `minFillMs`: what must be filled for it to be known, for `neverFills`. */
  need(need: WindowNeed, minFillMs?: number): number
  /** Gives a row these windows. Those that it had already keep what they hold, others go. */
  attach(row: number, needs: readonly number[]): void
  /** The row has no windows any more. */
  free(row: number): void
  /** Takes a sample into all windows of its row. One older than a window is left out. */
  add(sample: WindowSample): void
  /** Takes out one that was added, before what corrects it is added. */
  remove(sample: WindowSample): void
  /** What windows hold is not all that there was: readers say unknown until each has been filled for its whole length. */
  distrust(row: number): void
  /** How much of a window is covered by samples at a moment, ms; 0 where it has none. */
  filledMs(row: number, need: number, time: number): number
  /** Samples in a window at a moment. */
  count(row: number, need: number, time: number): number
  /** What the windows of a row hold, for a snapshot; `undefined` where it has none. */
  save(row: number): Uint8Array | undefined
  /** Puts back what {@link save} gave, into a row with the same needs; false where it does not fit. */
  load(row: number, bytes: Uint8Array): boolean
  /** Bytes in typed arrays. */
  readonly bytes: number
}
