import type { AddressInfo } from 'node:net'

import { createProblemReporter } from '@tocsin/core'
import { Observable, ReplaySubject, Subject } from 'rxjs'
import type { SchedulerLike } from 'rxjs'

import { JournalError } from '../../errors.ts'
import type { LinkProblem, ReportLink } from '../tls/link-problem.ts'
import type { LinksState } from './link-state.ts'
import { LinkBoard } from './link-state.ts'

/** What stands beside the stream of a `follow` or `serveJournal`. */
export interface SideStreams {
  /**
   * How each link is, and how long certificates still hold: at once, then each change.
   * Completes and errors: never. Memory: one small object for each feed of each peer; of those that are gone, the newest 1024.
   */
  readonly state$: Observable<LinksState>
  /**
   * Connections that did not become links, feeds that were refused, certificates that end: hot, at most ten a second for each reason. Where
   * nobody listens, the first of each reason is a process warning.
   */
  readonly problems: Observable<LinkProblem>
  /** With `listen`, the address that is bound: the latest at once, then that of each subscription. */
  readonly listening: Observable<AddressInfo>
}

/** What one subscription tells. */
export interface Sides {
  readonly board: LinkBoard
  readonly report: ReportLink
  readonly bound: (address: AddressInfo) => void
}

/** A cold stream with its side streams. One subscription at a time: two would be two links of one name, which fence each other. */
export function withSideStreams<T>(
  scheduler: SchedulerLike,
  run: (sides: Sides) => Observable<T>,
): Observable<T> & SideStreams {
  const board = new LinkBoard()
  const problems = new Subject<LinkProblem>()
  const bound = new ReplaySubject<AddressInfo>(1)
  const report = createProblemReporter<LinkProblem>({
    from: 'journal-link',
    clock: scheduler,
    listener: problems,
  })
  let isRunning = false
  const stream = new Observable<T>((subscriber) => {
    if (isRunning) {
      const sentence = 'these links are running already; share() their stream, or make others of another name'
      subscriber.error(new JournalError('JOURNAL_SUBSCRIBER_BUSY', sentence))
      return undefined
    }
    isRunning = true
    subscriber.add(() => (isRunning = false))
    return run({ board, report, bound: (address) => bound.next(address) }).subscribe(subscriber)
  })
  return Object.assign(stream, {
    state$: board.state$,
    problems: problems.asObservable(),
    listening: bound.asObservable(),
  })
}
