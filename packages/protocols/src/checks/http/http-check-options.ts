import { validateHeaderName, validateHeaderValue } from 'node:http'

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
import { limit } from '../../option-checks.ts'
import type { AddressFamily } from '../exchange/resolver.ts'
import { isTls, type TlsOptions } from '../exchange/target.ts'
import { isSecret, type Secret } from './auth/secret.ts'
import { bodySearch } from './body-search.ts'
import { extractKinds, type ExtractKind } from './extract/extract-kinds.ts'
import type { Extractor } from './extract/extractor.ts'

/** Who asks. */
export interface HttpCredentials {
  /** Name of the user. */
  readonly user: string
  /** The password; shown nowhere. */
  readonly password: Secret
}

/** What {@link httpCheck} asks for and expects. */
export interface HttpCheckOptions {
  /** What to ask for, `http:` or `https:`. A user and a password in it are taken as {@link HttpCheckOptions.basic}. */
  readonly url: string
  /**
   * Name of the check.
   * @defaultValue `http:<host>:<port><path>`, without user, password and query
   */
  readonly name?: string | undefined
  /**
   * Method of the request.
   * @defaultValue `'GET'`
   */
  readonly method?: string | undefined
  /**
   * Headers of the request. They are for the origin of the URL; elsewhere a redirect takes none but `accept`, `accept-encoding`,
   * `accept-language` and `user-agent`.
   * @defaultValue none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * Body of the request.
   * @defaultValue none
   */
  readonly body?: string | Uint8Array | undefined
  /**
   * Credentials that are sent with each request to the origin of the URL.
   * @defaultValue none
   */
  readonly basic?: HttpCredentials | undefined
  /**
   * Credentials by which challenges of Digest are answered (RFC 7616: SHA-512-256, SHA-256 and MD5, with and without `-sess`).
   * @defaultValue none
   */
  readonly digest?: HttpCredentials | undefined
  /**
   * The status that is well, or several.
   * @defaultValue 200
   */
  readonly expectStatus?: number | readonly number[] | undefined
  /**
   * So many redirects are followed; with 0, one is an answer like any other.
   * @defaultValue 0
   */
  readonly maxRedirects?: number | undefined
  /**
   * What the body must contain, or an expression that it must match. Expressions are read with the flag `u` and run in linear time:
   * those with a back reference or a look around, the flags `v` or `y`, or more than 2000 steps are refused at the call.
   * @defaultValue anything
   */
  readonly bodyMatch?: string | RegExp | undefined
  /**
   * The same by name, to be measured only: each is a gauge `body_match_<name>`.
   * @defaultValue none
   */
  readonly bodyMatches?: Readonly<Record<string, string | RegExp>> | undefined
  /**
   * What takes metrics out of the body: one of the kinds, or functions such as `csv()` makes.
   * @defaultValue none
   */
  readonly extract?: ExtractKind | Extractor | readonly Extractor[] | undefined
  /**
   * Largest body, bytes, as it comes and as it is decoded; a larger one is bad.
   * @defaultValue 1048576
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Whether of a larger body the beginning is taken, and `truncated` is measured.
   * @defaultValue false
   */
  readonly truncate?: boolean | undefined
  /**
   * Which addresses of the host to take.
   * @defaultValue `'prefer-ipv4'`
   */
  readonly family?: AddressFamily | undefined
  /**
   * How TLS is spoken with `https:`. Elsewhere a redirect takes neither the certificate nor the server name.
   * @defaultValue authorities of Node, and the name of the host
   */
  readonly tls?: TlsOptions | undefined
}

type Always = 'method' | 'headers' | 'expectStatus' | 'maxRedirects' | 'maxBodyBytes' | 'truncate' | 'family'

/** The defaults of {@link httpCheck}. */
export const defaultHttpCheckOptions: Readonly<Defined<Pick<HttpCheckOptions, Always>>> = Object.freeze({
  method: 'GET',
  headers: Object.freeze({}),
  expectStatus: 200,
  maxRedirects: 0,
  maxBodyBytes: 1024 * 1024,
  truncate: false,
  family: 'prefer-ipv4',
})

/** All options, checked. */
export type ResolvedHttpCheck = typeof defaultHttpCheckOptions & HttpCheckOptions

