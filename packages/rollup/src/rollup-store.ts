import type { Batch, BatchPosition, Duration, Series } from '@tocsin/core'
import type { Observable } from 'rxjs'

import type { RollupInput } from './engine/reading.ts'
import type { RollupValue } from './engine/value.ts'

/** Where in a journal the store is: the last record whose samples it holds. */
export interface RollupPosition {
  /** Which journal. */
  readonly journalId: string
  /** Sequence number of the record. */
  readonly seq: number
}

/** Consecutive records of a journal; a batch of a subscriber of `@tocsin/journal` fits. */
export interface RollupBatch extends Pick<Batch<RollupInput>, 'values' | 'gaps'> {
  /** `values[i]` has the sequence number `firstSeq + i`; empty where the records are gone. */
  readonly values: readonly RollupInput[]
  /** Where in which journal they are. */
  readonly position: BatchPosition
}

/** What became of a batch that was written: it is durable. */
export interface StoredBatch {
  /** Tells it from what else is emitted. */
  readonly type: 'stored'
  /** The last record up to which the store holds everything, this batch included. */
  readonly position: RollupPosition
  /** Values of the batch that were written now. */
  readonly count: number
  /** Values that were in the store already. Those left over were refused, each as a problem. */
  readonly skipped: number
}

/** What to fetch. */
export interface RollupQuery {
  /** Tag query over the series, such as `'and(__name:cpu.*,host:web-*)'`. */
  readonly select: string
  /** First moment, ms since the Unix epoch; the window that holds it is the first slot. */
  readonly from: number
  /** End, exclusive, ms since the Unix epoch. */
  readonly to: number
  /** Length of the slots: a window of the store, or a multiple of one up to 366 days, aligned to the Unix epoch. */
  readonly period: Duration
  /** Which value of each slot. */
  readonly value: RollupValue
}

/** One series of an answer, as columns: slot `i` is the window at `start + i * periodMs`. */
export interface FetchedSeries {
  /** Whose values they are. */
  readonly series: Series
  /** Start of the first slot, ms since the Unix epoch. */
  readonly start: number
  /** Length of a slot, ms. */
  readonly periodMs: number
  /** The value of each slot; `NaN` where there is none. */
  readonly values: Float64Array
  /** 1 where the slot has a value, 0 where it has none. */
  readonly valid: Uint8Array
  /** `first` and `last` of texts, whose `values` are `NaN`: the text, `null` where there is none. Absent where the series has no texts. */
  readonly texts?: readonly (string | null)[]
  /**
   * 1 where the value may be off: stored windows could not be read, a sample came when those that it belongs to were no longer
   * kept, and may have been counted twice, or lost its place between others. Absent where all values are exact.
   */
  readonly inexact?: Uint8Array
}

/** Windows that cannot be read. */
export interface UnreadableStretch {
  /** The file that is damaged. */
  readonly file: string
  /** Start of the earliest window, ms since the Unix epoch. */
  readonly from: number
  /** End of the latest, exclusive, ms since the Unix epoch. */
  readonly to: number
}

/** How an answer came about. */
export interface FetchExplanation {
  /** Length of the stored windows that were read, ms; the slots are folded from them where it is shorter. */
  readonly periodMs: number
  /** Series that the query selects. */
  readonly series: number
  /** Slots of each. */
  readonly slots: number
  /** Segments that may hold some of it. */
  readonly segments: number
  /** Stored blocks that were read. */
  readonly blocks: number
  /** Blocks of which the head was enough. */
  readonly heads: number
  /** Windows that were read as they are stored. */
  readonly storedWindows: number
  /** Windows that were read from memory. */
  readonly memoryWindows: number
  /** Longer windows that were folded from the shortest ones, since samples came after they were stored, or before they are. */
  readonly foldedWindows: number
  /** Stretches that could not be read; what they hold is missing. */
  readonly unreadable: readonly UnreadableStretch[]
  /** Nothing was unreadable. */
  readonly complete: boolean
}

