import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable, OperatorFunction } from 'rxjs'
import { map, mergeMap } from 'rxjs'

import type { BackgroundSync } from './background-sync.ts'
import { createBackgroundSync } from './background-sync.ts'
import type { CommitQueue } from './commit-queue.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createFrameAppender } from './append-frame.ts'
import type { Cursors } from './disk/cursors.ts'
import type { DirectoryLock } from './disk/directory-lock.ts'
import type { Quarantine } from './disk/quarantine.ts'
import type { Recovered } from './disk/recovery.ts'
import type { SegmentWriter } from './disk/segment-writer.ts'
import { createSegmentWriter } from './disk/segment-writer.ts'
import type { Segments } from './disk/segments.ts'
import { createLatencyHistogram } from './engine/latency-histogram.ts'
import { frameLimits } from './engine/prepare-frames.ts'
import { JournalError, messageOf } from './errors.ts'
import { createGapCounter } from './gap-counter.ts'
import type { JournalHealth } from './health.ts'
import { splitLagLimits } from './lag-limits.ts'
import type { Limits } from './limits.ts'
import { createLimits } from './limits.ts'
import type { LiveRecords } from './live-records.ts'
import { createLiveRecords } from './live-records.ts'
import type { ResolvedOptions } from './options.ts'
import { badOption, durabilities } from './options.ts'
import type { ProblemLog } from './problem-log.ts'
import { readFrom } from './read-from.ts'
import type { RecordReaders } from './record-readers.ts'
import { createRecordReaders } from './record-readers.ts'
import type { Counts } from './live-stats.ts'
import { liveStats } from './live-stats.ts'
import type { JournalSnapshot, StatsOptions } from './snapshots.ts'
import { snapshotsOf } from './snapshots.ts'
import type { Subscribers } from './subscribers.ts'
import { createSubscribers } from './subscribers.ts'
import type {
  AppendOptions,
  Batch,
  Durability,
  Journal,
  JournalProblem,
  JournalStats,
  ReadFromOptions,
  ReadPosition,
  RecoveryReport,
  Subscriber,
  SubscriberOptions,
  SubscriberStatus,
  WriteOptions,
  WriteResult,
  Written,
} from './types.ts'
import type { WriteTarget } from './write.ts'
import { writeGroups } from './write.ts'

/** Everything that is known once a folder is open. */
export interface OpenedFolder {
  readonly directory: string
  readonly journalId: string
  readonly cursors: Cursors
  readonly recovered: Recovered
  readonly quarantine: Quarantine
  readonly lock: DirectoryLock
  /** Whether a former owner may still be writing. */
  readonly toFence: boolean
}

/** The journal of an opened folder. */
export class FolderJournal<T> implements Journal<T> {
  readonly id: string
  readonly recovery: RecoveryReport
  readonly stats: JournalStats
  readonly problems: Observable<JournalProblem>
  readonly appendFrame: Journal<T>['appendFrame']

  readonly #directory: string
  readonly #maxPending: number
  readonly #cursors: Cursors
  readonly #lock: DirectoryLock
  readonly #background: BackgroundSync
  readonly #durability: Durability
  readonly #syncBytes: number
  readonly #problemLog: ProblemLog
  readonly #limits: Limits
  readonly #options: Pick<ResolvedOptions<T>, 'clock' | 'scheduler'>
  readonly #writer: SegmentWriter
  readonly #queue: CommitQueue<T>
  readonly #subscribers: Subscribers<T>
  readonly #segments: Segments
  readonly #positions: Map<string, number>
  readonly #readers: RecordReaders<T>
  readonly #live: LiveRecords<T> = createLiveRecords<T>()
  readonly #changes = new Set<() => void>()
  readonly #writing = new Set<Promise<void>>()
  readonly #counts: Counts = { appended: 0, commits: 0, dropped: 0, syncs: 0 }
  #closing: Promise<void> | undefined
  #closed = false

