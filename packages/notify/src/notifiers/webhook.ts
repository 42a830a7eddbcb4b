import { optional, port, resolveOptions, wholeNumber } from '@tocsin/core'
import type { Check, Clock, Defined } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { classifyStatus, parseRetryAfter } from '../model/failure.ts'
import { badOption, deliveryFailure } from '../errors.ts'
import type { NotifyError } from '../errors.ts'
import type { Notifier } from './notifier.ts'
import { secretBytes, secretCheck, signWebhook } from './webhook-signature.ts'
import type { WebhookSecret } from './webhook-signature.ts'

/** Options of `webhookNotifier`. */
export interface WebhookNotifierOptions {
  /** Where to, http or https; it is a secret as well. Private and loopback addresses are allowed. */
  readonly url: string | URL
  /**
   * Signs each request: a text, bytes, or `whsec_` and base64. One that is there and `undefined`, as from an environment that lacks it,
   * is refused. @defaultValue no signature
   */
  readonly secret?: WebhookSecret
  /** Further headers, such as `authorization`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Longest attempt, ms. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
  /** Where the timestamp of the signature comes from. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
}

/** The defaults of {@link WebhookNotifierOptions}. */
export const defaultWebhookNotifierOptions: Defined<
  Pick<WebhookNotifierOptions, 'headers' | 'timeoutMs' | 'clock'>
> = Object.freeze({ headers: Object.freeze({}), timeoutMs: 10_000, clock: asyncScheduler })

/** Bytes of an answer that are read; the rest is thrown away with the connection. */
const maxAnswerBytes = 65_536

const reserved = new Set([
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'content-type',
  'content-length',
  'host',
  // fetch refuses these with each attempt.
  'connection',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

const urlCheck: Check = (value) => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : value
  return url instanceof URL && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
    ? undefined
    : 'an http or https URL without a user name'
}

const headersCheck: Check = (value) => {
  const allowed = `names and values of headers, without ${[...reserved].join(', ')}`
  if (typeof value !== 'object' || value === null) return allowed
  try {
    const names = [...new Headers(value as Record<string, string>).keys()]
    return names.some((name) => reserved.has(name)) ? allowed : undefined
  } catch {
    return allowed
  }
}

const checks = {
  url: urlCheck,
  secret: optional(secretCheck),
  headers: headersCheck,
  timeoutMs: wholeNumber(1, 2 ** 31 - 1),
  clock: port('now'),
}

/**
 * Posts each notification as JSON, with the headers of Standard Webhooks: `webhook-id` is the id of the notification, the
 * same for each repeat; `webhook-timestamp`; and, with a secret, `webhook-signature`. Any 2xx is success; redirects are
 * not followed. Neither the address nor a secret is told in an error.
 *
 * @example
 * ```ts
 * import { webhookNotifier } from '@tocsin/notify'
 *
 * const notifier = webhookNotifier({ url: 'https://example.com/alerts', secret: 'a secret that is long enough' })
 * console.log(notifier.name) // => webhook
 * ```
 */
export function webhookNotifier(options: WebhookNotifierOptions): Notifier {
  const { url, secret, headers, timeoutMs, clock } = resolveOptions<WebhookNotifierOptions>(
    { url: '', ...defaultWebhookNotifierOptions },
    options,
    checks,
    badOption,
  ) as Omit<WebhookNotifierOptions, keyof typeof defaultWebhookNotifierOptions> &
    typeof defaultWebhookNotifierOptions
  if (secret === undefined && Object.hasOwn(options, 'secret')) {
    throw badOption('option "secret" is there and has no value; leave it out to post unsigned')
  }
  const target = String(url)
  // A copy, in which names are spelt in one way, and which holds also what a Headers object had.
  const fixed = Object.fromEntries(new Headers(headers))
  const key = secret === undefined ? undefined : secretBytes(secret)

  return {
    name: 'webhook',
    send: async (notification, signal) => {
      const body = JSON.stringify(notification)
      const response = await inTime(signal, timeoutMs, async (attempt) => {
        const answer = await post(target, {
          method: 'POST',
          redirect: 'manual',
          headers: { ...fixed, ...ownHeaders(notification.id, body, key, clock) },
          body,
          signal: attempt,
        })
        await drain(answer)
        return answer
      })
      const failure = classifyStatus(response.status)
      if (failure === undefined) return
      const after = response.headers.get('retry-after')
      const retryAfterMs = after === null ? undefined : parseRetryAfter(after, clock.now())
      const facts = { status: response.status, ...(retryAfterMs !== undefined && { retryAfterMs }) }
      throw deliveryFailure(failure, `the webhook answered with status ${response.status}`, facts)
    },
  }
}

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
  return { ...headers, 'webhook-signature': signWebhook(key, id, timestamp, body) }
}

/** Ends an attempt at its time too. The timer is held here: signals that are joined are lost to garbage collection on Node 20. */
async function inTime<T>(
  signal: AbortSignal,
  timeoutMs: number,
  run: (attempt: AbortSignal) => Promise<T>,
): Promise<T> {
  const attempt = new AbortController()
  const abort = (): void => attempt.abort(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  const timer = setTimeout(() => attempt.abort(new DOMException('out of time', 'TimeoutError')), timeoutMs)
  try {
    return await run(attempt.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

async function post(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request)
  } catch (error) {
    throw unreachable(error)
  }
}

/** Reads the answer, so that the connection can be used again. What it says does not matter. */
async function drain(response: Response): Promise<void> {
  let length = 0
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > maxAnswerBytes) return
    }
  } catch {
    // The status came; the answer is decided.
  }
}

/** The error of `fetch` names the address, which is a secret, so only its code is passed on. */
function unreachable(error: unknown): NotifyError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  const reason = code === '' && cause instanceof Error ? cause.name : code
  return deliveryFailure('transient', `the webhook could not be reached: ${reason}`)
}
