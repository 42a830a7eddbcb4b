import { resolveOptions } from '@tocsin/core'

import { isFenced, messageOf } from '../errors.ts'
import type { ResolvedOptions } from '../options.ts'
import { badOption, durabilities } from '../options.ts'
import type { ProblemLog } from '../problems.ts'
import type { Recovered } from '../recover/recovery.ts'
import type { Limits } from '../room/limits.ts'
import type { AppendOptions, Durability, Journal, Written } from '../types.ts'
import { createFrameAppender } from './append-frame.ts'
import { createBackgroundSync } from './background-sync.ts'
import type { CommitQueue } from './commit-queue.ts'
import { createCommitQueue } from './commit-queue.ts'
import type { LatencyHistogram } from './latency-histogram.ts'
import { createLatencyHistogram } from './latency-histogram.ts'
import type { LiveRecords } from './live-records.ts'
import { createLiveRecords } from './live-records.ts'
import { Log } from './log.ts'
import { frameLimits } from './prepare-frames.ts'

/** What the journal itself counts. */
export interface Counts {
  appended: number
  commits: number
  dropped: number
  syncs: number
}

/** What writing needs of the rest of a journal. */
export interface WritePathInput {
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
export interface WritePath<T> {
  readonly queue: Pick<CommitQueue<T>, 'pending'>
  readonly log: Pick<Log, 'rewrites'>
  readonly live: LiveRecords<T>
  readonly counts: Counts
  readonly latency: LatencyHistogram
  append(values: readonly T[], options: AppendOptions | undefined): Promise<Written>
  /** For whoever has a bound of its own. */
  appendUnbounded(values: readonly T[]): Promise<Written>
  readonly appendFrame: Journal<T>['appendFrame']
  /** Up to where another journal was copied. */
  upstreamPosition(journalId: string): number
  flush(): Promise<void>
  /** Closes the newest segment to a former owner. Where that fails, the first record does it. */
  fence(): Promise<void>
  /** Does what waits, then no more. */
  close(): Promise<void>
}

export function createWritePath<T>(input: WritePathInput, options: ResolvedOptions<T>): WritePath<T> {
  const { directory, journalId, recovered, problemLog, held, refuseWhenClosed } = input
  const { segments, nextSegment, epoch } = recovered
  const { fileSystem, codec, clock, stopwatch, maxPending, segmentBytes } = options
  const { health, spare, room, retention } = input.limits
  const positions = new Map(recovered.positions)
  const live = createLiveRecords<T>()
  const latency = createLatencyHistogram()
  const counts: Counts = { appended: 0, commits: 0, dropped: 0, syncs: 0 }
  const limits = frameLimits(segmentBytes, options.maxBytes)
  let closing = false

  const log = new Log({
    ...{ fileSystem, directory, journalId, segments, nextSegment, epoch, positions, segmentBytes },
    ...{ spare, room, health, held, clock, stopwatch, latency, report: problemLog.report },
    durable: () => {
      counts.syncs += 1
      live.durable(segments.lastSeq)
      if (!log.certified) background.certifyLater()
      input.changed()
      void retention.reclaim()
    },
  })
  const count = (records: number): void => {
    counts.appended += records
    counts.commits += 1
  }
  const queue = createCommitQueue<T>({
    ...{ codec, maxPending, limits, log },
    written: (values, lastSeq, durability) => {
      count(values.length)
      live.written(values, lastSeq)
      if (durability !== 'interval') return
      if (log.unsyncedBytes >= options.syncBytes) void inBackground(sync)
      else background.syncSoon()
    },
    lost: (records) => {
      counts.dropped += records
    },
  })
  /** In its turn; what goes wrong is reported, since nobody waits for it. */
  const inBackground = async (work: () => Promise<void>): Promise<void> => {
    if (closing) return
    await queue.run(work).catch((error: unknown) => {
      health.failed(error)
      problemLog.report({ reason: 'io', message: messageOf(error) })
    })
  }
  /** What was accepted does not wait for the next record where a sync fails. */
  const sync = async (): Promise<void> => {
    try {
      const waited = log.writtenSeq > segments.lastSeq
      await log.sync()
      if (waited && health.present.state === 'failed') health.written()
    } catch (error) {
      if (!isFenced(error)) background.syncAgain()
      throw error
    }
  }
  const background = createBackgroundSync({
    ...options,
    sync: () => inBackground(sync),
    certify: () => inBackground(() => log.certify()),
  })
  const appendFrame = createFrameAppender<T>({
    ...{ journalId, codec, limits, positions, log },
    run: async (work) => {
      refuseWhenClosed()
      await queue.run(work)
    },
    written: (records, lastSeq, decode) => {
      count(records)
      // Decoded only for those who watch.
      if (!live.watched) return
      try {
        live.written(decode(), lastSeq)
      } catch (error) {
        problemLog.report({ reason: 'undecodable', toSeq: lastSeq, message: messageOf(error) })
      }
    },
  })

  return {
    ...{ queue, log, live, counts, latency, appendFrame },
    append: (values, given) => queue.append(values, durabilityOf(given, options.durability)),
    appendUnbounded: (values) => queue.appendUnbounded(values, options.durability),
    upstreamPosition: (id) => positions.get(id) ?? 0,
    flush: () => queue.run(() => log.sync()),
    fence: () => inBackground(() => log.fence()),
    close: () => {
      closing = true
      background.stop()
      return queue.run(() => log.close())
    },
  }
}

function durabilityOf(options: AppendOptions | undefined, durability: Durability): Durability {
  if (options === undefined) return durability
  return resolveOptions<Required<AppendOptions>>(
    { durability },
    options,
    { durability: durabilities },
    badOption,
  ).durability
}
