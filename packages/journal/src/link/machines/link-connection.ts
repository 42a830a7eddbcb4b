import type { Duplex } from 'node:stream'

import type { Check, Checks, Defined } from '@tocsin/core'
import { callback, optional, port, text, wholeNumber } from '@tocsin/core'
import type { Observable, SchedulerLike } from 'rxjs'
import { asyncScheduler } from 'rxjs'

import { badOption, checkedOptions } from '../../options.ts'
import { resolveLinkLimits } from '../session/link-limits.ts'
import type { LinkLimits } from '../session/session-types.ts'
import type { LinkTls } from '../tls/link-tls.ts'

/** How two machines come together: one side has `connect`, the other `listen`, whichever of them serves. */
export interface LinkConnection {
  /**
   * `'host:port'` of the other side, which is dialed over TLS again and again; or a function that gives a stream of the caller's own,
   * which he has secured.
   */
  readonly connect?: string | (() => Duplex | Promise<Duplex>) | undefined
  /** `'host:port'`, or a port of this machine alone (127.0.0.1); 0 is any port that is free. */
  readonly listen?: string | number | undefined
  /** Certificates; needed unless `connect` is a function. */
  readonly tls?: LinkTls | undefined
  /**
   * Names of whom the other side may be, one of which its certificate has to prove, exactly as written.
   * @defaultValue with `connect` the host; with `listen` whomever the authority signed; with a function `'peer'`
   */
  readonly peer?: string | readonly string[] | undefined
  /** Longest time until a connection is secured, ms; its greeting has `limits.helloTimeoutMs`. @defaultValue 10000 */
  readonly connectTimeoutMs?: number | undefined
  /** The wait before dialing again is a random part of this, doubled at each failure, ms. @defaultValue 250 */
  readonly minDelayMs?: number | undefined
  /** It is never more than this, ms. @defaultValue 30000 */
  readonly maxDelayMs?: number | undefined
  /** A connection that holds so long lets the waits begin anew, ms. @defaultValue 10000 */
  readonly healthyMs?: number | undefined
  /**
   * Connections that may be within their handshake; beyond it the oldest of the address that has most is dropped.
   * @defaultValue 100
   */
  readonly maxWaiting?: number | undefined
  /** Bounds of each connection. @defaultValue `defaultLinkLimits` */
  readonly limits?: LinkLimits | undefined
  /** When it emits, links end in order: what is under way is dealt with, and the stream completes. @defaultValue never */
  readonly closing?: Observable<unknown> | undefined
  /** Wakes it. @defaultValue rxjs `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined
  /** From 0 to 1, for waits. @defaultValue `Math.random` */
  readonly random?: (() => number) | undefined
}

/** A place in a network. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Where the other side comes from. */
export type Transport =
  | {
      readonly type: 'dial'
      readonly address: Address
      readonly tls: LinkTls
      readonly expected: readonly string[]
    }
  | { readonly type: 'own'; readonly open: () => Duplex | Promise<Duplex>; readonly peer: string }
  | {
      readonly type: 'listen'
      readonly address: Address
      readonly tls: LinkTls
      readonly expected: readonly string[] | undefined
    }

/** The options that say how, without those that say with whom. */
type Timing = Omit<LinkConnection, 'connect' | 'listen' | 'tls' | 'peer' | 'limits' | 'closing'>

/** A connection with all that is needed. */
export interface ResolvedConnection extends Defined<Timing> {
  readonly transport: Transport
  readonly limits: Defined<LinkLimits>
  readonly closing: Observable<unknown> | undefined
}

/** What connections of links do unless told otherwise. */
export const defaultLinkConnection: Defined<Timing> = Object.freeze({
  connectTimeoutMs: 10_000,
  minDelayMs: 250,
  maxDelayMs: 30_000,
  healthyMs: 10_000,
  maxWaiting: 100,
  scheduler: asyncScheduler,
  random: Math.random,
})

const longestMs = 2 ** 31 - 1
const checks: Checks<Timing> = {
  connectTimeoutMs: wholeNumber(1, longestMs),
  minDelayMs: wholeNumber(1, longestMs),
  maxDelayMs: wholeNumber(1, longestMs),
  healthyMs: wholeNumber(0, longestMs),
  maxWaiting: wholeNumber(1, 65_536),
  scheduler: port('now', 'schedule'),
  random: callback,
}

const observable: Check = port('subscribe', 'pipe')
const tlsChecks: Checks<LinkTls> = {
  ca: text(),
  cert: text(),
  key: text(),
  crl: optional(text()),
  reload$: optional(observable),
  reloadEveryMs: optional(wholeNumber(1, longestMs)),
  warnBeforeMs: optional(wholeNumber(0)),
}

/** Options of a connection with their defaults; a wrong one throws `JOURNAL_BAD_OPTION`. */
export function resolveConnection(given: LinkConnection): ResolvedConnection {
  const { connect, listen, tls, peer, limits, closing, ...timing } = given
  if (closing !== undefined && observable(closing) !== undefined) {
    throw badOption('option "closing" must be an Observable')
  }
  return {
    ...checkedOptions<Timing>(defaultLinkConnection, timing, checks),
    transport: transportOf(connect, listen, tls, peer),
    limits: resolveLinkLimits(limits),
    closing,
  }
}

function transportOf(
  connect: LinkConnection['connect'],
  listen: LinkConnection['listen'],
  tls: LinkTls | undefined,
  peer: LinkConnection['peer'],
): Transport {
  if ((connect === undefined) === (listen === undefined)) {
    throw badOption('give either "connect" or "listen": one side of a link dials, the other is dialed')
  }
  const names = namesOf(peer)
  if (typeof connect === 'function') return { type: 'own', open: connect, peer: names?.[0] ?? 'peer' }
  if (tls === undefined)
    throw badOption('option "tls" is missing: { ca, cert, key }, paths of files or text of PEM')
  checkedOptions<LinkTls>({} as never, tls, tlsChecks)
  if (connect !== undefined) {
    const address = addressOf('connect', connect, 1)
    return { type: 'dial', address, tls, expected: names ?? [address.host] }
  }
  return { type: 'listen', address: addressOf('listen', listen, 0), tls, expected: names }
}

function namesOf(peer: unknown): readonly string[] | undefined {
  if (peer === undefined) return undefined
  const names: readonly unknown[] = Array.isArray(peer) ? (peer as unknown[]) : [peer]
  const isName = (name: unknown): name is string => text()(name) === undefined
  if (names.length > 0 && names.every(isName)) return names
  throw badOption('option "peer" must be a name, or an array of names')
}

/** `host:port`; an IPv6 address stands in brackets. */
function addressOf(option: string, value: unknown, minPort: number): Address {
  const [, inBrackets, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(typeof value === 'string' ? value : '') ?? []
  const host = inBrackets ?? plain ?? '127.0.0.1'
  const number = typeof value === 'number' && option === 'listen' ? value : Number(digits)
  if (wholeNumber(minPort, 65_535)(number) === undefined) return { host, port: number }
  throw badOption(
    `option "${option}" must be 'host:port'${option === 'listen' ? ' or a port' : ' or a function'}, with a port from ${minPort} to 65535`,
  )
}
