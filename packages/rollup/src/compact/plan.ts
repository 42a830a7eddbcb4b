import type { Level } from '../engine/levels.ts'
import { sealedStretch } from '../segment/segment-list.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'

/** What the plan needs of a segment. A segment with a higher number says the last word on the windows that it holds. */
export interface PlannedSegment {
  readonly number: number
  readonly bytes: number
  /** Start of the earliest window, ms. */
  readonly from: number
  /** End of the latest stretch, exclusive, ms. */
  readonly to: number
  /** It holds everything that was known of this stretch when its number was given, and the longer windows of it. */
  readonly sealed: readonly [from: number, to: number] | null
  /** Windows of the shortest length per day (its number since 1970); absent where there are thousands. */
  readonly days?: readonly (readonly [day: number, rows: number])[] | undefined
  /** Some of its windows cannot be read: it stays as it is, since older ones would come to light in their place. */
  readonly isDamaged?: boolean
}

/** What a plan needs of segments. */
export const plannedSegments = (
  segments: readonly SegmentReader[],
  levels: readonly Pick<Level, 'periodMs'>[],
): PlannedSegment[] =>
  segments.map((segment) => {
    const { number, bytes, trailer } = segment
    const { from, to, days } = trailer
    return {
      number,
      bytes,
      from,
      to,
      sealed: sealedStretch(segment, levels),
      days,
      isDamaged: segment.isDamaged,
    }
  })

/** What to do next. */
export type CompactionJob =
  /** Put segments into one, the newest that are not sealed; all of them are replaced. */
  | { readonly type: 'join'; readonly inputs: readonly number[] }
  /** Put all that is known of a stretch into one segment, with its longer windows. */
  | { readonly type: 'seal'; readonly from: number; readonly to: number; readonly inputs: readonly number[] }

/** A block of one series holds at most so many windows, and a day so many minutes. */
export const blockRows = 1440
const dayMs = 86_400_000
/** Days that go together into one file. */
const daysTogether = 32
/** Most files of one kind beside each other. */
const maxBeside = 8

/**
 * The next job, most useful first; `undefined` when there is none. `sealBefore`: no window that ends earlier is expected to
 * change. Days with few windows are not sealed, so that times from anywhere do not make a file each.
 */
export function planCompaction(
  segments: readonly PlannedSegment[],
  sealBefore: number,
): CompactionJob | undefined {
  // Nothing is put together over a damaged one, whose windows must not be taken for those of older ones.
  const lastDamaged = Math.max(
    -1,
    ...segments.filter((one) => one.isDamaged === true).map(({ number }) => number),
  )
  const loose = segments.filter(({ sealed, number }) => sealed === null && number > lastDamaged)
  const inputsOf = (from: number, to: number): number[] =>
    segments.filter((one) => one.from < to && one.to > from).map(({ number }) => number)
  const seal = (from: number, to: number): CompactionJob => ({
    type: 'seal',
    from,
    to,
    inputs: inputsOf(from, to),
  })

  const isSound = (from: number, to: number): boolean =>
    !segments.some((one) => one.isDamaged === true && one.from < to && one.to > from)
  const waiting = daysToSeal(segments, loose, sealBefore).filter((day) =>
    isSound(day * dayMs, (day + 1) * dayMs),
  )
  const stretch = stretchToSeal(segments, waiting, sealBefore, isSound)
  if (stretch !== undefined) return seal(stretch, stretch + daysTogether * dayMs)
  const [day] = waiting
  if (day !== undefined) return seal(day * dayMs, (day + 1) * dayMs)
  // With all later ones, of which the new segment would have the last word too.
  const hollow = loose.findIndex((one) => 2 * staleRows(segments, one) > rowsOf(one))
  if (hollow >= 0) return { type: 'join', inputs: loose.slice(hollow).map(({ number }) => number) }
  const count = mergeCount(loose.map(({ bytes }) => bytes))
  if (count > 0) return { type: 'join', inputs: loose.slice(-count).map(({ number }) => number) }
  return undefined
}

const rowsOf = ({ days = [] }: Pick<PlannedSegment, 'days'>): number =>
  days.reduce((sum, [, rows]) => sum + rows, 0)

