import { type Checks, type Clock, type Defined, optional, port, text, wholeNumber } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import {
  connectionChecks,
  defaultConnections,
  listenChecks,
  type ConnectionOptions,
  type ListenOptions,
  type ResolvedConnections,
} from '../listening/listen-options.ts'
import { limit, maxTimerMs, portNumber } from '../option-checks.ts'
import { httpAuth, type HttpAuth } from './http-auth.ts'

/** Who may send over HTTP, and how much. */
export interface HttpOptions extends ConnectionOptions {
  /**
   * Address to bind; anything but loopback opens the port to the network.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Port to bind; 0 lets the system choose, see `listening`.
   * @defaultValue none
   */
  readonly port?: number | undefined
  /**
   * Several addresses, or other kinds, in place of `host` and `port`: `'tcp://[::1]:8080'`, `'tls://10.0.0.1:8443'`,
   * `'unix:///run/tocsin.sock'`. With `tls` and `port` alone it is TLS.
   * @defaultValue none
   */
  readonly listen?: readonly string[] | undefined
  /**
   * Who may send: tokens, or users with passwords. Others get 401.
   * @defaultValue none: all
   */
  readonly auth?: HttpAuth | undefined
  /**
   * How long a request waits for the subscribers to acknowledge its samples, ms; then it is answered 503, which says so.
   * @defaultValue 10000
   */
  readonly ackTimeoutMs?: number | undefined
  /**
   * Largest body as it comes, bytes; larger ones get 413.
   * @defaultValue 8388608
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Largest body when it is unpacked (gzip, deflate), bytes; larger ones get 413.
   * @defaultValue 33554432
   */
  readonly maxDecodedBytes?: number | undefined
  /**
   * Most bytes of unpacked bodies that are being read or not acknowledged, over all requests; requests beyond get 503.
   * @defaultValue 67108864
   */
  readonly maxPendingBytes?: number | undefined
  /**
   * A request must have arrived whole within this time, ms.
   * @defaultValue 30000
   */
  readonly requestTimeoutMs?: number | undefined
  /**
   * Where the time of arrival comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** All of {@link HttpOptions}, resolved. */
export type ResolvedHttp = ResolvedConnections &
  Defined<Omit<HttpOptions, keyof ConnectionOptions | 'port' | 'listen' | 'auth'>> &
  Pick<HttpOptions, 'port' | 'listen' | 'auth'>

/** The defaults of {@link HttpOptions}. */
export const defaultHttp: ResolvedHttp = Object.freeze({
  ...defaultConnections,
  host: '127.0.0.1',
  port: undefined,
  listen: undefined,
  auth: undefined,
  ackTimeoutMs: 10_000,
  maxBodyBytes: 8 * 1024 * 1024,
  maxDecodedBytes: 32 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  requestTimeoutMs: 30_000,
  clock: asyncScheduler,
})

/** What {@link HttpOptions} allow. */
export const httpChecks: Checks<HttpOptions> = {
  ...connectionChecks,
  host: text(),
  port: optional(portNumber),
  listen: listenChecks(['tcp', 'tls', 'unix']).listen satisfies Checks<ListenOptions>['listen'],
  auth: optional(httpAuth),
  ackTimeoutMs: wholeNumber(1, maxTimerMs),
  maxBodyBytes: limit,
  maxDecodedBytes: limit,
  maxPendingBytes: limit,
  requestTimeoutMs: wholeNumber(1, maxTimerMs),
  clock: port('now'),
}
