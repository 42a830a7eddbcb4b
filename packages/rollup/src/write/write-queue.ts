import { Slices } from '@tocsin/core/slices'
import { ioError, RollupError } from '../errors.ts'
import type { SeriesNames } from '../names/series-names.ts'
import type { RawLog } from '../log/raw-log.ts'
import type { LogPlace } from '../log/log-place.ts'
import { readEntries, readFacts } from '../log/read-record.ts'
import { RecordWriter } from '../log/record-writer.ts'
import type { RollupMemory } from '../memory/memory-face.ts'
import type { FoundProblem } from '../problem.ts'
import type { RollupBatch, RollupPosition, StoredBatch } from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import { checkBatch, checkJournal, checkLeap } from './check-batch.ts'
import { encodeBatch, type EncodedBatch } from './encode-batch.ts'

/** Bytes of samples that share one write and one sync. */
const groupBytes = 1 << 20
/** Readings that memory takes before others may run. */
const readingsAtOnce = 512

interface Waiting {
  readonly batch: RollupBatch
  readonly resolve: (stored: StoredBatch) => void
  readonly reject: (error: unknown) => void
}

/** A batch whose samples are in the record that is written next. */
interface Encoded {
  readonly waiting: Waiting
  readonly encoded: EncodedBatch
  /** The last record that is stored with it. */
  readonly seq: number
}

/** Who writes: the log first, then memory. */
export interface WriteParts {
  readonly directory: string
  readonly options: ResolvedStoreOptions
  readonly names: SeriesNames
  readonly log: RawLog
  readonly memory: RollupMemory
  readonly position: RollupPosition | undefined
  /** Whether nobody else has taken the folder. */
  readonly held: () => boolean
  readonly report: (problem: FoundProblem) => void
  /** Called before a write; where memory is full, it resolves when there is room, and rejects where there will be none. */
  readonly room: () => Promise<void> | undefined
}

/** Batches on their way to the disk, in their order; those that come while the disk is busy share the next sync. */
export class WriteQueue {
  readonly counts = { samples: 0, skipped: 0 }
  readonly #parts: WriteParts
  readonly #waiting: Waiting[] = []
  readonly #record = new RecordWriter()
  readonly #slices = new Slices()
  #position: RollupPosition | undefined
  /** First record of the batches that failed and are not stored yet. */
  #missing = Infinity
  #running: Promise<void> | undefined
  #writing: Promise<void> = Promise.resolve()
  #gate: Promise<void> | undefined

  constructor(parts: WriteParts) {
    this.#parts = parts
    this.#position = parts.position
  }

  /** The last record that is durable. */
  get position(): RollupPosition | undefined {
    return this.#position
  }

