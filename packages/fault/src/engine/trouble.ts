import type { FaultInput } from '../fault-input.ts'
import type { FlawReason } from '../fault-problem.ts'
import type { FaultLimits } from './limits.ts'
import { sayMs } from './sentence.ts'
import type { SeriesEntry } from './series-table.ts'

/** Something that was wrong with so many samples; `evaluate` makes a problem of each. */
export interface Trouble {
  /** Which kind of trouble. */
  readonly reason: FlawReason
  /** What is wrong and what became of the samples, as a sentence. */
  readonly message: string
  /** How many samples it stands for. */
  readonly count: number
  /** Key of the series. */
  readonly series?: string
}

/** What is wrong with one sample. */
export interface Flaw {
  readonly reason: FlawReason
  /** How far its time is off, ms. */
  readonly offMs?: number
}

/** Exact where a millisecond may be what is too much. */
const sayTime = (ms: number): string => (ms < 60_000 ? `${ms / 1000}s` : sayMs(ms))

/** What happened to a sample, as the end of a sentence. */
function sentence({ reason, offMs }: Flaw, limits: FaultLimits): string {
  switch (reason) {
    case 'bad-series':
      return 'had no series with key, metric and tags, and judged nothing'
    case 'stale': {
      const limit = `staleAfterMs, ${sayTime(limits.staleAfterMs)}`
      const age = offMs === undefined ? `older than ${limit}` : `${sayTime(offMs)} old, more than ${limit}`
      return (
        `was ${age}, and judged nothing; unless this is a backlog, keep clocks in step, ` +
        'stamp windows at their end as rollupSamples() does, or raise staleAfterMs'
      )
    }
    case 'future': {
      const limit = `maxFutureMs, ${sayTime(limits.maxFutureMs)}`
      const lead = offMs === undefined ? `more than ${limit}` : `${sayTime(offMs)}, more than ${limit}`
      return `was ahead of the clock by ${lead}, and judged as of now; are the clocks in step?`
    }
    case 'bad-time':
      return 'had a time that is no finite number, and judged nothing'
    case 'not-finite':
      return 'was not a finite number, and neither opens nor clears'
    case 'wrong-type':
      return 'was not of the type that the rules compare, and neither opens nor clears'
    case 'too-many-series':
      return 'was not judged: there is no room for another series; raise maxInstances or narrow the select'
  }
}

/** What is told of `count` samples with the same flaw. */
export function troubleOf(
  flaw: Flaw,
  series: string | undefined,
  limits: FaultLimits,
  count: number,
): Trouble {
  const which = count === 1 ? 'a sample' : `each of ${count} more samples`
  const whose = series === undefined ? which : `${which} of ${series}`
  return {
    reason: flaw.reason,
    message: `${whose} ${sentence(flaw, limits)}`,
    count,
    ...(series !== undefined && { series }),
  }
}

/** Takes note of a troubled sample. Only the first of a run is told. */
export function noteTrouble(
  entry: SeriesEntry,
  flaw: Flaw,
  sample: FaultInput,
  limits: FaultLimits,
): Trouble | undefined {
  entry.troubles ??= new Map()
  const count = (entry.troubles.get(flaw.reason) ?? 0) + 1
  entry.troubles.set(flaw.reason, count)
  return count === 1 ? troubleOf(flaw, sample.series.key, limits, 1) : undefined
}

/** Ends the run of troubled samples: gives what stands for those not told yet. */
export function endTroubles(entry: SeriesEntry, sample: FaultInput, limits: FaultLimits): readonly Trouble[] {
  const troubles = [...(entry.troubles ?? [])]
  entry.troubles = undefined
  return troubles
    .filter(([, count]) => count > 1)
    .map(([reason, count]) => troubleOf({ reason }, sample.series.key, limits, count - 1))
}
