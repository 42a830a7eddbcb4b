import type { Clock } from '@tocsin/core'
import { resolveOptions, wholeNumber } from '@tocsin/core'
import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import type { Segments } from './disk/segments.ts'
import { badOption } from './options.ts'
import type { Pins } from './pins.ts'
import type { SubscriberStatus } from './reading-types.ts'
import type { JournalHealth, JournalSnapshot, JournalStats, StatsOptions } from './status-types.ts'

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