  add(batch: RollupBatch): Promise<StoredBatch> {
    checkBatch(batch)
    const done = new Promise<StoredBatch>((resolve, reject) => this.#waiting.push({ batch, resolve, reject }))
    this.#running ??= this.#run()
    return done
  }

  /** Runs a task between two writes: all that was written is in memory, and nothing is added meanwhile. */
  async between<T>(task: () => Promise<T> | T): Promise<T> {
    while (this.#gate !== undefined) await this.#gate
    let open = (): void => undefined
    this.#gate = new Promise((resolve) => (open = resolve))
    try {
      await this.#writing
      return await task()
    } finally {
      this.#gate = undefined
      open()
    }
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      try {
        await this.#parts.room()
      } catch (error) {
        this.#reject(this.#waiting.splice(0), error)
        continue
      }
      while (this.#gate !== undefined) await this.#gate
      this.#writing = this.#writeGroup()
      await this.#writing
    }
    this.#running = undefined
  }

  async #writeGroup(): Promise<void> {
    const { log, names, report } = this.#parts
    const group: Encoded[] = []
    try {
      this.#slices.begin()
      const position = await this.#encodeGroup(group)
      if (position !== undefined) {
        await names.writeNew(this.#record, this.#slices)
        const known = names.length
        const place = await log.append(this.#record)
        this.#refuseIfTaken()
        names.logged(known)
        await this.#feed(place)
        this.#position = position
        if (position.seq >= this.#missing) this.#missing = Infinity
      }
    } catch (error) {
      this.#reject(
        group.map(({ waiting }) => waiting),
        error,
      )
      return
    }
    for (const { waiting, encoded, seq } of group) {
      this.counts.samples += encoded.count
      this.counts.skipped += Math.min(encoded.skipped, waiting.batch.values.length)
      for (const problem of encoded.problems) report(problem)
      waiting.resolve(storedOf(waiting.batch, encoded, seq))
    }
  }

  /** Writes batches that wait into the record; gives the position behind them, where any is new. One that is wrong is rejected by itself. */
  async #encodeGroup(group: Encoded[]): Promise<RollupPosition | undefined> {
    const { options, names } = this.#parts
    const now = options.clock.now()
    const bounds = { ...options, now }
    let position = this.#position
    let isNew = false
    while (group.length === 0 || this.#record.length < groupBytes) {
      const waiting = this.#waiting.shift()
      if (waiting === undefined) break
      const { batch } = waiting
      const { journalId, lastSeq } = batch.position
      try {
        checkJournal(batch, position)
        this.#refuseOvertaking(batch, position)
        checkLeap(batch, position)
      } catch (error) {
        waiting.reject(error)
        continue
      }
      if (position !== undefined && lastSeq <= position.seq) {
        const skipped = lastSeq - batch.position.firstSeq + 1
        group.push({ waiting, encoded: { count: 0, skipped, problems: [] }, seq: position.seq })
        continue
      }
      const next = { journalId, seq: lastSeq }
      if (isNew) this.#record.moveTo(next)
      else this.#record.begin(next, now)
      isNew = true
      const encoded = await encodeBatch(batch, position, names, this.#record, bounds, this.#slices)
      group.push({ waiting, encoded, seq: lastSeq })
      position = next
    }
    return isNew ? position : undefined
  }

  /** Who lost the folder, asleep for a long time, acknowledges nothing that its new owner may not have. */
  #refuseIfTaken(): void {
    const { held, directory } = this.#parts
    if (held()) return
    const message = `another process has taken the folder ${directory} over; open the store again`
    throw new RollupError('ROLLUP_LOCKED', message, { directory })
  }

  /** Gives memory what is durable now. */
  async #feed(place: LogPlace): Promise<void> {
    const { memory } = this.#parts
    this.#slices.begin()
    const payload = this.#record.finish()
    const { position, arrival, entries } = readFacts(payload)
    const target = { readings: memory, from: -Infinity, to: Infinity }
    memory.record({ place, position, arrival })
    for (let at = entries; at < payload.length;) {
      at = readEntries(payload, at, readingsAtOnce, target)
      if (this.#slices.isOver) await this.#slices.pause()
    }
  }

  #reject(batches: readonly Waiting[], error: unknown): void {
    const failure = ioError('the batch could not be written', this.#parts.directory, error)
    for (const { batch, reject } of batches) {
      this.#noteMissing(batch)
      reject(failure)
    }
  }

  #noteMissing({ position: { journalId, firstSeq, lastSeq } }: RollupBatch): void {
    const position = this.#position
    if (position !== undefined && position.journalId !== journalId) return
    const first = Math.max(firstSeq, (position?.seq ?? -1) + 1)
    if (first <= lastSeq) this.#missing = Math.min(this.#missing, first)
  }

  /** Once a later record is stored, one that failed counts as stored too: when it came again, it would be skipped. */
  #refuseOvertaking({ position: { firstSeq } }: RollupBatch, position: RollupPosition | undefined): void {
    if (firstSeq <= this.#missing || (position?.seq ?? -1) >= this.#missing) return
    const { directory } = this.#parts
    throw new RollupError(
      'ROLLUP_IO',
      `the batch from record ${firstSeq} comes behind record ${this.#missing}, which could not be written; write that one ` +
        'again before this one, or an empty batch of its numbers to give it up',
      { directory, missing: this.#missing },
    )
  }
}

function storedOf(
  { values, position: { journalId } }: RollupBatch,
  { count, skipped }: EncodedBatch,
  seq: number,
): StoredBatch {
  // A batch that only tells of a gap has records and no values.
  return { type: 'stored', position: { journalId, seq }, count, skipped: Math.min(skipped, values.length) }
}
