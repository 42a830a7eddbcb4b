import { createHmac } from 'node:crypto'

import { optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption, deliveryFailure } from '../errors.ts'
import { classifyStatus } from '../model/failure.ts'
import { connectionChecks } from '../connections/connection.ts'
import type { ConnectionOptions } from '../connections/connection.ts'
import type { HttpAnswer } from '../connections/http-answer.ts'
import { httpClient } from '../connections/http-client.ts'
import { inTime } from '../connections/in-time.ts'
import type { Notifier } from './notifier.ts'
import { parseRetryAfter } from '@tocsin/core/retry-after'
import { isSecret } from '../connections/secret.ts'
import type { Secret } from '../connections/secret.ts'
import { secretBytes, secretCheck } from './webhook-signature.ts'
import type { WebhookSecret } from './webhook-signature.ts'

/** Options of `webhookNotifier`. */
export interface WebhookNotifierOptions extends ConnectionOptions {
  /** Where to, http or https; it is never told in an error. */
  readonly url: string | URL | Secret
  /**
   * Signs each request: a text, bytes, `whsec_` and base64, or a secret of which such a text is read. One that is there and `undefined`, as
   * from an environment that lacks it, is refused. @defaultValue no signature
   */
  readonly secret?: WebhookSecret | Secret
  /** Further headers, such as `authorization`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string | Secret>> | undefined
  /** Longest attempt, ms. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
  /** Where the timestamp of the signature comes from. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
}

/** The defaults of {@link WebhookNotifierOptions}. */
export const defaultWebhookNotifierOptions: Defined<
  Pick<WebhookNotifierOptions, 'headers' | 'timeoutMs' | 'clock'>
> = Object.freeze({ headers: Object.freeze({}), timeoutMs: 10_000, clock: asyncScheduler })

const reserved = new Set([
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'content-type',
  'content-length',
  'host',
  // Those of the connection are its own.
  'connection',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

const isUrl = (value: unknown): boolean => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : value
  return url instanceof URL && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
}

/** Checks where a webhook goes. */
export const urlCheck: Check = (value) =>
  isSecret(value) || isUrl(value) ? undefined : 'an http or https URL without a user name, or a secret'

const headersCheck: Check = (value) => {
  const allowed = `names and values of headers, without ${[...reserved].join(', ')}`
  if (typeof value !== 'object' || value === null) return allowed
  try {
    const names = [...new Headers(plain(value as HeaderOptions)).keys()]
    return names.some((name) => reserved.has(name)) ? allowed : undefined
  } catch {
    return allowed
  }
}

type HeaderOptions = Readonly<Record<string, string | Secret>>

/** Those that are read already, and a place for the others. A Headers object has no properties. */
const plain = (headers: HeaderOptions): Record<string, string> =>
  headers instanceof Headers
    ? Object.fromEntries(headers)
    : Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, isSecret(value) ? '' : value]))

const checks = {
  url: urlCheck,
  secret: optional((value) => (isSecret(value) ? undefined : secretCheck(value))),
  headers: headersCheck,
  timeoutMs: wholeNumber(1, 2 ** 31 - 1),
  clock: port('now'),
  ...connectionChecks,
}

/**
 * Posts each notification as JSON, with the headers of Standard Webhooks: `webhook-id` is the id of the notification, the
 * same for each repeat; `webhook-timestamp`; and, with a secret, `webhook-signature`. Any 2xx is success; redirects are
 * not followed. Neither the address nor a secret is told in an error.
 *
 * Only public addresses are dialled unless `allow` says more. Connections are kept, at most 64, for 5 s each after their last use; of an
 * answer at most 64 KiB are read.
 *
 * Errors: the call throws `NOTIFY_BAD_OPTION`; an attempt rejects with `NOTIFY_DELIVERY_FAILED`, `NOTIFY_ADDRESS_REFUSED`, which is
 * final, or `NOTIFY_SECRET_MISSING`. What was refused before it left says that it did not arrive. Clock: that of the machine for
 * `timeoutMs`, `clock` for the signature.
 *
 * @example
 * ```ts
 * import { webhookNotifier } from '@tocsin/notify/webhook'
 *
 * const notifier = webhookNotifier({ url: 'https://example.com/alerts', secret: 'a secret that is long enough' })
 * console.log(notifier.name) // => webhook
 * ```
 */
