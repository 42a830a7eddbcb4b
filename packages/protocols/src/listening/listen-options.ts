import { X509Certificate } from 'node:crypto'
import { createSecureContext, type TlsOptions } from 'node:tls'

import {
  type Check,
  type Checks,
  type Clock,
  type Defined,
  oneOf,
  optional,
  port,
  text,
  wholeNumber,
} from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { limit, maxTimerMs, portNumber } from '../option-checks.ts'
import { sampleSourceCheck, type SampleSource } from '../source/sample-source.ts'
import { parseAddress, type ListenAddress, type Transport } from './address.ts'
import { peerRanges } from './allowed-peers.ts'

/** The certificate of a listener, and whom it takes. */
export interface ListenTls {
  /** Private key, PEM. Shown nowhere. */
  readonly key: string | Buffer
  /** Certificate chain, PEM. */
  readonly cert: string | Buffer
  /**
   * Authorities, PEM: with them each sender must show a certificate that one of them has signed.
   * @defaultValue none: senders show none
   */
  readonly clientCa?: string | Buffer | undefined
}

/** Who may send, what is said of whom, and limits that hold for connections, whatever they carry. */
export interface ConnectionOptions {
  /**
   * Who may send: addresses and ranges (`'10.0.0.0/8'`). Others are turned away and counted in `stats.refused`. Whoever may open a Unix
   * socket may send.
   * @defaultValue all
   */
  readonly allow?: readonly string[] | undefined
  /**
   * What each sample says in `source`, by which `freshness` and `clockSkew` tell senders apart: with `'peer'` the address of whoever sent
   * it, without the port (`unix` over a Unix socket; nothing where it is not known), or one name for all, `{ name: 'fra-1' }`. Behind a
   * proxy the address is the proxy's.
   * @defaultValue none: samples say no source
   */
  readonly source?: SampleSource | undefined
  /**
   * With `tls://`: the certificate, and whom it takes.
   * @defaultValue none
   */
  readonly tls?: ListenTls | undefined
  /**
   * Most connections at a time; further ones are closed at once and counted in `stats.refused`.
   * @defaultValue 1024
   */
  readonly maxConnections?: number | undefined
  /**
   * Most connections of one address, so that it leaves room for others; of IPv6 one network of 64 bits counts as one address.
   * @defaultValue 64
   */
  readonly maxConnectionsPerPeer?: number | undefined
  /**
   * A connection that has sent nothing for so long is closed, ms; 0 for never.
   * @defaultValue 10000
   */
  readonly firstByteTimeoutMs?: number | undefined
}

/** Where a source listens, and what it takes of whom. */
export interface ListenOptions extends ConnectionOptions {
  /**
   * Address to bind; anything but loopback opens the port to the network.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Port to bind; 0 lets the system choose, see `listening`.
   * @defaultValue that of the protocol
   */
  readonly port?: number | undefined
  /**
   * What carries it to `host` and `port`.
   * @defaultValue that of the protocol
   */
  readonly transport?: 'udp' | 'tcp' | 'tls' | undefined
  /**
   * Several addresses, or other kinds, in place of `host`, `port` and `transport`: `'udp://0.0.0.0:8125'`, `'tcp://[::1]:8125'`,
   * `'tls://10.0.0.1:8126'`, `'unix:///run/tocsin.sock'` (a stream: datagrams over Unix sockets need native code in Node).
   * @defaultValue none
   */
  readonly listen?: readonly string[] | undefined
  /**
   * A connection that has brought no sample for so long is closed, ms; 0 for never. Single bytes, and lines that are blank or refused, do
   * not stretch it.
   * @defaultValue 300000
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * A connection is closed after so long, ms, wherever it stands; 0 for never. Lets senders behind a balancer spread anew.
   * @defaultValue 0
   */
  readonly maxConnectionMs?: number | undefined
  /**
   * UDP: the receive buffer to ask the system for, bytes; it may give less.
   * @defaultValue 4194304
   */
  readonly recvBufferSize?: number | undefined
  /**
   * Where the time of arrival comes from.
   * @defaultValue rxjs `asyncScheduler`
   */
  readonly clock?: Clock | undefined
}

