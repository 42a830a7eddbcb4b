import type { Series } from '@tocsin/core'

import { ioError, RollupError } from '../errors.ts'
import type { FoundProblem, ReportRollupProblem } from '../problem.ts'
import { reportTo } from '../report.ts'
import type {
  FetchedSeries,
  RollupBatch,
  RollupPosition,
  RollupQuery,
  RollupStore,
  RollupStoreStats,
  StoredBatch,
} from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import { checkBatch, checkJournal, encodeBatch, type EncodedBatch } from './encode-batch.ts'
import { fetchSeries, planFetch, selectSeries } from './fetch.ts'
import type { Recovered } from './recover.ts'
import { WindowFiles } from './window-files.ts'

/** Bytes of batches that share one write and one sync. */
const groupBytes = 4 << 20

interface Waiting {
  readonly batch: RollupBatch
  readonly resolve: (stored: StoredBatch) => void
  readonly reject: (error: unknown) => void
}

/** Batches on their way to the disk, and who is told of them there. */
interface Group {
  readonly batches: readonly EncodedBatch[]
  readonly stored: readonly (() => void)[]
}

/** The store of a folder. One task at a time changes it; fetches go beside. */
export class FolderStore implements RollupStore {
  readonly #directory: string
  readonly #options: ResolvedStoreOptions
  readonly #files: WindowFiles
  readonly #show: ReportRollupProblem
  readonly #waiting: Waiting[] = []
  readonly #counts = { skipped: 0, problems: 0 }
  /** First record of the batches that failed and are not stored yet. */
  #missing = Infinity
  #tail: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined

  constructor(directory: string, options: ResolvedStoreOptions, found: Recovered) {
    this.#directory = directory
    this.#options = options
    this.#show = reportTo(options.problems, options.clock)
    this.#files = new WindowFiles(directory, options, found, (problem) => this.#report(problem))
  }

  get position(): RollupPosition | undefined {
    return this.#files.position
  }

  get stats(): RollupStoreStats {
    return { ...this.#files.stats, ...this.#counts, series: this.#files.dictionary.list.length }
  }

  series(select?: string): readonly Series[] {
    const { list } = this.#files.dictionary
    const chosen = select === undefined ? [...list] : selectSeries(list, select).map((number) => list[number])
    return chosen.filter((series) => series !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async write(batch: RollupBatch): Promise<StoredBatch> {
    this.#refuseIfClosed()
    checkBatch(batch)
    const done = new Promise<StoredBatch>((resolve, reject) => this.#waiting.push({ batch, resolve, reject }))
    void this.#alone(() => this.#writeWaiting())
    return done
  }

  async fetch(query: RollupQuery): Promise<readonly FetchedSeries[]> {
    this.#refuseIfClosed()
    const { list } = this.#files.dictionary
    const plan = planFetch(query, list, this.#options)
    const answer: FetchedSeries[] = []
    const read = this.#files.read(async (reader) => {
      for (const number of plan.series) {
        const series = list[number]
        const fetched = series === undefined ? undefined : await fetchSeries(reader, plan, number, series)
        if (fetched !== undefined) answer.push(fetched)
      }
    })
    await read.catch((error: unknown) => {
      throw ioError('the rollups could not be read', this.#directory, error)
    })
    return answer.sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
  }

  async flush(): Promise<void> {
    this.#refuseIfClosed()
    await this.#alone(() => this.#files.flush())
  }

  close(): Promise<void> {
    this.#closing ??= this.#alone(async () => {
      try {
        await this.#writeWaiting()
        await this.#files.flush()
      } finally {
        await this.#files.close()
      }
    })
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) {
      throw new RollupError('ROLLUP_CLOSED', `the store ${this.#directory} is closed; open it again`)
    }
  }

  /** Runs tasks one after the other, whether or not one fails. */
  #alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Writes what waits, as many batches with one sync as fit. */
  async #writeWaiting(): Promise<void> {
    const { dictionary } = this.#files
    while (this.#waiting.length > 0) {
      const group: Waiting[] = []
      const seriesBefore = dictionary.list.length
      try {
        if (this.#files.mustFlush) await this.#files.flush()
        const taken = this.#takeGroup(group)
        await this.#files.append(taken.batches)
        if ((this.position?.seq ?? -1) >= this.#missing) this.#missing = Infinity
        for (const { skipped, problems } of taken.batches) {
          this.#counts.skipped += skipped
          for (const problem of problems) this.#report(problem)
        }
        for (const tell of taken.stored) tell()
      } catch (error) {
        dictionary.rollBack(seriesBefore)
        const failure = ioError('the batch could not be written', this.#directory, error)
        for (const { batch, reject } of group.length > 0 ? group : this.#waiting.splice(0)) {
          this.#noteMissing(batch)
          reject(failure)
        }
      }
    }
  }

  /** Moves batches from those that wait to `group`; a batch that is wrong is rejected by itself. */
  #takeGroup(group: Waiting[]): Group {
    const { dictionary } = this.#files
    const batches: EncodedBatch[] = []
    const stored: (() => void)[] = []
    let { position } = this.#files
    let bytes = 0
    while (bytes < groupBytes) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      try {
        checkJournal(next.batch, position)
        this.#refuseLeap(next.batch, position)
      } catch (error) {
        next.reject(error)
        continue
      }
      group.push(next)
      const encoded = encodeBatch(next.batch, position, dictionary, this.#options.maxSeries)
      if (encoded === undefined) {
        this.#counts.skipped += next.batch.values.length
      } else {
        batches.push(encoded)
        bytes += encoded.payload.length
        position = encoded.record.position
      }
      const result = storedOf(next.batch, encoded, position?.seq)
      stored.push(() => next.resolve(result))
    }
    return { batches, stored }
  }

  #noteMissing(batch: RollupBatch): void {
    const { journalId, firstSeq, lastSeq } = batch.position
    const { position } = this
    if (position !== undefined && position.journalId !== journalId) return
    const first = Math.max(firstSeq, (position?.seq ?? -1) + 1)
    if (first <= lastSeq) this.#missing = Math.min(this.#missing, first)
  }

  /** Once a later record is stored, one that failed counts as stored too: when it came again, it would be skipped. */
  #refuseLeap(batch: RollupBatch, position: RollupPosition | undefined): void {
    const { firstSeq } = batch.position
    if (firstSeq <= this.#missing || (position?.seq ?? -1) >= this.#missing) return
    throw new RollupError(
      'ROLLUP_IO',
      `the batch from record ${firstSeq} comes behind record ${this.#missing}, which could not be written; write that one ` +
        'again before this one, or an empty batch of its numbers to give it up',
      { directory: this.#directory, missing: this.#missing },
    )
  }

  #report({ reason, ...facts }: FoundProblem): void {
    this.#counts.problems += 1
    this.#show(reason, () => facts)
  }
}

function storedOf(
  { values, position: { journalId, lastSeq } }: RollupBatch,
  encoded: EncodedBatch | undefined,
  lastStored = lastSeq,
): StoredBatch {
  return {
    type: 'stored',
    position: { journalId, seq: lastStored },
    count: encoded?.record.readings.length ?? 0,
    // A batch that only tells of a gap has records and no values.
    skipped: Math.min(encoded?.skipped ?? Infinity, values.length),
  }
}
