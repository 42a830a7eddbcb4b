import { giveWay } from '@tocsin/core/slices'

import { compact } from '../compact/compact.ts'
import { MigrationProgress, migrationOf, type Migration } from '../compact/migration.ts'
import { planCompaction, plannedSegments } from '../compact/plan.ts'
import { ioError, messageOf } from '../errors.ts'
import { flushState, resolvePatches, writeFlush } from '../flush/write-flush.ts'
import type { OpenedFolder } from '../folder/open-folder.ts'
import type { FlushState } from '../memory/flush-state.ts'
import type { FrozenMemory, RollupMemory } from '../memory/memory-face.ts'
import type { FoundProblem } from '../problem.ts'
import type { StoreView } from '../read/store-view.ts'
import type { RollupPosition } from '../rollup-store.ts'
import type { SegmentFolder } from '../segment/segment-folder.ts'
import type { SegmentDamage } from '../segment/segment-query.ts'
import type { ResolvedStoreOptions } from '../store-options.ts'
import type { WriteQueue } from '../write/write-queue.ts'

/** Samples come out of order by so much without being late for a flush. */
const disorderMs = 15_000

/** What upkeep works on. */
export interface UpkeepParts {
  readonly folder: OpenedFolder
  readonly options: ResolvedStoreOptions
  readonly memory: RollupMemory
  readonly segments: SegmentFolder
  readonly queue: WriteQueue
  /** Reads under way: what they see of memory stays until they are done. */
  readonly reads: ReadonlySet<Promise<unknown>>
  /** Segments without memory. */
  readonly storedView: (segments: StoreView['segments']) => StoreView
  readonly report: (problem: FoundProblem) => void
  readonly reportDamages: (damages: readonly SegmentDamage[]) => void
}

/** What is done beside writing and reading: flushes, one at a time, and putting segments together, one job at a time. */
export class Upkeep {
  readonly counts = { flushes: 0, merges: 0 }
  readonly #parts: UpkeepParts
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
  #isStopping = false
  readonly #migration: MigrationProgress

  constructor(parts: UpkeepParts) {
    this.#parts = parts
    this.#migration = new MigrationProgress(parts.options.logger, parts.folder.directory)
    this.#migration.tell(this.migration)
    this.#state = parts.folder.state
    this.#leftOut = parts.memory.counters.kindChanged
  }

  /** How many days have the windows of the store. */
  get migration(): Migration {
    return migrationOf(this.#parts.segments.list.all, this.#parts.options.levels)
  }

  /** Flushes for the last time, and begins no other job. */
  async stop(): Promise<void> {
    this.#isStopping = true
    try {
      await this.flush()
    } finally {
      await this.#compacting?.catch(() => undefined)
    }
  }

  /** Begins to write what waits, once it is much; where memory is full, that comes before the next batch. */
  room(): Promise<void> | undefined {
    const { bytes } = this.#parts.memory
    const { flushBytes } = this.#parts.options
    if (bytes < flushBytes) return undefined
    const flushed = this.flush()
    flushed.then(
      () => this.compact(),
      (error: unknown) => this.#parts.report({ reason: 'flush-failed', message: messageOf(error) }),
    )
    // A disk that takes the log and no segments must not fill memory: writes fail until it takes them.
    return bytes < 2 * flushBytes ? undefined : flushed
  }

  /** Who asks while one is under way gets the next one. */
  flush(): Promise<void> {
    this.#nextFlush ??= this.inTurn(() => {
      this.#nextFlush = undefined
      return this.#flushOnce()
    })
    return this.#nextFlush
  }

  /** Flushes and snapshots, one at a time: what a flush moves from the log to a segment is in one of them for each. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Closed windows become a segment. What fails is tried again with the next flush. */
  async #flushOnce(): Promise<void> {
    const { log, names, directory } = this.#parts.folder
    const { clock, logger } = this.#parts.options
    try {
      const { memory, position } = (this.#frozen ??= await this.#freeze())
      await memory.prepare(log, giveWay)
      await this.#parts.segments.list.hold((segments) =>
        resolvePatches(memory, this.#parts.storedView(segments)),
      )
      if (memory.length > 0) {
        await names.save()
        const state = flushState(memory, position)
        this.#writing = writeFlush(this.#parts.segments, memory, state, names)
        await this.#writing.finally(() => (this.#writing = undefined))
        this.#state = state
        this.counts.flushes += 1
      }
      // Who began to read before goes on with what he saw then.
      await Promise.allSettled([...this.#parts.reads])
      this.reportLeftOut()
      this.#parts.memory.release()
      this.#frozen = undefined
      if (this.#state !== undefined) await log.drop(this.#state.replayFrom, clock.now())
    } catch (error) {
      const failure = ioError('windows could not be written as a segment', directory, error)
      logger.error({ directory, error: failure.message }, 'writing a segment failed')
      throw failure
    }
  }

  #freeze(): Promise<{ readonly memory: FrozenMemory; readonly position: RollupPosition | undefined }> {
    return this.#parts.queue.between(() => {
      const closeTo = Math.min(this.#parts.memory.newest, this.#parts.options.clock.now()) - disorderMs
      return {
        memory: this.#parts.memory.freeze(closeTo, this.#parts.folder.log.place),
        position: this.#parts.queue.position,
      }
    })
  }

  /** Puts segments together as long as there is something to do. What fails is tried again after the next flush. */
  compact(): Promise<void> {
    this.#compacting ??= (async () => {
      try {
        while (!this.#isStopping && (await this.#compactOnce())) this.#migration.tell(this.migration)
      } catch (error) {
        this.#parts.report({ reason: 'compaction-failed', message: messageOf(error) })
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
    return this.#parts.segments.list.hold(async (segments) => {
      const sealBefore = (this.#state?.closedTo ?? -Infinity) - this.#parts.options.rawHorizonMs
      const job = planCompaction(plannedSegments(segments, this.#parts.options.levels), sealBefore)
      if (job === undefined) return false
      const view = this.#parts.storedView(segments)
      const made = await compact(
        job,
        this.#parts.segments,
        view,
        this.#state ?? null,
        this.#parts.folder.names,
      )
      this.#parts.reportDamages(view.unreadable)
      if (made !== undefined) this.counts.merges += 1
      return true
    })
  }

  /** Memory knows of other kinds only once it has folded a window. */
  reportLeftOut(): void {
    const { kindChanged } = this.#parts.memory.counters
    const count = kindChanged - this.#leftOut
    if (count === 0) return
    this.#leftOut = kindChanged
    const message = 'left out: an earlier sample of its window is of another kind'
    this.#parts.report({ reason: 'kind-changed', message, count })
  }
}
