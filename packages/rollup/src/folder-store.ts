import { giveWay, Slices } from '@tocsin/core/slices'
import type { Series } from '@tocsin/core'
import { Observable } from 'rxjs'

import { compact } from './compact/compact.ts'
import { planCompaction, plannedSegments } from './compact/plan.ts'
import { ioError, messageOf, RollupError } from './errors.ts'
import { flushState, resolvePatches, writeFlush } from './flush/write-flush.ts'
import type { OpenedFolder } from './folder/open-folder.ts'
import type { FlushState } from './memory/flush-state.ts'
import { snapshot } from './folder/snapshot.ts'
import type { FrozenMemory, RollupMemory } from './memory/memory-face.ts'
import type { FoundProblem, ReportRollupProblem } from './problem.ts'
import { fetchSeries, piecesOf, slotsAtOnce } from './read/fetch.ts'
import { planFetch, planQuery, selectSeries, type FetchPlan } from './read/plan.ts'
import type { StoreView } from './read/store-view.ts'
import { reportTo } from './report.ts'
import type {
  FetchedSeries,
  FetchExplanation,
  RollupBatch,
  RollupPosition,
  RollupQuery,
  RollupStore,
  RollupStoreStats,
  StoredBatch,
} from './rollup-store.ts'
import type { SegmentDamage } from './segment/segment-query.ts'
import { segmentFile } from './segment/segment-facts.ts'
import { SegmentFolder } from './segment/segment-folder.ts'
import { SegmentList } from './segment/segment-list.ts'
import type { ResolvedStoreOptions } from './store-options.ts'
import { WriteQueue } from './write/write-queue.ts'

/** Samples come out of order by so much without being late for a flush. */
const disorderMs = 15_000

/** The store of a folder: batches go to the log, then to memory; flushes and compactions run beside, one at a time. */
export class FolderStore implements RollupStore {
  readonly #folder: OpenedFolder
  readonly #options: ResolvedStoreOptions
  readonly #memory: RollupMemory
  readonly #segments: SegmentFolder
  readonly #queue: WriteQueue
  readonly #show: ReportRollupProblem
  readonly #counts = { problems: 0, flushes: 0, merges: 0 }
  /** Reads under way: what they see of memory stays until they are done. */
  readonly #reads = new Set<Promise<unknown>>()
  /** A flush that is not durable yet. */
  #frozen: { readonly memory: FrozenMemory; readonly position: RollupPosition | undefined } | undefined
  #state: FlushState | undefined
  /** Samples of another kind than their window, of which was told. */
  #leftOut: number
  /** A segment that a flush is writing. */
  #writing: Promise<unknown> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #nextFlush: Promise<void> | undefined
  #compacting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(folder: OpenedFolder, memory: RollupMemory, options: ResolvedStoreOptions) {
    this.#folder = folder
    this.#options = options
    this.#memory = memory
    this.#show = reportTo(options.problems, options.clock)
    this.#state = folder.state
    this.#leftOut = memory.counters.kindChanged
    const { directory, files, log, names } = folder
    const periods = options.levels.map(({ periodMs }) => periodMs)
    const list = new SegmentList(folder.segments)
    this.#segments = new SegmentFolder(files, directory, periods, list, folder.nextSegment)
    this.#queue = new WriteQueue({
      directory,
      options,
      names,
      log,
      memory,
      position: folder.position,
      held: () => folder.held(),
      report: (problem) => this.#report(problem),
      room: () => this.#room(),
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
      ...this.#counts,
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
    const chosen = select === undefined ? [...list] : selectSeries(list, select).map((number) => list[number])
    return chosen.filter((series) => series !== undefined).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async write(batch: RollupBatch): Promise<StoredBatch> {
    this.#refuseIfClosed()
    const stored = await this.#queue.add(batch)
    this.#reportLeftOut()
    return stored
  }

  async fetch(query: RollupQuery): Promise<readonly FetchedSeries[]> {
    this.#refuseIfClosed()
    const plan = planFetch(query, this.#folder.names.list, this.#options)
    return this.#read(async (view) => {
      const answer: FetchedSeries[] = []
      for await (const piece of this.#pieces(view, piecesOf(plan, Infinity))) answer.push(...piece)
      return answer.sort((a, b) => (a.series.key < b.series.key ? -1 : 1))
    })
  }

