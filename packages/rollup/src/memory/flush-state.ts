import { comparePlaces, type LogPlace } from '../log/log-place.ts'
import type { RollupPosition } from '../rollup-store.ts'

/** What a flush says of itself in the trailer of its segment: from there on the log is read again. */
export interface FlushState {
  /** Last journal record of which everything is in segments, or in the log from `replayFrom` on. */
  readonly position: RollupPosition | null
  /** First record of the log that holds a reading of a window which the flush left open. */
  readonly replayFrom: LogPlace
  /** First record of the log that the flush had not seen; those before it count only for windows that end after `closedTo`. */
  readonly flushedTo: LogPlace
  /** Windows that end at or before are in segments, ms since the Unix epoch. */
  readonly closedTo: number
  /** Newest event time that any series had, ms since the Unix epoch. */
  readonly newest: number
}

/** The state in a trailer, which is any JSON; `undefined` where it is none. */
export function readFlushState(state: unknown): FlushState | undefined {
  const { position, replayFrom, flushedTo, closedTo, newest } = (state ?? {}) as Partial<FlushState>
  if (!isPlace(replayFrom) || !isPlace(flushedTo)) return undefined
  const isPosition = typeof position?.journalId === 'string' && Number.isSafeInteger(position.seq)
  // JSON has no -Infinity.
  const time = (value: unknown): number => (typeof value === 'number' ? value : -Infinity)
  return {
    position: isPosition ? position : null,
    replayFrom,
    flushedTo,
    closedTo: time(closedTo),
    newest: time(newest),
  }
}

/** The one of the latest flush. Two flushes between which nothing came saw the same records, and the later one closed more. */
export function latestState(states: readonly (FlushState | undefined)[]): FlushState | undefined {
  return states.reduce(
    (latest, state) =>
      latest === undefined || (state !== undefined && isLater(state, latest)) ? state : latest,
    undefined,
  )
}

function isLater(one: FlushState, other: FlushState): boolean {
  const order = comparePlaces(one.flushedTo, other.flushedTo)
  return order > 0 || (order === 0 && one.closedTo > other.closedTo)
}

const isPlace = (place: Partial<LogPlace> | undefined): place is LogPlace =>
  Number.isSafeInteger(place?.file) && Number.isSafeInteger(place?.offset)
