import type { RollupPosition } from '../rollup-store.ts'
import type { LogPlace } from './log-place.ts'
import type { ReadingSink } from './reading-sink.ts'

/** A record of the log: one batch. */
export interface LogRecord {
  /** Where it is. */
  readonly place: LogPlace
  /** The last record of the journal that it holds; `null` where the batch had no position. */
  readonly position: RollupPosition | null
  /** When it was written, ms since the Unix epoch, by the clock of the store. */
  readonly arrival: number
}

/** Takes what is replayed. */
export interface ReplaySink extends ReadingSink {
  /** Begins a record; its names, then its readings follow. */
  record(record: LogRecord): void
  /** A series that got this number. */
  name(series: number, key: string): void
}

/** What memory needs of the log: all readings of some time again. */
export interface ReadingLog {
  /**
   * Every window of the shortest length that starts here or later has all its readings in the log; `-Infinity` where nothing was ever
   * removed, `Infinity` where nobody can tell. May rise while the log is scanned, when damage is met: look after the scan as well.
   */
  readonly completeFrom: number
  /** The readings with `from <= time < to`, in order of arrival, those of the writes that resolved before the call. Yields every few ms. */
  scan(from: number, to: number, sink: ReadingSink): Promise<void>
}
