/** Which value is lost when there is no room: the one that waits longest, or the one that comes. */
export type Loss = 'oldest' | 'newest'

/** What was taken out of a queue. */
interface Taken<T> {
  /** In the order in which they came. */
  readonly values: readonly T[]
  /** Values lost since the last time: right before `values` where the oldest are lost, right behind them otherwise. */
  readonly dropped: number
}

/** Values that wait, at most `max`. */
export interface BoundedQueue<T> {
  /** Values that wait. */
  readonly size: number
  /** Takes a value in; `false` where one was lost, this or the oldest. */
  offer(value: T): boolean
  /** Gives up everything that waits. */
  take(): Taken<T>
}

/** An array that grows to `max` and is written in a circle then, so that neither end ever moves the rest. */
export function createBoundedQueue<T>(max: number, loss: Loss): BoundedQueue<T> {
  let values: T[] = []
  let oldest = 0
  let dropped = 0
  return {
    get size() {
      return values.length
    },
    offer: (value) => {
      if (values.length < max) {
        values.push(value)
        return true
      }
      dropped += 1
      if (loss === 'oldest') {
        values[oldest] = value
        oldest = (oldest + 1) % max
      }
      return false
    },
    take: () => {
      const taken = {
        values: oldest === 0 ? values : values.slice(oldest).concat(values.slice(0, oldest)),
        dropped,
      }
      values = []
      oldest = 0
      dropped = 0
      return taken
    },
  }
}
