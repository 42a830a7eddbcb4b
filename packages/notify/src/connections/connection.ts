import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'

import { optional } from '@tocsin/core'
import type { Check, Checks } from '@tocsin/core'

import { networkOf } from './address-guard.ts'
import type { AllowedAddresses } from './address-guard.ts'
import { isSecret } from './secret.ts'
import type { Secret } from './secret.ts'

/** How a server is reached. */
export interface ConnectionOptions {
  /**
   * Addresses that may be dialled although they are private. Each address is checked when it is dialled, that of a proxy too.
   * @defaultValue none: only public addresses
   */
  readonly allow?: AllowedAddresses | undefined
  /** Certificates of the authorities that are trusted instead of the usual ones, PEM. @defaultValue those that Node has */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** Certificate of this side with its chain, PEM. @defaultValue none */
  readonly cert?: string | Uint8Array | undefined
  /** Private key of `cert`, PEM. @defaultValue none */
  readonly key?: string | Uint8Array | undefined
  /**
   * A proxy that makes connections by HTTP `CONNECT`, such as `'http://user:password@proxy.example:3128'`. It resolves the names, so that
   * only hosts written as addresses, and `localhost`, are checked on this side. @defaultValue none
   */
  readonly proxy?: string | URL | Secret | undefined
}

const isPem = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array
const pem: Check = (value) => (isPem(value) ? undefined : 'a text or bytes in PEM')
const authorities: Check = (value) => {
  const all: unknown[] = Array.isArray(value) ? value : [value]
  return all.length > 0 && all.every(isPem)
    ? undefined
    : 'certificates in PEM, a text or bytes or an array of them'
}
const allowed: Check = (value) => {
  const isList =
    Array.isArray(value) && value.length <= 1000 && value.every((each) => networkOf(each) !== undefined)
  return value === 'private' || isList ? undefined : '"private", or an array of networks such as "10.0.0.0/8"'
}
const proxy: Check = (value) =>
  isSecret(value) || isProxy(value) ? undefined : 'a URL such as "http://proxy.example:3128", or a secret'

/** One check for each of {@link ConnectionOptions}. */
export const connectionChecks: Checks<ConnectionOptions> = {
  allow: optional(allowed),
  ca: optional(authorities),
  cert: optional(pem),
  key: optional(pem),
  proxy: optional(proxy),
}

/** What encrypts connections; `undefined` where nothing is said of it. Throws where a certificate or key cannot be read. */
export function secureContextOf({ ca, cert, key }: ConnectionOptions): SecureContext | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined
  const bytes = (value: string | Uint8Array): string | Buffer =>
    typeof value === 'string' ? value : Buffer.from(value)
  return createSecureContext({
    ...(ca !== undefined && { ca: (Array.isArray(ca) ? ca : [ca]).map(bytes) }),
    ...(cert !== undefined && { cert: bytes(cert) }),
    ...(key !== undefined && { key: bytes(key) }),
  })
}

/** Whether it is the URL of a proxy that can be used. */
export function isProxy(value: unknown): value is string | URL {
  const text = value instanceof URL ? value.href : value
  return typeof text === 'string' && URL.canParse(text) && new URL(text).protocol === 'http:'
}
