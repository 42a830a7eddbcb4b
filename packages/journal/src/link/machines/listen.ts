import type { AddressInfo, Socket } from 'node:net'
import { constants } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { createServer } from 'node:tls'

import type { SchedulerLike, Subscription } from 'rxjs'
import { Observable } from 'rxjs'

import { JournalError, messageOf } from '../../errors.ts'
import { encodeMessage } from '../wire/messages.ts'
import type { Connected } from './dial.ts'
import type { Address } from './link-connection.ts'
import type { ReportLink } from '../tls/link-problem.ts'
import type { Credentials } from '../tls/link-tls.ts'
import { commonTls, provenPeer } from '../tls/proven-peer.ts'
import type { LinkRefusal } from '../tls/refusal.ts'
import { refusalOf } from '../tls/refusal.ts'

/** Where and how connections are taken. */
export interface Listening {
  readonly address: Address
  /** What is used from now on: the first at once. */
  readonly credentials$: Observable<Credentials>
  /** Whom the other side may be; `undefined` is whomever the authority signed. */
  readonly expected: readonly string[] | undefined
  readonly handshakeTimeoutMs: number
  readonly maxWaiting: number
  readonly scheduler: SchedulerLike
  readonly report: ReportLink
  readonly bound: (address: AddressInfo) => void
}

/**
 * Listens, and emits each connection whose handshake is done and whose certificate is good. Errors where it cannot listen. What it emitted is
 * not its own any more, and lives on when it is left.
 */
export function listen(listening: Listening): Observable<Connected> {
  const { address, credentials$, expected, report } = listening
  return new Observable((subscriber) => {
    const waiting = new Waiting(listening)
    // Whether a certificate is good is looked at in `provenPeer`, so that both sides are told what is wrong with it. No tickets: a
    // session that is resumed passes over a certificate that was revoked since.
    const server = createServer({
      ...commonTls,
      ...{ requestCert: true, rejectUnauthorized: false, secureOptions: constants.SSL_OP_NO_TICKET },
      // Our own timer is nearer.
      handshakeTimeout: 2 ** 31 - 1,
    })
    server.on('connection', (raw: Socket) => waiting.add(raw))
    server.on('secureConnection', (socket) => {
      const from = waiting.remove(socket)
      if (from === undefined) {
        socket.destroy()
        return
      }
      socket.setNoDelay(true)
      // For good: what comes behind the end of a session has nobody else.
      socket.on('error', () => undefined)
      try {
        subscriber.next({ duplex: socket, ...provenPeer(socket, expected) })
      } catch (error) {
        refuse(socket, refusalOf(error), from, report)
      }
    })
    server.on('tlsClientError', (error, socket) => {
      const from = waiting.remove(socket)
      socket.destroy()
      if (from === undefined) return
      const { code, message } = refusalOf(error)
      report(code, () => ({ message: `a connection from ${from} was refused: ${message}`, peer: from }))
    })
    server.on('error', (error) => {
      const where = `${address.host}:${address.port}`
      subscriber.error(
        new JournalError(
          'JOURNAL_IO',
          `cannot listen at ${where}: ${messageOf(error)}`,
          { ...address },
          error,
        ),
      )
    })
    let isFirst = true
    const credentials = credentials$.subscribe({
      next: ({ ca, cert, key, crl }) => {
        server.setSecureContext({
          ...commonTls,
          ca,
          cert,
          key,
          crl,
          secureOptions: constants.SSL_OP_NO_TICKET,
        })
        if (!isFirst) return
        isFirst = false
        server.listen(address.port, address.host, () => listening.bound(server.address() as AddressInfo))
      },
      error: (error: unknown) => subscriber.error(error),
    })
    return () => {
      credentials.unsubscribe()
      waiting.clear()
      server.close()
    }
  })
}

/** How long the other side has to take what it is told, ms. */
const lingerMs = 1000

function refuse(socket: TLSSocket, refusal: LinkRefusal, from: string, report: ReportLink): void {
  const { code, message } = refusal
  report(code, () => ({ message: `a connection from ${from} was refused: ${message}`, peer: from }))
  // Nothing of it is read any more but its end.
  socket.resume()
  socket.end(encodeMessage(0, { type: 'error', code, retryable: true, seq: 0, message }))
  // A peer that never reads nor ends is not kept; the timer keeps nothing alive.
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref()
  socket.once('close', () => clearTimeout(timer))
}

interface Waiter {
  readonly raw: Socket
  readonly host: string
  readonly timer: Subscription
}

/** Connections before the end of their handshake. */
class Waiting {
  readonly #waiters = new Map<string, Waiter>()
  readonly #listening: Listening

  constructor(listening: Listening) {
    this.#listening = listening
  }

  add(raw: Socket): void {
    const { scheduler, handshakeTimeoutMs, maxWaiting } = this.#listening
    const key = pathOf(raw)
    const late = (): void =>
      this.#drop(key, 'timeout', `its handshake took more than ${handshakeTimeoutMs} ms`)
    const timer = scheduler.schedule(late, handshakeTimeoutMs)
    this.#waiters.set(key, { raw, host: raw.remoteAddress ?? '', timer })
    raw.once('close', () => {
      const waiter = this.#waiters.get(key)
      if (waiter?.raw !== raw) return
      this.#drop(key, 'handshake-failed', 'it was closed within its handshake')
    })
    if (this.#waiters.size > maxWaiting) this.#dropOne()
  }

  /** Its handshake is over: gives its address, or nothing where it was not waited for any more. */
  remove(socket: Socket): string | undefined {
    const key = pathOf(socket)
    const waiter = this.#waiters.get(key)
    if (waiter === undefined) return undefined
    this.#waiters.delete(key)
    waiter.timer.unsubscribe()
    return waiter.host
  }

  clear(): void {
    for (const { raw, timer } of this.#waiters.values()) {
      timer.unsubscribe()
      raw.destroy()
    }
    this.#waiters.clear()
  }

  /** The oldest of the address that has most: whoever opens many shuts out nobody but himself. */
  #dropOne(): void {
    const counts = new Map<string, number>()
    for (const { host } of this.#waiters.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [key, { host }] of this.#waiters) {
      if (counts.get(host) !== most) continue
      this.#drop(key, 'too-many', `${this.#listening.maxWaiting} others wait for their handshake`)
      return
    }
  }

  #drop(key: string, code: LinkRefusal['code'], message: string): void {
    const waiter = this.#waiters.get(key)
    if (waiter === undefined) return
    this.#waiters.delete(key)
    waiter.timer.unsubscribe()
    waiter.raw.destroy()
    const { host } = waiter
    this.#listening.report(code, () => ({
      message: `a connection from ${host} was refused: ${message}`,
      peer: host,
    }))
  }
}

/** Both ends of a connection, which no other has at the time. */
const pathOf = ({ localPort, remoteAddress, remotePort }: Socket): string =>
  `${localPort} ${remoteAddress} ${remotePort}`