  constructor(folder: OpenedFolder, options: ResolvedOptions<T>, problemLog: ProblemLog) {
    const { directory, journalId, cursors, recovered, quarantine, lock } = folder
    const { segments } = recovered
    const { fileSystem, codec, clock, maxPending, segmentBytes, maxBytes } = options
    const { report } = problemLog
    const held = (): boolean => lock.held()
    this.id = journalId
    this.problems = problemLog.problems
    this.#directory = directory
    this.#durability = options.durability
    this.#syncBytes = options.syncBytes
    this.#maxPending = maxPending
    this.#cursors = cursors
    this.#lock = lock
    this.#problemLog = problemLog
    this.#segments = segments
    this.#positions = new Map(recovered.positions)
    const gaps = createGapCounter(report)
    const read = { fileSystem, journalId, segments, codec, quarantine, report: gaps.report }
    this.#readers = createRecordReaders(read)
    this.#options = options
    this.#limits = createLimits({ directory, segments, cursors, problemLog, held }, options)
    const { spare, room } = this.#limits
    const latency = createLatencyHistogram()
    this.#writer = createSegmentWriter({
      ...{ fileSystem, directory, journalId, segments, segmentBytes, spare, held, report },
      ...{ nextSegment: recovered.nextSegment, epoch: recovered.epoch, positions: this.#positions },
      ...{ room, stopwatch: options.stopwatch, committed: (ms: number) => latency.add(ms) },
      now: () => clock.now(),
      durable: () => this.#durable(segments.lastSeq),
    })
    const limits = frameLimits(segmentBytes, maxBytes)
    this.#queue = createCommitQueue({
      ...{ codec, maxPending, limits },
      write: (frame) => this.#watched(this.#writer.write(frame)),
      written: (values, lastSeq, durability) => this.#written(values, lastSeq, durability),
      lost: (count) => {
        this.#counts.dropped += count
      },
    })
    this.appendFrame = createFrameAppender({
      ...{ journalId, codec, limits, positions: this.#positions },
      run: async (work) => {
        this.#refuseWhenClosed()
        await this.#queue.run(work)
      },
      write: (frame) => this.#watched(this.#writer.write(frame)),
      written: (count, lastSeq, decode) => this.#copied(count, lastSeq, decode),
    })
    this.#background = createBackgroundSync({
      ...options,
      sync: () => this.#inBackground(() => this.#writer.sync()),
      certify: () => this.#inBackground(() => this.#writer.certify()),
    })
    this.#subscribers = createSubscribers({
      journalId,
      cursors,
      segments,
      now: () => clock.now(),
      isClosed: () => this.#closed,
      readers: this.#readers,
      onChange: (callback) => this.#onChange(callback),
    })
    cursors.onMoved(() => void this.#limits.retention.reclaim())
    this.recovery = recoveryReport(recovered, problemLog.takeEarly())
    const { writer, queue, limits: own } = { writer: this.#writer, queue: this.#queue, limits: this.#limits }
    this.stats = liveStats({
      ...{
        counts: this.#counts,
        queue,
        writer,
        limits: own,
        problemLog,
        segments,
        gaps,
        quarantine,
        latency,
      },
    })
    void this.#limits.retention.reclaim()
  }

  /** Closes the newest segment to a former owner. Where that fails, the first record does it. */
  fence(): Promise<void> {
    return this.#inBackground(() => this.#writer.fence())
  }

  append(value: T, options?: AppendOptions): Promise<Written> {
    return this.#append([value], options)
  }

  async appendBatch(values: readonly T[], options?: AppendOptions): Promise<Written> {
    if (values.length > 0) {
      // A copy: the array is the caller's, who may fill it anew at once.
      return this.#append([...values], options)
    }
    this.#refuseWhenClosed()
    return { firstSeq: this.stats.lastSeq + 1, lastSeq: this.stats.lastSeq }
  }

  write(options?: WriteOptions): OperatorFunction<T, WriteResult> {
    const write = this.writeBatches(options)
    return (source) =>
      source.pipe(
        map((value) => [value]),
        write,
      )
  }

  writeBatches(options?: WriteOptions): OperatorFunction<readonly T[], WriteResult> {
    const { maxPending } = resolveOptions<Required<WriteOptions>>(
      { maxPending: this.#maxPending },
      options,
      { maxPending: wholeNumber(1, 16_777_216) },
      badOption,
    )
    const target: WriteTarget<T> = {
      append: (values) => this.#queue.appendUnbounded(values, this.#durability),
      refuseWhenClosed: () => this.#refuseWhenClosed(),
      begun: (work) => {
        this.#writing.add(work)
        void work.then(() => this.#writing.delete(work))
      },
      dropped: (count) => {
        this.#counts.dropped += count
      },
    }
    return writeGroups(target, maxPending)
  }

  async subscriber(name: string, options?: SubscriberOptions): Promise<Subscriber<T>> {
    this.#refuseWhenClosed()
    const { limits, rest } = splitLagLimits(options)
    const subscriber = await this.#subscribers.get(name, rest)
    if (limits !== undefined) this.#limits.pins.limit(name, limits)
    return subscriber
  }

  readFrom(position: ReadPosition, options?: ReadFromOptions): Observable<Batch<T>> {
    const input = {
      ...{ journalId: this.id, segments: this.#segments, readers: this.#readers },
      isClosed: () => this.#closed,
      onChange: (callback: () => void) => this.#onChange(callback),
    }
    return readFrom(input, position, options)
  }

  upstreamPosition(journalId: string): number {
    return this.#positions.get(journalId) ?? 0
  }

  get health(): JournalHealth {
    return this.#limits.health.present
  }

  get health$(): Observable<JournalHealth> {
    return this.#limits.health.changes
  }

  stats$(options?: StatsOptions): Observable<JournalSnapshot> {
    const input = {
      ...this.#options,
      ...{
        journalId: this.id,
        stats: this.stats,
        segments: this.#segments,
        pins: this.#limits.pins,
        held: () => this.#lock.held(),
      },
      health: () => this.health,
      subscribers: () => this.subscribers(),
    }
    return snapshotsOf(input, this.health$, options)
  }

  subscribers(): readonly SubscriberStatus[] {
    return this.#subscribers.status()
  }

  async removeSubscriber(name: string): Promise<void> {
    this.#refuseWhenClosed()
    await this.#subscribers.remove(name)
    this.#changed()
    this.#limits.room.freed()
    await this.#limits.retention.reclaim()
  }

  tail(): Observable<T> {
    return this.#live.batches.pipe(mergeMap((values) => values))
  }

  tailBatches(): Observable<readonly T[]> {
    return this.#live.batches
  }

  async flush(): Promise<void> {
    this.#refuseWhenClosed()
    await this.#queue.run(() => this.#writer.sync())
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #append(values: readonly T[], options: AppendOptions | undefined): Promise<Written> {
    try {
      this.#refuseWhenClosed()
      return this.#queue.append(values, this.#durabilityOf(options))
    } catch (error) {
      return Promise.reject(error as JournalError)
    }
  }

  #durabilityOf(options: AppendOptions | undefined): Durability {
    if (options === undefined) return this.#durability
    return resolveOptions<Required<AppendOptions>>(
      { durability: this.#durability },
      options,
      { durability: durabilities },
      badOption,
    ).durability
  }

  async #close(): Promise<void> {
    // Whoever waits for room would keep it open for ever.
    this.#limits.room.stop()
    await Promise.all([...this.#writing, this.#subscribers.idle()])
    this.#background.stop()
    // A failure has been told to whoever appended; the folder is let go in any case.
    await this.#queue.run(() => this.#writer.close())
    this.#closed = true
    this.#changed()
    this.#live.complete()
    await this.#cursors.close()
    await this.#limits.retention.reclaim()
    this.#limits.stop()
    this.#limits.health.closed()
    this.#problemLog.complete()
    await this.#lock.release()
  }

  /** Copied records are decoded only for those who watch. */
  #copied(count: number, lastSeq: number, decode: () => readonly T[]): void {
    this.#counts.appended += count
    this.#counts.commits += 1
    if (!this.#live.watched) return
    try {
      this.#live.written(decode(), lastSeq)
    } catch (error) {
      this.#problemLog.report({ reason: 'undecodable', toSeq: lastSeq, message: messageOf(error) })
    }
  }

  #onChange(callback: () => void): () => void {
    this.#changes.add(callback)
    return () => this.#changes.delete(callback)
  }

  #written(values: readonly T[], lastSeq: number, durability: Durability): void {
    this.#counts.appended += values.length
    this.#counts.commits += 1
    this.#live.written(values, lastSeq)
    if (durability !== 'interval') return
    if (this.#writer.unsyncedBytes >= this.#syncBytes) void this.#inBackground(() => this.#writer.sync())
    else this.#background.syncSoon()
  }

  #durable(seq: number): void {
    this.#counts.syncs += 1
    this.#live.durable(seq)
    if (!this.#writer.certified) this.#background.certifyLater()
    this.#changed()
    void this.#limits.retention.reclaim()
  }

  /** In its turn; what goes wrong is reported, since nobody waits for it. */
  async #inBackground(work: () => Promise<void>): Promise<void> {
    if (this.#closing !== undefined) return
    await this.#queue.run(work).catch((error: unknown) => {
      this.#limits.health.failed(error)
      this.#problemLog.report({ reason: 'io', message: messageOf(error) })
    })
  }

  /** What became of a frame says how the journal is. */
  async #watched(writing: Promise<number>): Promise<number> {
    const { health } = this.#limits
    try {
      const seq = await writing
      health.written()
      return seq
    } catch (error) {
      health.failed(error)
      throw error
    }
  }

  #changed(): void {
    for (const callback of [...this.#changes]) callback()
  }

  #refuseWhenClosed(): void {
    if (this.#closing === undefined) return
    throw new JournalError(
      'JOURNAL_CLOSED',
      `the journal in ${this.#directory} is closed; open it again to go on`,
      { directory: this.#directory },
    )
  }
}

function recoveryReport(
  { segments, tornBytes, rewrittenRecords, gaps }: Recovered,
  problems: readonly JournalProblem[],
): RecoveryReport {
  const { firstSeq, lastSeq, count } = segments
  return {
    firstSeq,
    lastSeq,
    records: lastSeq - firstSeq + 1,
    segments: count,
    tornBytes,
    rewrittenRecords,
    gaps,
    problems,
  }
}