/** Options of which some have no default: they may be absent. */
type Resolved<Options, Absent extends keyof Options> = Defined<Omit<Options, Absent>> & {
  readonly [Name in Absent]: Options[Name] | undefined
}

/** The limits of connections, resolved. */
export type ResolvedConnections = Resolved<ConnectionOptions, 'allow' | 'source' | 'tls'>

/** All of {@link ListenOptions}, resolved. */
export type ResolvedListen = Resolved<ListenOptions, 'allow' | 'listen' | 'source' | 'tls'>

/** The defaults of {@link ConnectionOptions}. */
export const defaultConnections: ResolvedConnections = Object.freeze({
  allow: undefined,
  source: undefined,
  tls: undefined,
  maxConnections: 1024,
  maxConnectionsPerPeer: 64,
  firstByteTimeoutMs: 10_000,
})

/** The defaults of {@link ListenOptions}, but for what each protocol has of its own. */
export const defaultListen: Omit<ResolvedListen, 'port' | 'transport'> = Object.freeze({
  ...defaultConnections,
  host: '127.0.0.1',
  listen: undefined,
  idleTimeoutMs: 300_000,
  maxConnectionMs: 0,
  recvBufferSize: 4 * 1024 * 1024,
  clock: asyncScheduler,
})

const timer: Check = wholeNumber(0, maxTimerMs)

const certificate: Check = (value) => {
  const { key, cert, clientCa = '', ...more } = (value ?? {}) as Record<string, unknown>
  const isText = (one: unknown): boolean => typeof one === 'string' || Buffer.isBuffer(one)
  return isText(key) &&
    isText(cert) &&
    isText(clientCa) &&
    Object.keys(more).length === 0 &&
    isReadable(value as ListenTls)
    ? undefined
    : 'an object with key, cert and possibly clientCa, each PEM, the key that of the cert'
}

/** Whether OpenSSL takes it, which says so when it is used only. */
function isReadable({ key, cert, clientCa }: ListenTls): boolean {
  try {
    createSecureContext({ key, cert, ca: clientCa })
    // Of authorities it skips over what is none.
    return clientCa === undefined || new X509Certificate(clientCa).raw.length > 0
  } catch {
    return false
  }
}

/** What {@link ConnectionOptions} allow. */
export const connectionChecks: Checks<ConnectionOptions> = {
  allow: optional(peerRanges),
  source: optional(sampleSourceCheck),
  tls: optional(certificate),
  maxConnections: limit,
  maxConnectionsPerPeer: limit,
  firstByteTimeoutMs: timer,
}

/** What {@link ListenOptions} allow where a protocol comes over `transports`. */
export const listenChecks = (transports: readonly Transport[]): Checks<ListenOptions> => ({
  ...connectionChecks,
  host: text(),
  port: portNumber,
  transport: oneOf(...transports.filter((one) => one !== 'unix')),
  listen: optional((value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => {
      const address = typeof one === 'string' ? parseAddress(one) : undefined
      return address !== undefined && transports.includes(address.transport)
    })
      ? undefined
      : `a list of addresses such as ${transports.map((one) => (one === 'unix' ? '"unix:///run/tocsin.sock"' : `"${one}://127.0.0.1:8125"`)).join(', ')}`,
  ),
  idleTimeoutMs: timer,
  maxConnectionMs: timer,
  recvBufferSize: limit,
  clock: port('now'),
})

/** Where a source listens: by `listen`, and else at an address of its own; that there is a certificate where it takes one. */
export function addressesOf(
  { listen, tls }: Pick<ResolvedListen, 'listen' | 'tls'>,
  own: readonly ListenAddress[],
): readonly ListenAddress[] {
  const addresses = listen?.map(parseAddress).filter((one) => one !== undefined) ?? own
  if (tls === undefined && addresses.some((address) => address.transport === 'tls'))
    throw badOption('to listen on tls, option "tls" must give key and cert')
  return addresses
}

/** The certificate as Node takes it. */
export const tlsOptionsOf = ({ tls, firstByteTimeoutMs }: ResolvedConnections): TlsOptions => ({
  key: tls?.key,
  cert: tls?.cert,
  ...(firstByteTimeoutMs > 0 && { handshakeTimeout: firstByteTimeoutMs }),
  ...(tls?.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
})