  chunks(query: RollupQuery): Observable<readonly FetchedSeries[]> {
    return new Observable((subscriber) => {
      const emit = async (): Promise<void> => {
        this.#refuseIfClosed()
        const plan = planQuery(query, this.#folder.names.list, this.#options)
        await this.#read(async (view) => {
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
    const plan = planFetch(query, this.#folder.names.list, this.#options)
    return this.#read(async (view) => {
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
    await this.#flush()
    await this.#compact()
  }

  async snapshot(directory: string): Promise<void> {
    this.#refuseIfClosed()
    const copied = this.#inTurn(() =>
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
        await this.#flush()
      } finally {
        await this.#compacting?.catch(() => undefined)
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
    const slices = new Slices()
    for (const plan of plans) {
      if (slices.isOver) await slices.pause()
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
    return { levels, counterWrap, segments, ...memory, counts, unreadable: [] }
  }

  /** Begins to write what waits, once it is much; where memory is full, that comes before the next batch. */
  #room(): Promise<void> | undefined {
    const { bytes } = this.#memory
    const { flushBytes } = this.#options
    if (bytes < flushBytes) return undefined
    const flushed = this.#flush()
    flushed.then(
      () => this.#compact(),
      (error: unknown) => this.#report({ reason: 'flush-failed', message: messageOf(error) }),
    )
    // A disk that takes the log and no segments must not fill memory: writes fail until it takes them.
    return bytes < 2 * flushBytes ? undefined : flushed
  }

  /** Who asks while one is under way gets the next one. */
  #flush(): Promise<void> {
    this.#nextFlush ??= this.#inTurn(() => {
      this.#nextFlush = undefined
      return this.#flushOnce()
    })
    return this.#nextFlush
  }

  /** Flushes and snapshots, one at a time: what a flush moves from the log to a segment is in one of them for each. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Closed windows become a segment. What fails is tried again with the next flush. */
  async #flushOnce(): Promise<void> {
    const { log, names, directory } = this.#folder
    const { clock, logger } = this.#options
    try {
      const { memory, position } = (this.#frozen ??= await this.#freeze())
      await memory.prepare(log, giveWay)
      await this.#segments.list.hold((segments) => resolvePatches(memory, this.#view(segments, false)))
      if (memory.length > 0) {
        await names.save()
        const state = flushState(memory, position)
        this.#writing = writeFlush(this.#segments, memory, state, names, this.#options.counterWrap)
        await this.#writing.finally(() => (this.#writing = undefined))
        this.#state = state
        this.#counts.flushes += 1
      }
      // Who began to read before goes on with what he saw then.
      await Promise.allSettled([...this.#reads])
      this.#reportLeftOut()
      this.#memory.release()
      this.#frozen = undefined
      if (this.#state !== undefined) await log.drop(this.#state.replayFrom, clock.now())
    } catch (error) {
      const failure = ioError('windows could not be written as a segment', directory, error)
      logger.error({ directory, error: failure.message }, 'writing a segment failed')
      throw failure
    }
  }

  #freeze(): Promise<{ readonly memory: FrozenMemory; readonly position: RollupPosition | undefined }> {
    return this.#queue.between(() => {
      const closeTo = Math.min(this.#memory.newest, this.#options.clock.now()) - disorderMs
      return { memory: this.#memory.freeze(closeTo, this.#folder.log.place), position: this.position }
    })
  }

  /** Puts segments together as long as there is something to do. What fails is tried again after the next flush. */
  #compact(): Promise<void> {
    this.#compacting ??= (async () => {
      try {
        while (this.#closing === undefined && (await this.#compactOnce())) this.#counts.merges += 1
      } catch (error) {
        this.#report({ reason: 'compaction-failed', message: messageOf(error) })
      } finally {
        this.#compacting = undefined
      }
    })()
    return this.#compacting
  }

  /** Does the next job; whether there was one. */
  async #compactOnce(): Promise<boolean> {
    // It has its number already: what is put together without it would have a later one, and the last word on its windows.
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined)
    return this.#segments.list.hold(async (segments) => {
      const sealBefore = (this.#state?.closedTo ?? -Infinity) - this.#options.rawHorizonMs
      const job = planCompaction(plannedSegments(segments, this.#options.levels), sealBefore)
      if (job === undefined) return false
      const view = this.#view(segments, false)
      await compact(job, this.#segments, view, this.#state ?? null, this.#folder.names)
      this.#reportDamages(view.unreadable)
      return true
    })
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

  /** Memory knows of other kinds only once it has folded a window. */
  #reportLeftOut(): void {
    const { kindChanged } = this.#memory.counters
    const count = kindChanged - this.#leftOut
    if (count === 0) return
    this.#leftOut = kindChanged
    const message = 'left out: an earlier sample of its window is of another kind'
    this.#report({ reason: 'kind-changed', message, count })
  }

  #report({ reason, ...facts }: FoundProblem): void {
    this.#counts.problems += facts.count ?? 1
    this.#show(reason, () => facts)
  }
}
