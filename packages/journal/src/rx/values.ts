import type { Batch } from '@tocsin/core'
import { callback, optional, resolveOptions } from '@tocsin/core'
import type { OperatorFunction } from 'rxjs'
import { mergeMap, Observable } from 'rxjs'

import { JournalError } from '../errors.ts'
import { badOption } from '../options.ts'

/** What is missing before the values of a batch. */
export type BatchGap = NonNullable<Batch<unknown>['gaps']>[number]

/** What `values()` does where something is missing. */
export interface ValuesOptions {
  /** Called with each gap, before the values behind it. @defaultValue none: a gap is an error */
  readonly onGap?: ((gap: BatchGap) => void) | undefined
}

/**
 * Flattens batches to their values, and acknowledges each batch after its last value: when `next` has returned, it counts as
 * dealt with. What must survive a crash behind that belongs into {@link ackAfter}.
 * Emits: the values, in order.
 * Completes: with the source.
 * Errors: `JOURNAL_GAP` where records are missing, unless `onGap` is given; what `onGap` throws; the source's error.
 * `JOURNAL_BAD_OPTION` is thrown at the call.
 * Memory: none of its own.
 * Time: none.
 *
 * @example
 * ```ts
 * import { jsonCodec, openJournal, values } from '@tocsin/journal'
 * import { lastValueFrom, toArray } from 'rxjs'
 *
 * await using journal = await openJournal('./numbers', { codec: jsonCodec<number>() })
 * await journal.appendBatch([1, 2, 3, 4])
 * const middle = journal.readFrom({ seq: 2 }, { until: { seq: 4 } })
 * console.log(await lastValueFrom(middle.pipe(values(), toArray()))) // => [ 2, 3 ]
 * ```
 */
export function values<T>(options?: ValuesOptions): OperatorFunction<Batch<T>, T> {
  const { onGap = fail } = resolveOptions<ValuesOptions>(
    {},
    options,
    { onGap: optional(callback) },
    badOption,
  )
  return mergeMap(
    (batch) =>
      new Observable<T>((subscriber) => {
        for (const gap of batch.gaps ?? []) onGap(gap)
        for (const value of batch.values) {
          if (subscriber.closed) return
          subscriber.next(value)
        }
        batch.ack()
        subscriber.complete()
      }),
  )
}

function fail({ fromSeq, toSeq, reason }: BatchGap): never {
  throw new JournalError(
    'JOURNAL_GAP',
    `records ${fromSeq} to ${toSeq} are missing (${reason}); give onGap to go on without them`,
    { fromSeq, toSeq, reason },
  )
}
