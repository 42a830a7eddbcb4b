/** Tag categories and their values; order does not matter. Created without a prototype, so any category is safe to look up. */
export type Tags = Readonly<Record<string, string>>

/**
 * Identity of one stream of values. `key` is canonical: `metric|ST[cat:val,cat2:val2]`, categories sorted. Where the categories
 * are known, so is the type of `tags`; every `Series<…>` is a `Series`.
 */
export interface Series<T extends Tags = Tags> {
  readonly key: string
  readonly metric: string
  readonly tags: T
}

/** OpenHistogram bins: `value` is 0 or ±10..±99, the bin starts at `value / 10 * 10^exponent`. */
export interface Histogram {
  readonly bins: readonly { readonly value: number; readonly exponent: number; readonly count: number }[]
}

/** What samples of each kind have as their value. */
export interface SampleValues {
  /** What is now. */
  readonly gauge: number
  /** A total that only grows, but for a restart. */
  readonly counter: number
  /** What came since the sample before. */
  readonly delta: number
  /** One measurement of many, such as how long a request took. */
  readonly observation: number
  /** A member of the set whose size is asked for. */
  readonly set: string
  /** Many measurements, counted in bins. */
  readonly histogram: Histogram
  /** One of few states. */
  readonly state: number | string
  /** A text. */
  readonly text: string
  /** The source reports the series no longer; the value is NaN. */
  readonly stale: number
}

/** What a value means: how it may be added, subtracted or counted. */
export type SampleKind = keyof SampleValues

/** A sample of one kind: `SampleOf<'gauge'>`. For several kinds there is {@link Sample}. */
export interface SampleOf<K extends SampleKind, S extends Series = Series> {
  readonly series: S
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  readonly value: SampleValues[K]
  readonly kind: K
  /** Observations that it stands for (1 / sample rate); 1 where absent. */
  readonly weight?: number
  /** The value, where its magnitude is above 2^53. */
  readonly exact?: bigint
  /** The collector that took it. */
  readonly source?: string
  /** Arrival time, ms since the Unix epoch, where it differs from `time`. */
  readonly receivedAt?: number
}

/**
 * One measured value of one series at one moment; `kind` tells the type of `value`. `Sample<Series, 'gauge' | 'text'>` is one
 * of these kinds.
 */
export type Sample<S extends Series = Series, K extends SampleKind = SampleKind> = {
  readonly [Kind in K]: SampleOf<Kind, S>
}[K]
