import type { AddressInfo } from 'node:net'

import type { Clock } from '@tocsin/core'
import { Observable, Subject } from 'rxjs'

import { createProblemLimiter } from './engine/problem-limiter.ts'
import type { Problem, ProblemReason } from './problem.ts'

/** Counters of one source, since it was made, over all its subscriptions. */
export interface SourceStats {
  /** Datagrams, reads of a connection, requests or ticks. */
  readonly received: number
  /** Bytes of payload. */
  readonly bytes: number
  /** Values emitted. */
  readonly samples: number
  /** Problems, shown or suppressed. */
  readonly problems: number
  /** Pieces that were understood but not emitted: null values, refused batches, skipped ticks. */
  readonly dropped: number
  /** Connections accepted. */
  readonly connections: number
  /** Connections and requests turned away. */
  readonly refused: number
}

/**
 * A cold stream of values with its side channels.
 *
 * - Emits: each value, in the order of arrival.
 * - Completes: never.
 * - Errors: with a {@link ProtocolError} where it cannot listen; bad data comes out of `problems` instead.
 * - Memory: holds no queue; what each protocol keeps is bounded by its options.
 *
 * Subscribing binds or starts, unsubscribing closes. Each subscriber gets a run of its own, so use rxjs' `share()` to hand
 * one run to several.
 */
export interface Source<T> extends Observable<T> {
  /** Counters, updated in place. */
  readonly stats: SourceStats
  /** Bad data and failures that the source survives; hot, at most 10 a second for each reason. */
  readonly problems: Observable<Problem>
  /** The bound address: the current one at once, then one for each bind. */
  readonly listening: Observable<AddressInfo>
  /** The same values as arrays: one for each datagram, read, request or tick. The fast path; cold as the source is. */
  batches(): Observable<readonly T[]>
}

/** Where a problem was seen. */
interface ProblemPlace {
  readonly peer?: string | undefined
  readonly offset?: number | undefined
  /** Called only where the problem is shown. */
  readonly excerpt?: () => string
}

/** What the runs of one source share. */
export interface SourceBase {
  readonly name: string
  readonly clock: Clock
  readonly stats: { -readonly [Name in keyof SourceStats]: number }
  readonly problems: Observable<Problem>
  readonly listening: Observable<AddressInfo>
  report(reason: ProblemReason, message: string, place?: ProblemPlace): void
  /** Announces a bound address; the function given back takes it off again. */
  bound(address: AddressInfo): () => void
}

const problemsPerSecond = 10

/** The counters and side channels of a source, before any subscription. */
export function createSourceBase(name: string, clock: Clock): SourceBase {
  const problems = new Subject<Problem>()
  const limiter = createProblemLimiter<ProblemReason>(problemsPerSecond)
  const stats = { received: 0, bytes: 0, samples: 0, problems: 0, dropped: 0, connections: 0, refused: 0 }
  return {
    name,
    clock,
    stats,
    problems: problems.asObservable(),
    ...createAddresses(),
    report(reason, message, { peer, offset, excerpt } = {}) {
      stats.problems += 1
      const time = clock.now()
      const suppressed = limiter.admit(reason, time)
      if (suppressed === undefined) return
      problems.next({
        source: name,
        reason,
        message,
        time,
        suppressed,
        ...(peer !== undefined && { peer }),
        ...(offset !== undefined && { offset }),
        ...(excerpt !== undefined && { excerpt: excerpt() }),
      })
    },
  }
}

function createAddresses(): Pick<SourceBase, 'listening' | 'bound'> {
  const current = new Set<AddressInfo>()
  const binds = new Subject<AddressInfo>()
  return {
    listening: new Observable((subscriber) => {
      const latest = [...current].at(-1)
      if (latest !== undefined) subscriber.next(latest)
      subscriber.add(binds.subscribe(subscriber))
    }),
    bound(address) {
      current.add(address)
      binds.next(address)
      return () => current.delete(address)
    },
  }
}

/** What one run may do to its subscriber. */
export interface Run<T> {
  /** Hands on a batch; empty ones are left out. */
  readonly emit: (batch: readonly T[]) => void
  /** Ends the stream with an error. */
  readonly fail: (error: unknown) => void
}

/** A source from its base and from what one subscription starts; `start` gives back what stops it. */
export function createSource<T>(base: SourceBase, start: (run: Run<T>) => () => void): Source<T> {
  const batches = new Observable<readonly T[]>((subscriber) =>
    start({
      emit: (batch) => {
        if (batch.length === 0 || subscriber.closed) return
        base.stats.samples += batch.length
        subscriber.next(batch)
      },
      fail: (error) => subscriber.error(error),
    }),
  )
  const values = new Observable<T>((subscriber) =>
    batches.subscribe({
      next: (batch) => {
        for (const value of batch) {
          if (subscriber.closed) return
          subscriber.next(value)
        }
      },
      error: (error: unknown) => subscriber.error(error),
    }),
  )
  return Object.assign(values, {
    stats: base.stats,
    problems: base.problems,
    listening: base.listening,
    batches: () => batches,
  })
}
