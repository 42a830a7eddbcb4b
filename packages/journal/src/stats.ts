import type { Clock, Defined } from '@tocsin/core'
import { wholeNumber } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import { checkedOptions } from './options.ts'
import type { GapCounter, ProblemLog } from './problems.ts'
import type { SubscriberStatus } from './reading-types.ts'
import type { Limits } from './room/limits.ts'
import type { Pins } from './room/pins.ts'
import type { Quarantine } from './segments/quarantine.ts'
import type { Segments } from './segments/segments.ts'
import type { JournalHealth, JournalSnapshot, JournalStats, StatsOptions } from './status-types.ts'
import type { Writer } from './write/writer.ts'

/** Where the numbers are kept. */
export interface StatsInput {
  readonly writer: Pick<Writer<never>, 'counts' | 'latency' | 'pending' | 'rewrites'>
  readonly limits: Limits
  readonly problemLog: ProblemLog
  readonly segments: Segments
  readonly gaps: GapCounter
  readonly quarantine: Pick<Quarantine, 'bytes'>
}

/** The numbers of a journal, read anew each time from where they are kept. */
export function liveStats(input: StatsInput): JournalStats {
  const { writer, limits, problemLog, segments, gaps, quarantine } = input
  return {
    get appended() {
      return writer.counts.appended
    },
    get commits() {
      return writer.counts.commits
    },
    get syncs() {
      return writer.counts.syncs
    },
    get rewrites() {
      return writer.rewrites
    },
    get dropped() {
      return writer.counts.dropped
    },
    get evicted() {
      return limits.retention.evicted
    },
    get gaps() {
      return { ...gaps.counts }
    },
    get pending() {
      return writer.pending
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
      return writer.latency.snapshot()
    },
  }
}

/** What `stats$()` does unless told otherwise. */
export const defaultStatsOptions: Defined<StatsOptions> = Object.freeze({ periodMs: 10_000 })

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
  const { periodMs } = checkedOptions<StatsOptions>(defaultStatsOptions, options, {
    periodMs: wholeNumber(1, 2_147_483_647),
  })
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
    type: 'stats',
    time: input.clock.now(),
    journalId: input.journalId,
    health: input.health(),
    locked: input.held(),
    stats: { ...input.stats },
    subscribers: input.subscribers().map((status) => ({ ...status, ...input.pins.losses(status.name) })),
  }
}