const status = wholeNumber(100, 599)

/** What tells how long the body is and what follows it, is told by the body. */
const ours = new Set(['content-length', 'transfer-encoding', 'trailer'])

/** Headers of a request as HTTP has them, but for those that the body tells. */
export const isHeaders: OptionCheck = (value) => {
  if (typeof value !== 'object' || value === null) return 'an object of strings'
  for (const [name, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') return 'an object of strings'
    if (ours.has(name.toLowerCase())) return `without ${name}, which the body tells`
    try {
      validateHeaderName(name)
      validateHeaderValue(name, entry)
    } catch {
      return 'headers as HTTP has them'
    }
  }
  return undefined
}

const isMatch: OptionCheck = (value) => {
  if (typeof value === 'string') return undefined
  if (!(value instanceof RegExp)) return 'a string or a regular expression'
  const search = bodySearch(value)
  return typeof search === 'string' ? `an expression for linear time (${search})` : undefined
}

const isMatches: OptionCheck = (value) =>
  typeof value === 'object' && value !== null
    ? Object.values(value)
        .map(isMatch)
        .find((wrong) => wrong !== undefined)
    : 'an object of strings and regular expressions'

const isCredentials =
  (userMayHaveColon: boolean): OptionCheck =>
  (value) => {
    const { user, password } = (value ?? {}) as Partial<HttpCredentials>
    if (typeof user !== 'string' || isSecret(password) !== undefined)
      return 'an object with user and password, which is a text or a function'
    return !userMayHaveColon && user.includes(':') ? 'of a user without a colon' : undefined
  }

const isExtract: OptionCheck = (value) =>
  (typeof value === 'string' && Object.hasOwn(extractKinds, value)) ||
  [value].flat().every((extractor) => typeof extractor === 'function')
    ? undefined
    : `one of ${Object.keys(extractKinds).join(', ')}, or functions`

const checks: Checks<HttpCheckOptions> = {
  url: (value) =>
    typeof value === 'string' && /^https?:\/\//i.test(value) && URL.canParse(value)
      ? undefined
      : 'a URL that starts with http:// or https://',
  name: optional(text()),
  method: (value) =>
    typeof value === 'string' && /^[A-Z]+$/.test(value) && value !== 'CONNECT'
      ? undefined
      : 'a method such as GET',
  headers: isHeaders,
  body: (value) =>
    value === undefined || typeof value === 'string' || value instanceof Uint8Array
      ? undefined
      : 'a string or bytes',
  basic: optional(isCredentials(false)),
  digest: optional(isCredentials(true)),
  expectStatus: (value) =>
    Array.isArray(value) && value.length > 0
      ? value.map(status).find((wrong) => wrong !== undefined)
      : status(value),
  maxRedirects: wholeNumber(0, 20),
  bodyMatch: optional(isMatch),
  bodyMatches: optional(isMatches),
  extract: optional(isExtract),
  maxBodyBytes: limit,
  truncate: flag,
  family: oneOf('prefer-ipv4', 'prefer-ipv6', 'ipv4', 'ipv6'),
  tls: optional((value) => (typeof value === 'boolean' ? 'an object' : isTls(value))),
}

/** The options, checked. Throws `PROTOCOL_BAD_OPTION`. */
export function resolveHttpCheck(options: HttpCheckOptions): ResolvedHttpCheck {
  const none = {
    url: '',
    name: undefined,
    body: undefined,
    basic: undefined,
    digest: undefined,
    bodyMatch: undefined,
    bodyMatches: undefined,
    extract: undefined,
    tls: undefined,
  }
  const resolved = resolveOptions<ResolvedHttpCheck>(
    { ...defaultHttpCheckOptions, ...none },
    options,
    checks,
    badOption,
  )
  const { url, basic, digest } = resolved
  if (basic !== undefined && digest !== undefined) throw badOption('take one of the options basic and digest')
  const { username, password } = new URL(url)
  if (username === '' && password === '') return resolved
  if (basic !== undefined || digest !== undefined)
    throw badOption('take the user out of option "url", there is one in basic or digest')
  const user = decode(username)
  if (user.includes(':')) throw badOption('option "url" must be one of a user without a colon')
  return { ...resolved, basic: { user, password: decode(password) } }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
