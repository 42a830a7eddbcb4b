import { windowStart, type Series } from '@tocsin/core'
import { Subject, type Observable } from 'rxjs'

import { createCell, recordReading, type Cell } from '../engine/cell.ts'
import { ioError, messageOf, RollupError } from '../errors.ts'
import { createReporter, type ProblemFacts, type RollupProblem } from '../problem.ts'
import type {
  FetchedSeries,
  RollupBatch,
  RollupQuery,
  RollupStore,
  RollupStoreStats,
} from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import type { Dictionary } from './dictionary.ts'
import { checkBatch, encodeBatch, type EncodedBatch } from './encode-batch.ts'
import { fetchSeries, planFetch, selectSeries } from './fetch.ts'
import { HeadLog, writeRecord, type HeadRecord } from './head-log.ts'
import { writeManifest } from './manifest.ts'
import type { RollupPosition } from './position.ts'
import type { Recovered } from './recover.ts'
import { segmentFile, shardKey, type SegmentName } from './segment-name.ts'
import type { SegmentReader } from './segment-reader.ts'
import { WindowReader, type StoreView } from './window-reader.ts'
import { mergeCount, mergeSegments, writeChanged, type SegmentFolder } from './write-segments.ts'

/** Bytes of batches that share one write and one sync. */
const groupBytes = 4 << 20

interface Waiting {
  readonly batch: RollupBatch
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The store of a folder. One task at a time changes it; fetches go beside. */
export class FolderStore implements RollupStore {
  readonly #directory: string
  readonly #options: ResolvedStoreOptions
  readonly #dictionary: Dictionary
  readonly #damaged: readonly SegmentName[]
  readonly #folder: SegmentFolder
  readonly #problems = new Subject<RollupProblem>()
  readonly #show: (facts: ProblemFacts) => void
  readonly #counts = { samples: 0, skipped: 0, problems: 0, dirtyWindows: 0, flushes: 0, merges: 0 }
  readonly #waiting: Waiting[] = []
  #segments: readonly SegmentReader[]
  #view: StoreView
  #head: HeadLog
  #position: RollupPosition | undefined
  #nextNumber: number
  #tail: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | undefined
  /** A manifest may or may not have been replaced: the log that it names must be known before anything is added to one. */
  #unsure = false

  constructor(directory: string, options: ResolvedStoreOptions, found: Recovered) {
    const { manifest, dictionary, head, segments, damaged, records } = found
    this.#directory = directory
    this.#options = options
    this.#dictionary = dictionary
    this.#head = head
    this.#segments = segments
    this.#damaged = damaged
    this.#view = { memory: new Map<number, Map<number, Cell>>(), shards: shardIndex(segments) }
    this.#nextNumber = manifest.nextNumber
    this.#position = manifest.position ?? undefined
    this.#show = createReporter((problem) => this.#problems.next(problem), options.clock)
    this.#folder = {
      fileSystem: options.fileSystem,
      directory,
      nextNumber: () => this.#nextNumber++,
    }
    for (const record of records) this.#apply(record)
    for (const name of damaged) this.#reportDamage('damaged-segment', name)
  }

  get position(): RollupPosition | undefined {
    return this.#position
  }

  get stats(): RollupStoreStats {
    const { list } = this.#dictionary
    return {
      ...this.#counts,
      series: list.length,
      headBytes: this.#head.bytes,
      segments: this.#segments.length,
    }
  }

  get problems(): Observable<RollupProblem> {
    return this.#problems.asObservable()
  }

