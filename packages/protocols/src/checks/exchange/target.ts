import { isIP, type Socket } from 'node:net'
import type { SecureVersion } from 'node:tls'

import {
  type Check as OptionCheck,
  type Checks,
  type Defined,
  flag,
  oneOf,
  optional,
  resolveOptions,
  text,
  wholeNumber,
} from '@tocsin/core'

import { badOption } from '../../errors.ts'
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

/** What a {@link Target} is where it does not say. */
export const defaultTarget: Readonly<Defined<Pick<HostTarget, 'family'> & Pick<Target, 'tls' | 'maxBytes'>>> =
  Object.freeze({ family: 'prefer-ipv4', tls: false, maxBytes: 1024 * 1024 })

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

/** What families can be. */
export const families: readonly AddressFamily[] = ['prefer-ipv4', 'prefer-ipv6', 'ipv4', 'ipv6']

const versions: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']

const tlsChecks: Checks<TlsOptions> = {
  servername: optional(text()),
  ca: (value) =>
    value === undefined || [value].flat().every((pem) => typeof pem === 'string') ? undefined : 'PEM texts',
  cert: optional(text()),
  key: optional(text()),
  minVersion: optional(oneOf(...versions)),
  maxVersion: optional(oneOf(...versions)),
  ciphers: optional(text()),
  alpn: (value) =>
    value === undefined || (Array.isArray(value) && value.every((name) => typeof name === 'string'))
      ? undefined
      : 'a list of names',
  verify: optional(flag),
}

/** What options of TLS may be, or `true` and `false`. */
export const isTls: OptionCheck = (value) => {
  if (typeof value === 'boolean') return undefined
  if (typeof value !== 'object' || value === null) return 'true, false, or an object'
  try {
    resolveOptions<TlsOptions>({}, value, tlsChecks, badOption)
    return undefined
  } catch (error) {
    return `right (${(error as Error).message})`
  }
}

/** What the port of a host may be. */
export const hostChecks: Checks<Required<HostTarget>> = {
  host: hostOption,
  port: wholeNumber(1, 65_535),
  family: oneOf(...families),
}

/** What is wrong with a target throws `PROTOCOL_BAD_OPTION`; what it has beside is nobody's concern. */
export function checkHostTarget({ host, port, family = defaultTarget.family }: HostTarget): void {
  resolveOptions({ host, port, family }, {}, hostChecks, badOption)
}

/** The same of one that may be a Unix socket, and may speak TLS. */
export function checkTarget(target: Target): void {
  const { tls = defaultTarget.tls, maxBytes = defaultTarget.maxBytes } = target
  if ('path' in target) resolveOptions({ path: target.path }, {}, { path: text() }, badOption)
  else checkHostTarget(target)
  resolveOptions({ tls, maxBytes }, {}, { tls: isTls, maxBytes: wholeNumber(1, maxBytesAtMost) }, badOption)
}

/** What {@link Target} may have as `maxBytes`: it is held in memory. */
const maxBytesAtMost = 2 ** 30
