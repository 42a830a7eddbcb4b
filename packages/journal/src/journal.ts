import type { Batch } from '@tocsin/core'
import { wholeNumber } from '@tocsin/core'
import type { DirectoryLock } from '@tocsin/core/lock'
import type { Observable, OperatorFunction } from 'rxjs'
import { mergeMap, ReplaySubject } from 'rxjs'

import type { Cursors } from './cursors/cursors.ts'
import { asError, JournalError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { badOption, checkedOptions } from './options.ts'
import type { ProblemLog } from './problems.ts'
import { createGapCounter } from './problems.ts'
import type { OpenReading } from './read/delivery.ts'
import { readFrom } from './read/read-from.ts'
import type { Subscribers } from './read/subscribers.ts'
import { sharedReading } from './read/shared-tail.ts'
import { createSubscribers } from './read/subscribers.ts'
import type {
  JournalBatch,
  ReadFromOptions,
  Position,
  ReadPosition,
  JournalSubscriber,
  SubscriberOptions,
  SubscriberStatus,
} from './reading-types.ts'
import type { Recovered } from './recover/recovery.ts'
import { recoveryReport } from './recover/recovery.ts'
import type { Limits } from './room/limits.ts'
import { createLimits } from './room/limits.ts'
import { splitLagLimits } from './room/pins.ts'
import type { DescriptorReserve } from './segments/descriptor-reserve.ts'
import type { Quarantine } from './segments/quarantine.ts'
import { liveStats, snapshotsOf } from './stats.ts'
import type {
  JournalHealth,
  JournalProblem,
  JournalSnapshot,
  JournalStats,
  RecoveryReport,
  StatsOptions,
} from './status-types.ts'
import type { AppendOptions, Durability, Journal, WriteOptions, WriteResult, Written } from './types.ts'
import type { HoldingTarget } from './write/write-batches.ts'
import { writeBatches } from './write/write-batches.ts'
import { WriteGroup } from './write/write-group.ts'
import { writeValues } from './write/write-operator.ts'
import { Writer } from './write/writer.ts'

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
  /** What writes and removes goes on where no descriptor is left. */
  readonly reserve: DescriptorReserve
}

/** Does not make the records of an array `any`. */
const isArray: (value: unknown) => boolean = Array.isArray

/** The journal of an opened folder. */
export class FolderJournal<T> implements Journal<T> {
  readonly id: string
  readonly recovery: RecoveryReport
  readonly stats: JournalStats
  readonly problems: Observable<JournalProblem>
  readonly appendFrame: Journal<T>['appendFrame']
  readonly appendFrames: Journal<T>['appendFrames']

  readonly #folder: OpenedFolder
  readonly #options: ResolvedOptions<T>
  readonly #problemLog: ProblemLog
  readonly #limits: Limits
  readonly #writer: Writer<T>
  readonly #open: OpenReading<T>
  readonly #subscribers: Subscribers<T>
  readonly #changes = new Set<() => void>()
  /** Of `write()`: handed over before the journal is closed. */
  readonly #groups = new Set<Promise<void>>()
  readonly #closingSoon = new ReplaySubject<void>(1)
  #closing: Promise<void> | undefined
  #closed = false

