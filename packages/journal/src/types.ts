import type { Batch } from '@tocsin/core'
import type { Observable, OperatorFunction } from 'rxjs'

import type {
  JournalBatch,
  JournalFrame,
  ReadFromOptions,
  Position,
  ReadPosition,
  JournalSubscriber,
  SubscriberOptions,
  SubscriberStatus,
} from './reading-types.ts'
import type {
  JournalHealth,
  JournalProblem,
  JournalSnapshot,
  JournalStats,
  RecoveryReport,
  StatsOptions,
} from './status-types.ts'

/** Where records ended up. */
export interface Written {
  /** Sequence number of the first record of the call. */
  readonly firstSeq: number
  /** Sequence number of the last record of the call. */
  readonly lastSeq: number
}

/**
 * When an append resolves. `'commit'`: when its record would survive a power cut. `'interval'`: when the operating system has
 * it, which survives the end of the process; it is synced soon after. `'os'`: the same, and it is synced when its segment is
 * full, on `flush()` and on `close()`. Subscribers get records when they are durable, in each of them.
 */
export type Durability = 'commit' | 'interval' | 'os'

/** How one append is kept. */
export interface AppendOptions {
  /** @defaultValue the journal's `durability` */
  readonly durability?: Durability | undefined
}

/** A frame of another journal, as it goes into this one. */
export type CopiedFrame = Pick<
  JournalFrame,
  'journalId' | 'firstSeq' | 'lastSeq' | 'headSeq' | 'gaps' | 'codec' | 'bytes'
>

/** How a frame of another journal is taken over. */
export interface AppendFrameOptions {
  /**
   * Goes on where records between what is here and the frame never came and no gap tells of them, instead of rejecting with
   * `JOURNAL_POSITION`: they were acknowledged to the other journal, or gone when its subscriber was made. They are missing then.
   * @defaultValue false
   */
  readonly acceptHole?: boolean | undefined
}

/** What became of a frame of another journal. */
export interface AppendedFrame {
  /** Records at its start that were here already. */
  readonly skipped: number
  /** The others; `undefined` where there are none. */
  readonly written: Written | undefined
  /** What was passed over with `acceptHole`, by the other journal's numbers. */
  readonly hole: Written | undefined
}

/** What became of frames of another journal that were appended together. */
export interface AppendedFrames {
  /** Of each in turn, up to the first that was refused. */
  readonly appended: readonly AppendedFrame[]
  /** Why that one was refused, and with it all behind it. */
  readonly failure: Error | undefined
}

/**
 * Why records were dropped: the codec refused them; by `write()` also because too many waited, the journal was full or the disk
 * failed.
 */
export type DropReason = 'overflow' | 'full' | 'io' | 'unencodable'

/** What became of records that went into `write()`. */
export type WriteResult =
  | {
      /** Durable. */
      readonly type: 'written'
      /** Sequence number of the first. */
      readonly firstSeq: number
      /** Sequence number of the last. */
      readonly lastSeq: number
      /** How many. */
      readonly count: number
    }
  | {
      /** Not in the journal. */
      readonly type: 'dropped'
      /** Why. */
      readonly reason: DropReason
      /** How many. */
      readonly count: number
    }

/** The bound of one `write()`. */
export interface WriteOptions {
  /** Records that wait here for the commit under way; beyond it they are dropped and counted. @defaultValue the journal's `maxPending` */
  readonly maxPending?: number | undefined
}

