import type { Defined, Histogram, Sample, Tags } from '@tocsin/core'
import { buildSeries, text } from '@tocsin/core'
import type { OperatorFunction } from 'rxjs'
import { mergeMap } from 'rxjs'

import { badOption, checkedOptions } from '../options.ts'
import type { JournalSnapshot } from '../status-types.ts'

/** How {@link journalSamples} names what it gives. */
export interface JournalSamplesOptions {
  /** Stands before each name, with a dot. @defaultValue 'journal' */
  readonly prefix?: string | undefined
  /** Tags of every sample. @defaultValue none */
  readonly tags?: Tags | undefined
}

/** What {@link journalSamples} does unless told otherwise. */
export const defaultJournalSamplesOptions: Defined<JournalSamplesOptions> = Object.freeze({
  prefix: 'journal',
  tags: Object.freeze({}),
})

type Measured =
  readonly [kind: 'counter' | 'gauge', value: number] | readonly [kind: 'histogram', value: Histogram]
type Add = (name: string, measured: Measured, tags?: Tags) => void

/** States that need somebody, worse ones higher. */
const severity = { open: 0, closed: 0, full: 1, failed: 2, fenced: 3 } as const

/**
 * Makes samples of snapshots, so that a journal is watched by what it feeds.
 *
 * Kind `counter`: `journal.appended_records`, `journal.dropped_records`, `journal.evicted_records`, `journal.commits`,
 * `journal.syncs`, `journal.rewrites`, `journal.problems`; `journal.gaps` with tag `reason`;
 * `journal.subscriber_evicted_records` with tag `subscriber`. Kind `histogram`: `journal.commit_ms`, all commits so far.
 * Kind `gauge`: `journal.used_bytes`, `journal.segments`, `journal.kept_records`, `journal.pending_records`,
 * `journal.quarantine_bytes`, `journal.free_bytes`, `journal.health` (0 open, 1 full, 2 failed, 3 fenced);
 * `journal.lag_records`, `journal.lag_bytes`, `journal.lag_ms` with tag `subscriber`.
 *
 * Emits: the samples of each snapshot, with its time.
 * Completes and errors: with the source; `JOURNAL_BAD_OPTION` is thrown at the call where prefix and tags make no name of a series.
 * Memory: the samples of one snapshot.
 * Time: none.
 *
 * @example
 * ```ts
 * import { openJournal } from '@tocsin/journal'
 * import { journalSamples } from '@tocsin/journal/samples'
 * import { firstValueFrom } from 'rxjs'
 *
 * await using journal = await openJournal('./watched')
 * const first = await firstValueFrom(journal.stats$().pipe(journalSamples({ tags: { host: 'web-1' } })))
 * console.log(first.series.key) // => journal.appended_records|ST[host:web-1]
 * ```
 */
export function journalSamples(options?: JournalSamplesOptions): OperatorFunction<JournalSnapshot, Sample> {
  const { prefix, tags: common } = checkedOptions<JournalSamplesOptions>(
    defaultJournalSamplesOptions,
    options,
    { prefix: text(), tags: isTags },
  )
  if (!buildSeries(`${prefix}.health`, common).ok) throw badOption('prefix and tags make no name of a series')
  return mergeMap((snapshot) => {
    const samples: Sample[] = []
    const add: Add = (name, [kind, value], tags) => {
      // A name of a subscriber may be longer than a tag can be.
      const built = buildSeries(`${prefix}.${name}`, { ...common, ...tags })
      if (!built.ok) return
      const at = { series: built.value, time: snapshot.time }
      samples.push(kind === 'histogram' ? { ...at, kind, value } : { ...at, kind, value })
    }
    addCounters(snapshot, add)
    addGauges(snapshot, add)
    for (const subscriber of snapshot.subscribers) {
      const tags = { subscriber: subscriber.name }
      add('lag_records', ['gauge', subscriber.lagRecords], tags)
      add('lag_bytes', ['gauge', subscriber.lagBytes], tags)
      add('lag_ms', ['gauge', subscriber.lagMs], tags)
      add('subscriber_evicted_records', ['counter', subscriber.evicted], tags)
    }
    return samples
  })
}

function addCounters({ stats }: JournalSnapshot, add: Add): void {
  add('appended_records', ['counter', stats.appended])
  add('dropped_records', ['counter', stats.dropped])
  add('evicted_records', ['counter', stats.evicted])
  add('commits', ['counter', stats.commits])
  add('syncs', ['counter', stats.syncs])
  add('rewrites', ['counter', stats.rewrites])
  add('problems', ['counter', stats.problems])
  for (const [reason, count] of Object.entries(stats.gaps)) add('gaps', ['counter', count], { reason })
  add('commit_ms', ['histogram', stats.commitLatency])
}

function addGauges({ stats, health }: JournalSnapshot, add: Add): void {
  add('used_bytes', ['gauge', stats.bytes])
  add('segments', ['gauge', stats.segments])
  add('kept_records', ['gauge', stats.lastSeq - stats.firstSeq + 1])
  add('pending_records', ['gauge', stats.pending])
  add('quarantine_bytes', ['gauge', stats.quarantineBytes])
  if (stats.freeBytes !== undefined) add('free_bytes', ['gauge', stats.freeBytes])
  add('health', ['gauge', severity[health.state]])
}

const isTags = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null && Object.values(value).every((tag) => typeof tag === 'string')
    ? undefined
    : 'an object of strings'
