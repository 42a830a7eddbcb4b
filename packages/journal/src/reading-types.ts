import type { Batch, BatchPosition } from '@tocsin/core'
import type { Observable } from 'rxjs'

/**
 * Why records are missing: damaged on disk, in a segment file that is not there, removed to make room, or given numbers and
 * never durable.
 */
export type GapReason = 'corrupt' | 'missing-segment' | 'evicted' | 'lost'

/** Records that cannot be delivered any more. */
export interface Gap {
  /** First missing sequence number. */
  readonly fromSeq: number
  /** Last missing sequence number. */
  readonly toSeq: number
  /** Why they are missing. */
  readonly reason: GapReason
}

/** Consecutive records of a journal. */
export interface JournalBatch<T> extends Batch<T> {
  /**
   * The records: `values[i]` has the sequence number `position.firstSeq + i`. Empty where the batch only tells of gaps.
   */
  readonly values: readonly T[]
  /** Where they stand; a journal's id with `lastSeq` and `checksum` is what a sink can keep beside its own data. */
  readonly position: BatchPosition
  /** What is missing right before `values`, mostly nothing. */
  readonly gaps: readonly Gap[]
  /**
   * Says that everything up to `position.lastSeq` is dealt with, and lets the next batch come. Harmless when repeated, late, or
   * after the journal was closed.
   */
  ack(): void
}

/** How far a follower or a sink has come in a journal. */
export interface Position {
  /** `Journal.id`. */
  readonly journalId: string
  /** Sequence number of the last record that was dealt with, or is known to be missing; 0 before the first. */
  readonly seq: number
  /**
   * Checksum of the journal's history up to the end of the frame that it stands on, by which a journal that was restored or copied
   * and went on by itself is known. Absent or 0: not known, then only the number is compared.
   */
  readonly checksum?: number | undefined
}

/** How many records are handed out. */
export interface BatchesOptions {
  /** Most records in one batch. @defaultValue 1000 */
  readonly maxRecords?: number | undefined
  /** Most batches that are handed out and not acknowledged. @defaultValue 4 */
  readonly maxInFlight?: number | undefined
  /**
   * Goes on behind this place of the follower, whatever the cursor says: what lies before it counts as acknowledged, and where
   * the cursor is ahead of it, records come again as far as they are kept, else a gap of reason `'evicted'`. The stream errs with
   * `JOURNAL_DIVERGED` where the place was noted in another history of this journal or is above the newest record, with
   * `JOURNAL_POSITION` where it is of another journal. @defaultValue the acknowledged position
   */
  readonly after?: Position | undefined
}

/**
 * Where reading begins: at the oldest record that is kept, at a sequence number, or at the first frame that was written at
 * that time (ms since the Unix epoch, by the writer's clock) or later.
 */
export type ReadPosition =
  | 'oldest'
  | {
      /** Sequence number of the first record that is wanted: 1, 2, 3 … */
      readonly seq: number
    }
  | {
      /** When the first record that is wanted was written at the earliest, ms since the Unix epoch. */
      readonly time: number
    }

/** Where reading ends: right before it. */
export type ReadEnd =
  | {
      /** Sequence number of the first record that is not wanted. */
      readonly seq: number
    }
  | {
      /** The first frame that was written at that time or later, ms since the Unix epoch by the writer's clock, is not wanted. */
      readonly time: number
    }

/** How records are read without a cursor. */
export interface ReadFromOptions {
  /** Most records in one batch. @defaultValue 1000 */
  readonly maxRecords?: number | undefined
  /** Most batches that are handed out and not acknowledged. @defaultValue none: it does not wait for `ack()` */
  readonly maxInFlight?: number | undefined
  /** Where it ends, exclusive. @defaultValue behind what was durable when it was subscribed; with `follow` nowhere */
  readonly until?: ReadEnd | undefined
  /** Goes on with what is appended later, up to `until`, instead of completing at what was durable. @defaultValue false */
  readonly follow?: boolean | undefined
}

/** How many frames are handed out. */
export interface FramesOptions {
  /** Most frames that are handed out and not acknowledged. @defaultValue 4 */
  readonly maxInFlight?: number | undefined
  /** Bytes of frames that are handed out and not acknowledged from which on no other follows. @defaultValue 8 MiB */
  readonly maxInFlightBytes?: number | undefined
  /**
   * Consecutive frames that are in memory come as one, back to back in its `bytes`, up to so many bytes; a larger frame comes by itself.
   * Small ones take much less time so. At most 1 MiB. @defaultValue 0: each by itself
   */
  readonly runBytes?: number | undefined
  /**
   * Goes on behind this place of the follower, whatever the cursor says: what lies before it counts as acknowledged, and where
   * the cursor is ahead of it, records come again as far as they are kept, else a gap of reason `'evicted'`. The stream errs with
   * `JOURNAL_DIVERGED` where the place was noted in another history of this journal or is above the newest record, with
   * `JOURNAL_POSITION` where it is of another journal. @defaultValue the acknowledged position
   */
  readonly after?: Position | undefined
}

/**
 * A whole frame of records as it stands on disk, for the network: its checksums go with it to the other end. With `runBytes` it may be
 * several consecutive ones.
 */
