import type { Journal } from '@tocsin/journal'
import type { Problem, Sample } from '@tocsin/protocols'
import { processMetrics } from '@tocsin/protocols/host'
import { meter } from '@tocsin/protocols/meter'
import { expose, type Exposure } from '@tocsin/protocols/prometheus'
import type { RollupStore } from '@tocsin/rollup/store'
import { merge, type Observable } from 'rxjs'

import type { Sources } from '../sources.ts'

/** What has figures of its own. */
export interface OwnParts {
  readonly sources: Pick<Sources, 'stats'>
  readonly journal: Pick<Journal<Sample>, 'stats'>
  readonly rollups: Pick<RollupStore, 'stats'>
  readonly viewers: () => number
}

/** The page `/metrics`, to be subscribed to, and what is wrong with it. */
export interface OwnFigures {
  readonly page: Exposure
  readonly problems: Observable<Problem>
}

/** How often they are read, ms: no scraper asks more often. */
const everyMs = 1000

/** What each part has done, and how the process is. Nothing of what is collected is on it. */
export function ownFigures({ sources, journal, rollups, viewers }: OwnParts): OwnFigures {
  const own = meter({ name: 'observatory' })
  for (const [source, stats] of sources.stats)
    own.observe('source', () => stats, { counters: 'all', tags: { source } })
  own.observe('journal', () => journal.stats, {
    counters: ['appended', 'commits', 'syncs', 'rewrites', 'dropped', 'evicted', 'problems', 'lastSeq'],
  })
  own.observe('rollups', () => rollups.stats, {
    counters: [
      ...(['samples', 'skipped', 'problems', 'duplicates', 'late', 'merged', 'flushes', 'merges'] as const),
    ],
  })
  own.observe('page', () => ({ viewers: viewers() }))
  const process = processMetrics({ periodMs: everyMs, name: 'observatory' })
  const page = expose(merge(own.samples({ everyMs }), process))
  return { page, problems: merge(page.problems, own.problems, process.problems) }
}
