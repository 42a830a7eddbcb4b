import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable, OperatorFunction } from 'rxjs'
import { map, mergeMap, Subject } from 'rxjs'

import type { CommitQueue } from './commit-queue.ts'
import { createCommitQueue } from './commit-queue.ts'
import { createBatchReader } from './disk/batch-reader.ts'
import type { Cursors } from './disk/cursors.ts'
import type { Unlock } from './disk/directory-lock.ts'
import type { Recovered } from './disk/recovery.ts'
import type { SegmentWriter } from './disk/segment-writer.ts'
import { createSegmentWriter } from './disk/segment-writer.ts'
import { frameLimits } from './engine/prepare-frames.ts'
import { JournalError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { badOption } from './options.ts'
import type { ProblemLog } from './problem-log.ts'
import type { Retention } from './retention.ts'
import { createRetention } from './retention.ts'
import { liveStats } from './live-stats.ts'
import type { Subscribers } from './subscribers.ts'
import { createSubscribers } from './subscribers.ts'
import type {
  Journal,
  JournalProblem,
  JournalStats,
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
  readonly unlock: Unlock
}

/** The journal of an opened folder. */
export function createJournal<T>(
  folder: OpenedFolder,
  options: ResolvedOptions<T>,
  problems: ProblemLog,
): Journal<T> {
  return new FolderJournal(folder, options, problems)
}

class FolderJournal<T> implements Journal<T> {
  readonly id: string
  readonly recovery: RecoveryReport
  readonly stats: JournalStats
  readonly problems: Observable<JournalProblem>

  readonly #directory: string
  readonly #maxPending: number
  readonly #cursors: Cursors
  readonly #unlock: Unlock
  readonly #problemLog: ProblemLog
  readonly #retention: Retention
  readonly #writer: SegmentWriter
  readonly #queue: CommitQueue<T>
  readonly #subscribers: Subscribers<T>
  readonly #live = new Subject<readonly T[]>()
  readonly #changes = new Set<() => void>()
  readonly #writing = new Set<Promise<void>>()
  readonly #counts = { appended: 0, commits: 0, dropped: 0 }
  #closing: Promise<void> | undefined
  #closed = false

  constructor(folder: OpenedFolder, options: ResolvedOptions<T>, problemLog: ProblemLog) {
    const { directory, journalId, cursors, recovered, unlock } = folder
    const { segments, nextSegment } = recovered
    const { fileSystem, codec, clock, maxPending, segmentBytes, maxBytes } = options
    const { report } = problemLog
    this.id = journalId
    this.problems = problemLog.problems
    this.#directory = directory
    this.#maxPending = maxPending
    this.#cursors = cursors
    this.#unlock = unlock
    this.#problemLog = problemLog
    this.#retention = createRetention(fileSystem, segments, () => cursors.minDurable, report)
    this.#writer = createSegmentWriter({
      ...options,
      directory,
      journalId,
      segments,
      nextSegment,
      now: () => clock.now(),
      report,
      evicted: (victims) => this.#retention.evict(victims),
    })
    this.#queue = createCommitQueue({
      codec,
      limits: frameLimits(segmentBytes, maxBytes),
      maxPending,
      write: (body, count) => this.#writer.write(body, count),
      sync: () => this.#writer.sync(),
      committed: (values) => this.#committed(values),
      lost: (count) => {
        this.#counts.dropped += count
      },
    })
    this.#subscribers = createSubscribers({
      journalId,
      cursors,
      segments,
      isClosed: () => this.#closed,
      openReader: (afterSeq) =>
        createBatchReader({ fileSystem, journalId, segments, codec, report }, afterSeq),
      onChange: (callback) => {
        this.#changes.add(callback)
        return () => this.#changes.delete(callback)
      },
    })
    cursors.onSaved(() => void this.#retention.reclaim())
    this.recovery = recoveryReport(recovered, problemLog.takeEarly())
    this.stats = liveStats(this.#counts, this.#queue, this.#retention, problemLog, segments)
    void this.#retention.reclaim()
  }

  async append(value: T): Promise<Written> {
    this.#refuseWhenClosed()
    return this.#queue.append([value])
  }

  async appendBatch(values: readonly T[]): Promise<Written> {
    this.#refuseWhenClosed()
    if (values.length === 0) return { firstSeq: this.stats.lastSeq + 1, lastSeq: this.stats.lastSeq }
    // A copy: the array is the caller's, who may fill it anew at once.
    return this.#queue.append([...values])
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
      append: (values) => this.#queue.appendUnbounded(values),
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
    return this.#subscribers.get(name, options)
  }

  subscribers(): readonly SubscriberStatus[] {
    return this.#subscribers.status()
  }

  async removeSubscriber(name: string): Promise<void> {
    this.#refuseWhenClosed()
    await this.#subscribers.remove(name)
    this.#changed()
    await this.#retention.reclaim()
  }

  tail(): Observable<T> {
    return this.#live.pipe(mergeMap((values) => values))
  }

  tailBatches(): Observable<readonly T[]> {
    return this.#live.asObservable()
  }

  async flush(): Promise<void> {
    this.#refuseWhenClosed()
    await this.#queue.flush()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#writing, this.#subscribers.idle()])
    // A failure has been told to whoever appended; the folder is let go in any case.
    await this.#queue.flush().catch(() => undefined)
    await this.#writer.close()
    this.#closed = true
    this.#changed()
    this.#live.complete()
    await this.#cursors.close()
    await this.#retention.reclaim()
    this.#problemLog.complete()
    await this.#unlock()
  }

  #committed(values: readonly T[]): void {
    this.#counts.appended += values.length
    this.#counts.commits += 1
    if (this.#live.observed) this.#live.next(values)
    this.#changed()
    void this.#retention.reclaim()
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
