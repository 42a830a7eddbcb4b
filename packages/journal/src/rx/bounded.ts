import type { Batch, Checks, Defined } from '@tocsin/core'
import { oneOf, wholeNumber } from '@tocsin/core'
import type { OperatorFunction } from 'rxjs'
import { Observable, takeUntil } from 'rxjs'

import { checkedOptions } from '../options.ts'

/** What a live branch brought since the batch before; never empty, with neither position nor gaps. */
export interface BoundedBatch<T> extends Batch<T> {
  /** Values lost since the batch before: right before `values` with `'drop-oldest'`, right behind them with `'drop-newest'`. */
  readonly dropped: number
}

/** What waits, and what happens when there is no room. */
export interface BoundedOptions {
  /** Most values that wait. */
  readonly max: number
  /** At `max`, `'drop-oldest'` loses what waits longest and `'drop-newest'` what comes. @defaultValue 'drop-oldest' */
  readonly policy?: 'drop-oldest' | 'drop-newest' | undefined
}

/** {@link bounded}, with its count. */
export interface BoundedOperator<T> extends OperatorFunction<T, BoundedBatch<T>> {
  /** Values lost so far, by all subscriptions; live, read it again for a new number. */
  readonly dropped: number
}

/** What `bounded` does unless told otherwise. */
export const defaultBoundedOptions: Defined<Pick<BoundedOptions, 'policy'>> = Object.freeze({
  policy: 'drop-oldest',
})

/**
 * Bounds a live branch, such as `journal.tail()`, before a consumer that may be slower: collects what comes while the
 * consumer works, at most `max` values, and hands it over as one batch when the batch before is acknowledged. What finds
 * no room is counted in the next batch and in `dropped` of the operator. It composes with {@link ackAfter}, whose
 * `concurrency` has no effect here: one batch is out at a time. The first value after a rest is a batch of its own, what
 * comes before its `ack()` the next: one commit of a tail is two batches for a consumer that works asynchronously, and a batch
 * for each value for one that acknowledges within the call.
 * Emits: a batch of everything that waits, at once when none is out, otherwise within the `ack()`.
 * Completes: after the source, when the last that waited is handed over, without waiting for its `ack()`.
 * Errors: the source's error when everything before it is handed over and acknowledged, since an error would cancel the work
 * on it. `JOURNAL_BAD_OPTION` is thrown at the call.
 * Memory: `max` values that wait, and as many in the batch that is out. Unsubscribing lets go of what waits, not counted.
 * Time: none.
 *
 * @example
 * ```ts
 * import { ackAfter, bounded } from '@tocsin/journal'
 * import { lastValueFrom, range, toArray } from 'rxjs'
 *
 * const show = async (values: readonly number[], dropped: number) => `${values.join(' ')}, lost ${dropped}`
 * const newest = bounded<number>({ max: 3 })
 * const shown = range(1, 10).pipe(
 *   newest,
 *   ackAfter((batch) => show(batch.values, batch.dropped)),
 *   toArray(),
 * )
 * console.log(await lastValueFrom(shown)) // => [ '1, lost 0', '8 9 10, lost 6' ]
 * console.log(newest.dropped) // => 6
 * ```
 */
export function bounded<T>(options: BoundedOptions): BoundedOperator<T> {
  // There is no default for `max`, and nothing is not a whole number.
  const resolved = checkedOptions<BoundedOptions>(
    { ...defaultBoundedOptions, max: NaN },
    options,
    optionChecks,
  )
  const count = { dropped: 0 }
  const operator: OperatorFunction<T, BoundedBatch<T>> = (source) => boundedBatches(source, resolved, count)
  return Object.defineProperty(operator, 'dropped', { get: () => count.dropped }) as BoundedOperator<T>
}

/** One subscription: a queue, one credit, and the end of the source that waits for both. */
function boundedBatches<T>(
  source: Observable<T>,
  options: Defined<BoundedOptions>,
  count: { dropped: number },
): Observable<BoundedBatch<T>> {
  return new Observable((subscriber) => {
    const queue = createBoundedQueue<T>(options.max, options.policy === 'drop-oldest' ? 'oldest' : 'newest')
    let out: BoundedBatch<T> | undefined
    let delivering = false
    let end: { readonly afterAck: boolean; readonly tell: () => void } | undefined

    const handOver = (): void => {
      const ack = (): void => {
        if (out !== batch) return
        out = undefined
        deliver()
      }
      const batch: BoundedBatch<T> = { ...queue.take(), ack }
      out = batch
      subscriber.next(batch)
    }
    const deliver = (): void => {
      // An ack or a value within the call is seen by the loop, which keeps the stack flat.
      if (delivering) return
      delivering = true
      while (out === undefined && queue.size > 0 && !subscriber.closed) handOver()
      delivering = false
      if (queue.size === 0 && (out === undefined || end?.afterAck === false)) end?.tell()
    }
    const finish = (afterAck: boolean, tell: () => void): void => {
      end = { afterAck, tell }
      deliver()
    }

    // A source that emits within subscribe() learns only this way that nobody listens any more.
    const left = new Observable<void>((observer) => subscriber.add(() => observer.next()))
    subscriber.add(
      source.pipe(takeUntil(left)).subscribe({
        next: (value) => {
          if (!queue.offer(value)) count.dropped += 1
          deliver()
        },
        error: (error: unknown) => finish(true, () => subscriber.error(error)),
        complete: () => finish(false, () => subscriber.complete()),
      }),
    )
  })
}

const optionChecks: Checks<Defined<BoundedOptions>> = {
  max: wholeNumber(1, 16_777_216),
  policy: oneOf('drop-oldest', 'drop-newest'),
}

/** Which value is lost when there is no room: the one that waits longest, or the one that comes. */
type Loss = 'oldest' | 'newest'

/** What was taken out of a queue. */
interface Taken<T> {
  /** In the order in which they came. */
  readonly values: readonly T[]
  /** Values lost since the last time: right before `values` where the oldest are lost, right behind them otherwise. */
  readonly dropped: number
}

/** Values that wait, at most `max`. */
interface BoundedQueue<T> {
  /** Values that wait. */
  readonly size: number
  /** Takes a value in; `false` where one was lost, this or the oldest. */
  offer(value: T): boolean
  /** Gives up everything that waits. */
  take(): Taken<T>
}

/** An array that grows to `max` and is written in a circle then, so that neither end ever moves the rest. */
function createBoundedQueue<T>(max: number, loss: Loss): BoundedQueue<T> {
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
