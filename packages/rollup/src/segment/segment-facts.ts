/** What who writes a segment says of it, in its trailer. */
export interface SegmentFacts {
  /** State of the store as of this segment, plain JSON. */
  readonly state: unknown
  /** Numbers of the segments that hold what this one does not. */
  readonly beside: readonly number[]
  /** Numbers of the segments that say nothing any more beside this one. */
  readonly replaces: readonly number[]
  /** It holds everything that was known of this stretch, and its longer windows. */
  readonly sealed: readonly [from: number, to: number] | null
}

/** What the trailer of a segment says. */
export interface SegmentTrailer extends SegmentFacts {
  readonly format: 'tocsin-rollup'
  readonly version: 3
  readonly number: number
  /** Window lengths of its levels, ms. */
  readonly periods: readonly number[]
  /** Start of the earliest window, ms. 0 where there are no rows. */
  readonly from: number
  /** End of the latest window, ms, exclusive. 0 where there are no rows. */
  readonly to: number
  /** Rows of all levels. */
  readonly rows: number
  /** Rows of the shortest windows per day (its number since 1970), ascending; absent where there are more than 4096 days. */
  readonly days?: readonly (readonly [day: number, rows: number])[]
}

/** The file of a segment. */
export const segmentFile = (number: number): string => `${number}.seg`

/** The number in the name of a segment's file; `undefined` for other names. */
export function segmentNumber(name: string): number | undefined {
  const match = /^(0|[1-9]\d{0,14})\.seg$/.exec(name)
  return match === null ? undefined : Number(match[1])
}
