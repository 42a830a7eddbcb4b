import type { AddressInfo } from 'node:net'

import type { Observable } from 'rxjs'
import {
  connect,
  defer,
  filter,
  finalize,
  map,
  mergeMap,
  NEVER,
  ReplaySubject,
  Subject,
  take,
  takeUntil,
  tap,
} from 'rxjs'

import type { FollowEvent, SessionEvent } from '../session/session-types.ts'
import type { CurrentCredentials } from '../tls/certificates.ts'
import { currentCredentials } from '../tls/certificates.ts'
import type { Connected } from './dial.ts'
import { dial, dialOwn } from './dial.ts'
import type { ResolvedConnection, Transport } from './link-connection.ts'
import type { ReportLink } from '../tls/link-problem.ts'
import type { LinkBoard } from './link-state.ts'
import { listen } from './listen.ts'
import type { Ending } from './redial.ts'
import { redial } from './redial.ts'
import { refusalFor } from '../tls/refusal.ts'

/** What connections are for. */
export interface LinksInput<E extends SessionEvent | FollowEvent> {
  readonly connection: ResolvedConnection
  readonly board: LinkBoard
  readonly report: ReportLink
  readonly bound: (address: AddressInfo) => void
  /** Connections that one name may have; the oldest goes when one more comes. */
  readonly maxPerPeer: number
  /** Uses a connection; `closing` is when it is to end in order. */
  readonly session: (connected: Connected, closing: Observable<unknown>) => Observable<E>
  /** The side that dials is at work, or waits to do so. */
  readonly dialing: (address: string) => void
  readonly waiting: (address: string, inMs: number, ending: Ending) => void
}

/** What happened on a connection. */
export interface LinkHappening<E> {
  readonly peer: string
  readonly event: E
}

/**
 * Dials or listens, and keeps a session on each connection. Completes after `closing`, when the last one has ended; errors where
 * it cannot listen, where certificates cannot be read at the start, and as sessions do.
 */
export function runLinks<E extends SessionEvent | FollowEvent>(
  input: LinksInput<E>,
): Observable<LinkHappening<E>> {
  const { connection, board, report } = input
  const { transport, scheduler } = connection
  return defer(() => {
    const stop$ = new ReplaySubject<unknown>(1)
    const closing = (connection.closing ?? NEVER).subscribe({
      next: (value) => stop$.next(value),
      // Whoever was to say when cannot say it any more.
      error: (error: unknown) => stop$.next(error),
    })
    const connected =
      transport.type === 'own'
        ? dialled(input, transport, stop$, NEVER)
        : currentCredentials(transport.tls, scheduler, report).pipe(
            tap(({ certificates }) => board.certificates(certificates)),
            connect(
              (current$) =>
                transport.type === 'dial'
                  ? dialled(input, transport, stop$, current$)
                  : listened(input, transport, stop$, current$),
              { connector: () => new ReplaySubject(1) },
            ),
          )
    // What a link that cannot go on was last stays to be seen.
    let isFailed = false
    board.clear()
    return connected.pipe(
      tap({ error: () => (isFailed = true) }),
      finalize(() => {
        closing.unsubscribe()
        if (!isFailed) board.clear()
      }),
    )
  })
}

function dialled<E extends SessionEvent | FollowEvent>(
  input: LinksInput<E>,
  transport: Exclude<Transport, { type: 'listen' }>,
  stop$: Observable<unknown>,
  current$: Observable<CurrentCredentials>,
): Observable<LinkHappening<E>> {
  const { connection, report } = input
  const { scheduler, connectTimeoutMs: timeoutMs } = connection
  const where =
    transport.type === 'own' ? transport.peer : `${transport.address.host}:${transport.address.port}`
  return redial({
    connection,
    stop$,
    open: () =>
      transport.type === 'own'
        ? dialOwn(transport.open, transport.peer, timeoutMs, scheduler)
        : current$.pipe(
            take(1),
            mergeMap(({ credentials }) => dial({ ...transport, credentials, timeoutMs, scheduler })),
          ),
    use: (connected, ended) => used(input, connected, stop$, current$, ended),
    dialing: () => input.dialing(where),
    refused: ({ code, message }) =>
      report(code, () => ({ message: `no link to ${where}: ${message}`, peer: where })),
    waiting: (inMs, ending) => input.waiting(where, inMs, ending),
  })
}

function listened<E extends SessionEvent | FollowEvent>(
  input: LinksInput<E>,
  transport: Extract<Transport, { type: 'listen' }>,
  stop$: Observable<unknown>,
  current$: Observable<CurrentCredentials>,
): Observable<LinkHappening<E>> {
  const { connection, report, bound, maxPerPeer } = input
  const { scheduler, maxWaiting, connectTimeoutMs: handshakeTimeoutMs } = connection
  const credentials$ = current$.pipe(map(({ credentials }) => credentials))
  const places = new Map<string, readonly Subject<void>[]>()
  const incoming = listen({
    ...{ ...transport, credentials$, handshakeTimeoutMs, maxWaiting, scheduler, report, bound },
  }).pipe(takeUntil(stop$))
  return incoming.pipe(
    mergeMap((connected) => {
      const { peer } = connected
      const over = new Subject<void>()
      const all = [...(places.get(peer) ?? []), over]
      places.set(peer, all)
      if (all.length > maxPerPeer) {
        report('superseded', () => ({
          message: `"${peer}" has a newer connection; its oldest is ended`,
          peer,
        }))
        all[0]?.next()
      }
      return used(input, connected, stop$, current$, () => undefined).pipe(
        takeUntil(over),
        finalize(() => {
          const left = (places.get(peer) ?? []).filter((place) => place !== over)
          if (left.length > 0) places.set(peer, left)
          else places.delete(peer)
        }),
      )
    }),
  )
}

/** One connection up to its end, or until its certificate is revoked. */
function used<E extends SessionEvent | FollowEvent>(
  input: LinksInput<E>,
  connected: Connected,
  stop$: Observable<unknown>,
  current$: Observable<CurrentCredentials>,
  ended: (ending: Ending) => void,
): Observable<LinkHappening<E>> {
  const { peer, serial } = connected
  const { report } = input
  const revoked = current$.pipe(
    filter(({ credentials }) => serial !== undefined && credentials.revoked.has(serial)),
    tap(() => {
      const message = `the certificate of "${peer}" was revoked; its connection is ended`
      report('certificate-revoked', () => ({ message, peer }))
      ended({ code: 'certificate-revoked', message })
    }),
  )
  let isSilent = true
  const told = (event: SessionEvent | FollowEvent): void => {
    if (event.type === 'refused') {
      const { code, error, by, journal, subscriber } = event
      const what = journal === undefined ? 'the link' : `"${journal}" for subscriber "${subscriber}"`
      const who = by === 'here' ? 'this side' : `"${peer}"`
      report('link-refused', () => ({ message: `${who} refused ${what}: ${error.message}`, peer, code }))
      ended({ code, message: error.message })
    } else if (event.type === 'closed' && event.reason !== 'error') {
      // Behind a handshake of TLS 1.3 a certificate that is not taken looks like this.
      const isRefusal = isSilent && event.reason === 'lost'
      const ending = isRefusal
        ? refusalFor('refused-by-peer')
        : { code: event.reason, message: event.message }
      ended(ending)
      if (isRefusal)
        report('refused-by-peer', () => ({ message: `no link to "${peer}": ${ending.message}`, peer }))
    }
    isSilent = false
  }
  return input.session(connected, stop$).pipe(
    tap((event) => told(event)),
    map((event) => ({ peer, event })),
    takeUntil(revoked),
  )
}
