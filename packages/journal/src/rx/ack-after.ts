import type { Check, Checks, Defined, Problem, ProblemListener } from '@tocsin/core'
import { callback, createProblemReporter, optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs'
import { asyncScheduler, defer, from, identity, mergeMap, retry, tap, timer } from 'rxjs'

import { backOffChecks, backOffMs, defaultBackOff, isHopeless } from '@tocsin/core/back-off'
import { messageOf } from '../errors.ts'
import { badOption, checkedOptions } from '../options.ts'

/** An attempt failed and is going to be repeated. */
export interface FailedAttempt extends Problem<'attempt-failed'> {
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
  readonly retries?: number | undefined
  /** Longest wait before the first repetition, ms. @defaultValue 100 */
  readonly minDelayMs?: number | undefined
  /** Longest wait before any repetition, ms. @defaultValue 30000 */
  readonly maxDelayMs?: number | undefined
}

/** How batches are dealt with. */
export interface AckAfterOptions {
  /**
   * Batches that are worked on at once. What is above the `maxInFlight` of the source has no effect: it lets no more out.
   * @defaultValue 1
   */
  readonly concurrency?: number | undefined
  /** How a failed batch is tried again; with `false` the first error ends the stream. @defaultValue without end */
  readonly retry?: RetryOptions | false | undefined
  /**
   * Hears of each failure that is repeated, at most ten a second; a `Subject` will do. The one that ends the stream is its
   * error. @defaultValue none: the first failure is a warning of the process
   */
  readonly problems?: ProblemListener<FailedAttempt> | undefined
  /** Times the waits between attempts, and gives problems their time. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** Spreads the waits: from 0 to below 1. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}

/** How `ackAfter` tries again unless told otherwise. */
export const defaultRetryOptions: Defined<RetryOptions> = Object.freeze({
  retries: Infinity,
  ...defaultBackOff,
})

/** What `ackAfter` does unless told otherwise. */
export const defaultAckAfterOptions: Defined<Omit<AckAfterOptions, 'problems'>> = Object.freeze({
  concurrency: 1,
  retry: defaultRetryOptions,
  scheduler: asyncScheduler,
  random: () => Math.random(),
})

/**
 * Deals with batches and acknowledges each when it is done: when its promise resolves, before the value is handed on, or
 * when its inner stream completes, after its last value. Since an `ack()` covers everything up to its batch, a batch that is
 * done before earlier ones is acknowledged with the last of those. So with `concurrency` above 1 a value may be handed on
 * whose batch is not acknowledged yet; and a batch that keeps failing holds back those behind it, at most `maxInFlight`,
 * which come again after a crash.
 *
 * A failed batch goes to `project` again, without end unless `retry` says otherwise, after a wait with full jitter that grows to
 * `maxDelayMs`; each failure is told. Values that the failed stream emitted were handed on. What repeating cannot mend ends the
 * stream at once: errors with `retryable: false`, and the faults of a program, `TypeError` and `ReferenceError` (of `fetch`,
 * whose `TypeError` has a `cause`, by that cause). Formula: M. Brooker, "Exponential Backoff and Jitter".
 * Emits: what the inner streams emit, when they do; in the order of the batches only with a `concurrency` of 1.
 * Completes: with the source, after the last inner stream; not while a batch waits for its next attempt. A promise that never
 * settles holds its batch, and the source when `maxInFlight` are held: give what may hang a time-out.
 * Errors: the source's error at once; with what an inner stream errors with or `project` throws where it is not repeated, or not
 * any more; `JOURNAL_BAD_OPTION` is thrown at the call. Work under way is given up, and no batch from the failed one on is
 * acknowledged: they come again. Unsubscribing does the same, and releases the timers.
 * Memory: the batches that the source lets out, at most its `maxInFlight`.
 * Time: the scheduler's, to wait between attempts and as the time of problems.
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
 *   ackAfter((batch, attempt) => store(batch.values, attempt), {
 *     problems: { next: ({ message }) => console.log(message.split(';')[0]) }, // => attempt 1 at a batch failed: the sink is not there yet
 *   }),
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
  const again = resolved.retry === false ? identity : retrying<R>(resolved.retry, resolved)
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
  { retries, ...backOff }: Defined<RetryOptions>,
  { scheduler, random, problems }: Omit<ResolvedOptions, 'concurrency'>,
): (attempts: Observable<R>) => Observable<R> {
  const clock = { now: () => scheduler.now() }
  const report = createProblemReporter<FailedAttempt>({ from: 'ackAfter', clock, listener: problems })
  return retry({
    delay: (error: unknown, attempt) => {
      if (attempt > retries || isHopeless(error)) throw error
      const delayMs = backOffMs(backOff, attempt, random)
      report('attempt-failed', () => ({ message: failed(error, attempt, delayMs), error, attempt, delayMs }))
      return timer(delayMs, scheduler)
    },
  })
}

function failed(error: unknown, attempt: number, delayMs: number): string {
  const why = error === undefined || error === null ? ' without an error' : `: ${messageOf(error)}`
  return `attempt ${attempt} at a batch failed${why}; it is tried again in ${Math.round(delayMs)} ms`
}

type CheckedOptions = Defined<Omit<AckAfterOptions, 'problems'>> & Pick<AckAfterOptions, 'problems'>

type ResolvedOptions = Omit<CheckedOptions, 'retry'> & { readonly retry: Defined<RetryOptions> | false }

const isRetry: Check = (value) =>
  value === false || (typeof value === 'object' && value !== null)
    ? undefined
    : 'false or an object with retries, minDelayMs, maxDelayMs'

const optionChecks: Checks<CheckedOptions> = {
  concurrency: wholeNumber(1, 10_000),
  retry: isRetry,
  problems: optional(port('next')),
  scheduler: port('now', 'schedule'),
  random: callback,
}

const retryChecks: Checks<Defined<RetryOptions>> = {
  retries: (value) =>
    value === Infinity ? undefined : wholeNumber(0)(value) && 'a whole number or Infinity',
  ...backOffChecks,
}

function resolveAckAfter(given: AckAfterOptions | undefined): ResolvedOptions {
  const options = resolveOptions<CheckedOptions>(defaultAckAfterOptions, given, optionChecks, badOption)
  if (options.retry === false) return { ...options, retry: false }
  const resolved = checkedOptions<RetryOptions>(defaultRetryOptions, options.retry, retryChecks)
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
