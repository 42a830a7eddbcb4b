import { createHash, timingSafeEqual } from 'node:crypto'

import type { Check } from '@tocsin/core'

/** Who may send over HTTP; any one that is given will do. Shown nowhere, compared in constant time. */
export interface HttpAuth {
  /** Tokens of `Authorization: Bearer`. */
  readonly bearer?: readonly string[] | undefined
  /** Users of `Authorization: Basic`. */
  readonly basic?: readonly HttpUser[] | undefined
}

/** A user and the password. */
export interface HttpUser {
  /** The name; it has no colon. */
  readonly user: string
  /** The password. Shown nowhere. */
  readonly password: string
}

/** What {@link HttpAuth} allows. */
export const httpAuth: Check = (value) => {
  const { bearer = [], basic = [], ...more } = (value ?? {}) as Record<string, unknown>
  const isText = (one: unknown): boolean => typeof one === 'string' && one !== ''
  const isUser = (one: unknown): boolean => {
    const { user, password } = (one ?? {}) as Record<string, unknown>
    return isText(user) && isText(password) && !String(user).includes(':')
  }
  return Array.isArray(bearer) &&
    bearer.every(isText) &&
    Array.isArray(basic) &&
    basic.every(isUser) &&
    bearer.length + basic.length > 0 &&
    Object.keys(more).length === 0
    ? undefined
    : 'an object with bearer, a list of tokens, or basic, a list of { user, password }'
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Compares a secret with what was sent; takes the same time whatever that is. */
export function createSecretCheck(secrets: readonly string[]): (given: string) => boolean {
  const digests = secrets.map(digest)
  return (given) => {
    const own = digest(given)
    let isOne = false
    // Digests have one length, and each is looked at.
    for (const secret of digests) isOne = timingSafeEqual(own, secret) || isOne
    return isOne
  }
}

/** Whether a request with this `Authorization` may send. */
export function createAuthorization({
  bearer = [],
  basic = [],
}: HttpAuth): (header: string | undefined) => boolean {
  const isSecret = createSecretCheck([
    ...bearer.map((token) => `bearer ${token}`),
    ...basic.map(({ user, password }) => `basic ${Buffer.from(`${user}:${password}`).toString('base64')}`),
  ])
  return (header = '') => {
    const [scheme = '', ...rest] = header.split(' ')
    return isSecret(`${scheme.toLowerCase()} ${rest.join(' ').trim()}`)
  }
}

/** What a server says of how to send. */
export const challengeOf = ({ bearer = [], basic = [] }: HttpAuth): string =>
  [...(bearer.length > 0 ? ['Bearer'] : []), ...(basic.length > 0 ? ['Basic realm="tocsin"'] : [])].join(', ')
