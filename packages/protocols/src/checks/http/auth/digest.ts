import { createHash } from 'node:crypto'

import { type Challenge, readChallenges } from './challenge.ts'

/** What is asked for, by whom. */
export interface DigestRequest {
  readonly method: string
  /** Path and query, as in the first line of the request. */
  readonly uri: string
  readonly body: string | Uint8Array
  readonly user: string
  readonly password: string
  /** What nobody can foresee. */
  readonly clientNonce: string
}

/** The best first; SHA-512-256 is FIPS 180's SHA-512/256. */
const algorithms: readonly (readonly [name: string, hash: string])[] = [
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
]

interface Offer {
  readonly challenge: Challenge
  readonly algorithm: string
  readonly hash: string
  readonly isSession: boolean
  readonly rank: number
}

/** The header `Authorization` that answers the best challenge of Digest; `undefined` where there is none that is known. RFC 7616. */
export function digestAuthorization(header: string, request: DigestRequest): string | undefined {
  const offers = readChallenges(header)
    .flatMap(offerOf)
    .sort((a, b) => a.rank - b.rank)
  const [best] = offers
  return best === undefined ? undefined : answer(best, request)
}

function offerOf(challenge: Challenge): readonly Offer[] {
  const { scheme, parameters } = challenge
  if (scheme !== 'digest' || !parameters.has('nonce') || !parameters.has('realm')) return []
  const algorithm = parameters.get('algorithm') ?? 'MD5'
  const [, base = '', session] = /^(.*?)(-sess)?$/i.exec(algorithm) ?? []
  const rank = algorithms.findIndex(([name]) => name === base.toUpperCase())
  const hash = algorithms[rank]?.[1]
  const isKnown = hash !== undefined && protectionOf(parameters) !== 'unknown'
  return isKnown ? [{ challenge, algorithm, hash, isSession: session !== undefined, rank }] : []
}

/** How the request is protected; without `qop` as RFC 2069 has it. */
function protectionOf(parameters: ReadonlyMap<string, string>): 'auth' | 'auth-int' | undefined | 'unknown' {
  const offered = parameters.get('qop')
  if (offered === undefined) return undefined
  const words = offered.split(',').map((word) => word.trim().toLowerCase())
  if (words.includes('auth')) return 'auth'
  return words.includes('auth-int') ? 'auth-int' : 'unknown'
}

const nonceCount = '00000001'

function answer(
  { challenge: { parameters }, algorithm, hash, isSession }: Offer,
  { method, uri, body, user, password, clientNonce }: DigestRequest,
): string {
  const digest = (text: string | Uint8Array): string => createHash(hash).update(text).digest('hex')
  const realm = parameters.get('realm') ?? ''
  const nonce = parameters.get('nonce') ?? ''
  const opaque = parameters.get('opaque')
  const protection = protectionOf(parameters)
  const secret = digest(`${user}:${realm}:${password}`)
  const key = isSession ? digest(`${secret}:${nonce}:${clientNonce}`) : secret
  const asked = digest(`${method}:${uri}${protection === 'auth-int' ? `:${digest(body)}` : ''}`)
  const count = protection === undefined ? '' : `${nonceCount}:${clientNonce}:${protection}:`
  const isHashed = parameters.get('userhash')?.toLowerCase() === 'true'
  return [
    `Digest ${isHashed ? `username=${quoted(digest(`${user}:${realm}`))}` : named(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${digest(`${key}:${nonce}:${count}${asked}`)}"`,
    ...(parameters.has('algorithm') ? [`algorithm=${algorithm}`] : []),
    ...(protection === undefined ? [] : [`qop=${protection}`, `nc=${nonceCount}`]),
    ...(protection === undefined && !isSession ? [] : [`cnonce="${clientNonce}"`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(isHashed ? ['userhash=true'] : []),
  ].join(', ')
}

/** A name of other than ASCII has a form of its own, RFC 8187. */
const named = (user: string): string =>
  /^[\x20-\x7e]*$/.test(user)
    ? `username=${quoted(user)}`
    : `username*=UTF-8''${encodeURIComponent(user).replace(/['()*]/g, escaped)}`

const escaped = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`
