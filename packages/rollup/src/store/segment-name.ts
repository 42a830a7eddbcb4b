/** Windows of one level per shard: a day of 1m, 60 days of 1h. */
const windowsPerShard = 1440

/** Which segment: its level, its stretch of time, and its number. */
export interface SegmentName {
  /** Window length, ms. */
  readonly periodMs: number
  /** Start of the shard divided by its length. */
  readonly shard: number
  readonly number: number
}

/** The shard of a window. */
export const shardOf = (start: number, periodMs: number): number =>
  Math.floor(start / (periodMs * windowsPerShard))

/** First moment of a shard. */
export const shardStart = ({ shard, periodMs }: Omit<SegmentName, 'number'>): number =>
  shard * periodMs * windowsPerShard

/** Groups segments of one level and shard. */
export const shardKey = (periodMs: number, shard: number): string => `${periodMs}-${shard}`

/** The file of a segment. */
export const segmentFile = ({ periodMs, shard, number }: SegmentName): string =>
  `${periodMs}-${shard}-${number}.seg`
