import { type Defined, oneOf, optional, text, wholeNumber } from '@tocsin/core'
import { Slices } from '@tocsin/core/slices'

import { badOption } from '../../../errors.ts'
import type { Check, CheckContext } from '../../check.ts'
import type { CheckOutcome } from '../../check-outcome.ts'
import { answeredBadly, notAsked } from '../../check-failure.ts'
import { converse } from '../../exchange/converse.ts'
import { isSecret, reveal, type Secret } from '../../http/auth/secret.ts'
import { type SecureTargetOptions, targetCheck } from '../../exchange/target-check.ts'
import { isTls, type TlsOptions } from '../../exchange/target.ts'
import { ldapFilter } from './ldap-filter.ts'
import { maxBerValues } from './ber.ts'
import { codeName, ldapScopes, type LdapSearch, ldapTalk, type LdapTalk } from './ldap-messages.ts'

/** How {@link ldapCheck} looks. */
export interface LdapCheckOptions extends SecureTargetOptions {
  /**
   * Whether to go over to TLS before anything that matters is said, and how. A server that does not is bad, and is told no password.
   * @defaultValue false
   */
  readonly starttls?: boolean | TlsOptions | undefined
  /**
   * Who logs in, with `password`: a distinguished name, `cn=monitor,dc=example,dc=org`.
   * @defaultValue nobody
   */
  readonly user?: string | undefined
  /** The password of `user`, or a function that gives it; it goes as it is. */
  readonly password?: Secret | undefined
  /**
   * What to search, a distinguished name.
   * @defaultValue `''`, the server itself
   */
  readonly base?: string | undefined
  /**
   * Whether to look at it, at what is just below it, or at it and all below it.
   * @defaultValue `'sub'` with a `base`, else `'base'`
   */
  readonly scope?: (typeof ldapScopes)[number] | undefined
  /**
   * Which objects to count (RFC 4515), `'(objectClass=person)'`.
   * @defaultValue `'(objectClass=*)'`
   */
  readonly filter?: string | undefined
  /**
   * Most objects to count.
   * @defaultValue 10000
   */
  readonly maxObjects?: number | undefined
  /**
   * Most bytes to receive.
   * @defaultValue 8388608
   */
  readonly maxBytes?: number | undefined
}

/** The defaults of {@link ldapCheck}. */
export const defaultLdapCheckOptions: Readonly<
  Defined<Pick<LdapCheckOptions, 'port' | 'base' | 'filter' | 'maxObjects' | 'maxBytes'>>
> & {
  /** Its port where it speaks TLS from the first byte. */
  readonly tlsPort: number
} = Object.freeze({
  port: 389,
  tlsPort: 636,
  base: '',
  filter: '(objectClass=*)',
  maxObjects: 10_000,
  maxBytes: 8 * 1024 * 1024,
})

/** Servers give no more than 1000 at once, or 500. */
const pageSize = 500

type Own = Pick<LdapCheckOptions, 'user' | 'password' | 'scope'> & {
  readonly starttls: boolean | TlsOptions
  readonly base: string
  readonly filter: string
  readonly maxObjects: number
  readonly maxBytes: number
}

/**
 * A check of a directory by LDAP 3: a login where there is a user, and a search.
 *
 * Metrics: the gauges `total_objects`, `object_count` with the tag `object_class` for each class (an object has several), `bind_duration`
 * and `search_duration` (ms). And those of the connection, see `converse`.
 *
 * The state is bad where the server answers with an error, and a warning where there are more objects than `maxObjects`, or one has
 * 1000 classes or more, of which so many are counted.
 */
export function ldapCheck(options: LdapCheckOptions): Check {
  const { port, tlsPort, ...defaults } = defaultLdapCheckOptions
  const { tls, starttls, user, password } = { ...options }
  const isTlsAtOnce = tls !== undefined && tls !== false
  const kind = {
    kind: 'ldap',
    port: isTlsAtOnce ? tlsPort : port,
    defaults: { ...defaults, starttls: false, user: undefined, password: undefined, scope: undefined } as Own,
    checks: {
      starttls: isTls,
      user: optional(text()),
      password: optional(isSecret),
      base: text(0),
      scope: optional(oneOf(...ldapScopes)),
      filter: (value: unknown) =>
        typeof value === 'string' && ldapFilter(value) !== undefined
          ? undefined
          : 'a filter, such as "(objectClass=person)"',
      maxObjects: wholeNumber(1),
      maxBytes: wholeNumber(1024),
    },
  }
  const check = targetCheck(kind, options, async (context, target) => {
    const secret = target.password && (await reveal(target.password, 'password', context))
    // With none of it a server lets in whoever it is, as nobody (RFC 4513 section 5.1.2).
    if (secret === '') throw notAsked('the function that gives the password gave an empty one')
    return converse(context, target, async (connection) => {
      const talk = ldapTalk(connection)
      if (target.starttls !== false) {
        demand('StartTLS', await talk.startTls())
        await connection.startTls(target.starttls === true ? {} : target.starttls)
      }
      if (target.user !== undefined && secret !== undefined) {
        const startedMs = context.elapsedMs()
        const code = await talk.bind(target.user, secret)
        context.found.gauge('bind_duration', context.elapsedMs() - startedMs)
        demand('the login', code)
      }
      const outcome = await countObjects(context, talk, target)
      talk.unbind()
      return outcome
    })
  })
  if (isTlsAtOnce && starttls !== undefined && starttls !== false)
    throw badOption('options "tls" and "starttls" exclude each other; "tls" is TLS from the first byte')
  if ((user === undefined) !== (password === undefined))
    throw badOption('options "user" and "password" must both be given, or none of them')
  return check
}

/** Words of the server are left out, since they may repeat what was said. */
function demand(what: string, code: number): void {
  if (code !== 0) throw answeredBadly(`${what} was answered by ${codeName(code)}`)
}

async function countObjects(
  { found, elapsedMs, signal }: CheckContext,
  talk: LdapTalk,
  { base, scope, filter, maxObjects }: Own,
): Promise<CheckOutcome> {
  const search: LdapSearch = {
    base,
    scope: scope ?? (base === '' ? 'base' : 'sub'),
    filter: ldapFilter(filter) ?? Buffer.alloc(0),
    pageSize,
  }
  const startedMs = elapsedMs()
  const counts = new Map<string, { readonly name: string; count: number }>()
  let total = 0
  let mostClasses = 0
  const take = (classes: readonly string[]): void => {
    total += 1
    if (total > maxObjects) return
    mostClasses = Math.max(mostClasses, classes.length)
    for (const name of classes) {
      const key = name.toLowerCase()
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { name, count: 1 })
      else known.count += 1
    }
  }
  let cookie = Buffer.alloc(0)
  do {
    const page = await talk.search(search, cookie, take)
    demand('the search', page.code)
    cookie = Buffer.from(page.cookie)
  } while (cookie.length > 0 && total <= maxObjects)
  found.gauge('search_duration', elapsedMs() - startedMs)
  found.gauge('total_objects', Math.min(total, maxObjects))
  const slices = new Slices()
  for (const { name, count } of counts.values()) {
    found.gauge('object_count', count, { object_class: name })
    if (!slices.isOver) continue
    await slices.pause()
    signal.throwIfAborted()
  }
  if (total > maxObjects) return found.warning(`there are more than ${maxObjects} objects`)
  return mostClasses >= maxBerValues
    ? found.warning(`an object has ${maxBerValues} classes or more, of which so many are counted`)
    : found.good()
}
