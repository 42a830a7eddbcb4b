import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { Clock } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import type { JournalHealth } from './health.ts'
import type { Segments } from './disk/segments.ts'
import { badOption } from './options.ts'
import type { Pins } from './pins.ts'
import type { SubscriberStatus } from './reading-types.ts'
import type { JournalStats } from './types.ts'

/** How often a journal is looked at. */
export interface StatsOptions {
  /** Time between two snapshots, ms. @defaultValue 10000 */
  readonly periodMs?: number
}

/** What `stats$()` does unless told otherwise. */
export const defaultStatsOptions: Readonly<Required<StatsOptions>> = Object.freeze({ periodMs: 10_000 })

/** A subscriber at one moment. */
export interface SubscriberSnapshot extends SubscriberStatus {
  /** Age of the oldest segment that it has not read to the end, ms; 0 where it has read everything. */
  readonly lagMs: number
  /** It holds nothing at present: it was the slowest when room was needed, and has not moved since. */
  readonly expired: boolean
  /** Records that were removed before it had read them. */
  readonly evicted: number
}

/** A journal at one moment, as plain data. */
export interface JournalSnapshot {
  /** When, ms since the Unix epoch, by the journal's clock. */
  readonly time: number
  /** {@link Journal.id}. */
  readonly journalId: string
  /** Whether it takes records. */
  readonly health: JournalHealth
  /** Whether the folder is still this process's. */
  readonly locked: boolean
  /** Counters and sizes; `freeBytes` is absent where the file system does not tell. */
  readonly stats: JournalStats
  /** All of them, transient ones too. */
  readonly subscribers: readonly SubscriberSnapshot[]
}

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
