/** A number at a moment. */
export interface NumberPoint {
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** The value. */
  readonly value: number
}

/** A counter's reading at a moment. */
export interface CounterPoint extends NumberPoint {
  /** All decimal digits, where the magnitude is above 2^53. */
  readonly exact?: string
}

/** A text at a moment. */
export interface TextPoint {
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** The text. */
  readonly value: string
}

/** How often a text was seen. */
export interface TextCount {
  /** The text. */
  readonly value: string
  /** Samples with it. */
  readonly count: number
}

/**
 * Gauges, observations, deltas and states of one window. Derived values are left to the reader
 * ({@link rollupValue}), so that windows merge without loss.
 */
export interface NumericRollup {
  /** `'numeric'`. */
  readonly kind: 'numeric'
  /** Samples; for observations and deltas the sum of their weights. */
  readonly count: number
  /** Sum of the values, observations times their weight. */
  readonly sum: number
  /** What `sum` lost to rounding. */
  readonly sumLow: number
  /** Sum of the squared values, for the standard deviation. */
  readonly squares: number
  /** What `squares` lost to rounding. */
  readonly squaresLow: number
  /** What is still missing from each, in parts from large to small; absent where nothing is. */
  readonly rest?: NumericRest
  /** Smallest value. */
  readonly min: number
  /** Largest value. */
  readonly max: number
  /** Earliest value; at one moment the smaller. */
  readonly first: NumberPoint
  /** Latest value; at one moment the larger. */
  readonly last: NumberPoint
}

/** With these parts, `count`, `sum + sumLow` and `squares + squaresLow` are exact. */
export interface NumericRest {
  /** Of `count`; empty but for fractional weights. */
  readonly count: readonly number[]
  /** Of `sum + sumLow`. */
  readonly sum: readonly number[]
  /** Of `squares + squaresLow`. */
  readonly squares: readonly number[]
}

/** A counter in one window, with what is needed to give IRONdb's rate and Prometheus' increase. */
export interface CounterRollup {
  /** `'counter'`. */
  readonly kind: 'counter'
  /** Samples. */
  readonly count: number
  /** Earliest reading. */
  readonly first: CounterPoint
  /** Latest reading. */
  readonly last: CounterPoint
  /** How often it fell. */
  readonly resets: number
  /** Sum of the steps up. */
  readonly growth: number
  /** Sum of the steps down, positive: `last - first = growth - decrease`. */
  readonly decrease: number
  /** Sum of the readings right after a fall: what it counted since it began again at 0. */
  readonly afterResets: number
  /** Time between the two readings of each fall, ms. */
  readonly dropMs: number
  /** What rounding took from `growth`, `decrease` and `afterResets`; absent where they are exact. */
  readonly rest?: CounterRest
  /** A sample came so late that its place between others was no longer known; `growth` and the like are estimates. */
  readonly inexact: boolean
}

/** With these parts, from large to small, the sums of a {@link CounterRollup} are exact. */
export interface CounterRest {
  /** Of `growth`. */
  readonly growth: readonly number[]
  /** Of `decrease`. */
  readonly decrease: readonly number[]
  /** Of `afterResets`. */
  readonly afterResets: readonly number[]
}

/** Texts and sets of one window. */
export interface TextRollup {
  /** `'text'`. */
  readonly kind: 'text'
  /** Samples. */
  readonly count: number
  /** How often a text differed from the one before it in the window. */
  readonly changes: number
  /** Earliest text. */
  readonly first: TextPoint
  /** Latest text. */
  readonly last: TextPoint
  /** Samples per text, sorted by text; `null` where there were more than 64 different ones. */
  readonly counts: readonly TextCount[] | null
  /** A sample came so late that its place between others was no longer known; `changes` is an estimate. */
  readonly inexact: boolean
}

/** What is kept of one series in one window: plain data that merges. */
export type Rollup = NumericRollup | CounterRollup | TextRollup