/** Windows of a segment that later ones have sealed: they only take room. */
const staleRows = (segments: readonly PlannedSegment[], { number, days = [] }: PlannedSegment): number =>
  rowsOf({ days: days.filter(([day]) => isSealed(segments, day, number)) })

/** Days that are over and have many windows that are not sealed, compared with those that are; ascending. */
function daysToSeal(
  segments: readonly PlannedSegment[],
  loose: readonly PlannedSegment[],
  sealBefore: number,
): number[] {
  const waiting = new Map<number, number>()
  for (const { number, days = [] } of loose) {
    for (const [day, rows] of days) {
      if ((day + 1) * dayMs > sealBefore || isSealed(segments, day, number)) continue
      waiting.set(day, (waiting.get(day) ?? 0) + rows)
    }
  }
  return [...waiting]
    .filter(([day, rows]) => rows >= Math.max(blockRows, sealedRows(segments, day) / 8))
    .map(([day]) => day)
    .sort((a, b) => a - b)
}

/** Whether a later segment holds all of a day. */
const isSealed = (segments: readonly PlannedSegment[], day: number, after: number): boolean =>
  segments.some(
    ({ number, sealed }) =>
      number > after && sealed !== null && sealed[0] <= day * dayMs && sealed[1] >= (day + 1) * dayMs,
  )

/** About how many windows of a day are sealed: a file of many days tells no more than its size. */
function sealedRows(segments: readonly PlannedSegment[], day: number): number {
  const covering = segments.findLast(
    ({ sealed }) => sealed !== null && sealed[0] <= day * dayMs && sealed[1] > day * dayMs,
  )
  return covering?.days?.find(([one]) => one === day)?.[1] ?? 0
}

/** Start of the first stretch that is over and has, or would have, many files of a day. */
function stretchToSeal(
  segments: readonly PlannedSegment[],
  waiting: readonly number[],
  sealBefore: number,
  isSound: (from: number, to: number) => boolean,
): number | undefined {
  const lengthMs = daysTogether * dayMs
  const daysOfFiles = segments.flatMap(({ sealed }) =>
    sealed === null || sealed[1] - sealed[0] >= lengthMs ? [] : [sealed[0] / dayMs],
  )
  const files = new Map<number, number>()
  for (const day of [...daysOfFiles, ...waiting]) {
    const stretch = Math.floor(day / daysTogether) * lengthMs
    files.set(stretch, (files.get(stretch) ?? 0) + 1)
  }
  const full = [...files].filter(
    ([from, count]) => count >= maxBeside && from + lengthMs <= sealBefore && isSound(from, from + lengthMs),
  )
  return full.length === 0 ? undefined : Math.min(...full.map(([from]) => from))
}

/**
 * How many of the newest files to put together, given all sizes, older first; 0 for none. An older one joins while it is not
 * much larger than those behind it together: so each window is copied a logarithmic number of times.
 */
function mergeCount(sizes: readonly number[]): number {
  if (sizes.length <= maxBeside) return 0
  let count = 0
  let total = 0
  for (const size of sizes.toReversed()) {
    if (count >= 2 && size > 2 * total) break
    count += 1
    total += size
  }
  return count
}

/** Whether a later segment has sealed the stretch of a window: what an earlier one says of it counts no more. */
export const sealedAfter = (segments: readonly PlannedSegment[], number: number, start: number): boolean =>
  segments.some(
    (one) => one.number > number && one.sealed !== null && one.sealed[0] <= start && one.sealed[1] > start,
  )

/** Segments that say nothing any more once others stand beside them: later ones hold all of their stretches. */
export function obsolete(segments: readonly PlannedSegment[]): number[] {
  return segments
    .filter((one) => daysOf(one)?.every((day) => isSealed(segments, day, one.number)))
    .map(({ number }) => number)
}

function daysOf({ sealed, days }: PlannedSegment): number[] | undefined {
  if (days !== undefined && sealed === null) return days.map(([day]) => day)
  if (sealed === null) return undefined
  const [first, end] = [Math.floor(sealed[0] / dayMs), Math.ceil(sealed[1] / dayMs)]
  return Array.from({ length: end - first }, (_, index) => first + index)
}
