/** Something long that is done in slices of a few ms. */
export interface Sliced<T> {
  /** Does one slice; gives the outcome where it was the last, `undefined` before. */
  next(): T | undefined
}

/** Reads bodies on, one slice of one body in each turn of the event loop, so that others are served meanwhile. */
export function createTurns(): <T>(reading: Sliced<T>) => Promise<T> {
  let turn = Promise.resolve()
  return async (reading) => {
    for (;;) {
      turn = turn.then(() => new Promise((resolve) => setImmediate(resolve)))
      await turn
      const outcome = reading.next()
      if (outcome !== undefined) return outcome
    }
  }
}
