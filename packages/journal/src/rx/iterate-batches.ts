import type { Observable } from 'rxjs'
import { Subscription } from 'rxjs'

/**
 * Batches for `for await`, one at a time, with the back pressure that their acknowledgement gives: what the loop has not
 * acknowledged counts against the source's `maxInFlight`, and nothing is read beyond it. Moving on to the next batch is no
 * acknowledgement: a loop body that does not call `ack()` waits for ever once `maxInFlight` batches are out. Leaving the loop
 * (`break`, `return`, `throw`) unsubscribes; what is not acknowledged comes again with the next subscription.
 * Starts: with the first `next()`; a second loop needs a second call.
 * Ends: when the stream completes, after what it emitted before; when `return()` or `throw()` is called, for waiting `next()`
 * calls too.
 * Errors: once with the stream's error, after what it emitted before; then it has ended.
 * Memory: the batches that the source lets out, at most its `maxInFlight`; a source without such a bound needs
 * {@link bounded} before it.
 * Time: none.
 *
 * @example
 * ```ts
 * import { iterateBatches, jsonCodec, openJournal } from '@tocsin/journal'
 *
 * await using journal = await openJournal('./numbers', { codec: jsonCodec<number>() })
 * await journal.appendBatch([1, 2, 3])
 * const printer = await journal.subscriber('printer')
 * for await (const batch of iterateBatches(printer.batches({ maxRecords: 2 }))) {
 *   console.log(batch.values) // => [ 1, 2 ]
 *   // => [ 3 ]
 *   batch.ack()
 *   if (batch.position.lastSeq === 3) break
 * }
 * console.log(printer.ackedSeq) // => 3
 * ```
 */
export function iterateBatches<B>(batches$: Observable<B>): AsyncIterableIterator<B, undefined, undefined> {
  const queue = createPullQueue<B>()
  const subscription = new Subscription()
  let started = false

  const start = (): void => {
    started = true
    subscription.add(
      batches$.subscribe({
        next: (batch) => queue.push(batch),
        error: (error: unknown) => queue.end({ error }),
        complete: () => queue.end(),
      }),
    )
  }
  const leave = (): void => {
    started = true
    subscription.unsubscribe()
    queue.clear()
  }
  return {
    next: () => {
      // Asked first: a stream that emits within subscribe() finds somebody who waits.
      const result = queue.pull()
      if (!started) start()
      return result
    },
    return: async () => {
      leave()
      return { done: true, value: undefined }
    },
    throw: async (error: unknown) => {
      leave()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Between a producer that pushes and a consumer that asks; either may be ahead. Bounded by what the producer pushes. */
interface PullQueue<T> {
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
function createPullQueue<T>(): PullQueue<T> {
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
