import type { Clock, Defined } from '@tocsin/core'
import { wholeNumber } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import { checkedOptions } from './options.ts'
import type { GapCounter, ProblemLog } from './problems.ts'
import type { Limits } from './room/limits.ts'
import type { Pins } from './room/pins.ts'
import type { Quarantine } from './segments/quarantine.ts'
import type { Segments } from './segments/segments.ts'
import type { JournalSnapshot, JournalStats, StatsOptions } from './status-types.ts'
import type { Journal } from './types.ts'
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

/** Where each number is read. */
const readings: { readonly [Name in keyof JournalStats]: (input: StatsInput) => JournalStats[Name] } = {
  appended: ({ writer }) => writer.counts.appended,
  commits: ({ writer }) => writer.counts.commits,
  syncs: ({ writer }) => writer.counts.syncs,
  rewrites: ({ writer }) => writer.rewrites,
  dropped: ({ writer }) => writer.counts.dropped,
  evicted: ({ limits }) => limits.retention.evicted,
  gaps: ({ gaps }) => ({ ...gaps.counts }),
  pending: ({ writer }) => writer.pending,
  problems: ({ problemLog }) => problemLog.count,
  bytes: ({ segments }) => segments.bytes,
  quarantineBytes: ({ quarantine }) => quarantine.bytes,
  freeBytes: ({ limits }) => limits.room.freeBytes,
  segments: ({ segments }) => segments.count,
  firstSeq: ({ segments }) => segments.firstSeq,
  lastSeq: ({ segments }) => segments.lastSeq,
  commitLatency: ({ writer }) => writer.latency.snapshot(),
}

/** The numbers of a journal, read anew each time from where they are kept. */
export function liveStats(input: StatsInput): JournalStats {
  const getters = Object.entries(readings).map(
    ([name, read]) => [name, { enumerable: true, get: () => read(input) }] as const,
  )
  return Object.defineProperties({}, Object.fromEntries(getters)) as JournalStats
}

/** What `stats$()` does unless told otherwise. */
export const defaultStatsOptions: Defined<StatsOptions> = Object.freeze({ periodMs: 10_000 })

/** What snapshots are taken of. */
export interface SnapshotsInput {
  /** Its `health$` completes when it is closed. */
  readonly journal: Pick<Journal<never>, 'id' | 'stats' | 'health' | 'health$' | 'subscribers'>
  readonly clock: Clock
  readonly scheduler: SchedulerLike
  readonly pins: Pick<Pins, 'losses'>
  readonly held: () => boolean
}

export function snapshotsOf(
  input: SnapshotsInput,
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
    subscriber.add(input.journal.health$.subscribe({ error: end, complete: end }))
  })
}

function takeSnapshot({ journal, clock, pins, held }: SnapshotsInput): JournalSnapshot {
  return {
    type: 'stats',
    time: clock.now(),
    journalId: journal.id,
    health: journal.health,
    locked: held(),
    stats: { ...journal.stats },
    subscribers: journal.subscribers().map((status) => ({ ...status, ...pins.losses(status.name) })),
  }
}
