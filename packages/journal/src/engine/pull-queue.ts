/** Between a producer that pushes and a consumer that asks; either may be ahead. Bounded by what the producer pushes. */
export interface PullQueue<T> {
  /** Gives a value to whoever asked first, or keeps it. */
  push(value: T): void
  /** Ends: what is kept is still given, then once the failure, if there is one. */
  end(failure?: { readonly error: unknown }): void
  /** Ends and forgets what is kept. */
  clear(): void
  /** The next value, in the order of asking. */
  pull(): Promise<IteratorResult<T, undefined>>
}

interface Asked<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

/** An empty queue. */
export function createPullQueue<T>(): PullQueue<T> {
  const kept: T[] = []
  const asked: Asked<T>[] = []
  let ended = false
  let failed: { readonly error: unknown } | undefined

  const answer = (to: Asked<T>): void => {
    const failure = failed
    failed = undefined
    if (failure === undefined) to.resolve({ done: true, value: undefined })
    else to.reject(failure.error)
  }
  const end = (failure?: { readonly error: unknown }): void => {
    ended = true
    failed = failure
    for (const each of asked.splice(0)) answer(each)
  }
  return {
    push: (value) => {
      const first = asked.shift()
      if (first === undefined) kept.push(value)
      else first.resolve({ done: false, value })
    },
    end,
    clear: () => {
      kept.length = 0
      end()
    },
    pull: () =>
      new Promise((resolve, reject) => {
        if (kept.length > 0) resolve({ done: false, value: kept.shift() as T })
        else if (ended) answer({ resolve, reject })
        else asked.push({ resolve, reject })
      }),
  }
}
