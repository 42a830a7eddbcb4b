import type { Batch, BatchPosition, Duration, Series } from '@tocsin/core'

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
  /** Length of the windows; one of those of the store. */
  readonly period: Duration
  /** Which value of each window. */
  readonly value: RollupValue
}

/** One series of an answer. */
export interface FetchedSeries {
  /** Whose values they are. */
  readonly series: Series
  /** Start of the first slot, ms since the Unix epoch. */
  readonly start: number
  /** Length of a slot, ms. */
  readonly periodMs: number
  /** One slot per window: `values[i]` is that of the window at `start + i * periodMs`, `null` where there is none. */
  readonly values: readonly (number | string | null)[]
  /**
   * Slots whose value is an estimate, by index: a sample came so late that its place between others was no longer known. Only
   * `rate`, `increase`, `resets` and `changes` can be; absent where none is.
   */
  readonly inexact?: readonly number[]
}

/** Counters since the store was opened, and its present size; live, read it again for new numbers. */
export interface RollupStoreStats {
  /** Samples that were stored. */
  readonly samples: number
  /** Records that were in the store already. */
  readonly skipped: number
  /** Samples that were not taken as they came, and damage that was found. */
  readonly problems: number
  /** Series ever seen. */
  readonly series: number
  /** Windows of one minute that wait in memory for the next flush. */
  readonly dirtyWindows: number
  /** Bytes in the log of batches since the last flush. */
  readonly headBytes: number
  /** Segment files. */
  readonly segments: number
  /** Times that memory was written as segments. */
  readonly flushes: number
  /** Times that segments were put together. */
  readonly merges: number
}

/** Rollups of all series in a folder. */
export interface RollupStore extends AsyncDisposable {
  /** The last journal record that is in the store, durably; `undefined` before the first. */
  readonly position: RollupPosition | undefined
  /** Counters and size. */
  readonly stats: RollupStoreStats
  /**
   * Stores a batch; resolves when it is durable. Records at or below {@link RollupStore.position} are skipped, so a batch
   * that comes again changes nothing. Rejects with `ROLLUP_WRONG_JOURNAL`, `ROLLUP_BAD_BATCH`, `ROLLUP_CLOSED`, or with
   * `ROLLUP_IO` where the disk failed: then the batch can be written again, and must be before later ones are taken. Calls that overlap are done in their order.
   */
  write(batch: RollupBatch): Promise<StoredBatch>
  /**
   * The windows that start before `to` and end after `from`, of the selected series that have any, by key. What is not
   * flushed yet is included. A counter's `rate` and `increase` begin at the last reading before the window, if that is at most
   * one window length, or 5 minutes, older than the window's first. Rejects with `ROLLUP_BAD_QUERY`, `ROLLUP_QUERY_TOO_LARGE`,
   * `ROLLUP_CLOSED` or `ROLLUP_IO`.
   */
  fetch(query: RollupQuery): Promise<readonly FetchedSeries[]>
  /** The series that a tag query selects, all without one; by key. Throws `ROLLUP_BAD_QUERY`. */
  series(select?: string): readonly Series[]
  /** Writes what is in memory as segments. {@link RollupStore.write} does it by itself, by size. */
  flush(): Promise<void>
  /** Flushes and closes. What was written is durable even if this fails. */
  close(): Promise<void>
}
