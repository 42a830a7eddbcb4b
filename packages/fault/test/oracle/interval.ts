/** A number that is only known to lie between two, which are the same where it is exact. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** Thrown where a comparison depends on how the last places are rounded: no case to judge by. */
export class TooClose extends Error {}

export const exactly = (value: number): Interval => ({ low: value, high: value })

export const around = (value: number, by: number): Interval =>
  Number.isNaN(value) ? exactly(NaN) : { low: value - by, high: value + by }

/** What is the same at both ends. */
export function both<T>({ low, high }: Interval, say: (value: number) => T): T {
  const said = say(low)
  if (low !== high && !Number.isNaN(low) && say(high) !== said) throw new TooClose(`${low} to ${high}`)
  return said
}

/** Of an equality: only what is exact may be equal. */
export function bothUnequal(interval: Interval, limit: number): boolean {
  if (interval.low === interval.high) return interval.low !== limit
  if (interval.low <= limit && limit <= interval.high) throw new TooClose(`${limit}`)
  return true
}
