import { resolveOptions, wholeNumber, oneOf } from '@tocsin/core'
import type { Defined } from '@tocsin/core'
import { asyncScheduler } from 'rxjs'

import { badOption } from '../errors.ts'
import { connectionChecks } from '../connections/connection.ts'
import type { ConnectionOptions } from '../connections/connection.ts'
import { httpClient } from '../connections/http-client.ts'
import { inTime } from '../connections/in-time.ts'
import type { Secret } from '../connections/secret.ts'
import { judge, readUrl, urlCheck } from './webhook.ts'

/** Options of `webhookHeartbeat`. */
export interface WebhookHeartbeatOptions extends ConnectionOptions {
  /** Where to, http or https; it is never told in an error. */
  readonly url: string | URL | Secret
  /** How. @defaultValue `'POST'` */
  readonly method?: 'GET' | 'HEAD' | 'POST' | undefined
  /** Time from beat to beat, ms. @defaultValue 60000 */
  readonly everyMs?: number | undefined
  /** Longest attempt, ms. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined
}

/** The defaults of {@link WebhookHeartbeatOptions}. */
export const defaultWebhookHeartbeatOptions: Defined<
  Pick<WebhookHeartbeatOptions, 'method' | 'everyMs' | 'timeoutMs'>
> = Object.freeze({ method: 'POST', everyMs: 60_000, timeoutMs: 10_000 })

/** What the option `heartbeat` of `notify` takes. */
export interface WebhookHeartbeat {
  /** Time from beat to beat, ms. */
  readonly everyMs: number
  /** Resolves when the other side took the beat. */
  send(signal: AbortSignal): Promise<void>
}

const checks = {
  url: urlCheck,
  method: oneOf('GET', 'HEAD', 'POST'),
  everyMs: wholeNumber(1, 2 ** 31 - 1),
  timeoutMs: wholeNumber(1, 2 ** 31 - 1),
  ...connectionChecks,
}

/**
 * A heartbeat to a dead man's switch somewhere else, which tells people when it stays away. A request without a body for each beat; any 2xx
 * is success. Connections, time-outs and errors are those of `webhookNotifier`.
 *
 * @example
 * ```ts
 * import { secret, webhookHeartbeat } from '@tocsin/notify/webhook'
 *
 * const heartbeat = webhookHeartbeat({ url: secret('env:HEARTBEAT_URL') })
 * console.log(heartbeat.everyMs) // => 60000
 * ```
 */
export function webhookHeartbeat(options: WebhookHeartbeatOptions): WebhookHeartbeat {
  const resolved = resolveOptions<WebhookHeartbeatOptions>(
    { url: '', ...defaultWebhookHeartbeatOptions },
    options,
    checks,
    badOption,
  ) as WebhookHeartbeatOptions & typeof defaultWebhookHeartbeatOptions
  const { url, method, everyMs, timeoutMs } = resolved
  const client = httpClient(resolved)
  const target = typeof url === 'string' ? new URL(url) : url
  return {
    everyMs,
    send: async (signal) => {
      const now = await inTime(timeoutMs, signal, () => readUrl(target))
      judge(await client({ url: now, method, headers: {}, body: '' }, signal), asyncScheduler)
    },
  }
}
