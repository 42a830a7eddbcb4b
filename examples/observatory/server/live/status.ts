import type { Journal } from '@tocsin/journal'
import type { Sample } from '@tocsin/protocols'

import type { HealthRecord } from '../health.ts'
import { closestToLimits } from './closest.ts'
import type { ProblemRecord } from './problem-record.ts'
import { Rates } from './rates.ts'
import type { SourceCount } from './rates.ts'
import type { Recent } from './recent.ts'
import type { SeriesIndex } from '../answers/series-index.ts'
import type { Thresholds } from '../answers/thresholds.ts'
import type { Status } from '../wire.ts'

/** What the strip is told from. */
export interface StatusParts {
  readonly journal: Pick<Journal<Sample>, 'stats' | 'health' | 'subscribers'>
  readonly health: Pick<HealthRecord, 'judging'>
  readonly problems: Pick<ProblemRecord, 'read'>
  readonly counts: () => readonly SourceCount[]
  readonly sources: { readonly dropped: number; readonly lastMachineSampleAt: number | undefined }
  readonly index: SeriesIndex
  readonly thresholds: Thresholds
  readonly recent: Recent
  readonly viewers: () => number
  readonly startedAt: number
  readonly now: () => number
}

/** Tells how it goes; its rates are from one call to the next. */
export function createStatus(parts: StatusParts): () => Status {
  const { journal, health, problems, counts, sources, index, thresholds, recent, viewers, startedAt, now } =
    parts
  const rates = new Rates()
  return () => {
    const { stats } = journal
    const lastSampleAt = sources.lastMachineSampleAt
    const closest = closestToLimits(thresholds, recent, now(), startedAt)
    return {
      now: now(),
      viewers: viewers(),
      series: index.count,
      watched: thresholds.watched().size,
      sources: rates.read(counts(), performance.now()),
      journal: { state: journal.health.state, segments: stats.segments, bytes: stats.bytes },
      lag: journal.subscribers().find(({ name }) => name === 'storage')?.lagRecords ?? 0,
      dropped: stats.dropped + sources.dropped,
      problems: problems.read(),
      judging: health.judging(),
      ...(lastSampleAt !== undefined && { lastSampleAt }),
      ...(closest !== undefined && { closest }),
    }
  }
}
