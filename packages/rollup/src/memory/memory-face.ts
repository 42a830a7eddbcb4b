import type { CounterWrap, Rollup, SameTime } from '../engine/rollups.ts'
import type { FlushState } from './flush-state.ts'
import type { LogPlace } from '../log/log-place.ts'
import type { ReadingLog } from '../log/reading-log.ts'
import type { ReplaySink } from '../log/reading-sink.ts'
import type { RowKind } from '../rows/row-columns.ts'
import type { RowTable } from '../rows/row-table.ts'

/** What a memory needs to know. */
export interface MemoryOptions {
  /** Length of the shortest window, ms. */
  readonly periodMs: number
  /** Which of several values of a series at one millisecond counts. */
  readonly sameTime: SameTime
  /** What a counter that falls has passed. */
  readonly counterWrap: CounterWrap
  /** Whether windows of gauges keep how long each value held. @defaultValue false */
  readonly timeAverage?: boolean | undefined
  /** What the newest flush said of itself; absent where there was none. */
  readonly resume?: Pick<FlushState, 'closedTo' | 'flushedTo'>
  /**
   * Series with lower numbers may have windows in segments. @defaultValue all where there was a flush, or else none. Too many are
   * never wrong: what comes late for them is looked for in the log.
   */
  readonly knownSeries?: number
}

/** A table for each kind. */
export type RowTables = Readonly<Record<RowKind, RowTable>>

/**
 * Readings of a window that was stored, when the log no longer has all of its readings: they are merged with what is stored. That is
 * exact for events of numbers and for what lies before or after all that is stored; the rest is flagged `inexact`.
 */
export interface WindowPatch {
  readonly series: number
  /** Start of the window, ms. */
  readonly start: number
  /** Both together, where `undefined` is a window that is not stored. Pure; as often as you like. */
  mergeWith(stored: Rollup | undefined): Rollup
}

/** What memory counted since it was made; live. */
export interface MemoryCounters {
  /** Readings that came after a later one of their series, or after the flush that closed their window. */
  readonly late: number
  /** Readings left out, since their series had a value at that moment; counted when their window is computed. */
  readonly duplicates: number
  /** Readings merged with a stored window, since the log no longer has all of it; counted when flushed. */
  readonly merged: number
  /** Of the windows merged so, those that are inexact; counted when flushed. */
  readonly inexact: number
  /** Readings left out, since their window has an earlier reading of another kind; counted when flushed. */
  readonly kindChanged: number
}

/** What a flush writes: all windows that were due. It does not change, but for being prepared, and reads see it until released. */
export interface FrozenMemory extends Omit<FlushState, 'position'> {
  /**
   * Closes the windows that are due, a bounded number at a time, with a `pause` whenever others should run, and takes from the log what came out of order. Rejects as the
   * log does; may then be called again. Everything below needs it.
   */
  prepare(log: ReadingLog, pause: () => Promise<void>): Promise<void>
  /** Windows that must be merged with what is stored before {@link rows}, by series and start. */
  readonly patches: readonly WindowPatch[]
  /** Merges a patch with what is stored: it becomes a row, inexact where it is not known what is stored. */
  resolve(patch: WindowPatch, stored: Rollup | undefined, isKnown: boolean): void
  /** The rows of a kind by series and start, as tables of whole series of about `most` rows; a table is filled anew for the next. */
  rows(kind: RowKind, most: number): Generator<RowTable>
  /** Whole rows in all, about. */
  readonly length: number
}

/**
 * The windows that are not in segments: open ones as sums, closed ones as rows, and those that samples came late for. Feed it
 * each record of the log once, in order: `record`, then its readings. Whatever the order in which they come, the splits into records, the
 * flushes and the restarts: a window is the fold of the set of its readings, as long as the log has them.
 *
 * A window has one kind, that of its earliest reading; at one moment numbers come before counters and these before texts. Readings of
 * other kinds are left out and counted.
 */
export interface RollupMemory extends ReplaySink {
  /** Newest event time of any reading, ms; `-Infinity` before the first. */
  readonly newest: number
  /** Bytes of what waits for the next flush, about. */
  readonly bytes: number
  /** Series that it has seen. */
  readonly series: number
  /** Windows of which the log must be asked before they can be read or flushed. */
  readonly pending: number
  readonly counters: MemoryCounters
  /**
   * Takes from the log the readings of all windows that are pending, or of those that are wanted, in one scan. Readings may come meanwhile. Until then `rowsOf` gives
   * such windows as they were before the late reading. Rejects as the log does; may then be called again.
   */
  settle(log: ReadingLog, wanted?: (series: number, start: number) => boolean): Promise<void>
  /**
   * Begins a flush of all windows that end at or before `closeTo`, but not behind the window of the newest reading. `end` is where the next
   * record of the log will be: every record before it was fed. Throws while another flush is not released.
   */
  freeze(closeTo: number, end: LogPlace): FrozenMemory
  /** What was frozen is durable in a segment that reads see. */
  release(): void
  /**
   * Adds the windows of a series that start at `from <= start < to` to the tables, by start; what is there replaces what is stored. Gives
   * patches for windows of which only a part is in memory: they are to be merged with what is stored.
   */
  rowsOf(series: number, from: number, to: number, tables: RowTables): readonly WindowPatch[]
}