export interface JournalFrame {
  /** `Journal.id`. */
  readonly journalId: string
  /** Sequence number of the first record that is new; without records, of the first missing one. */
  readonly firstSeq: number
  /** Sequence number of the last record; without records, of the last missing one. */
  readonly lastSeq: number
  /** Records in it; 0 where this only tells of gaps. */
  readonly count: number
  /** How many of them, at its start, come before `firstSeq` and were dealt with already. */
  readonly skip: number
  /** When the first was written, ms since the Unix epoch, by the writer's clock; 0 without records. */
  readonly time: number
  /** Newest durable sequence number of the journal when it was read. */
  readonly headSeq: number
  /** What is missing before its records, mostly nothing. */
  readonly gaps: readonly Gap[]
  /** Name of the codec that its records are encoded with. */
  readonly codec: string
  /**
   * The frame, header first, for `openFrame` or `openFrames`; empty without records. Does not change later, and must not be changed: other subscribers
   * may have the same memory.
   */
  readonly bytes: Uint8Array
  /**
   * Rejects with `JOURNAL_DIVERGED` where the journal that the frame was read from has another history than that in which the
   * position was noted, as far as what is kept tells. Absent where nobody can tell here, as behind a network.
   */
  readonly verify?: (position: Position) => Promise<void>
  /** Says that everything up to `lastSeq` is dealt with, as in {@link JournalBatch}. */
  ack(): void
}

/**
 * A place for a subscriber: before the oldest record that is kept, behind the newest durable one, before the record with that
 * sequence number, before the first one that was written at that time (ms since the Unix epoch, by the writer's clock; where
 * that clock was set back, any place that fits), or where another subscriber is.
 */
export type SubscriberPosition =
  | ReadPosition
  | 'newest'
  | {
      /** Name of the other subscriber. */
      readonly copyOf: string
    }

/** A named reader whose position survives restarts, unless it is transient. */
export interface JournalSubscriber<T> extends AsyncIterable<JournalBatch<T>> {
  /** Its name. */
  readonly name: string
  /** {@link Journal.id}. */
  readonly journalId: string
  /** Everything up to here was acknowledged; 0 before the first record. */
  readonly ackedSeq: number
  /** Newest durable sequence number of the journal. */
  readonly headSeq: number
  /**
   * Emits: the records behind the acknowledged position, in order, each only once it is durable; waits for an `ack()` while
   * `maxInFlight` batches are out. Subscribing again starts at the acknowledged position; what a late `ack()` of an earlier
   * batch covers meanwhile is passed over.
   * Completes: when the journal is closed or the subscriber removed.
   * Errors: `JOURNAL_IO` where the disk cannot be read; `JOURNAL_SUBSCRIBER_BUSY` while another subscription of the same
   * name is active, since each would acknowledge what the other has not dealt with; with `after` `JOURNAL_DIVERGED` and
   * `JOURNAL_POSITION`, nothing acknowledged.
   * Memory: `maxInFlight` batches and one frame, however far behind it is; while it has everything, what `tailBytes` allows for all
   * subscribers together, and no file of its own.
   * Time: none; a commit or an `ack()` wakes it.
   */
  batches(options?: BatchesOptions): Observable<JournalBatch<T>>
  /**
   * {@link JournalSubscriber.batches} for the network and for `intoJournal`: whole frames, neither decoded nor encoded anew.
   * Memory: `maxInFlight` frames, of `maxInFlightBytes` and one frame at most, and one window of 64 KiB to 1 MiB; a frame that is
   * kept keeps its window.
   */
  frames(options?: FramesOptions): Observable<JournalFrame>
  /** `batches()` for `for await`; a loop body that is done with a batch calls its `ack()`. Leaving the loop unsubscribes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<JournalBatch<T>, undefined, undefined>
  /**
   * Goes to a position, forward or back: the next record is the first one there. What is not kept any more comes as a gap of
   * reason `'evicted'`. Resolves when the position is durable; an active subscription goes on from there, and what it handed
   * out before cannot be acknowledged any more. Rejects with `JOURNAL_BAD_OPTION` for a number that is above the next record
   * or an unknown name, `JOURNAL_IO` where the position cannot be saved (it stays what it was) and `JOURNAL_CLOSED`.
   */
  seek(position: SubscriberPosition): Promise<void>
}

/** How far a subscriber is. */
export interface SubscriberStatus {
  /** Its name. */
  readonly name: string
  /** Everything up to here was acknowledged. */
  readonly ackedSeq: number
  /** Records behind the newest durable one. */
  readonly lagRecords: number
  /** About how many bytes on disk those are. */
  readonly lagBytes: number
  /** About the age of the oldest of them in ms, by the journal's clock; 0 without any. */
  readonly lagMs: number
  /** It ends with the journal. */
  readonly transient: boolean
  /** Somebody reads it here and now. */
  readonly active: boolean
}

/** Where a new subscriber begins. */
export interface SubscriberOptions {
  /** Where it begins; ignored where the name has a cursor. @defaultValue 'oldest' */
  readonly from?: SubscriberPosition | undefined
  /**
   * Without a file: it holds what it has not read while the journal is open, and is gone when that is closed or its process
   * ends. A name is either transient or not. @defaultValue false
   */
  readonly transient?: boolean | undefined
  /**
   * Records that it may be behind. What lies farther back may be removed unread, by whole segments and when one is begun; it gets
   * a gap in its place. Like the other limits not kept on disk: give it each time the journal is opened. @defaultValue no limit
   */
  readonly maxLagRecords?: number | undefined
  /** Bytes that it may be behind. @defaultValue no limit */
  readonly maxLagBytes?: number | undefined
  /** Age of what it has not read, ms by the journal's clock. @defaultValue no limit */
  readonly maxLagMs?: number | undefined
}
