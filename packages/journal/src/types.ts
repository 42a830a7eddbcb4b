import type { Observable, OperatorFunction } from 'rxjs'

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
  readonly durability?: Durability
}

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

/** Consecutive records, with what is missing right before them. */
export interface Batch<T> {
  /** {@link Journal.id}; with `lastSeq` it names a position that a sink can keep beside its own data. */
  readonly journalId: string
  /** Sequence number of the first value; without values, of the first missing record. */
  readonly firstSeq: number
  /** Sequence number of the last value; without values, of the last missing record. */
  readonly lastSeq: number
  /** The records: `values[i]` has the sequence number `firstSeq + i`. Empty where the batch only tells of gaps. */
  readonly values: readonly T[]
  /** What is missing before `values`, mostly nothing. */
  readonly gaps: readonly Gap[]
  /**
   * Says that everything up to `lastSeq` is dealt with, and lets the next batch come. Harmless when repeated, late, or after
   * the journal was closed.
   */
  ack(): void
}

/** How many records are handed out. */
export interface BatchesOptions {
  /** Most records in one batch. @defaultValue 1000 */
  readonly maxRecords?: number
  /** Most batches that are handed out and not acknowledged. @defaultValue 4 */
  readonly maxInFlight?: number
}

/** A named reader whose position survives restarts. */
export interface Subscriber<T> {
  /** Its name. */
  readonly name: string
  /** Everything up to here was acknowledged; 0 before the first record. */
  readonly ackedSeq: number
  /**
   * Emits: the records behind the acknowledged position, in order, each only once it is durable; waits for an `ack()` while
   * `maxInFlight` batches are out. Subscribing again starts at the acknowledged position; what a late `ack()` of an earlier
   * batch covers meanwhile is passed over.
   * Completes: when the journal is closed or the subscriber removed.
   * Errors: `JOURNAL_IO` where the disk cannot be read; `JOURNAL_SUBSCRIBER_BUSY` while another subscription of the same
   * name is active, since each would acknowledge what the other has not dealt with.
   * Memory: `maxInFlight` batches and one frame, however far behind it is.
   * Time: none; a commit or an `ack()` wakes it.
   */
  batches(options?: BatchesOptions): Observable<Batch<T>>
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
}

/** Where a new subscriber begins. */
export interface SubscriberOptions {
  /** At the oldest record that is kept, or behind the newest. Ignored where the name has a cursor. @defaultValue 'oldest' */
  readonly from?: 'oldest' | 'newest'
}

/** What is wrong and was survived. */
export type JournalProblemReason =
  | 'corrupt'
  | 'cursor-ahead'
  | 'cursor-unreadable'
  | 'disk-full'
  | 'evicted'
  | 'fenced'
  | 'foreign-file'
  | 'identity-lost'
  | 'io'
  | 'lost'
  | 'missing-segment'
  | 'quarantined'
  | 'quarantine-full'
  | 'torn-tail'
  | 'undecodable'

/** Something that went wrong and that the journal got over. */
export interface JournalProblem {
  /** What kind of problem. */
  readonly reason: JournalProblemReason
  /** What happened, as a sentence. */
  readonly message: string
  /** When it was noticed, ms since the Unix epoch, by the journal's clock. */
  readonly time: number
  /** First record that is concerned. */
  readonly fromSeq?: number
  /** Last record that is concerned. */
  readonly toSeq?: number
  /** File that is concerned. */
  readonly file?: string
  /** Subscriber that is concerned. */
  readonly subscriber?: string
}

/** What opening found. */
export interface RecoveryReport {
  /** Oldest sequence number that is kept; one above `lastSeq` where nothing is. */
  readonly firstSeq: number
  /** Newest sequence number; 0 in a new journal. */
  readonly lastSeq: number
  /** Sequence numbers that are kept, gaps included. */
  readonly records: number
  /** Segment files that are kept. */
  readonly segments: number
  /** Bytes behind the last whole frame: a write that was cut off and had not been acknowledged. */
  readonly tornBytes: number
  /** Records that were whole but perhaps not durable, and were made durable again. */
  readonly rewrittenRecords: number
  /** Damage that was seen. Sealed segments are not searched; what is wrong there shows when it is read. */
  readonly gaps: readonly Gap[]
  /** Everything that was not as it should be. */
  readonly problems: readonly JournalProblem[]
}

