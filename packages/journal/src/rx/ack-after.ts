import type { Check, Checks } from '@tocsin/core'
import { callback, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs'
import { asyncScheduler, defer, from, identity, mergeMap, retry, tap, timer } from 'rxjs'

import { badOption } from '../options.ts'

/** A failed attempt that is going to be repeated. */
export interface FailedAttempt {
  /** What `project` threw or its stream errored with. */
  readonly error: unknown
  /** Which attempt it was: 1, 2, 3 … */
  readonly attempt: number
  /** Time until the next one, ms. */
  readonly delayMs: number
}

/** How a failed batch is tried again. The wait is `random() * min(maxDelayMs, minDelayMs * 2^n)`, n = 0, 1, 2 … */
export interface RetryOptions {
  /** Repetitions per batch, after the first attempt. @defaultValue Infinity */
  readonly retries?: number
  /** Longest wait before the first repetition, ms. @defaultValue 100 */
  readonly minDelayMs?: number
  /** Longest wait before any repetition, ms. @defaultValue 30000 */
  readonly maxDelayMs?: number
  /**
   * Told of each failure before the wait. What it throws ends the stream instead: for failures that no repetition mends.
   * @defaultValue none
   */
  readonly onRetry?: (failed: FailedAttempt) => void
}

/** How batches are dealt with. */
export interface AckAfterOptions {
  /**
   * Batches that are worked on at once. What is above the `maxInFlight` of the source has no effect: it lets no more out.
   * @defaultValue 1
   */
  readonly concurrency?: number
  /** Tries a failed batch again; `{}` takes the defaults. @defaultValue none: the first error ends the stream */
  readonly retry?: RetryOptions
  /** Times the waits between attempts. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike
  /** Spreads the waits: from 0 to below 1. @defaultValue `Math.random` */
  readonly random?: () => number
}

/** What `ackAfter` does unless told otherwise; without `retry`, an error is passed on. */
export const defaultAckAfterOptions: Readonly<Required<Omit<AckAfterOptions, 'retry'>>> = Object.freeze({
  concurrency: 1,
  scheduler: asyncScheduler,
  random: () => Math.random(),
})

/** How `ackAfter` tries again where it is told to. */
export const defaultRetryOptions: Readonly<Required<Omit<RetryOptions, 'onRetry'>>> = Object.freeze({
  retries: Infinity,
  minDelayMs: 100,
  maxDelayMs: 30_000,
})

/**
 * Deals with batches and acknowledges each when it is done: when its promise resolves, before the value is handed on, or
 * when its inner stream completes, after its last value. Since an `ack()` covers everything up to its batch, a batch that is
 * done before earlier ones is acknowledged with the last of those. So with `concurrency` above 1 a value may be handed on
 * whose batch is not acknowledged yet; and a batch that keeps failing holds back those behind it, at most `maxInFlight`,
 * which come again after a crash.
 *
 * With `retry`, a failed batch goes to `project` again, after a wait with full jitter that grows to `maxDelayMs`; values
 * that the failed stream emitted were handed on. Formula: M. Brooker, "Exponential Backoff and Jitter".
 * Emits: what the inner streams emit, when they do; in the order of the batches only with a `concurrency` of 1.
 * Completes: with the source, after the last inner stream; not while a batch waits for its next attempt.
 * Errors: the source's error at once; with what an inner stream errors with or `project` throws, without `retry` or after
 * the last repetition; `JOURNAL_BAD_OPTION` is thrown at the call. Work under way is given up, and no batch from the failed
 * one on is acknowledged: they come again. Unsubscribing does the same, and releases the timers.
 * Memory: the batches that the source lets out, at most its `maxInFlight`.
 * Time: the scheduler's, only to wait between attempts.
 *
 * @param project - deals with a batch; `attempt` is 1, and counts up when that batch is repeated
 *
 * @example
 * ```ts
 * import { ackAfter, jsonCodec, openJournal } from '@tocsin/journal'
 * import { firstValueFrom } from 'rxjs'
 *
 * await using journal = await openJournal('./numbers', { codec: jsonCodec<number>() })
 * await journal.appendBatch([1, 2, 3])
 * const sums = await journal.subscriber('sums')
 * const store = async (values: readonly number[], attempt: number) => {
 *   if (attempt === 1) throw new Error('the sink is not there yet')
 *   return values.reduce((sum, value) => sum + value, 0)
 * }
 * const stored = sums.batches().pipe(
 *   ackAfter((batch, attempt) => store(batch.values, attempt), { retry: { minDelayMs: 10 } }),
 * )
 * console.log(await firstValueFrom(stored)) // => 6
 * console.log(sums.ackedSeq) // => 3
 * ```
 */
export function ackAfter<B extends Acknowledgeable, R>(
  project: (batch: B, attempt: number) => ObservableInput<R>,
  options?: AckAfterOptions,
): OperatorFunction<B, R> {
  const { concurrency, ...resolved } = resolveAckAfter(options)
  const again = resolved.retry === undefined ? identity : retrying<R>(resolved.retry, resolved)
  return (source) =>
    defer(() => {
      const order = createAckOrder()
      return source.pipe(
        mergeMap((batch) => {
          const done = order.begin(batch)
          let attempt = 0
          return again(
            defer(() => {
              attempt += 1
              const inner = project(batch, attempt)
              // A promise is done with its value: whoever leaves with that value has still acknowledged.
              return from(inner).pipe(tap(isPromise(inner) ? { next: done } : { complete: done }))
            }),
          )
        }, concurrency),
      )
    })
}

/** A stream may be a string too, which has no `in`. */
const isPromise = (inner: unknown): boolean => typeof (inner as { then?: unknown }).then === 'function'

function retrying<R>(
  { retries, minDelayMs, maxDelayMs, onRetry }: ResolvedRetry,
  { scheduler, random }: Pick<ResolvedOptions, 'scheduler' | 'random'>,
): (attempts: Observable<R>) => Observable<R> {
  return retry({
    count: retries,
    delay: (error: unknown, attempt) => {
      const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** (attempt - 1))
      // Whatever a caller's function gives, the repetition comes.
      const delayMs = Math.min(Math.max(random(), 0), 1) * ceiling || 0
      onRetry?.({ error, attempt, delayMs })
      return timer(delayMs, scheduler)
    },
  })
}

