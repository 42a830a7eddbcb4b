import { challengeOf, createAuthorization, type HttpAuth } from '../http/http-auth.ts'
import type { HttpRefusal, HttpRequest } from '../http/http-request.ts'

/** Why a request is not taken, or nothing. */
export type InfluxGuard = (request: HttpRequest) => HttpRefusal | undefined

/**
 * Asks who sends, in all the ways that InfluxDB's clients have: `Authorization: Token`, `Bearer` or `Basic`, a token that is
 * `user:password`, and `u` and `p` in the query.
 */
export function createInfluxGuard(auth: HttpAuth | undefined): InfluxGuard {
  if (auth === undefined) return () => undefined
  const isAuthorized = createAuthorization(auth)
  const refused: HttpRefusal = {
    status: 401,
    reason: 'forbidden',
    message: 'authorization failed',
    headers: { 'www-authenticate': challengeOf(auth) },
  }
  return (request) => (formsOf(request).some((form) => isAuthorized(form)) ? undefined : refused)
}

/** Each form in which the base knows what the request says. */
function formsOf(request: HttpRequest): readonly string[] {
  const header = request.header('authorization')
  if (header !== undefined) {
    const [scheme = '', ...rest] = header.split(' ')
    if (scheme.toLowerCase() !== 'token') return [header]
    const token = rest.join(' ').trim()
    return [`Bearer ${token}`, basic(token)]
  }
  const query = queryOf(request)
  return [basic(`${query.get('u') ?? ''}:${query.get('p') ?? ''}`)]
}

const basic = (user: string): string => `Basic ${Buffer.from(user).toString('base64')}`

/** What stands behind the question mark. */
export const queryOf = ({ url }: HttpRequest): URLSearchParams => {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
}
