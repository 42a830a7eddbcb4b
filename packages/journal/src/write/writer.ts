import { isFenced, messageOf } from '../errors.ts'
import type { UpstreamPlace } from '../format/positions.ts'
import type { ResolvedOptions } from '../options.ts'
import { checkedOptions, durabilities } from '../options.ts'
import type { ProblemLog } from '../problems.ts'
import type { Position } from '../reading-types.ts'
import type { Recovered } from '../recover/recovery.ts'
import type { Limits } from '../room/limits.ts'
import type { AppendOptions, Durability, Journal, Written } from '../types.ts'
import { appendingOne, createFrameAppender } from './append-frame.ts'
import type { BackgroundSync } from './background-sync.ts'
import { createBackgroundSync } from './background-sync.ts'
import { CommitQueue } from './commit-queue.ts'
import type { Frame, FrameLimits } from './frame-builder.ts'
import { Encoders, FrameBuilder, frameLimits } from './frame-builder.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { LiveRecords } from './live-records.ts'
import { Log } from './log.ts'

/** What the journal itself counts. */
export interface Counts {
  appended: number
  commits: number
  dropped: number
  syncs: number
}

/** What writing needs of the rest of a journal. */
export interface WriterInput {
  readonly directory: string
  readonly journalId: string
  readonly recovered: Recovered
  readonly limits: Limits
  readonly problemLog: ProblemLog
  readonly held: () => boolean
  /** More is durable. */
  readonly changed: () => void
  /** Throws when the journal is closed or about to be. */
  readonly refuseWhenClosed: () => void
}

/** The way of a record from an append to the disk, and to those who watch. */
export class Writer<T> {
  readonly live: LiveRecords<T> = new LiveRecords<T>()
  readonly latency: LatencyHistogram = new LatencyHistogram()
  readonly counts: Counts = { appended: 0, commits: 0, dropped: 0, syncs: 0 }
  readonly appendFrame: Journal<T>['appendFrame']
  readonly appendFrames: Journal<T>['appendFrames']
  readonly #input: WriterInput
  readonly #options: ResolvedOptions<T>
  /** How far the records of other journals have come. */
  readonly #positions: Map<string, UpstreamPlace>
  readonly #encoders: Encoders<T>
  readonly #frames: FrameLimits
  readonly #log: Log
  readonly #queue: CommitQueue<T>
  readonly #background: BackgroundSync
  #closing = false

