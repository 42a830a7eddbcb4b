import type { Observable } from 'rxjs'
import { Subscription } from 'rxjs'

import { createPullQueue } from './engine/pull-queue.ts'

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
 *   if (batch.lastSeq === 3) break
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
