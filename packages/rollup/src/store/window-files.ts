import { windowStart } from '@tocsin/core'

import { createCell, recordReading, type Cell } from '../engine/cell.ts'
import { ioError, messageOf, type RollupError } from '../errors.ts'
import type { FoundProblem } from '../problem.ts'
import type { RollupPosition } from '../rollup-store.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import type { Dictionary } from './dictionary.ts'
import type { EncodedBatch } from './encode-batch.ts'
import { HeadLog, type HeadRecord } from './head-log.ts'
import { renameManifest, writeManifest } from './manifest.ts'
import type { Recovered } from './recover.ts'
import type { SegmentFiles } from './segment-files.ts'
import { segmentFile, shardKey, type SegmentName } from './segment-name.ts'
import type { SegmentReader } from './segment-reader.ts'
import { WindowReader, type StoreView } from './window-reader.ts'
import { mergeCount, mergeSegments, writeChanged, type SegmentFolder } from './write-segments.ts'

/**
 * The windows of a folder: segments, the log of batches since the last flush, and what that log holds, in memory. Methods
 * that change something must not overlap; {@link WindowFiles.read} may go beside them.
 */
export class WindowFiles {
  readonly dictionary: Dictionary
  readonly #directory: string
  readonly #options: ResolvedStoreOptions
  readonly #segmentFiles: SegmentFiles
  readonly #damaged: readonly SegmentName[]
  readonly #report: (problem: FoundProblem) => void
  readonly #counts = { samples: 0, dirtyWindows: 0, flushes: 0, merges: 0 }
  #segments: readonly SegmentReader[]
  #view: StoreView
  #head: HeadLog
  #position: RollupPosition | undefined
  #nextNumber: number
  /** The manifest may or may not have been replaced: before a new one is there, nothing may be added to either log. */
  #unsure = false
  /** Files that such a manifest may name. */
  #strays: string[] = []

  constructor(
    directory: string,
    options: ResolvedStoreOptions,
    found: Recovered,
    report: (problem: FoundProblem) => void,
  ) {
    this.dictionary = found.dictionary
    this.#directory = directory
    this.#options = options
    this.#segmentFiles = found.files
    this.#damaged = found.damaged
    this.#report = report
    this.#segments = found.segments
    this.#view = { memory: new Map<number, Map<number, Cell>>(), shards: shardIndex(found.segments) }
    this.#head = found.head
    this.#nextNumber = found.manifest.nextNumber
    this.#position = found.manifest.position ?? undefined
    for (const record of found.records) this.#apply(record)
    this.#counts.samples = 0
    for (const name of found.damaged) this.#reportDamage('damaged-segment', name)
    if (found.logDamaged) this.#reportDamagedLog()
  }

  /** The last record that is durable. */
  get position(): RollupPosition | undefined {
    return this.#position
  }

