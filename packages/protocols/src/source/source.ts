import { type Batch, type Clock, type Defined, port, resolveOptions, text, wholeNumber } from '@tocsin/core'
import { asyncScheduler, Observable, type Subscriber, type TeardownLogic } from 'rxjs'

import type { BoundAddress } from './bound-address.ts'
import { createDemand } from './demand.ts'
import { badOption } from '../errors.ts'
import type { Problem, ProblemReason } from './problem.ts'
import { createSourceBase, type ProblemPlace, type SourceBase, type SourceStats } from './source-base.ts'

/** How far a source may run ahead of a subscriber of its batches. */
export interface BatchesOptions {
  /**
   * Most batches that are given and not yet acknowledged.
   * @defaultValue 64
   */
  readonly maxInFlight?: number | undefined
}

/** The defaults of `batches()` of a {@link Source}. */
export const defaultBatchesOptions: Readonly<Defined<BatchesOptions>> = Object.freeze({ maxInFlight: 64 })

/**
 * A cold stream of values with its side channels.
 *
 * - Emits: each value, in the order of arrival.
 * - Completes: never, but for sources of one's own that end.
 * - Errors: with a {@link ProtocolError} where it cannot listen; bad data comes out of `problems` instead.
 * - Memory: holds no queue; what each protocol keeps is bounded by its options.
 *
 * Subscribing binds or starts, unsubscribing closes. Each subscriber gets a run of its own, with a demand of its own, so use
 * rxjs' `share()` to hand the values of one run to several.
 */
export interface Source<T, Reason extends string = ProblemReason> extends Observable<T> {
  /** Counters, updated in place. */
  readonly stats: SourceStats
  /**
   * Bad data, failures that the source survives, and what it had to drop; hot, at most 10 a second for each reason. Where nobody
   * listens, the first of each reason is a process warning.
   */
  readonly problems: Observable<Problem<Reason>>
  /**
   * The bound addresses: those of the latest run at once, then those of each run, in the order of the options once all are bound.
   * Errs where a bind fails, or failed last; silent where nothing is bound.
   */
  readonly listening: Observable<BoundAddress>
  /**
   * The same values as they came together: one batch for each datagram, read, request or tick; cold as the source is.
   *
   * At most `maxInFlight` batches are given that are not acknowledged. Beyond that TCP is not read, so that senders wait, HTTP
   * answers 503, and whatever cannot wait is dropped, counted in `stats.dropped` and a problem `overflow`. A subscriber that
   * never acknowledges gets `maxInFlight` batches and no more. Used as values, a batch is acknowledged when `next` has
   * returned for its last value.
   */
  batches(options?: BatchesOptions): Observable<Batch<T>>
}

/** One subscription, as the source sees it. */
export interface SourceRun<T, Reason extends string = string> {
  /** Whether the subscriber takes another batch; false after the end. */
  readonly hasRoom: boolean
  /**
   * Calls once: at once while there is room, else when there is again, one after another in the order of asking. Never after
   * the end. What waits is the caller's to bound.
   */
  readonly whenRoom: (action: () => void) => void
  /**
   * Hands on values that came together. Without room they are dropped, counted in `stats.dropped`, and a problem `overflow`.
   *
   * @param acked - called once, when the subscriber has acknowledged them, possibly before `emit` returns; never if it does not
   * @returns whether they were handed on
   */
  readonly emit: (values: readonly T[], acked?: () => void) => boolean
  /** Ends the stream. */
  readonly complete: () => void
  /** Ends the stream with an error; before `bound`, it is that of `listening` too. */
  readonly fail: (error: unknown) => void
  /** Tells of something bad that the source survives, and counts it. */
  report(reason: Reason | 'overflow', message: string, place?: ProblemPlace): void
  /** Announces the addresses that this run is bound to, until it ends. */
  bound(...addresses: readonly BoundAddress[]): void
  /** The counters of the source, to be raised; `samples`, `problems` and the values dropped by `emit` are counted already. */
  readonly stats: { -readonly [Name in keyof SourceStats]: number }
}

/** Starts one run; what it gives back stops it. */
export type StartRun<T, Reason extends string = string> = (run: SourceRun<T, Reason>) => TeardownLogic

