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
 * The sums of a {@link NumericRollup} with nothing lost, each as parts from large to small that add up to it; none for 0. Values
 * of up to nine places behind the point count as the decimals that they are written as, so that 0.1 + 0.2 is 0.3; all others,
 * such as 1/3, as the binary fractions that they are.
 */
export interface NumericExact {
  /** Most places behind the point that a value has, 0 to 9; {@link sum} and {@link squares} are scaled by it. */
  readonly decimals: number
  /** Of the weights. */
  readonly count: readonly number[]
  /** Of the decimals times their weight, times 10^decimals. */
  readonly sum: readonly number[]
  /** Of the squares of the decimals times their weight, times 10^(2 * decimals). */
  readonly squares: readonly number[]
  /** Of all other values; absent where there are none. */
  readonly doubles?: NumericDoubles
}

/** What values that are no short decimals add up to. */
export interface NumericDoubles {
  /** Of the values times their weight. */
  readonly sum: readonly number[]
  /** Of their squares times their weight. */
  readonly squares: readonly number[]
}

/** Each value times the ms for which it was the newest of its window, with nothing lost; scaled as in {@link NumericExact}. */
export interface HeldState {
  /** As in {@link NumericExact}. */
  readonly decimals: number
  /** Of the decimals, times 10^decimals. */
  readonly area: readonly number[]
  /** Of all other values; absent where there are none. */
  readonly doubles?: readonly number[]
}

/**
 * Gauges, observations, deltas and states of one window. Derived values are left to the reader
 * ({@link rollupValue}), so that windows merge without loss.
 */
export interface NumericRollup {
  /** `'numeric'`. */
  readonly kind: 'numeric'
  /** Samples; for observations and deltas the sum of their weights. The double that is nearest to it. */
  readonly count: number
  /** Sum of the values, observations times their weight. The double that is nearest to it. */
  readonly sum: number
  /** Smallest value. */
  readonly min: number
  /** Largest value. */
  readonly max: number
  /** Earliest value; of events of one moment the smallest. */
  readonly first: NumberPoint
  /** Latest value; of events of one moment the largest. */
  readonly last: NumberPoint
  /** The sums, exactly. */
  readonly exact: NumericExact
  /** Samples may be missing, or one may be counted twice. */
  readonly inexact: boolean
  /** How long its values held; absent unless asked for. */
  readonly held?: HeldState
}

/** The sums of a {@link CounterRollup} with nothing lost; decimals and doubles apart as in {@link NumericExact}. */
export interface CounterExact {
  /** Most places behind the point that a reading has, 0 to 9; the sums are scaled by it. */
  readonly decimals: number
  /** Of the steps up, times 10^decimals. */
  readonly growth: readonly number[]
  /** Of the readings right after a fall, times 10^decimals. */
  readonly afterResets: readonly number[]
  /** Of all other readings; absent where there are none. */
  readonly doubles?: CounterDoubles
}

/** What readings that are no short decimals add to the sums. */
export interface CounterDoubles {
  /** To the steps up. */
  readonly growth: readonly number[]
  /** To the readings right after a fall. */
  readonly afterResets: readonly number[]
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
  /** Sum of the steps up. The double that is nearest to it. */
  readonly growth: number
  /** Sum of the readings right after a fall: what it counted since it began again at 0. The double that is nearest to it. */
  readonly afterResets: number
  /** Time between the two readings of each fall, ms. */
  readonly dropMs: number
  /** The sums, exactly. */
  readonly exact: CounterExact
  /** Samples may be missing, counted twice, or of unknown place between others: `growth` and the like are estimates. */
  readonly inexact: boolean
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
  /** Samples may be missing, counted twice, or of unknown place between others: `changes` is an estimate. */
  readonly inexact: boolean
}

/** What is kept of one series in one window: plain data that merges. */
export type Rollup = NumericRollup | CounterRollup | TextRollup

/**
 * Which of several values counts that one series has at one millisecond: the greatest, the least, or the one furthest from zero
 * (of two the positive). Of texts the greatest or the least; `furthest` is the greatest. Observations, deltas and members of
 * sets are events, which all count.
 */
export type SameTime = 'largest' | 'smallest' | 'furthest'

/** Where counters begin again at 0 by themselves: at 2^32, at 2^64, or nowhere. */
export type CounterWrap = 'none' | '32' | '64'
