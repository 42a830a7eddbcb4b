import type { Observable } from 'rxjs'
import { catchError, defer, EMPTY, finalize, mergeMap, repeat, takeUntil, timer } from 'rxjs'

import { backOffMs } from '@tocsin/core/back-off'
import type { Connected } from './dial.ts'
import type { ResolvedConnection } from './link-connection.ts'
import { LinkRefusal } from '../tls/refusal.ts'

/** Why a connection ended, or did not come about. */
export interface Ending {
  readonly code: string
  readonly message: string
}

/** How one address is dialed again and again. */
export interface Redialing<E> {
  readonly connection: Pick<
    ResolvedConnection,
    'minDelayMs' | 'maxDelayMs' | 'healthyMs' | 'random' | 'scheduler'
  >
  /** One attempt: a connection, or a `LinkRefusal`. */
  readonly open: () => Observable<Connected>
  /** Uses a connection up to its end, which it tells. */
  readonly use: (connected: Connected, ended: (ending: Ending) => void) => Observable<E>
  /** From then on none is dialed. */
  readonly stop$: Observable<unknown>
  readonly dialing: () => void
  readonly refused: (refusal: LinkRefusal) => void
  readonly waiting: (inMs: number, ending: Ending) => void
}

/**
 * Keeps one connection up: dials, uses it, and dials again after a random part of a wait that doubles, which begins anew once a connection
 * has held for `healthyMs`. Completes after `stop$`; errors where the use of a connection errs.
 */
export function redial<E>(redialing: Redialing<E>): Observable<E> {
  const { connection, open, use, stop$ } = redialing
  const { scheduler, healthyMs, random } = connection
  return defer(() => {
    let attempt = 0
    let isStopped = false
    let connectedAt: number | undefined
    let ending: Ending = { code: 'lost', message: 'the connection was cut' }
    const once = defer(() => {
      connectedAt = undefined
      redialing.dialing()
      const opened = open().pipe(
        catchError((error: unknown) => {
          if (!(error instanceof LinkRefusal)) throw error
          ending = error
          redialing.refused(error)
          return EMPTY
        }),
        takeUntil(stop$),
      )
      // What is in use ends by itself.
      return opened.pipe(
        mergeMap((connected) => {
          connectedAt = scheduler.now()
          return use(connected, (told) => (ending = told))
        }),
      )
    })
    const wait = (): Observable<unknown> => {
      if (isStopped) return EMPTY
      if (connectedAt !== undefined && scheduler.now() - connectedAt >= healthyMs) attempt = 0
      attempt += 1
      const inMs = backOffMs(connection, attempt, random)
      redialing.waiting(inMs, ending)
      return timer(inMs, scheduler).pipe(takeUntil(stop$))
    }
    const stopping = stop$.subscribe({ next: () => (isStopped = true), error: () => (isStopped = true) })
    return once.pipe(
      repeat({ delay: wait }),
      finalize(() => stopping.unsubscribe()),
    )
  })
}