/** Name and time of a {@link source}. */
export interface SourceOptions {
  /**
   * What problems come from.
   * @defaultValue `'source'`
   */
  readonly name?: string | undefined
  /**
   * Where the time of problems comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** The defaults of {@link source}. */
export const defaultSourceOptions: Readonly<Defined<SourceOptions>> = Object.freeze({
  name: 'source',
  clock: asyncScheduler,
})

/**
 * A source of one's own, with the face and the demand of the others.
 *
 * - Emits: what `start` hands to `emit`.
 * - Completes, errors: where `start` says so; an error that it throws is one.
 * - Memory: nothing but a count. A source that ignores `hasRoom` loses what it emits beyond it: that is dropped, counted in
 *   `stats.dropped`, and a problem `overflow`.
 * - Time: `clock`, for problems.
 *
 * @param start - called for each subscription
 *
 * @example
 * ```ts
 * import { source, type Batch } from '@tocsin/protocols'
 *
 * const numbers = source<number>((run) => {
 *   let last = 0
 *   const pull = () => {
 *     run.emit([(last += 1)])
 *     run.whenRoom(pull)
 *   }
 *   run.whenRoom(pull)
 * })
 *
 * const waiting: Batch<number>[] = []
 * const subscription = numbers.batches({ maxInFlight: 2 }).subscribe((batch) => waiting.push(batch))
 * console.log(waiting.length) // => 2
 * waiting[0]?.ack()
 * console.log(waiting.length) // => 3
 * subscription.unsubscribe()
 * ```
 */
export function source<T, Reason extends string = string>(
  start: StartRun<T, Reason>,
  options: SourceOptions = {},
): Source<T, Reason | 'overflow'> {
  if (typeof start !== 'function') throw badOption('a source is made of a function that starts a run')
  const { name, clock } = resolveOptions<Defined<SourceOptions>>(
    defaultSourceOptions,
    options,
    { name: text(), clock: port('now') },
    badOption,
  )
  return createSource(createSourceBase<Reason | 'overflow'>(name, clock), start)
}

/** A source from its base and from what one subscription starts. */
export function createSource<T, Reason extends string>(
  base: SourceBase<Reason | 'overflow'>,
  start: StartRun<T, Reason>,
): Source<T, Reason | 'overflow'> {
  const values = new Observable<T>((subscriber) =>
    launch(base, start, Infinity, subscriber, (batch: readonly T[], ack) => {
      for (const value of batch) {
        // Who has left in the middle has not taken the rest.
        if (subscriber.closed) return
        subscriber.next(value)
      }
      ack()
    }),
  )
  return Object.assign(values, {
    stats: base.stats,
    problems: base.problems,
    listening: base.listening,
    batches(options: BatchesOptions = {}): Observable<Batch<T>> {
      const { maxInFlight } = resolveOptions<Defined<BatchesOptions>>(
        defaultBatchesOptions,
        options,
        { maxInFlight: wholeNumber(1) },
        badOption,
      )
      return new Observable((subscriber) =>
        launch(base, start, maxInFlight, subscriber, (batch: readonly T[], ack) =>
          subscriber.next({ values: batch, ack }),
        ),
      )
    },
  })
}

function launch<T, Reason extends string>(
  base: SourceBase<Reason | 'overflow'>,
  start: StartRun<T, Reason>,
  maxInFlight: number,
  subscriber: Subscriber<unknown>,
  hand: (values: readonly T[], ack: () => void) => void,
): TeardownLogic {
  const demand = createDemand(maxInFlight)
  let addresses: readonly BoundAddress[] = []
  const run: SourceRun<T, Reason> = {
    get hasRoom() {
      return demand.hasRoom
    },
    whenRoom: (action) => demand.whenRoom(action),
    emit(values, acked) {
      if (subscriber.closed) return false
      if (values.length === 0) {
        acked?.()
        return true
      }
      const count = values.length
      if (!demand.hasRoom) {
        base.stats.dropped += count
        base.report('overflow', overflow(count, maxInFlight), { count })
        return false
      }
      base.stats.samples += count
      demand.take()
      let waiting = true
      hand(values, () => {
        if (!waiting) return
        waiting = false
        demand.giveBack()
        acked?.()
      })
      return true
    },
    complete: () => subscriber.complete(),
    fail(error) {
      if (subscriber.closed) return
      // Before the stream's own, upon which somebody may begin the next run.
      if (addresses.length === 0) base.failed(error)
      subscriber.error(error)
    },
    report: (reason, message, place) => base.report(reason, message, place),
    bound(...own) {
      if (subscriber.closed) return
      addresses = own
      base.bound(own)
    },
    stats: base.stats,
  }
  subscriber.add(() => {
    demand.end()
    base.freed(addresses)
  })
  base.started()
  try {
    return start(run)
  } catch (error) {
    run.fail(error)
  }
}

const overflow = (count: number, maxInFlight: number): string =>
  `${count} ${count === 1 ? 'value was' : 'values were'} dropped: ${maxInFlight} ${maxInFlight === 1 ? 'batch waits' : 'batches wait'} to be acknowledged, and there is room for no more`