export function webhookNotifier(options: WebhookNotifierOptions): Notifier {
  const resolved = resolveOptions<WebhookNotifierOptions>(
    { url: '', ...defaultWebhookNotifierOptions },
    options,
    checks,
    badOption,
  ) as WebhookNotifierOptions & typeof defaultWebhookNotifierOptions
  const { url, secret, headers, timeoutMs, clock } = resolved
  if (secret === undefined && Object.hasOwn(options, 'secret')) {
    throw badOption('option "secret" is there and has no value; leave it out to post unsigned')
  }
  const client = httpClient(resolved)
  const target = isSecret(url) ? url : new URL(url)
  const secrets = Object.entries(headers).filter((entry): entry is [string, Secret] => isSecret(entry[1]))
  // A copy, in which names are spelt in one way, and which holds also what a Headers object had.
  const fixed = Object.fromEntries(new Headers(plain(headers)))
  const key = secret === undefined || isSecret(secret) ? secret : secretBytes(secret)

  const isPlain = secrets.length === 0 && !isSecret(target) && !isSecret(key)
  const parts = async (): Promise<Parts> => ({
    url: await readUrl(target),
    key: await readKey(key),
    headers: await readHeaders(fixed, secrets),
  })

  return {
    name: 'webhook',
    send: async (notification, signal) => {
      const now: Parts = isPlain
        ? { url: target, key, headers: fixed }
        : await inTime(timeoutMs, signal, parts)
      const body = JSON.stringify(notification)
      const headers = { ...now.headers, ...ownHeaders(notification.id, body, now.key, clock) }
      judge(await client({ url: now.url, method: 'POST', headers, body }, signal), clock)
    },
  }
}

/** What is read for each attempt. */
interface Parts {
  readonly url: URL
  readonly key: Uint8Array | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** Throws what the answer means, unless it is success. Who refuses a repeat may have read what was sent before it. */
export function judge({ status, retryAfter, isRepeat }: HttpAnswer, clock: Clock): void {
  const failure = classifyStatus(status)
  if (failure === undefined) return
  const retryAfterMs = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, clock.now())
  const arrived = isRepeat === true ? 'perhaps' : undefined
  throw deliveryFailure(failure, `the webhook answered with status ${status}`, {
    status,
    retryAfterMs,
    arrived,
  })
}

/** Where to, as it is now. */
export async function readUrl(url: URL | Secret): Promise<URL> {
  if (!isSecret(url)) return url
  const text = await url.read()
  if (isUrl(text)) return new URL(text)
  throw unusable('the secret of "url" is no http or https URL without a user name')
}

async function readHeaders(
  fixed: Readonly<Record<string, string>>,
  secrets: readonly [string, Secret][],
): Promise<Readonly<Record<string, string>>> {
  const read = { ...fixed }
  for (const [name, value] of secrets) read[name.toLowerCase()] = await value.read()
  return read
}

async function readKey(key: Uint8Array | Secret | undefined): Promise<Uint8Array | undefined> {
  if (!isSecret(key)) return key
  const text = await key.read()
  if (secretCheck(text) === undefined) return secretBytes(text)
  throw unusable(
    'the secret of "secret" cannot sign: it must be a text, or whsec_ and base64, of at least 16 bytes',
  )
}

const unusable = (message: string): Error => deliveryFailure('permanent', message, { arrived: 'no' })

function ownHeaders(
  id: string,
  body: string,
  key: Uint8Array | undefined,
  clock: Clock,
): Record<string, string> {
  const timestamp = String(Math.floor(clock.now() / 1000))
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
  }
  if (key === undefined) return headers
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}
