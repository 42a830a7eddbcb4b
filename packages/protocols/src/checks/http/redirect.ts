import type { HttpRequest } from './http-request.ts'

/** A request of a run, and whether only who was asked first has had a say in it. */
export interface RunRequest extends HttpRequest {
  /** Whether it is for the origin of the first one, and no other was asked before. Credentials are for none else. */
  readonly isTrusted: boolean
}

const redirects = new Set([301, 302, 303, 307, 308])

/** Headers that hold nothing of whom they are for. */
const harmless = new Set(['accept', 'accept-encoding', 'accept-language', 'user-agent'])

/** Headers that tell of a body. */
const ofBody = new Set(['content-type', 'content-encoding', 'content-language', 'content-location'])

/**
 * The request that a redirect asks for; `undefined` where an answer is none, a sentence where nobody should follow.
 *
 * To another origin goes nothing that could be secret: neither credentials, headers and the body, nor the certificate of a client.
 */
export function redirected(
  request: RunRequest,
  status: number,
  location: string | undefined,
): RunRequest | string | undefined {
  if (!redirects.has(status) || location === undefined) return undefined
  const from = request.url.host
  if (!URL.canParse(location, request.url.href)) return `${from} redirects to what is no URL`
  const url = new URL(location, request.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `${from} redirects to ${url.protocol}, which is neither http: nor https:`
  url.username = url.password = url.hash = ''
  const isTrusted = request.isTrusted && url.origin === request.url.origin
  const becomesGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST')
  const method = becomesGet && request.method !== 'HEAD' ? 'GET' : request.method
  const body = becomesGet ? undefined : request.body
  if (body !== undefined && !isTrusted) return `${from} redirects the body of the request to ${url.host}`
  const { ca, minVersion, ciphers, alpn, verify } = request.tls
  return {
    url,
    method,
    headers: only(
      request.headers,
      (name) => (isTrusted || harmless.has(name)) && (!becomesGet || !ofBody.has(name)),
    ),
    body,
    family: request.family,
    tls: isTrusted ? request.tls : { ca, minVersion, ciphers, alpn, verify },
    isTrusted,
  }
}

const only = (
  headers: Readonly<Record<string, string>>,
  isKept: (name: string) => boolean,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => isKept(name)))
