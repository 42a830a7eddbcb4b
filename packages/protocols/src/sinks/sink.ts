import { type Batch, port, type Sample } from '@tocsin/core'
import { diagnosticsChannel } from '@tocsin/core/diagnostics-channel'
import { concat, defer, distinctUntilChanged, Observable, of, Subject, takeUntil } from 'rxjs'

import { badOption } from '../errors.ts'
import { createWaker } from '../source/waker.ts'
import type { Destination, Sending } from './destination.ts'
import { createSinkEngine, type SinkStep } from './engine/sink-engine.ts'
import type { Reachability, SinkEvent } from './sink-event.ts'
import {
  defaultSinkOptions,
  type ResolvedSink,
  resolveSink,
  sinkChecks,
  type SinkOptions,
} from './sink-options.ts'

/** An operator that sends what it is given, and says what became of it. */
export interface Sink {
  (batches: Observable<Batch<Sample>>): Observable<SinkEvent>
  /** Whether the destination takes what it is sent: the present state at once, then each change. Of several runs it is the newest word. */
  readonly reachable$: Observable<Reachability>
}

/**
 * Sends batches of samples to a destination of one's own, with all that the other sinks have: requests are gathered by count, bytes and
 * time, what fails is sent again for ever, with waits that grow and are spread by full jitter, and what the destination refuses for good is
 * told by name. A batch is acknowledged when the destination has all of it, or has refused it for good, and all before it are too; so the
 * subscriber of a journal in front of it keeps what the destination cannot take, and nothing else waits for it.
 *
 * - Emits: {@link SinkEvent}: what is delivered, refused and failed, each with what is still held. Order is kept: a request that failed
 *   goes before all that came later. `held-up` once, where the source gives too little before it waits for acknowledgements.
 * - Completes: when its source has and all is delivered or refused; not while the destination takes nothing.
 * - Errors: with its source; with what the destination throws against its promise. Samples that are not acknowledged come again.
 *   Wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 * - Memory: the batches that are not acknowledged: at most the `maxInFlight` of the source.
 * - Time: the scheduler's; one timer.
 *
 * @param connect - makes the destination, for each subscription
 *
 * @example
 * ```ts
 * import { series, type Sample } from '@tocsin/protocols'
 * import { sink } from '@tocsin/protocols/sinks'
 * import { of } from 'rxjs'
 *
 * const sent: number[] = []
 * const toArray = sink(() => ({
 *   weigh: ({ value }: Sample) =>
 *     typeof value === 'number' ? 8 : { reason: 'unsupported' as const, message: 'only numbers can be sent' },
 *   send: (samples) => {
 *     sent.push(...samples.map(({ value }) => Number(value)))
 *     const outcome = Promise.resolve({ type: 'taken' as const })
 *     return { handedOver: outcome, outcome }
 *   },
 *   close: () => undefined,
 * }))
 * const sample = { series: series('cpu'), time: 0, value: 1, kind: 'gauge' as const }
 * of({ values: [sample], ack: () => console.log('acknowledged', sent) }) // => acknowledged [ 1 ]
 *   .pipe(toArray)
 *   .subscribe()
 * ```
 */
export function sink(connect: () => Destination, options?: SinkOptions): Sink {
  if (typeof connect !== 'function')
    throw badOption('a sink is made of a function that gives its destination')
  return createSink(connect, resolveSink(defaultSinkOptions, options, sinkChecks))
}

/** A sink whose options are resolved. */
export function createSink(connect: () => Destination, options: ResolvedSink): Sink {
  const { name, scheduler } = options
  const channel = diagnosticsChannel('tocsin:protocols:delivery')
  let state: Reachability = { reachable: undefined, since: scheduler.now() }
  const changes = new Subject<Reachability>()
  const become = (reachable: boolean, now: number, message?: string): void => {
    const isSame = state.reachable === reachable
    if (isSame && state.message === message) return
    state = { reachable, since: isSame ? state.since : now, ...(message !== undefined && { message }) }
    changes.next(state)
  }

  const operator = (batches: Observable<Batch<Sample>>): Observable<SinkEvent> =>
    new Observable((subscriber) => {
      const destination = connect()
      if (port('weigh', 'send', 'close')(destination) !== undefined) {
        subscriber.error(badOption('a destination has weigh, send and close'))
        return
      }
      subscriber.add(() => destination.close())
      const engine = createSinkEngine(options, (sample) => destination.weigh(sample))
      let handingOver: Sending | undefined
      let isOver = false
      const steps: (() => void)[] = []
      let isBusy = false

      const take = ({ events, acknowledge }: SinkStep): void => {
        for (const event of events) {
          if (channel.hasSubscribers) channel.publish({ sink: name, event })
          if (event.type === 'failed') become(false, event.time, event.message)
          subscriber.next(event)
        }
        acknowledge()
      }
      /** One step after another: an `ack` or a subscriber may give the next batch within the call, and that a thousand times. */
      const guarded = (step: () => void): void => {
        steps.push(step)
        if (isBusy) return
        isBusy = true
        try {
          for (let next = steps.shift(); next !== undefined && !subscriber.closed; next = steps.shift()) {
            next()
            proceed()
          }
        } catch (error) {
          subscriber.error(error)
        } finally {
          isBusy = false
        }
      }
      const proceed = (): void => {
        while (handingOver === undefined && !subscriber.closed) {
          const request = engine.next(scheduler.now())
          if (request === undefined) break
          const sending = destination.send(request.samples)
          handingOver = sending
          // Not the one that the same request began since, where it failed and was sent again at once.
          const free = (): void => {
            if (handingOver === sending) handingOver = undefined
          }
          const fail = (error: unknown): void => subscriber.error(error)
          // First, since both may be the same promise: what failed goes before the next.
          sending.outcome.then(
            (known) =>
              guarded(() => {
                free()
                if (known.type !== 'failed') become(true, scheduler.now())
                take(engine.settle(request, known, scheduler.now()))
              }),
            fail,
          )
          sending.handedOver.then(() => guarded(free), fail)
        }
        if (subscriber.closed) return
        if (isOver && engine.isIdle) subscriber.complete()
        else if (handingOver === undefined) {
          if (isOver && engine.isHandedOver) destination.end?.()
          waker.arm(engine.due())
        }
      }
      const waker = createWaker(scheduler, scheduler, () => guarded(() => undefined))
      subscriber.add(waker.stop)
      // A source that gives without a pause must hear within that call that nobody is there any more.
      const left = new Subject<void>()
      subscriber.add(() => left.next())
      subscriber.add(
        batches.pipe(takeUntil(left)).subscribe({
          next: (batch) => guarded(() => take(engine.give(batch, scheduler.now()))),
          error: (error: unknown) => subscriber.error(error),
          complete: () =>
            guarded(() => {
              isOver = true
              engine.end()
            }),
        }),
      )
    })
  return Object.assign(operator, {
    reachable$: concat(
      defer(() => of(state)),
      changes,
    ).pipe(distinctUntilChanged()),
  })
}
