import { createProblemReporter, type Clock } from '@tocsin/core'
import { Observable, Subject } from 'rxjs'

import type { BoundAddress } from './bound-address.ts'
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
  /** Datagrams that the system dropped before they were read, as far as it says so (Linux, looked at every 10 s). */
  readonly lost: number
  /** Connections accepted. */
  readonly connections: number
  /** Connections and requests turned away. */
  readonly refused: number
}

/** Where a problem was seen, and what it stands for. */
export interface ProblemPlace {
  /** Who sent it, `address:port`; as a function, called only where the problem is shown. */
  readonly peer?: string | (() => string) | undefined
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
  readonly listening: Observable<BoundAddress>
  report(reason: Reason, message: string, place?: ProblemPlace): void
  /** A run begins, whose address is not known yet. */
  started(): void
  /** Announces what a run has bound. */
  bound(addresses: readonly BoundAddress[]): void
  /** It is free again. */
  freed(addresses: readonly BoundAddress[]): void
  /** A run failed before it had an address. */
  failed(error: unknown): void
}

/** The counters and side channels of a source, before any subscription. */
export function createSourceBase<Reason extends string>(name: string, clock: Clock): SourceBase<Reason> {
  const problems = new Subject<Problem<Reason>>()
  const tell = createProblemReporter<Problem<Reason>>({ from: name, clock, listener: problems })
  const stats = {
    received: 0,
    bytes: 0,
    samples: 0,
    problems: 0,
    dropped: 0,
    lost: 0,
    connections: 0,
    refused: 0,
  }
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
        ...(peer !== undefined && { peer: typeof peer === 'string' ? peer : peer() }),
        ...(offset !== undefined && { offset }),
        ...(series !== undefined && { series }),
        ...(excerpt !== undefined && { excerpt: excerpt() }),
      }))
    },
  }
}

type Addresses = Pick<SourceBase<string>, 'listening' | 'started' | 'bound' | 'freed' | 'failed'>

function createAddresses(): Addresses {
  const current = new Set<readonly BoundAddress[]>()
  // A Subject that erred could not tell of the next run, so failures are its values.
  const attempts = new Subject<readonly BoundAddress[] | { readonly error: unknown }>()
  let failure: { readonly error: unknown } | undefined
  return {
    listening: new Observable((subscriber) => {
      for (const address of [...current].at(-1) ?? []) subscriber.next(address)
      if (current.size === 0 && failure !== undefined) subscriber.error(failure.error)
      const told = attempts.subscribe({
        next(attempt) {
          if ('error' in attempt) subscriber.error(attempt.error)
          else for (const address of attempt) subscriber.next(address)
        },
        error: (error: unknown) => subscriber.error(error),
      })
      subscriber.add(told)
    }),
    started: () => (failure = undefined),
    bound(addresses) {
      current.add(addresses)
      attempts.next(addresses)
    },
    freed: (addresses) => current.delete(addresses),
    failed: (error) => attempts.next((failure = { error })),
  }
}
