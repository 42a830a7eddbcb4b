import type { Cause } from '../../model/fault-event.ts'
import type { Severity } from '../../model/rule-set.ts'
import type { RowLists } from '../tables/row-lists.ts'

/** A fault of the engine itself: of a source, or of what was refused. */
export interface OwnFault {
  readonly fault: string
  /** Wall clock, as all times here. */
  readonly openedAt: number
  severity: Severity
  events: number
  /** Of a source: it is not silent, but all that comes is too old. */
  isLate: boolean
  /** Of a source: its series when it fell silent; none where that was before a restart. */
  readonly held?: Cause['held']
}

/** A collector; times are the monitor's. */
export interface Source {
  /** None for samples that say no source. */
  readonly name: string | undefined
  /** When something fresh came from it; -Infinity before the first. */
  heard: number
  /** When something came that was too old. */
  heardLate: number
  /** The newest time of a fresh sample. */
  newest: number
  /** The longest time between deliveries since `gapsSince`, and in the stretch before, ms. */
  gapMs: number
  gapBeforeMs: number
  gapsSince: number
  /** From when silences of its series count at the earliest: when it came back. */
  backAt: number
  /** Its series whose silence is watched. */
  watched: number
  /** The first of these, to be named. */
  readonly named: Set<number>
  /** Instances of its series. */
  instances: number
  /** The list of rows whose silence is told by its fault. */
  held: number
  /** That of rows whose silence may be its own, and from which time of a sample on it can be told for one of them. */
  waiting: number
  waitsFor: number
  silence: OwnFault | undefined
  /** What was refused of it: when last, and the fault. */
  refusedAt: number
  refusal: OwnFault | undefined
  /** When the last event of its own faults was, wall clock. */
  eventTime: number
}

/** A source that nothing was heard of. */
export const createSource = (name: string | undefined, lists: RowLists): Source => ({
  name,
  heard: -Infinity,
  heardLate: -Infinity,
  newest: -Infinity,
  gapMs: 0,
  gapBeforeMs: 0,
  gapsSince: -Infinity,
  backAt: -Infinity,
  watched: 0,
  named: new Set(),
  instances: 0,
  held: lists.create(),
  waiting: lists.create(),
  waitsFor: Infinity,
  silence: undefined,
  refusedAt: -Infinity,
  refusal: undefined,
  eventTime: -Infinity,
})

/** Most series of a source that are named. */
const mostNamed = 20

/** The silence of this series is watched, or no longer. */
export function watchSilence(source: Source, row: number, isWatched: boolean): void {
  source.watched += isWatched ? 1 : -1
  if (!isWatched) source.named.delete(row)
  else if (source.named.size < mostNamed) source.named.add(row)
}

/** What is never silence of a whole source, ms. */
const shortestSilenceMs = 30_000

/** From when on a source is silent, if nothing comes from it. */
export const silentAt = (source: Source | undefined): number =>
  source === undefined
    ? -Infinity
    : source.heard + Math.max(shortestSilenceMs, 1.5 * Math.max(source.gapMs, source.gapBeforeMs))
