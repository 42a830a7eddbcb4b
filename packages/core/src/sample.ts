/** Tag categories and their values; order does not matter. Created without a prototype, so any category is safe to look up. */
export type Tags = Readonly<Record<string, string>>

/** Identity of one stream of values. `key` is canonical: `metric|ST[cat:val,cat2:val2]`, categories sorted. */
export interface Series {
  readonly key: string
  readonly metric: string
  readonly tags: Tags
}

/** What a value means: how it may be added, subtracted or counted. */
export type SampleKind =
  'gauge' | 'counter' | 'delta' | 'observation' | 'set' | 'histogram' | 'state' | 'text' | 'stale'

/** OpenHistogram bins: `value` is 0 or ±10..±99, the bin starts at `value / 10 * 10^exponent`. */
export interface Histogram {
  readonly bins: readonly { readonly value: number; readonly exponent: number; readonly count: number }[]
}

/** One measured value of one series at one moment. */
export interface Sample {
  readonly series: Series
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  readonly value: number | string | Histogram
  readonly kind: SampleKind
  /** Observations that it stands for (1 / sample rate); 1 where absent. */
  readonly weight?: number
  /** The value, where its magnitude is above 2^53. */
  readonly exact?: bigint
  /** The collector that took it. */
  readonly source?: string
  /** Arrival time, ms since the Unix epoch, where it differs from `time`. */
  readonly receivedAt?: number
}
