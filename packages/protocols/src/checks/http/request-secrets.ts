import { secretsOfHeader } from '../../source/hide-texts.ts'
import type { ResolvedHttpCheck } from './http-check-options.ts'

/** Headers that say what is asked for, and not by whom. */
const known = new Set([
  ...['accept', 'accept-encoding', 'accept-language', 'cache-control', 'connection', 'content-type'],
  ...['host', 'origin', 'referer', 'user-agent'],
])

/** Names of headers and parameters whose values are secrets, however short. */
const secretName = /auth|cookie|cred|key|passw|pwd|secret|session|\b(?:pass|sig)\b|signature|token/i
/** Others with values of such a length may hold one. */
const longValue = 8

/** What each cookie of a header holds. */
const cookiesOf = (header: string): readonly string[] =>
  Array.from(header.matchAll(/(?:^|;)\s*[^\s=;]+=([^;]*)/g), ([, value = '']) => value)

/**
 * What a server could repeat of a request and nobody may read: the values of headers, the query, and in it the values of parameters with such
 * a name. Other parameters say what is asked for, which stands in the answer with good reason.
 */
export function secretsOfRequest({
  url,
  headers,
}: Pick<ResolvedHttpCheck, 'url' | 'headers'>): readonly string[] {
  const { search, searchParams } = new URL(url)
  return [
    ...Object.entries(headers)
      .filter(
        ([name, value]) =>
          secretName.test(name) || (!known.has(name.toLowerCase()) && value.length >= longValue),
      )
      .flatMap(([, value]) => [...secretsOfHeader(value), ...cookiesOf(value)]),
    ...(search.length > longValue ? [search] : []),
    ...Array.from(searchParams)
      .filter(([name]) => secretName.test(name))
      .map(([, value]) => value),
  ]
}