  /** Counters and sizes. */
  get stats(): {
    samples: number
    dirtyWindows: number
    flushes: number
    merges: number
    headBytes: number
    segments: number
  } {
    return { ...this.#counts, headBytes: this.#head.bytes, segments: this.#segments.length }
  }

  /** Whether {@link WindowFiles.flush} must come before the next {@link WindowFiles.append}. */
  get mustFlush(): boolean {
    return this.#unsure || this.#head.bytes >= this.#options.flushBytes
  }

  /** Makes batches durable with one sync, then puts them into memory. */
  async append(batches: readonly EncodedBatch[]): Promise<void> {
    if (batches.length === 0) return
    await this.#head.append(batches.map(({ payload }) => payload))
    for (const { record } of batches) this.#apply(record)
  }

  /** Lets a task read windows as they are now, whatever is flushed or merged meanwhile. */
  async read<T>(task: (reader: WindowReader) => Promise<T>): Promise<T> {
    const visitor = { damaged: (segment: SegmentReader) => this.#reportDamage('damaged-block', segment.name) }
    return this.#withSegments(() => task(new WindowReader(this.#view, this.#options.levels, visitor)))
  }

  /** Memory becomes segments and a new log begins, all of it named by one new manifest; then shards are tidied. */
  async flush(): Promise<void> {
    if (this.#view.memory.size === 0 && this.#head.bytes === 0 && !this.#unsure) return
    await this.#replacing(async (folder) => {
      const written = await this.#withSegments(() =>
        writeChanged(folder, this.#view, this.#options.levels, {
          damaged: (segment) => this.#reportDamage('damaged-block', segment.name),
          conflict: (series, start) => this.#reportConflict(series, start),
        }),
      )
      await this.dictionary.save()
      const number = folder.nextNumber((next) => HeadLog.fileName(next))
      const head = await HeadLog.create(this.#options.fileSystem, folder.directory, number)
      return { segments: [...this.#segments, ...written], head }
    })
    this.#counts.flushes += 1
    this.#counts.dirtyWindows = 0
    await this.#mergeCrowdedShards()
  }

  async close(): Promise<void> {
    await this.#head.close()
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

  /** Puts segments of shards that have too many of them together. What fails is tried again after the next flush. */
  async #mergeCrowdedShards(): Promise<void> {
    for (const crowd of this.#view.shards.values()) {
      const newest = crowd.slice(crowd.length - mergeCount(crowd.map(({ bytes }) => bytes)))
      const [one] = newest
      if (one === undefined) continue
      try {
        await this.#replacing(async (folder) => {
          const damaged = (segment: SegmentReader): void => this.#reportDamage('damaged-block', segment.name)
          const merged = await this.#withSegments(() => mergeSegments(folder, newest, one.name, damaged))
          const others = this.#segments.filter((segment) => !newest.includes(segment))
          return { segments: [...others, merged], head: this.#head }
        })
        this.#counts.merges += 1
      } catch (error) {
        this.#report({ reason: 'compaction-failed', message: messageOf(error) })
        return
      }
    }
  }

  /** Makes the state that `prepare` writes the present one, by a new manifest. */
  async #replacing(
    prepare: (folder: SegmentFolder) => Promise<{ segments: readonly SegmentReader[]; head: HeadLog }>,
  ): Promise<void> {
    const { fileSystem, levels, logger } = this.#options
    const directory = this.#directory
    const created: string[] = []
    const nextNumber = (fileName: (number: number) => string): number => {
      const number = this.#nextNumber++
      created.push(fileName(number))
      return number
    }
    let next: { segments: readonly SegmentReader[]; head: HeadLog } | undefined
    let renaming = false
    try {
      next = await prepare({ files: this.#segmentFiles, directory, nextNumber })
      await writeManifest(fileSystem, directory, {
        format: 'tocsin-rollup',
        version: 2,
        periods: levels.map(({ periodMs }) => periodMs),
        position: this.#position ?? null,
        head: next.head.number,
        nextNumber: this.#nextNumber,
        dictionaryBytes: this.dictionary.bytes,
        // A file that is put back later takes its place among the others by its number.
        segments: [...this.#damaged, ...next.segments.map(({ name }) => name)].sort(
          (a, b) => a.number - b.number,
        ),
      })
      renaming = true
      await renameManifest(fileSystem, directory)
    } catch (error) {
      if (next !== undefined && next.head !== this.#head) await next.head.close().catch(() => undefined)
      if (renaming) this.#strays.push(...created)
      else await this.#remove(created)
      this.#unsure ||= renaming
      const failure: RollupError = ioError('windows could not be written as segments', directory, error)
      logger.error({ directory, error: failure.message }, 'writing segments failed')
      throw failure
    }
    this.#unsure = false
    await this.#switchTo(next.segments, next.head)
  }

  async #switchTo(segments: readonly SegmentReader[], head: HeadLog): Promise<void> {
    const replaced = this.#segments.filter((segment) => !segments.includes(segment))
    const old = this.#head
    const memory = head === old ? this.#view.memory : new Map<number, Map<number, Cell>>()
    this.#segments = segments
    this.#view = { memory, shards: shardIndex(segments) }
    this.#head = head
    for (const segment of replaced) await segment.retire()
    await this.#remove(this.#strays.splice(0))
    if (head === old) return
    await old.close().catch(() => undefined)
    await this.#remove([HeadLog.fileName(old.number)])
  }

  /** Files that are not named any more. What cannot be removed now is removed when the store is next opened. */
  async #remove(names: readonly string[]): Promise<void> {
    const { fileSystem } = this.#options
    for (const name of names) await fileSystem.remove(`${this.#directory}/${name}`).catch(() => undefined)
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

  #reportDamage(reason: 'damaged-block' | 'damaged-segment', name: SegmentName): void {
    const file = segmentFile(name)
    this.#options.logger.warn({ directory: this.#directory, file }, reason)
    this.#report({
      reason,
      file,
      message: `${file} is damaged; its rollups are left out, the rest is served`,
    })
  }

  #reportDamagedLog(): void {
    const file = HeadLog.fileName(this.#head.number)
    const seq = this.#position?.seq ?? 'none'
    this.#options.logger.warn({ directory: this.#directory, file, seq }, 'damaged-log')
    this.#report({
      reason: 'damaged-log',
      file,
      message: `${file} is damaged; batches behind record ${seq} are lost: write the journal again from there`,
    })
  }

  #reportConflict(series: number, sampleTime: number): void {
    const key = this.dictionary.list[series]?.key ?? ''
    const message = 'a window holds two kinds of values; the first is kept, the other left out'
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
