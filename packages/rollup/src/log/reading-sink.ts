import type { RollupPosition } from '../rollup-store.ts'
import type { LogPlace } from './log-place.ts'

/**
 * Takes readings one by one, without an object for each: the log writes them through it, reading the log calls it, and memory is one.
 * `series` is the number of a series, `time` event time in ms since the Unix epoch.
 */
export interface ReadingSink {
  /**
   * A gauge, state, observation or delta. `total` is what a scaled delta adds up to as its sender said. `event`: each one counts;
   * otherwise one moment of a series has one value.
   */
  number(
    series: number,
    time: number,
    value: number,
    weight: number,
    total: number | undefined,
    event: boolean,
  ): void
  /** A counter; `exact` has all its digits, where its magnitude is above 2^53. */
  counter(series: number, time: number, value: number, exact: string | undefined): void
  /** A text or, as an `event`, an element of a set. */
  text(series: number, time: number, value: string, event: boolean): void
}

/** A record of the log: one batch, or several that became durable together. */
export interface LogRecord {
  /** Where it is. */
  readonly place: LogPlace
  /** The last record of the journal that it holds; `null` where the batch had no position. */
  readonly position: RollupPosition | null
  /** When it was written, ms since the Unix epoch, by the clock of the store. */
  readonly arrival: number
}

/** Takes what is replayed. */
export interface ReplaySink extends ReadingSink {
  /** Begins a record; its names and readings follow, each name before the first reading that needs it. */
  record(record: LogRecord): void
  /** A series that got this number. */
  name(series: number, key: string): void
}