  series(select?: string): readonly Series[] {
    const { list } = this.#dictionary
    const chosen = select === undefined ? [...list] : selectSeries(list, select).map((number) => list[number])
    return chosen.filter((series) => series !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async write(batch: RollupBatch): Promise<void> {
    this.#refuseIfClosed()
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ batch, resolve, reject }))
    void this.#alone(() => this.#writeWaiting())
    await done
  }

  async fetch(query: RollupQuery): Promise<readonly FetchedSeries[]> {
    this.#refuseIfClosed()
    const { list } = this.#dictionary
    const plan = planFetch(query, list, this.#options)
    const segments = this.#segments
    for (const segment of segments) segment.retain()
    try {
      const reader = new WindowReader(this.#view, this.#options.levels, {
        damaged: (segment) => this.#reportDamage('damaged-block', segment.name),
      })
      const answer: FetchedSeries[] = []
      for (const number of plan.series) {
        const series = list[number]
        const fetched = series === undefined ? undefined : await fetchSeries(reader, plan, number, series)
        if (fetched !== undefined) answer.push(fetched)
      }
      return answer.sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
    } catch (error) {
      throw ioError('the rollups could not be read', this.#directory, error)
    } finally {
      for (const segment of segments) await segment.release()
    }
  }

  async flush(): Promise<void> {
    this.#refuseIfClosed()
    await this.#alone(() => this.#flush())
  }

  close(): Promise<void> {
    this.#closing ??= this.#alone(async () => {
      try {
        await this.#writeWaiting()
        await this.#flush()
      } finally {
        await this.#head.close()
        this.#problems.complete()
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
    while (this.#waiting.length > 0) {
      const group: Waiting[] = []
      const encoded: EncodedBatch[] = []
      const seriesBefore = this.#dictionary.list.length
      try {
        if (this.#unsure || this.#head.bytes >= this.#options.flushBytes) await this.#flush()
        const payloads = this.#encodeGroup(group, encoded)
        if (payloads.length > 0) await this.#head.append(payloads)
      } catch (error) {
        this.#dictionary.rollBack(seriesBefore)
        const failure = ioError('the batch could not be written', this.#directory, error)
        const failed = group.length > 0 ? group : this.#waiting.splice(0)
        for (const { reject } of failed) reject(failure)
        continue
      }
      for (const { record, skipped, problems } of encoded) {
        this.#counts.skipped += skipped
        this.#apply(record)
        for (const problem of problems) this.#report(problem)
      }
      for (const { resolve } of group) resolve()
    }
  }

  /** Moves batches from those that wait to `group`; a batch that is wrong is rejected by itself. */
  #encodeGroup(group: Waiting[], encoded: EncodedBatch[]): Uint8Array[] {
    const payloads: Uint8Array[] = []
    let position = this.#position
    let bytes = 0
    while (bytes < groupBytes) {
      const next = this.#waiting.shift()
      if (next === undefined) break
      try {
        checkBatch(next.batch, position)
      } catch (error) {
        next.reject(error)
        continue
      }
      group.push(next)
      const batch = encodeBatch(next.batch, position, this.#dictionary, this.#options.maxSeries)
      if (batch === undefined) {
        this.#counts.skipped += next.batch.values.length
        continue
      }
      const payload = writeRecord(batch.record)
      bytes += payload.length
      payloads.push(payload)
      encoded.push(batch)
      position = batch.record.position
    }
    return payloads
  }

  /** Puts a durable batch into memory. */
  #apply({ position, readings }: HeadRecord): void {
    const { memory } = this.#view
    const [{ periodMs }] = this.#options.levels
    for (const { id, reading } of readings) {
      let cells = memory.get(id)
      if (cells === undefined) memory.set(id, (cells = new Map<number, Cell>()))
      const start = windowStart(reading.time, periodMs)
      let cell = cells.get(start)
      if (cell === undefined) {
        cells.set(start, (cell = createCell(reading.kind)))
        this.#counts.dirtyWindows += 1
      }
      if (recordReading(cell, reading)) this.#counts.samples += 1
      else this.#reportConflict(id, reading.time)
    }
    this.#position = position
  }

  /** Memory becomes segments and a new log begins, all of it named by one new manifest; then shards are tidied. */
  async #flush(): Promise<void> {
    if (this.#view.memory.size === 0 && this.#head.bytes === 0 && !this.#unsure) return
    try {
      const written = await this.#withSegments(() =>
        writeChanged(this.#folder, this.#view, this.#options.levels, {
          damaged: (segment) => this.#reportDamage('damaged-block', segment.name),
          conflict: (series, start) => this.#reportConflict(series, start),
        }),
      )
      await this.#dictionary.save()
      const head = await HeadLog.create(this.#options.fileSystem, this.#directory, this.#nextNumber++)
      this.#unsure = true
      await this.#commit([...this.#segments, ...written], head)
    } catch (error) {
      const failure = ioError('memory could not be written as segments', this.#directory, error)
      this.#options.logger.error({ directory: this.#directory, error: failure.message }, 'flush failed')
      throw failure
    }
    this.#unsure = false
    this.#counts.flushes += 1
    this.#counts.dirtyWindows = 0
    await this.#mergeCrowdedShards()
  }

  /** Makes a new state durable, then the present one. */
  async #commit(segments: readonly SegmentReader[], head: HeadLog): Promise<void> {
    const { fileSystem, levels } = this.#options
    try {
      await writeManifest(fileSystem, this.#directory, {
        format: 'tocsin-rollup',
        version: 1,
        periods: levels.map(({ periodMs }) => periodMs),
        position: this.#position ?? null,
        head: head.number,
        nextNumber: this.#nextNumber,
        dictionaryBytes: this.#dictionary.bytes,
        segments: [...this.#damaged, ...segments.map(({ name }) => name)],
      })
    } catch (error) {
      if (head !== this.#head) await head.close()
      throw error
    }
    const replaced = this.#segments.filter((segment) => !segments.includes(segment))
    const memory = head === this.#head ? this.#view.memory : new Map<number, Map<number, Cell>>()
    this.#segments = segments
    this.#view = { memory, shards: shardIndex(segments) }
    for (const segment of replaced) await segment.retire()
    if (head === this.#head) return
    const old = this.#head
    this.#head = head
    await old.close()
    // It is not named any more; if it cannot be removed now, it is removed when the store is next opened.
    const path = `${this.#directory}/${HeadLog.fileName(old.number)}`
    await fileSystem.remove(path).catch(() => undefined)
  }

  /** Puts segments of shards that have too many of them together. What fails is tried again after the next flush. */
  async #mergeCrowdedShards(): Promise<void> {
    try {
      for (const crowd of this.#view.shards.values()) {
        const count = mergeCount(crowd.map(({ bytes }) => bytes))
        const newest = crowd.slice(crowd.length - count)
        const [one] = newest
        if (count === 0 || one === undefined) continue
        const merged = await this.#withSegments(() =>
          mergeSegments(this.#folder, newest, one.name, (segment) =>
            this.#reportDamage('damaged-block', segment.name),
          ),
        )
        await this.#commit(
          [...this.#segments.filter((segment) => !newest.includes(segment)), merged],
          this.#head,
        )
        this.#counts.merges += 1
      }
    } catch (error) {
      this.#options.logger.warn(
        { directory: this.#directory, error: messageOf(error) },
        'merging segments failed',
      )
      this.#report({
        reason: 'compaction-failed',
        message: `segments could not be merged: ${messageOf(error)}`,
      })
    }
  }

  async #withSegments<T>(task: () => Promise<T>): Promise<T> {
    const segments = this.#segments
    for (const segment of segments) segment.retain()
    try {
      return await task()
    } finally {
      for (const segment of segments) await segment.release()
    }
  }

  #report(facts: ProblemFacts): void {
    this.#counts.problems += 1
    this.#show(facts)
  }

  #reportDamage(reason: 'damaged-block' | 'damaged-segment', name: SegmentName): void {
    const file = segmentFile(name)
    this.#options.logger.warn({ directory: this.#directory, file }, reason)
    this.#report({
      reason,
      file,
      message: `${file} is damaged; its rollups are left out, the rest is served`,
    })
  }

  #reportConflict(series: number, sampleTime: number): void {
    const key = this.#dictionary.list[series]?.key ?? ''
    const message = 'the window holds another kind of values already; it is kept, the new ones are left out'
    this.#report({ reason: 'kind-changed', message, series: key, sampleTime })
  }
}

function shardIndex(segments: readonly SegmentReader[]): ReadonlyMap<string, readonly SegmentReader[]> {
  const shards = new Map<string, SegmentReader[]>()
  for (const segment of segments) {
    const key = shardKey(segment.name.periodMs, segment.name.shard)
    const known = shards.get(key)
    if (known === undefined) shards.set(key, [segment])
    else known.push(segment)
  }
  return shards
}
