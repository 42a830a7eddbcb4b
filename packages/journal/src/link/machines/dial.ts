import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'

import type { SchedulerLike } from 'rxjs'
import { Observable } from 'rxjs'

import type { LinkStream } from '../session/session-types.ts'
import type { Address } from './link-connection.ts'
import type { Credentials } from '../tls/link-tls.ts'
import { commonTls, provenPeer } from '../tls/proven-peer.ts'
import { LinkRefusal, refusalOf } from '../tls/refusal.ts'

/** A connection that a session may have. */
export interface Connected extends LinkStream {
  /** Serial number of the certificate at the other side, where there is one. */
  readonly serial?: string
}

/** How an address is dialed. */
export interface Dialing {
  readonly address: Address
  readonly credentials: Credentials
  readonly expected: readonly string[]
  readonly timeoutMs: number
  readonly scheduler: SchedulerLike
}

/**
 * Dials once: emits the connection when its handshake is done and the other side is who it is to be, and completes. Errors with a
 * `LinkRefusal`. What it emitted is not its own any more.
 */
export function dial({
  address,
  credentials,
  expected,
  timeoutMs,
  scheduler,
}: Dialing): Observable<Connected> {
  return new Observable((subscriber) => {
    const { host, port } = address
    const { ca, cert, key, crl } = credentials
    const socket = connect({
      ...{ ...commonTls, host, port, ca, cert, key, crl, rejectUnauthorized: true },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      // Names are compared in `provenPeer`: exactly, and those of links too.
      checkServerIdentity: () => undefined,
    })
    socket.setNoDelay(true)
    // For good: what comes behind the end of a session has nobody else.
    socket.on('error', (error) => subscriber.error(refusalOf(error, socket.authorizationError)))
    socket.on('close', () =>
      subscriber.error(new LinkRefusal('handshake-failed', 'the connection ended within its handshake')),
    )
    socket.on('secureConnect', () => {
      try {
        const proven = provenPeer(socket, expected)
        isOurs = false
        subscriber.next({ duplex: socket, ...proven })
        subscriber.complete()
      } catch (error) {
        subscriber.error(error)
      }
    })
    let isOurs = true
    const late = (): void =>
      subscriber.error(new LinkRefusal('timeout', `it did not answer within ${timeoutMs} ms`))
    const timer = scheduler.schedule(late, timeoutMs)
    return () => {
      timer.unsubscribe()
      if (isOurs) socket.destroy()
    }
  })
}

/** The same of a stream of the caller's own. */
export function dialOwn(
  open: () => Duplex | Promise<Duplex>,
  peer: string,
  timeoutMs: number,
  scheduler: SchedulerLike,
): Observable<Connected> {
  return new Observable((subscriber) => {
    const late = (): void =>
      subscriber.error(new LinkRefusal('timeout', `"connect" gave no stream within ${timeoutMs} ms`))
    const timer = scheduler.schedule(late, timeoutMs)
    const opened = (duplex: Duplex): void => {
      duplex.on('error', () => undefined)
      if (subscriber.closed) {
        duplex.destroy()
        return
      }
      subscriber.next({ duplex, peer })
      subscriber.complete()
    }
    Promise.resolve()
      .then(open)
      .then(opened)
      .catch((error: unknown) => subscriber.error(refusalOf(error)))
    return timer
  })
}
