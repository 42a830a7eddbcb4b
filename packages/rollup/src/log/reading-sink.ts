/**
 * Takes readings one by one, without an object for each: the log writes them through it, reading the log calls it, and memory is one.
 * `series` is the number of a series, `time` event time in ms since the Unix epoch.
 */
export interface ReadingSink {
  /**
   * A gauge, state, observation or delta. `total` is what it adds to the sum: `value * weight`, or what the sender of a scaled delta
   * said. `event`: each one counts; otherwise one moment of a series has one value.
   */
  number(series: number, time: number, value: number, weight: number, total: number, event: boolean): void
  /** A counter; `exact` has all its digits, where its magnitude is above 2^53. */
  counter(series: number, time: number, value: number, exact: string | undefined): void
  /** A text or, as an `event`, an element of a set. */
  text(series: number, time: number, value: string, event: boolean): void
}