  constructor(input: WriterInput, options: ResolvedOptions<T>) {
    const { recovered, limits, problemLog, held, directory, journalId } = input
    const { codec, maxPending, maxPendingBytes, segmentBytes, maxBytes } = options
    const encoders = new Encoders(codec)
    const { latency } = this
    const positions = new Map(recovered.positions)
    const frames = frameLimits(segmentBytes, maxBytes)
    this.#input = input
    this.#options = options
    this.#positions = positions
    const log = new Log({
      ...{ ...recovered, ...limits, ...options },
      ...{ directory, journalId, positions, latency, held, report: problemLog.report },
      durable: () => this.#durable(),
    })
    this.#log = log
    this.#encoders = encoders
    this.#frames = frames
    this.#queue = new CommitQueue<T>({
      ...{ codec, maxPending, maxPendingBytes, limits: frames, encoders, log },
      written: (count, lastSeq, durability, body) => this.#written(count, lastSeq, durability, body),
      copied: ({ journalId: upstream, lastSeq: seq, checksum }) => positions.set(upstream, { seq, checksum }),
      lost: (records) => {
        this.counts.dropped += records
      },
    })
    this.#background = createBackgroundSync({
      ...options,
      sync: () => this.#inBackground(() => this.#sync()),
      certify: () => this.#inBackground(() => log.certify()),
    })
    this.appendFrames = createFrameAppender<T>({
      ...{ journalId, codec, limits: frames, encoders, positions, segmentBytes },
      refuseWhenClosed: () => input.refuseWhenClosed(),
      enqueue: (copies) => this.#queue.enqueueCopies(copies),
    })
    this.appendFrame = appendingOne(this.appendFrames)
  }

  /** Records that wait for the disk. */
  get pending(): number {
    return this.#queue.pending
  }

  /** Their bytes. */
  get pendingBytes(): number {
    return this.#queue.pendingBytes
  }

  /** How often a file was left after an error, and what was under way written again elsewhere. */
  get rewrites(): number {
    return this.#log.rewrites
  }

  append(values: readonly T[], options: AppendOptions | undefined, shared: boolean): Promise<Written> {
    return this.#queue.append(values, durabilityOf(options, this.#options.durability), shared)
  }

  /** Encodes records for {@link Writer.enqueueFrames}. */
  builder(): FrameBuilder<T> {
    return new FrameBuilder(this.#options.codec, this.#frames, this.#encoders)
  }

  /** For whoever has a bound of its own; how each ends. */
  enqueueFrames(frames: readonly Frame<T>[]): readonly Promise<Written>[] {
    return this.#queue.enqueueFrames(frames)
  }

  /** Up to where another journal was copied. */
  upstreamPosition(journalId: string): Position {
    const { seq, checksum } = this.#positions.get(journalId) ?? { seq: 0, checksum: 0 }
    return { journalId, seq, ...(checksum !== 0 && { checksum }) }
  }

  flush(): Promise<void> {
    return this.#queue.run(() => this.#log.sync())
  }

  /** Closes the newest segment to a former owner. Where that fails, the first record does it. */
  fence(): Promise<void> {
    return this.#inBackground(() => this.#log.fence())
  }

  /** Does what waits, then no more. */
  close(): Promise<void> {
    this.#closing = true
    this.#background.stop()
    return this.#queue.run(() => this.#log.close())
  }

  #durable(): void {
    const { recovered, limits, changed } = this.#input
    this.counts.syncs += 1
    this.live.durable(recovered.segments.lastSeq)
    if (!this.#log.certified) this.#background.certifyLater()
    changed()
    void limits.retention.reclaim()
  }

  #written(count: number, lastSeq: number, durability: Durability, body: Uint8Array): void {
    this.counts.appended += count
    this.counts.commits += 1
    if (this.live.watched) this.#tell(count, lastSeq, body)
    if (durability !== 'interval') return
    if (this.#log.unsyncedBytes >= this.#options.syncBytes) void this.#inBackground(() => this.#sync())
    else this.#background.syncSoon()
  }

  /** What subscribers get as well: a value may have been changed since. */
  #tell(count: number, lastSeq: number, body: Uint8Array): void {
    try {
      // A copy: records may be views, and the memory is used again.
      this.live.written(this.#options.codec.decode(body.slice()), lastSeq)
    } catch (error) {
      const message = messageOf(error)
      this.#input.problemLog.report({
        reason: 'undecodable',
        fromSeq: lastSeq - count + 1,
        toSeq: lastSeq,
        message,
      })
    }
  }

  /** What was accepted does not wait for the next record where a sync fails. */
  async #sync(): Promise<void> {
    const { recovered, limits } = this.#input
    try {
      const waited = this.#log.writtenSeq > recovered.segments.lastSeq
      await this.#log.sync()
      if (waited && limits.health.present.state === 'failed') limits.health.written()
    } catch (error) {
      if (!isFenced(error)) this.#background.syncAgain()
      throw error
    }
  }

  /** In its turn; what goes wrong is reported, since nobody waits for it. */
  async #inBackground(work: () => Promise<void>): Promise<void> {
    if (this.#closing) return
    await this.#queue.run(work).catch((error: unknown) => {
      this.#input.limits.health.failed(error)
      this.#input.problemLog.report({ reason: 'io', message: messageOf(error) })
    })
  }
}

function durabilityOf(options: AppendOptions | undefined, durability: Durability): Durability {
  if (options === undefined) return durability
  return checkedOptions<AppendOptions>({ durability }, options, { durability: durabilities }).durability
}