/** Counters since the journal was opened, and its present size; live, read it again for new numbers. */
export interface JournalStats {
  /** Records that became durable. */
  readonly appended: number
  /** Frames written. */
  readonly commits: number
  /** Records that were refused or failed: by `append`, and those that `write()` dropped. */
  readonly dropped: number
  /** Records that were evicted before every subscriber had read them. */
  readonly evicted: number
  /** Records that wait for the disk. */
  readonly pending: number
  /** Problems so far, those of opening included. */
  readonly problems: number
  /** Bytes of all segments. */
  readonly bytes: number
  /** Segment files. */
  readonly segments: number
  /** Oldest sequence number that is kept; one above `lastSeq` where nothing is. */
  readonly firstSeq: number
  /** Newest durable sequence number. */
  readonly lastSeq: number
}

/** Why `write()` dropped records: too many waited, the journal was full, the disk failed, or the codec refused them. */
export type DropReason = 'overflow' | 'full' | 'io' | 'unencodable'

/** What became of records that went into `write()`. */
export type WriteResult =
  | {
      /** Durable. */
      readonly kind: 'written'
      /** Sequence number of the first. */
      readonly firstSeq: number
      /** Sequence number of the last. */
      readonly lastSeq: number
      /** How many. */
      readonly count: number
    }
  | {
      /** Not in the journal. */
      readonly kind: 'dropped'
      /** Why. */
      readonly reason: DropReason
      /** How many. */
      readonly count: number
    }

/** The bound of one `write()`. */
export interface WriteOptions {
  /** Records that wait here for the commit under way; beyond it they are dropped and counted. @defaultValue the journal's `maxPending` */
  readonly maxPending?: number
}

/** A durable log in a folder: one writer, any number of named subscribers. */
export interface Journal<T> extends AsyncDisposable {
  /** A UUID, made with the folder and kept in its `journal.json`. */
  readonly id: string
  /** What opening found. */
  readonly recovery: RecoveryReport
  /** Counters and sizes. */
  readonly stats: JournalStats
  /** Problems from now on; those of opening are in {@link Journal.recovery}. Completes on close. */
  readonly problems: Observable<JournalProblem>
  /** Resolves when the record is durable, or as `durability` says. The value must not be changed before. */
  append(value: T, options?: AppendOptions): Promise<Written>
  /** Like `append` for several records, in one frame where they fit into 1 MiB and a segment; if it rejects, a part may be kept. */
  appendBatch(values: readonly T[], options?: AppendOptions): Promise<Written>
  /**
   * Appends what arrives; what comes while a commit is under way goes together into the next.
   * Emits: one `written` per group, one `dropped` where records were lost, which are counted.
   * Completes: after the source, when the last record is durable.
   * Errors: `JOURNAL_CLOSED`; the source's error once what came before it is durable.
   * Memory: `maxPending` records that wait and one group under way. Unsubscribing and `close()` hand over what waits.
   * Time: none.
   */
  write(options?: WriteOptions): OperatorFunction<T, WriteResult>
  /** {@link Journal.write} for a source that has its records in groups already. */
  writeBatches(options?: WriteOptions): OperatorFunction<readonly T[], WriteResult>
  /** The subscriber of that name, made where there is none; resolves when its cursor is durable. */
  subscriber(name: string, options?: SubscriberOptions): Promise<Subscriber<T>>
  /** All subscribers and how far they are. */
  subscribers(): readonly SubscriberStatus[]
  /** Forgets a subscriber; what only it still needed is removed at once. */
  removeSubscriber(name: string): Promise<void>
  /**
   * Emits: every record from now on, once it is durable; no cursor, no replay.
   * Completes: when the journal is closed.
   * Errors: never.
   * Memory: none; an observer that is slow must bound its own queue.
   * Time: none.
   */
  tail(): Observable<T>
  /** {@link Journal.tail}, one array per commit. */
  tailBatches(): Observable<readonly T[]>
  /** Resolves when everything appended so far is durable, whatever `durability` is. */
  flush(): Promise<void>
  /** Waits for what is pending, in `write()` too, then lets the folder go. Idempotent. */
  close(): Promise<void>
}
