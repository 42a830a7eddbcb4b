/** A sample as windows take it; times are the monitor's. */
export interface WindowSample {
  /** Whose windows it fills. */
  row: number
  /** ms. */
  time: number
  /** NaN where it is a text. */
  value: number
  /** Where it is one. */
  text: string | undefined
  /** The number before, of the same series, for the increase of a counter; NaN where there is none. */
  previous: number
  /** When that was, ms. */
  previousTime: number
  /** Whether it is unlike the one before, of the same series: 0 no, 1 yes, 2 it is the first. */
  changed: 0 | 1 | 2
}
