import { Slices } from '@tocsin/core/slices'
import type { Series } from '@tocsin/core'
import { Observable } from 'rxjs'

import { checkDirectory, ioError, RollupError } from '../errors.ts'
import type { OpenedFolder } from '../folder/open-folder.ts'
import { snapshot } from '../folder/snapshot.ts'
import type { RollupMemory } from '../memory/memory-face.ts'
import type { FoundProblem, ReportRollupProblem } from '../problem.ts'
import { fetchSeries, piecesOf, slotsAtOnce } from '../read/fetch.ts'
import { planFetch, planQuery, selectSeries, type FetchPlan } from '../read/plan.ts'
import type { StoreView } from '../read/store-view.ts'
import { reportTo } from '../report.ts'
import type {
  FetchedSeries,
  FetchExplanation,
  RollupBatch,
  RollupPosition,
  RollupQuery,
  RollupStore,
  RollupStoreStats,
  StoredBatch,
} from '../rollup-store.ts'
import type { SegmentDamage } from '../segment/segment-query.ts'
import { segmentFile } from '../segment/segment-facts.ts'
import { SegmentFolder } from '../segment/segment-folder.ts'
import { SegmentList } from '../segment/segment-list.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import { Upkeep } from './upkeep.ts'
import { WriteQueue } from '../write/write-queue.ts'

