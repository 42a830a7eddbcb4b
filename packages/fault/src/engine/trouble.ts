import type { FlawReason, Trouble } from '../model/fault-problem.ts'
import { sayMs } from '../sentences/say-time.ts'
import type { FaultLimits } from './limits.ts'
import { rowBits } from './state/rows.ts'
import type { EngineState } from './state/state.ts'

/** What is wrong with one sample. */
export interface SampleFlaw {
  readonly reason: FlawReason
  /** How far its time is off, ms. */
  readonly offMs?: number
}

/** Exact where a millisecond may be what is too much. */
const sayTime = (ms: number): string => (ms < 60_000 ? `${ms / 1000}s` : sayMs(ms))

/** What happened to a sample, as the end of a sentence. */
function sentence({ reason, offMs }: SampleFlaw, limits: FaultLimits): string {
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
    case 'late':
      return 'was older than one of its series and source that was judged, and judged nothing; reorderMs puts samples in order'
    case 'future': {
      const limit = `maxFutureMs, ${sayTime(limits.maxFutureMs)}`
      const lead = offMs === undefined ? `more than ${limit}` : `${sayTime(offMs)}, more than ${limit}`
      return `was ahead of the clock by ${lead}, and judged as of now; are the clocks in step?`
    }
    case 'bad-time':
      return 'had a time that is no finite number, and judged nothing'
    case 'not-finite':
      return 'was not a number (NaN), and neither opens nor clears'
    case 'wrong-type':
      return 'was not of the type that the rules compare, and neither opens nor clears'
    case 'too-many-series':
      return 'was not judged: there is no room for another series; raise maxInstances or narrow the select'
  }
}

/** What is told of `count` samples with the same flaw. */
function troubleOf(
  flaw: SampleFlaw,
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
export function noteTrouble(state: EngineState, row: number, flaw: SampleFlaw): void {
  const { rows, troubles, problems, limits } = state
  let run = troubles.get(row)
  if (run === undefined) {
    run = new Map()
    troubles.set(row, run)
    rows.set(row, rowBits.isTroubled)
  }
  const count = (run.get(flaw.reason) ?? 0) + 1
  run.set(flaw.reason, count)
  if (count === 1) problems.push(troubleOf(flaw, rows.series[row]?.key, limits, 1))
}

/** Ends the run of troubled samples: tells those not told yet. */
export function endTroubles(state: EngineState, row: number): void {
  const { rows, troubles, problems, limits } = state
  for (const [reason, count] of troubles.get(row) ?? []) {
    if (count > 1)
      problems.push(troubleOf({ reason: reason as FlawReason }, rows.series[row]?.key, limits, count - 1))
  }
  troubles.delete(row)
  rows.unset(row, rowBits.isTroubled)
}

/** Tells the 1st, 10th, 100th, … sample that is refused for a reason. */
export function noteRefused(
  { refused, problems, limits, counts }: EngineState,
  reason: keyof EngineState['refused'],
  series: string | undefined,
): void {
  counts.refused += 1
  refused[reason] += 1
  const count = refused[reason]
  if (!isPowerOfTen(count)) return
  problems.push(troubleOf({ reason }, series, limits, count - Math.floor(count / 10)))
}

function isPowerOfTen(count: number): boolean {
  let power = 1
  while (power < count) power *= 10
  return power === count
}