/** Counters since the store was opened, and its present size; live, read it again for new numbers. */
export interface RollupStoreStats {
  /** Samples that were stored. */
  readonly samples: number
  /** Records that were in the store already. */
  readonly skipped: number
  /** Samples that were not taken as they came, and damage that was found. */
  readonly problems: number
  /** Samples that came again: their series had a value at that moment. */
  readonly duplicates: number
  /** Samples that came after a later one of their series. */
  readonly late: number
  /** Of these, those whose window was no longer in the log, so that it was merged, and flagged where that is not exact. */
  readonly merged: number
  /** Series ever seen. */
  readonly series: number
  /** Bytes of closed windows that wait in memory for the next flush. */
  readonly waitingBytes: number
  /** Bytes of samples in the log. */
  readonly rawBytes: number
  /** Segment files. */
  readonly segments: number
  /** Their bytes. */
  readonly segmentBytes: number
  /** Times that memory was written as a segment. */
  readonly flushes: number
  /** Times that segments were put together. */
  readonly merges: number
  /** Days whose longer windows are stored, with the `windows` of the store. */
  readonly sealedDays: number
  /**
   * Days whose longer windows are still those of the `windows` that the folder had before: they are right, but folded when they are
   * read. Flushes make them anew, a day or a month at a time; of days that cannot be read, they never do.
   */
  readonly daysToMigrate: number
}

/** Rollups of all series in a folder. */
export interface RollupStore extends AsyncDisposable {
  /** The last journal record that is in the store, durably; `undefined` before the first. */
  readonly position: RollupPosition | undefined
  /** Counters and size. */
  readonly stats: RollupStoreStats
  /**
   * Stores a batch; resolves when it is durable. Records at or below {@link RollupStore.position} are skipped, so a batch
   * that comes again changes nothing. Rejects with `ROLLUP_WRONG_JOURNAL`, `ROLLUP_BAD_BATCH`, `ROLLUP_GAP` where records between
   * the position and the batch are missing and not told of, `ROLLUP_CLOSED`, `ROLLUP_LOCKED` where another process took the folder
   * over, or with `ROLLUP_IO` where the disk failed: then the
   * batch can be written again, and must be before later ones are taken. Calls that overlap are done in their order.
   */
  write(batch: RollupBatch): Promise<StoredBatch>
  /**
   * The slots that start before `to` and end after `from`, of the selected series that have any, by key. What is not flushed yet
   * is included. A counter's `rate` and `increase`, and `timeAverage`, begin at the last reading before the slot. Rejects with `ROLLUP_BAD_QUERY`,
   * `ROLLUP_QUERY_TOO_LARGE`, `ROLLUP_CLOSED` or `ROLLUP_IO`. What cannot be read is left out, flagged and a problem.
   */
  fetch(query: RollupQuery): Promise<readonly FetchedSeries[]>
  /**
   * The same answer in pieces of at most 64 series or a million slots, read as they are emitted; of any number of series. Cold.
   * Errors as `fetch` rejects.
   */
  chunks(query: RollupQuery): Observable<readonly FetchedSeries[]>
  /** Reads an answer and tells how: which windows, how many blocks, how complete. */
  explain(query: RollupQuery): Promise<FetchExplanation>
  /** The series that a tag query selects, all without one; by key. Throws `ROLLUP_BAD_QUERY`. */
  series(select?: string): readonly Series[]
  /** Writes closed windows as a segment and tidies segments. {@link RollupStore.write} does it by itself, by size. */
  flush(): Promise<void>
  /**
   * A copy of the whole store as it is now in a new folder of the same disk, by hard links: it takes no room until the store goes
   * on. The copy opens like any store. Rejects with `ROLLUP_BAD_OPTION` where that names no folder, or one with files in it, or with `ROLLUP_IO`.
   */
  snapshot(directory: string): Promise<void>
  /** Flushes and closes. What was written is durable even if this fails. */
  close(): Promise<void>
}
