import type { AddressInfo } from 'node:net'

import { createProblemReporter, type Clock } from '@tocsin/core'
import { Observable, Subject } from 'rxjs'

import type { Problem } from './problem.ts'

/** Counters of one source, since it was made, over all its subscriptions. */
export interface SourceStats {
  /** Datagrams, reads of a connection, requests or ticks. */
  readonly received: number
  /** Bytes of payload. */
  readonly bytes: number
  /** Values emitted. */
  readonly samples: number
  /** Problems, shown or held back; one that stands for several counts as so many. */
  readonly problems: number
  /** What was understood but not emitted: values without room, null values, skipped ticks. */
  readonly dropped: number
  /** Connections accepted. */
  readonly connections: number
  /** Connections and requests turned away. */
  readonly refused: number
}

/** Where a problem was seen, and what it stands for. */
export interface ProblemPlace {
  /** Who sent it, `address:port`. */
  readonly peer?: string | undefined
  /** Where it starts in the datagram or body, bytes from 0. */
  readonly offset?: number | undefined
  /** Gives the data itself; called only where the problem is shown. */
  readonly excerpt?: (() => string) | undefined
  /** Key of the series that is concerned. */
  readonly series?: string | undefined
  /** How many it stands for by itself. @defaultValue 1 */
  readonly count?: number | undefined
}

/** What the runs of one source share. */
export interface SourceBase<Reason extends string> {
  readonly stats: { -readonly [Name in keyof SourceStats]: number }
  readonly clock: Clock
  readonly name: string
  readonly problems: Observable<Problem<Reason>>
  readonly listening: Observable<AddressInfo>
  report(reason: Reason, message: string, place?: ProblemPlace): void
  /** A run begins, whose address is not known yet. */
  started(): void
  /** Announces a bound address. */
  bound(address: AddressInfo): void
  /** A bound address is free again. */
  freed(address: AddressInfo): void
  /** A run failed before it had an address. */
  failed(error: unknown): void
}

/** The counters and side channels of a source, before any subscription. */
export function createSourceBase<Reason extends string>(name: string, clock: Clock): SourceBase<Reason> {
  const problems = new Subject<Problem<Reason>>()
  const tell = createProblemReporter<Problem<Reason>>({ from: name, clock, listener: problems })
  const stats = { received: 0, bytes: 0, samples: 0, problems: 0, dropped: 0, connections: 0, refused: 0 }
  return {
    stats,
    clock,
    name,
    problems: problems.asObservable(),
    ...createAddresses(),
    report(reason, message, { peer, offset, excerpt, series, count = 1 } = {}) {
      stats.problems += count
      tell(reason, () => ({
        message,
        count,
        ...(peer !== undefined && { peer }),
        ...(offset !== undefined && { offset }),
        ...(series !== undefined && { series }),
        ...(excerpt !== undefined && { excerpt: excerpt() }),
      }))
    },
  }
}

type Addresses = Pick<SourceBase<string>, 'listening' | 'started' | 'bound' | 'freed' | 'failed'>

function createAddresses(): Addresses {
  const current = new Set<AddressInfo>()
  // A Subject that erred could not tell of the next run, so failures are its values.
  const attempts = new Subject<AddressInfo | { readonly error: unknown }>()
  let failure: { readonly error: unknown } | undefined
  return {
    listening: new Observable((subscriber) => {
      const latest = [...current].at(-1)
      if (latest !== undefined) subscriber.next(latest)
      else if (failure !== undefined) subscriber.error(failure.error)
      const told = attempts.subscribe({
        next(attempt) {
          if ('error' in attempt) subscriber.error(attempt.error)
          else subscriber.next(attempt)
        },
        error: (error: unknown) => subscriber.error(error),
      })
      subscriber.add(told)
    }),
    started: () => (failure = undefined),
    bound(address) {
      current.add(address)
      attempts.next(address)
    },
    freed: (address) => current.delete(address),
    failed: (error) => attempts.next((failure = { error })),
  }
}
