import { Observable, Subject, Subscription, takeUntil } from 'rxjs'
import type { OperatorFunction } from 'rxjs'

import { isBatch } from '../batch.ts'
import type { Batch } from '../batch.ts'
import { presentTime, withTime } from './replace-time.ts'
import type { Time } from './replace-time.ts'
import { VirtualScheduler } from './virtual-scheduler.ts'

/** What moves the clock of {@link inEventTime}. */
export interface Timed {
  /** Event time, ms since the Unix epoch. */
  readonly time: number
  /** When it arrived, ms since the Unix epoch, where that is another time. */
  readonly receivedAt?: number | undefined
}

/** How {@link inEventTime} reads the time of a value. */
export interface EventTimeOptions<T> {
  /**
   * When a value arrived, ms since the Unix epoch. What is no finite number leaves the clock where it is.
   * @defaultValue its `receivedAt`, or else its `time`
   */
  readonly timeOf?: ((value: T) => number) | undefined
}

/** Most actions that a chain begins at one moment, or after its source has ended; what begins more has no end. */
const maxActions = 100_000

/**
 * Runs a chain of operators in the time of the values that pass: each moves the clock to where it arrived, and what is due
 * by then happens before it, at its own moment. A year of history runs in seconds, with the decisions of the time when it
 * happened, while everything around the chain stays in real time.
 *
 * No part of the chain is told: within it, `asyncScheduler` of rxjs is that clock, for `delay`, `debounceTime` and `timer` as
 * for the operators of Tocsin. The clock begins at the first value and never goes back. After the last value it goes on only
 * until the chain completes, which rollups and rules do at once: a silence that is due later is not told.
 *
 * Drives what runs without promises: parsers, `rollup`, `evaluate`. It does not drive promises (a journal, a store, `notify`),
 * which go on in real time, nor `Date.now()`, `setTimeout`, and parts with a `scheduler` of their own.
 *
 * Emits, completes, errors: as the chain does. Takes values or batches, and acknowledges a batch when all its values are
 * through. Errors with code `EVENT_TIME_ENDLESS` where the chain goes on for 100,000 actions of its own at one moment, or after its
 * source has ended. A timer that repeats runs as often as it would have: an interval of a second takes long over a gap of years.
 * Memory: what the chain holds, and its timers.
 * Time: that of the values; the chain is subscribed with the first value, or with the end.
 *
 * @example
 * ```ts
 * import { evaluate, inEventTime, ruleSet, series } from '@tocsin/fault'
 * import { from } from 'rxjs'
 *
 * const heartbeat = series('heartbeat')
 * const yesterday = [0, 60_000, 600_000].map((time) => ({ series: heartbeat, time, value: 1, kind: 'gauge' as const }))
 * const silent = ruleSet('silent').select('__name:heartbeat').absentFor('5m', 1).build()
 * from(yesterday)
 *   .pipe(inEventTime(evaluate([silent], { open: [] })))
 *   .subscribe(({ type, time }) => console.log(type, time)) // => opened 360000
 * // => cleared 600000
 * ```
 */