type ResolvedRetry = Required<Omit<RetryOptions, 'onRetry'>> & Pick<RetryOptions, 'onRetry'>

type CheckedOptions = Required<Omit<AckAfterOptions, 'retry'>> & Pick<AckAfterOptions, 'retry'>

type ResolvedOptions = Omit<CheckedOptions, 'retry'> & { readonly retry: ResolvedRetry | undefined }

/** Longest delay that a timer of JavaScript can hold; a longer one would fire at once. */
const longestDelayMs = 2 ** 31 - 1

const isRetry: Check = (value) =>
  typeof value === 'object' && value !== null ? undefined : 'an object with retries, minDelayMs, maxDelayMs'

const optionChecks: Checks<CheckedOptions> = {
  concurrency: wholeNumber(1, 10_000),
  retry: optional(isRetry),
  scheduler: port('now', 'schedule'),
  random: callback,
}

const retryChecks: Checks<ResolvedRetry> = {
  retries: (value) =>
    value === Infinity ? undefined : wholeNumber(0)(value) && 'a whole number or Infinity',
  minDelayMs: wholeNumber(1, longestDelayMs),
  maxDelayMs: wholeNumber(1, longestDelayMs),
  onRetry: optional(callback),
}

function resolveAckAfter(given: AckAfterOptions | undefined): ResolvedOptions {
  const options = resolveOptions<CheckedOptions>(defaultAckAfterOptions, given, optionChecks, badOption)
  if (options.retry === undefined) return { ...options, retry: undefined }
  const resolved = resolveOptions<ResolvedRetry>(defaultRetryOptions, options.retry, retryChecks, badOption)
  if (resolved.minDelayMs > resolved.maxDelayMs) {
    throw badOption(
      `option "minDelayMs" must be at most "maxDelayMs" (${resolved.maxDelayMs}), got ${resolved.minDelayMs}`,
    )
  }
  return { ...options, retry: resolved }
}

/** What can be acknowledged: a batch of the journal, of a live branch, or of one's own. */
export interface Acknowledgeable {
  /** Says that this and everything before it is dealt with, and lets the next come. */
  ack(): void
}

/** Acknowledges batches in the order in which they were begun, whatever the order in which they are done. */
interface AckOrder {
  /** Takes a batch in; the function says that it is done, and is harmless when repeated. */
  begin(batch: Acknowledgeable): () => void
}

/** Holds the batches that are not acknowledged. */
function createAckOrder(): AckOrder {
  // A set keeps the order of insertion and gives its first up without moving the rest.
  const open = new Set<{ readonly batch: Acknowledgeable; done: boolean }>()
  return {
    begin: (batch) => {
      const entry = { batch, done: false }
      open.add(entry)
      return () => {
        entry.done = true
        for (const first of open) {
          if (!first.done) return
          // Gone before its ack, which may bring in the next one within the call.
          open.delete(first)
          first.batch.ack()
        }
      }
    },
  }
}
