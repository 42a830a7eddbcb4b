/** Where a record begins in the log of readings. */
export interface LogPlace {
  /** Number of the log file. */
  readonly file: number
  /** Bytes from its start. */
  readonly offset: number
}

/** Negative where `a` comes before `b`, 0 where both are the same. */
export const comparePlaces = (a: LogPlace, b: LogPlace): number => a.file - b.file || a.offset - b.offset
