import type { Series } from '@tocsin/core'

import type { FaultInput } from '../fault-input.ts'
import type { FaultProblem, FaultProblemReason } from '../fault-problem.ts'
import type { SeriesEntry } from './series-table.ts'

/** What happened to the sample, as the end of a sentence. */
const sentences: Readonly<Record<FaultProblemReason, string>> = {
  'bad-series': 'had no series with key, metric and tags, and judged nothing',
  stale: 'was too old and judged nothing; are the clocks in step, or is this a backlog?',
  future: 'was too far in the future and judged as of now; are the clocks in step?',
  'bad-time': 'had a time that is no finite number, and judged nothing',
  'not-finite': 'was not a finite number, and neither opens nor clears',
  'wrong-type': 'was not of the type that the rules compare, and neither opens nor clears',
  'too-many-series':
    'was not judged: there is no room for another series; raise maxInstances or narrow the select',
}

/** Makes a problem that stands for `count` samples. */
export function problemOf(
  reason: FaultProblemReason,
  series: Series | undefined,
  now: number,
  count: number,
): FaultProblem {
  const which = count === 1 ? 'a sample' : `each of ${count} more samples`
  const whose = series === undefined ? which : `${which} of ${series.key}`
  const message = `${whose} ${sentences[reason]}`
  return { reason, message, time: now, ...(series !== undefined && { series }), count }
}

/** Takes note of a troubled sample. Only the first of a run makes a problem. */
export function noteTrouble(
  entry: SeriesEntry,
  reason: FaultProblemReason,
  sample: FaultInput,
  now: number,
): FaultProblem | undefined {
  entry.troubles ??= new Map()
  const count = (entry.troubles.get(reason) ?? 0) + 1
  entry.troubles.set(reason, count)
  return count === 1 ? problemOf(reason, sample.series, now, 1) : undefined
}

/** Ends the run of troubled samples: gives the problems that stand for those not told yet. */
export function endTroubles(entry: SeriesEntry, sample: FaultInput, now: number): readonly FaultProblem[] {
  const troubles = [...(entry.troubles ?? [])]
  entry.troubles = undefined
  return troubles
    .filter(([, count]) => count > 1)
    .map(([reason, count]) => problemOf(reason, sample.series, now, count - 1))
}