/** A durable log in a folder: one writer, any number of named subscribers. */
export interface Journal<T> extends AsyncDisposable {
  /** A UUID, made with the folder and kept in its `journal.json`. */
  readonly id: string
  /** What opening found. */
  readonly recovery: RecoveryReport
  /** Counters and sizes. */
  readonly stats: JournalStats
  /** Whether it takes records now. */
  readonly health: JournalHealth
  /**
   * Emits: the present state, then each change.
   * Completes: behind `'closed'`, which whoever subscribes later still gets.
   * Errors: never.
   * Memory: one value.
   * Time: `since` by the journal's clock.
   */
  readonly health$: Observable<JournalHealth>
  /**
   * Emits: a snapshot at once, then one each period, and a last one when the journal is closed.
   * Completes: when the journal is closed.
   * Errors: never; `JOURNAL_BAD_OPTION` is thrown at the call.
   * Memory: one snapshot.
   * Time: the period by the journal's scheduler, one action per subscription; `time` by its clock.
   */
  stats$(options?: StatsOptions): Observable<JournalSnapshot>
  /**
   * Problems from now on, at most ten a second for each reason, with how many one stands for; those of opening are in
   * {@link Journal.recovery}. Where nobody listens and no `logger` was given, the first of each reason is a warning of the
   * process, except where whoever appends is told by a rejection (`'disk-full'`, `'fenced'`) and of copies that are kept aside.
   * Completes on close.
   */
  readonly problems: Observable<JournalProblem>
  /**
   * Resolves with the number of the record when it is durable, or as `durability` says. It is encoded at the call: the value may
   * be changed at once, unless the codec has no `encoder`. Rejects with `JOURNAL_BUSY` where `maxPending` records or
   * `maxPendingBytes` wait.
   */
  append(value: T, options?: AppendOptions): Promise<Written>
  /**
   * Like `append`, but with one promise for all records that share a frame, which resolves with the numbers of all of them: for
   * whoever appends very many and asks only when, not where. It rejects for all of them too.
   */
  appendShared(value: T, options?: AppendOptions): Promise<Written>
  /** Like `append` for several records, in one frame where they fit into 1 MiB and a segment; if it rejects, a part may be kept. */
  appendBatch(values: readonly T[], options?: AppendOptions): Promise<Written>
  /**
   * Appends what arrives; what comes while a commit is under way goes together into the next.
   * Emits: one `written` per group, one `dropped` where records were lost, which are counted and told on `problems`: so more than
   * `maxPending` or `maxPendingBytes` in one turn, such as `from` of a long array, which {@link Journal.appendBatch} takes at once.
   * Completes: after the source, when the last record is durable.
   * Errors: `JOURNAL_CLOSED`; the source's error once what came before it is durable.
   * Memory: `maxPending` records or about `maxPendingBytes` that wait, encoded, and one group under way. Unsubscribing and `close()` hand over what waits.
   * Time: none.
   */
  write(options?: WriteOptions): OperatorFunction<T, WriteResult>
  /**
   * Appends batches of a source, and acknowledges each when its records are durable, whatever `durability` is. Nothing is dropped
   * for want of room: while the journal is full or the disk fails, batches are held and tried again after 100 ms, then twice
   * as long each time up to 30 s, each failure told on `problems`. What the codec refuses is dropped alone. At least once: of
   * what failed halfway a part may be there already. Gaps of a batch are not written; `intoJournal` copies them.
   * Emits: one `written` per group, after it was acknowledged, and one `dropped` where the codec refused records, told on
   * `problems` too.
   * Completes: after the source, when the last record is durable.
   * Errors: `JOURNAL_CLOSED` and `JOURNAL_FENCED`; `JOURNAL_BAD_OPTION` for what is no batch; the source's error once what came
   * before it is durable. What is not acknowledged then comes again, and so it does after unsubscribing while batches are held.
   * Memory: the batches that the source lets out unacknowledged, such as its `maxInFlight`, and of their records
   * about `maxPendingBytes` encoded; a source that does not wait for `ack()` has no bound here, and wants {@link bounded} before it.
   * Time: the journal's scheduler, to wait between attempts.
   */
  writeBatches(): OperatorFunction<Batch<T>, WriteResult>
  /**
   * The subscriber of that name, made where there is none; resolves when its cursor is durable. The name belongs to this
   * journal from then on until it is removed or the journal closed: rejects with `JOURNAL_SUBSCRIBER_BUSY` where another
   * process has it.
   */
  subscriber(name: string, options?: SubscriberOptions): Promise<JournalSubscriber<T>>
  /**
   * Emits: the records from a position on, in order, in batches as of a subscriber. They need no `ack()`; only with `maxInFlight`
   * it waits while so many are out. Nothing is kept for it: what was removed before or meanwhile comes as a gap of reason
   * `'evicted'`. From a time on, that gap begins at the first number that is not known to be older, which is 1, and ends before
   * the oldest that is kept; there is none where the oldest segment was begun before that time.
   * Completes: right before `until`, at the latest behind what was durable when it was subscribed; with `follow`, when `until`
   * comes (a time: with the first record that was written then or later) or the journal is closed.
   * Errors: `JOURNAL_IO` where the disk cannot be read; `JOURNAL_CLOSED` where the journal is closed before the end.
   * Memory: one frame, and with `maxInFlight` so many batches. Without it whoever works asynchronously holds what was read and not
   * dealt with, up to all of it.
   * Time: none; a commit or an `ack()` wakes it.
   */
  readFrom(position: ReadPosition, options?: ReadFromOptions): Observable<JournalBatch<T>>
  /**
   * Appends the records of another journal's frame and notes with them, in the same frame, how far that journal has come.
   * What is here already is left out, so that a frame may come any number of times. Resolves when it is durable, whatever
   * `durability` is. Calls may overlap: frames of several journals share a write, those of one journal are taken and answered in
   * the order of the calls, and where one is refused, so are those that were called behind it before that was told. Small frames of
   * one journal become one frame here. The frames of overlapping calls are held in memory. Rejects with `JOURNAL_CODEC_MISMATCH`,
   * `JOURNAL_CORRUPT`, `JOURNAL_RECORD_TOO_LARGE`, with `JOURNAL_POSITION` where records before the frame never came, and with
   * `JOURNAL_DIVERGED` where the other journal ends before what was copied of it, or was restored or copied and went on by itself.
   */
  appendFrame(frame: CopiedFrame, options?: AppendFrameOptions): Promise<AppendedFrame>
  /**
   * Like `appendFrame` for a run of frames of one journal, with one promise, which resolves when all that are taken are durable; what is
   * refused is told beside them. Rejects with `JOURNAL_CLOSED`.
   */
  appendFrames(frames: readonly CopiedFrame[], options?: AppendFrameOptions): Promise<AppendedFrames>
  /** Up to where records of another journal were copied into this one, durably; `seq` 0 where none were. */
  upstreamPosition(journalId: string): Position
  /** All subscribers and how far they are; of those that another process has, as of the last look before a removal. */
  subscribers(): readonly SubscriberStatus[]
  /** Forgets a subscriber; what only it still needed is removed at once. */
  removeSubscriber(name: string): Promise<void>
  /**
   * Emits: every record from now on, once it is durable; no cursor, no replay.
   * Completes: when the journal is closed.
   * Errors: never.
   * Memory: what was appended and is not durable yet, with durability `'os'` up to a segment. An observer that is slow, or
   * wants arrays, puts {@link bounded} before itself: `journal.tail().pipe(bounded({ max }))`.
   * Time: none.
   */
  tail(): Observable<T>
  /** Resolves when everything appended so far is durable, whatever `durability` is. What waits in `write()` is not appended yet. */
  flush(): Promise<void>
  /** Waits for what is pending, in `write()` too, then lets the folder go. Idempotent. */
  close(): Promise<void>
}
