import { isIP, type Socket } from 'node:net'
import type { SecureVersion } from 'node:tls'

import type { Check as OptionCheck } from '@tocsin/core'

import { peerName } from '../../source/peer.ts'
import type { AddressFamily } from './resolver.ts'

/** A port of a host. */
export interface HostTarget {
  /** Its name, or its address as digits. */
  readonly host: string
  /** Its port. */
  readonly port: number
  /**
   * Which of its addresses to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
}

/** A Unix socket. */
export interface PathTarget {
  /** Where it is. */
  readonly path: string
}

/** How TLS is spoken. */
export interface TlsOptions {
  /**
   * The name to ask for, and that the certificate must be for.
   * @defaultValue the host
   */
  readonly servername?: string | undefined
  /**
   * Authorities to trust, PEM.
   * @defaultValue those of Node
   */
  readonly ca?: string | readonly string[] | undefined
  /** Certificate to show, PEM. */
  readonly cert?: string | undefined
  /** Its key, PEM. */
  readonly key?: string | undefined
  /** Lowest version to speak. */
  readonly minVersion?: SecureVersion | undefined
  /** Highest version to speak. */
  readonly maxVersion?: SecureVersion | undefined
  /** Ciphers, as OpenSSL writes them. */
  readonly ciphers?: string | undefined
  /** Protocols to offer, the best first. */
  readonly alpn?: readonly string[] | undefined
  /**
   * Whether nothing is said over a certificate that is not valid, and the outcome is bad. It is measured in any case.
   * @defaultValue true
   */
  readonly verify?: boolean | undefined
}

/** Whom a check talks to over a connection. */
export type Target = (HostTarget | PathTarget) & {
  /**
   * TLS from the first byte.
   * @defaultValue false
   */
  readonly tls?: boolean | TlsOptions | undefined
  /**
   * Most bytes to receive.
   * @defaultValue 1048576
   */
  readonly maxBytes?: number | undefined
  /**
   * What is said of the connection before all else, also before TLS.
   * @defaultValue nothing
   */
  readonly preface?: ((socket: Socket) => string) | undefined
}

/** Most bytes that a target may send, where nobody says otherwise. */
export const defaultMaxBytes: number = 1024 * 1024

/** A host without the brackets that an address of IPv6 has in a URL. */
export const plainHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

/** Whether a host has the form of a name, or is an address. */
export const isHost = (host: string): boolean =>
  isIP(plainHost(host)) !== 0 || /^[^\s\p{Cc}/:@]{1,253}$/u.test(plainHost(host).replace(/\.$/, ''))

/** The same of an option. */
export const hostOption: OptionCheck = (value) =>
  typeof value === 'string' && isHost(value) ? undefined : 'the name of a host, or an address'

/** A target as people write it: `host:port`, `[::1]:25`, `/run/socket`. */
export const targetName = (target: HostTarget | PathTarget): string =>
  'path' in target ? target.path : peerName(plainHost(target.host), target.port)