  constructor(folder: OpenedFolder, options: ResolvedOptions<T>, problemLog: ProblemLog) {
    const { directory, journalId, cursors, recovered, quarantine, lock, reserve } = folder
    const { segments } = recovered
    const { codec, clock } = options
    const held = (): boolean => lock.held()
    this.id = journalId
    this.problems = problemLog.problems
    this.#folder = folder
    this.#options = options
    this.#problemLog = problemLog
    const reserved = { ...options, fileSystem: reserve.fileSystem }
    const limits = createLimits({ directory, segments, cursors, problemLog, held }, reserved)
    this.#limits = limits
    const ways = { changed: () => this.#changed(), refuseWhenClosed: () => this.#refuseWhenClosed() }
    this.#writer = new Writer(
      { directory, journalId, recovered, limits, problemLog, held, ...ways },
      reserved,
    )
    this.appendFrame = this.#writer.appendFrame
    this.appendFrames = this.#writer.appendFrames
    const gaps = createGapCounter(problemLog.report)
    const { report } = gaps
    this.#open = {
      reading: {
        ...{ journalId, segments, codec, quarantine, report },
        ...sharedReading({ fileSystem: reserve.others, journalId }, options.tailBytes),
      },
      isClosed: () => this.#closed,
      onChange: (callback) => this.#onChange(callback),
    }
    this.#subscribers = createSubscribers({ ...this.#open, cursors, now: () => clock.now() })
    cursors.onMoved(() => void limits.retention.reclaim())
    this.recovery = recoveryReport(recovered, problemLog.takeEarly())
    this.stats = liveStats({ writer: this.#writer, limits, problemLog, segments, gaps, quarantine })
    void limits.retention.reclaim()
  }

  /** Closes the newest segment to a former owner. */
  fence(): Promise<void> {
    return this.#writer.fence()
  }

  append(value: T, options?: AppendOptions): Promise<Written> {
    return this.#append([value], options, false)
  }

  appendShared(value: T, options?: AppendOptions): Promise<Written> {
    return this.#append([value], options, true)
  }

  async appendBatch(values: readonly T[], options?: AppendOptions): Promise<Written> {
    // A set has no length, and would be taken for nothing.
    if (!isArray(values)) throw badOption('appendBatch() takes an array of records')
    if (values.length > 0) return this.#append(values, options, false)
    this.#refuseWhenClosed()
    return { firstSeq: this.stats.lastSeq + 1, lastSeq: this.stats.lastSeq }
  }

  write(options?: WriteOptions): OperatorFunction<T, WriteResult> {
    const { maxPending } = checkedOptions<WriteOptions>({ maxPending: this.#options.maxPending }, options, {
      maxPending: wholeNumber(1, 16_777_216),
    })
    return writeValues(this.#target(this.#options.durability), maxPending)
  }

  writeBatches(): OperatorFunction<Batch<T>, WriteResult> {
    return writeBatches(this.#target('commit'))
  }

  async subscriber(name: string, options?: SubscriberOptions): Promise<JournalSubscriber<T>> {
    this.#refuseWhenClosed()
    const { limits, rest } = splitLagLimits(options)
    const subscriber = await this.#subscribers.get(name, rest)
    if (limits !== undefined) this.#limits.pins.limit(name, limits)
    return subscriber
  }

  readFrom(position: ReadPosition, options?: ReadFromOptions): Observable<JournalBatch<T>> {
    return readFrom(this.#open, position, options)
  }

  upstreamPosition(journalId: string): Position {
    return this.#writer.upstreamPosition(journalId)
  }

  get health(): JournalHealth {
    return this.#limits.health.present
  }

  get health$(): Observable<JournalHealth> {
    return this.#limits.health.changes
  }

  stats$(options?: StatsOptions): Observable<JournalSnapshot> {
    const { clock, scheduler } = this.#options
    const { lock } = this.#folder
    const { pins } = this.#limits
    return snapshotsOf({ journal: this, pins, clock, scheduler, held: () => lock.held() }, options)
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
    return this.#writer.live.batches.pipe(mergeMap((values) => values))
  }

  async flush(): Promise<void> {
    this.#refuseWhenClosed()
    await this.#writer.flush()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #target(durability: Durability): HoldingTarget<T> {
    return {
      maxPendingBytes: this.#options.maxPendingBytes,
      newGroup: () => new WriteGroup(this.#writer.builder(), durability),
      enqueue: (frames) => this.#writer.enqueueFrames(frames),
      refuseWhenClosed: () => this.#refuseWhenClosed(),
      begun: (work) => {
        this.#groups.add(work)
        void work.then(() => this.#groups.delete(work))
      },
      dropped: (count) => {
        this.#writer.counts.dropped += count
      },
      report: this.#problemLog.report,
      scheduler: this.#options.scheduler,
      closing: this.#closingSoon,
    }
  }

  #append(values: readonly T[], options: AppendOptions | undefined, shared: boolean): Promise<Written> {
    try {
      this.#refuseWhenClosed()
      return this.#writer.append(values, options, shared)
    } catch (error) {
      return Promise.reject(asError(error))
    }
  }

  async #close(): Promise<void> {
    // Whoever waits for room or a better disk would keep it open for ever.
    this.#limits.room.stop()
    this.#closingSoon.next()
    await Promise.all([...this.#groups, this.#subscribers.idle()])
    // A failure has been told to whoever appended; the folder is let go in any case.
    await this.#writer.close()
    this.#closed = true
    this.#changed()
    this.#writer.live.complete()
    await this.#subscribers.idle() // A seek may have begun since.
    await this.#folder.cursors.close()
    await this.#limits.retention.finish()
    this.#limits.stop()
    this.#limits.health.closed()
    this.#problemLog.complete()
    await this.#folder.reserve.close()
    await this.#folder.lock.release()
  }

  #onChange(callback: () => void): () => void {
    this.#changes.add(callback)
    return () => this.#changes.delete(callback)
  }

  #changed(): void {
    for (const callback of [...this.#changes]) callback()
  }

  #refuseWhenClosed(): void {
    if (this.#closing === undefined) return
    const { directory } = this.#folder
    const message = `the journal in ${directory} is closed; open it again to go on`
    throw new JournalError('JOURNAL_CLOSED', message, { directory })
  }
}