export function inEventTime<T extends Timed, R>(
  chain: OperatorFunction<T, R>,
): OperatorFunction<T | Batch<T>, R>
/** Runs a chain that takes batches as well, as `evaluate` and `rollup` do; it is given their values one by one. */
export function inEventTime<T extends Timed, R>(
  // eslint-disable-next-line @typescript-eslint/unified-signatures -- a union would leave the values of a function untyped
  chain: OperatorFunction<T | Batch<T>, R>,
): OperatorFunction<T | Batch<T>, R>
/** Runs a chain in the time of values of any shape. */
export function inEventTime<T, R>(
  chain: OperatorFunction<T, R>,
  options: EventTimeOptions<T> & { readonly timeOf: (value: T) => number },
): OperatorFunction<T | Batch<T>, R>
export function inEventTime<T, R>(
  chain: OperatorFunction<T, R>,
  { timeOf = arrivalOf }: EventTimeOptions<T> = {},
): OperatorFunction<T | Batch<T>, R> {
  if (typeof chain !== 'function' || typeof timeOf !== 'function')
    throw new TypeError('EVENT_TIME_BAD_OPTION: inEventTime() takes an operator, and as timeOf a function')
  return (source) =>
    new Observable((subscriber) => {
      const values = new Subject<T>()
      let clock: VirtualScheduler | undefined
      let running: Subscription | undefined
      let outer: Time | undefined

      /** The chain sees its own time; who hears of what it emits sees the time outside. */
      const outside =
        <Args extends readonly unknown[]>(tell: (...given: Args) => void) =>
        (...given: Args): void => {
          if (outer === undefined) tell(...given)
          else withTime(outer, () => tell(...given))
        }
      const inside = (time: number, work: () => void): void => {
        const before = outer
        outer = presentTime()
        clock ??= new VirtualScheduler(Number.isFinite(time) ? time : outer.now())
        try {
          withTime(clock.time, work)
        } catch (error) {
          outside((cause: unknown) => subscriber.error(cause))(error)
        } finally {
          outer = before
        }
      }
      const begin = (): void => {
        if (running !== undefined) return
        running = new Subscription()
        subscriber.add(running)
        running.add(
          chain(values).subscribe({
            next: outside((value: R) => subscriber.next(value)),
            error: outside((error: unknown) => subscriber.error(error)),
            complete: outside(() => subscriber.complete()),
          }),
        )
      }
      const goTo = (time: number): void => {
        let [moment, left] = [NaN, 0]
        for (let due; (due = clock?.nextDue() ?? Infinity) <= time; left -= 1) {
          if (due !== moment) [moment, left] = [due, maxActions + (clock?.size ?? 0)]
          if (left === 0) throw endless()
          clock?.runNext()
        }
        clock?.moveTo(time)
      }
      const feed = (value: T): void => {
        let time = NaN
        try {
          time = timeOf(value)
        } catch (error) {
          subscriber.error(error)
          return
        }
        inside(time, () => {
          begin()
          if (Number.isFinite(time)) goTo(time)
          if (!subscriber.closed) values.next(value)
        })
      }
      const end = (): void => {
        begin()
        values.complete()
        let left = maxActions + (clock?.size ?? 0)
        for (; !subscriber.closed && clock?.nextDue() !== Infinity; left -= 1) {
          if (left === 0) throw endless()
          clock?.runNext()
        }
      }
      const left = new Subject<void>()
      subscriber.add(() => clock?.clear())
      subscriber.add(() => left.next())
      subscriber.add(
        // A source that brings all at once stops as soon as nobody listens any more.
        source.pipe(takeUntil(left)).subscribe({
          next: (input) => {
            if (!isBatch(input)) {
              feed(input)
              return
            }
            for (const value of input.values) if (!subscriber.closed) feed(value)
            if (!subscriber.closed) input.ack()
          },
          error: (error: unknown) =>
            inside(NaN, () => {
              begin()
              // eslint-disable-next-line rxjs-x/throw-error -- what the source threw goes on as it is
              values.error(error)
            }),
          complete: () => {
            if (!subscriber.closed) inside(NaN, end)
          },
        }),
      )
    })
}

/** When a value arrived: `receivedAt`, or else `time`; NaN where it has neither. */
export function arrivalOf(value: unknown): number {
  const { time = NaN, receivedAt = time } = (value ?? {}) as Partial<Timed>
  return receivedAt
}

const endless = (): Error =>
  Object.assign(
    new Error(
      'EVENT_TIME_ENDLESS: the chain within inEventTime() goes on at one moment, or after its source has ended; end what repeats in it, with takeUntil() or take()',
    ),
    { code: 'EVENT_TIME_ENDLESS' },
  )
