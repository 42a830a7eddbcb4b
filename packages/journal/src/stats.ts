import type { Clock } from '@tocsin/core'
import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import { badOption } from './options.ts'
import type { GapCounter, ProblemLog } from './problems.ts'
import type { SubscriberStatus } from './reading-types.ts'
import type { Limits } from './room/limits.ts'
import type { Pins } from './room/pins.ts'
import type { Quarantine } from './segments/quarantine.ts'
import type { Segments } from './segments/segments.ts'
import type { JournalHealth, JournalSnapshot, JournalStats, StatsOptions } from './status-types.ts'
import type { CommitQueue } from './write/commit-queue.ts'
import type { LatencyHistogram } from './write/latency-histogram.ts'
import type { Log } from './write/log.ts'
import type { Counts } from './write/writer.ts'

/** Where the numbers are kept. */
export interface StatsInput {
  readonly counts: Readonly<Counts>
  readonly queue: Pick<CommitQueue<never>, 'pending'>
  readonly log: Pick<Log, 'rewrites'>
  readonly limits: Limits
  readonly problemLog: ProblemLog
  readonly segments: Segments
  readonly gaps: GapCounter
  readonly quarantine: Pick<Quarantine, 'bytes'>
  readonly latency: LatencyHistogram
}

/** The numbers of a journal, read anew each time from where they are kept. */
export function liveStats(input: StatsInput): JournalStats {
  const { counts, queue, log, limits, problemLog, segments, gaps, quarantine, latency } = input
  return {
    get appended() {
      return counts.appended
    },
    get commits() {
      return counts.commits
    },
    get syncs() {
      return counts.syncs
    },
    get rewrites() {
      return log.rewrites
    },
    get dropped() {
      return counts.dropped
    },
    get evicted() {
      return limits.retention.evicted
    },
    get gaps() {
      return { ...gaps.counts }
    },
    get pending() {
      return queue.pending
    },
    get problems() {
      return problemLog.count
    },
    get bytes() {
      return segments.bytes
    },
    get quarantineBytes() {
      return quarantine.bytes
    },
    get freeBytes() {
      return limits.room.freeBytes
    },
    get segments() {
      return segments.count
    },
    get firstSeq() {
      return segments.firstSeq
    },
    get lastSeq() {
      return segments.lastSeq
    },
    get commitLatency() {
      return latency.snapshot()
    },
  }
}

/** What `stats$()` does unless told otherwise. */
export const defaultStatsOptions: Readonly<Required<StatsOptions>> = Object.freeze({ periodMs: 10_000 })

/** What snapshots are taken of. */
export interface SnapshotsInput {
  readonly journalId: string
  readonly stats: JournalStats
  readonly clock: Clock
  readonly scheduler: SchedulerLike
  readonly pins: Pick<Pins, 'losses'>
  health(): JournalHealth
  readonly segments: Pick<Segments, 'at' | 'lastSeq'>
  held(): boolean
  subscribers(): readonly SubscriberStatus[]
}

export function snapshotsOf(
  input: SnapshotsInput,
  /** Completes when the journal is closed. */
  health: Observable<JournalHealth>,
  options: StatsOptions | undefined,
): Observable<JournalSnapshot> {
  const { periodMs } = resolveOptions<Required<StatsOptions>>(
    defaultStatsOptions,
    options,
    { periodMs: wholeNumber(1, 2_147_483_647) },
    badOption,
  )
  return new Observable((subscriber) => {
    subscriber.next(takeSnapshot(input))
    if (subscriber.closed) return
    subscriber.add(
      input.scheduler.schedule(function () {
        subscriber.next(takeSnapshot(input))
        if (!subscriber.closed) this.schedule(undefined, periodMs)
      }, periodMs),
    )
    const end = (): void => {
      subscriber.next(takeSnapshot(input))
      subscriber.complete()
    }
    subscriber.add(health.subscribe({ error: end, complete: end }))
  })
}

function takeSnapshot(input: SnapshotsInput): JournalSnapshot {
  return {
    time: input.clock.now(),
    journalId: input.journalId,
    health: input.health(),
    locked: input.held(),
    stats: { ...input.stats },
    subscribers: input.subscribers().map((status) => ({ ...status, ...input.pins.losses(status.name) })),
  }
}
