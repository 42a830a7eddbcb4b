import { type Checks, optional } from '@tocsin/core'

import { badOption } from '../../errors.ts'
import type { Check, CheckContext } from '../check.ts'
import { notAsked } from '../check-failure.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import type { Connection } from '../exchange/connection.ts'
import { converse } from '../exchange/converse.ts'
import { type ResolvedTarget, type SecureTargetOptions, targetCheck } from '../exchange/target-check.ts'
import { isTls, type Target, type TlsOptions } from '../exchange/target.ts'
import { isSecret, reveal, type Secret } from '../http/auth/secret.ts'

/** What checks of mail servers take beside what all checks of ports do. */
export interface MailCheckOptions extends SecureTargetOptions {
  /**
   * Whether to go over to TLS before anything that matters is said, and how. A server that does not is bad, and is told no password.
   * @defaultValue false
   */
  readonly starttls?: boolean | TlsOptions | undefined
  /**
   * Who logs in, with `password`. Over TLS only, unless nobody else can listen: it goes as it is.
   * @defaultValue nobody
   */
  readonly user?: string | undefined
  /** The password of `user`. */
  readonly password?: Secret | undefined
}

/** {@link MailCheckOptions}, all of them, with the password of this run. */
export interface MailTarget {
  readonly starttls: boolean | TlsOptions
  readonly user: string | undefined
  readonly password: string | undefined
}

/** A kind of check of a mail server. */
export interface MailCheckKind<Own extends object> {
  readonly kind: string
  readonly port: number
  /** The port of TLS from the first byte. */
  readonly tlsPort: number
  readonly defaults: Own
  readonly checks: Checks<Own>
  /** What to say at the end without waiting for what comes; empty where nothing is. */
  readonly goodbye: (target: Own) => string
  /** What to say before all else, see {@link Target}. */
  readonly preface?: (target: Own) => Target['preface']
}

/** A check of a mail server; its talk ends with an outcome and a goodbye, or by a refusal. */
export function mailCheck<Own extends object>(
  { kind, port, tlsPort, defaults, checks, goodbye, preface }: MailCheckKind<Own>,
  options: MailCheckOptions & { readonly [Name in keyof Own]?: Own[Name] | undefined },
  talk: (
    context: CheckContext,
    connection: Connection,
    target: ResolvedTarget<Own & MailTarget>,
  ) => Promise<CheckOutcome>,
): Check {
  const { tls, starttls, user, password } = { ...options }
  const isTlsAtOnce = tls !== undefined && tls !== false
  const check = targetCheck<Own & MailTarget>(
    {
      kind,
      port: isTlsAtOnce ? tlsPort : port,
      defaults: { starttls: false, user: undefined, password: undefined, ...defaults },
      checks: {
        starttls: isTls,
        user: optional(oneLine),
        password: optional(isPassword),
        ...checks,
      } as Checks<Own & MailTarget>,
    },
    options as Parameters<typeof targetCheck<Own & MailTarget>>[1],
    async (context, target) => {
      const revealed = await passwordOf(context, target.password)
      return converse(context, { ...target, preface: preface?.(target) }, async (connection) => {
        const outcome = await talk(context, connection, { ...target, password: revealed })
        // Nobody waits for what it says to that.
        connection.send(goodbye(target))
        return outcome
      })
    },
  )
  if (isTlsAtOnce && starttls !== undefined && starttls !== false)
    throw badOption('options "tls" and "starttls" exclude each other; "tls" is TLS from the first byte')
  if ((user === undefined) !== (password === undefined))
    throw badOption('options "user" and "password" must both be given, or none of them')
  return check
}

/** What goes into a line of a protocol, and may not end it. */
export const oneLine = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && !/[\r\n\0]/.test(value)
    ? undefined
    : 'a string of one line, not empty'

const isPassword = (value: unknown): string | undefined =>
  isSecret(value) ?? (typeof value === 'string' ? oneLine(value) : undefined)

async function passwordOf(context: CheckContext, secret: Secret | undefined): Promise<string | undefined> {
  if (secret === undefined) return undefined
  const password = await reveal(secret, 'password', context)
  if (oneLine(password) === undefined) return password
  throw notAsked('the function that gives the password gave none of one line')
}

/** Does a step, and measures how long it took, in ms. */
export async function timed<T>(
  { found, elapsedMs }: CheckContext,
  metric: string,
  step: () => Promise<T>,
): Promise<T> {
  const startedMs = elapsedMs()
  const value = await step()
  found.gauge(metric, elapsedMs() - startedMs)
  return value
}