/** The store of a folder: batches go to the log, then to memory; flushes and compactions run beside, one at a time. */
export class FolderStore implements RollupStore {
  readonly #folder: OpenedFolder
  readonly #options: ResolvedStoreOptions
  readonly #memory: RollupMemory
  readonly #segments: SegmentFolder
  readonly #queue: WriteQueue
  readonly #upkeep: Upkeep
  readonly #show: ReportRollupProblem
  #problems = 0
  /** Reads under way: what they see of memory stays until they are done. */
  readonly #reads = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(folder: OpenedFolder, memory: RollupMemory, options: ResolvedStoreOptions) {
    this.#folder = folder
    this.#options = options
    this.#memory = memory
    this.#show = reportTo(options.problems, options.clock)
    const { directory, files, log, names } = folder
    const periods = options.levels.map(({ periodMs }) => periodMs)
    const list = new SegmentList(folder.segments)
    this.#segments = new SegmentFolder(files, directory, periods, list, folder.nextSegment, folder.missing)
    this.#queue = new WriteQueue({
      directory,
      options,
      names,
      log,
      memory,
      position: folder.position,
      held: () => folder.held(),
      report: (problem) => this.#report(problem),
      room: () => this.#upkeep.room(),
    })
    this.#upkeep = new Upkeep({
      folder,
      options,
      memory,
      segments: this.#segments,
      queue: this.#queue,
      reads: this.#reads,
      storedView: (stored) => this.#view(stored, false),
      report: (problem) => this.#report(problem),
      reportDamages: (damages) => this.#reportDamages(damages),
    })
    for (const problem of folder.problems) this.#report(problem)
    folder.tell((problem) => this.#report(problem))
  }

  get position(): RollupPosition | undefined {
    return this.#queue.position
  }

  get stats(): RollupStoreStats {
    const { late, duplicates, merged } = this.#memory.counters
    return {
      ...this.#queue.counts,
      ...this.#upkeep.counts,
      ...this.#upkeep.migration,
      problems: this.#problems,
      duplicates,
      late,
      merged,
      series: this.#folder.names.size,
      waitingBytes: this.#memory.bytes,
      rawBytes: this.#folder.log.bytes,
      segments: this.#segments.list.all.length,
      segmentBytes: this.#segments.list.bytes,
    }
  }

  series(select?: string): readonly Series[] {
    const { list } = this.#folder.names
    const chosen = select === undefined ? [...list] : selectSeries(list, select)
    return chosen.filter((series) => series !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async write(batch: RollupBatch): Promise<StoredBatch> {
    this.#refuseIfClosed()
    const stored = await this.#queue.add(batch)
    this.#upkeep.reportLeftOut()
    return stored
  }

  async fetch(query: RollupQuery): Promise<readonly FetchedSeries[]> {
    this.#refuseIfClosed()
    return this.#read(async (view) => {
      const plan = await planFetch(query, this.#folder.names.list, this.#options, view.slices)
      const answer: FetchedSeries[] = []
      for await (const piece of this.#pieces(view, piecesOf(plan, Infinity))) answer.push(...piece)
      return answer.sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
    })
  }

  chunks(query: RollupQuery): Observable<readonly FetchedSeries[]> {
    return new Observable((subscriber) => {
      const emit = async (): Promise<void> => {
        this.#refuseIfClosed()
        await this.#read(async (view) => {
          const plan = await planQuery(query, this.#folder.names.list, this.#options, view.slices)
          for await (const piece of this.#pieces(view, piecesOf(plan, slotsAtOnce))) {
            if (piece.length > 0) subscriber.next(piece)
            if (subscriber.closed) return
          }
        })
      }
      emit().then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      )
    })
  }

  async explain(query: RollupQuery): Promise<FetchExplanation> {
    this.#refuseIfClosed()
    return this.#read(async (view) => {
      const plan = await planFetch(query, this.#folder.names.list, this.#options, view.slices)
      const pieces = this.#pieces(view, piecesOf(plan, Infinity))
      while ((await pieces.next()).done !== true);
      const { level, series, slots, start, periodMs } = plan
      const end = start + slots * periodMs
      const inRange = view.segments.filter(({ trailer: { from, to } }) => from < end && to > start)
      return {
        periodMs: (view.levels[level] ?? view.levels[0]).periodMs,
        series: series.length,
        slots,
        segments: inRange.length,
        ...view.counts,
        unreadable: view.unreadable.map(({ segment, from, to }) => ({
          file: segmentFile(segment),
          from,
          to,
        })),
        complete: view.unreadable.length === 0,
      }
    })
  }

  async flush(): Promise<void> {
    this.#refuseIfClosed()
    await this.#upkeep.flush()
    await this.#upkeep.compact()
  }

  async snapshot(directory: string): Promise<void> {
    this.#refuseIfClosed()
    checkDirectory(directory)
    const copied = this.#upkeep.inTurn(() =>
      this.#queue.between(() =>
        this.#segments.list.hold(async (segments) => {
          await this.#folder.names.save()
          await snapshot(this.#folder, segments, directory)
        }),
      ),
    )
    await copied.catch((error: unknown) => {
      throw ioError('the store could not be copied', directory, error)
    })
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#queue.drained()
      try {
        await this.#upkeep.stop()
      } finally {
        await Promise.allSettled([...this.#reads])
        await this.#folder.close()
      }
    })()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) {
      throw new RollupError('ROLLUP_CLOSED', `the store ${this.#folder.directory} is closed; open it again`)
    }
  }

  /** Answers series by series; others run between. */
  async *#pieces(view: StoreView, plans: Iterable<FetchPlan>): AsyncGenerator<FetchedSeries[]> {
    const { list } = this.#folder.names
    for (const plan of plans) {
      if (view.slices.isOver) await view.slices.pause()
      yield await fetchSeries(view, plan, (number) => list[number])
    }
  }

  /** Reads what there is now. */
  async #read<T>(task: (view: StoreView) => Promise<T>): Promise<T> {
    const reading = this.#segments.list.hold(async (segments) => {
      const view = this.#view(segments)
      const result = await task(view)
      this.#reportDamages(view.unreadable)
      return result
    })
    this.#reads.add(reading)
    try {
      return await reading
    } catch (error) {
      throw ioError('the rollups could not be read', this.#folder.directory, error)
    } finally {
      this.#reads.delete(reading)
    }
  }

  #view(segments: StoreView['segments'], withMemory = true): StoreView {
    const { levels, counterWrap } = this.#options
    const counts = { blocks: 0, heads: 0, storedWindows: 0, memoryWindows: 0, foldedWindows: 0 }
    const memory = withMemory ? { memory: this.#memory, log: this.#folder.log } : {}
    return { levels, counterWrap, segments, ...memory, counts, slices: new Slices(), unreadable: [] }
  }

  #reportDamages(damages: readonly SegmentDamage[]): void {
    for (const { segment, isNew } of damages) {
      if (!isNew) continue
      const file = segmentFile(segment)
      this.#options.logger.warn({ directory: this.#folder.directory, file }, 'damaged-block')
      const message = `${file} is damaged; some of its rollups are left out, the rest is served`
      this.#report({ reason: 'damaged-block', file, message })
    }
  }

  #report({ reason, ...facts }: FoundProblem): void {
    this.#problems += facts.count ?? 1
    this.#show(reason, () => facts)
  }
}
