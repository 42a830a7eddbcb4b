import type { ObservableInput, OperatorFunction } from 'rxjs'
import { concatMap, from, tap } from 'rxjs'

import type { Batch } from './types.ts'

/**
 * Deals with one batch after the other and acknowledges each when it is done: when its promise resolves, before the value is
 * handed on, or when its inner stream completes, after its last value.
 * Emits: what the inner streams emit.
 * Completes: with the source, after the last inner stream.
 * Errors: what `project` throws or an inner stream errors with; that batch stays unacknowledged and comes again.
 * Memory: the batches that the subscriber lets out, at most its `maxInFlight`.
 * Time: none.
 *
 * @example
 * ```ts
 * import { ackAfter, jsonCodec, openJournal } from '@tocsin/journal'
 * import { firstValueFrom } from 'rxjs'
 *
 * await using journal = await openJournal('./numbers', { codec: jsonCodec<number>() })
 * await journal.appendBatch([1, 2, 3])
 * const sums = await journal.subscriber('sums')
 * const store = async (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
 * const sum = await firstValueFrom(sums.batches().pipe(ackAfter((batch) => store(batch.values))))
 * console.log(sum) // => 6
 * ```
 */
export function ackAfter<T, R>(
  project: (batch: Batch<T>) => ObservableInput<R>,
): OperatorFunction<Batch<T>, R> {
  return concatMap((batch) => {
    const inner = project(batch)
    const ack = (): void => batch.ack()
    // A promise is done with its value: whoever leaves with that value has still acknowledged.
    return from(inner).pipe(tap(isPromise(inner) ? { next: ack } : { complete: ack }))
  })
}

const isPromise = (inner: object): boolean => 'then' in inner && typeof inner.then === 'function'
