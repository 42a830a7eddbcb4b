import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../../errors.ts'
import { withoutSecrets } from './header-secrets.ts'
import type { ResolvedHttpSink } from './http-sink-options.ts'

/** Of an answer no more is read. */
const maxAnswerBytes = 16 * 1024

/** What a destination answered. */
export interface HttpAnswer {
  readonly status: number
  /** Its header `Retry-After`, as it is. */
  readonly retryAfter: string | undefined
  header(name: string): string | undefined
  /** The start of its body, without what stood in the headers of the request. */
  readonly text: string
}

/** Posts bodies over connections that are kept. */
export interface HttpPost {
  /** The answer; rejects where there is none, with what happened in words that hold no secret. */
  readonly post: (body: Uint8Array, headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>
  readonly close: () => void
}

/** Posts to one address; time-outs are the scheduler's. Redirects are not followed: they would carry the headers to an address that nobody wrote down. */
export function createHttpPost(
  { url, headers, tls, timeoutMs }: ResolvedHttpSink,
  scheduler: SchedulerLike,
): HttpPost {
  const target = new URL(url)
  const isEncrypted = target.protocol === 'https:'
  const agent = isEncrypted ? new HttpsAgent({ keepAlive: true, ...tls }) : new HttpAgent({ keepAlive: true })
  const request = isEncrypted ? httpsRequest : httpRequest
  let isClosed = false

  const exchanged = (body: Uint8Array, own: Readonly<Record<string, string>>): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      let exchange: ClientRequest | undefined
      const end = (): void => timer.unsubscribe()
      const fail = (error: unknown): void => {
        end()
        exchange?.destroy()
        reject(new Error(`${target.host} gave no answer: ${messageOf(error)}`))
      }
      const timer = scheduler.schedule(() => fail(`nothing came within ${timeoutMs} ms`), timeoutMs)
      const attempt = (): void => {
        if (isClosed) throw new Error('it was closed')
        let isAnswered = false
        const given = typeof headers === 'function' ? headers() : headers
        const plain = withoutSecrets(given ?? {})
        const sent = request(target, {
          method: 'POST',
          agent,
          headers: { ...given, ...own, 'content-length': body.length },
        })
        exchange = sent
        sent.on('error', (error) => {
          // A connection that was kept may be closed at the moment at which something is sent over it: that says nothing of the destination.
          if (sent.reusedSocket && !isAnswered && isBrokenOff(error) && !isClosed) guarded(attempt)
          else fail(error)
        })
        sent.on('response', (response) => {
          isAnswered = true
          read(response).then((text) => {
            end()
            const header = (name: string): string | undefined => {
              const value = response.headers[name]
              const first = Array.isArray(value) ? value[0] : value
              return first === undefined ? undefined : plain(first)
            }
            const status = response.statusCode ?? 0
            resolve({ status, retryAfter: header('retry-after'), header, text: plain(text) })
          }, fail)
        })
        sent.end(body)
      }
      const guarded = (step: () => void): void => {
        try {
          step()
        } catch (error) {
          fail(error)
        }
      }
      guarded(attempt)
    })

  return {
    post: exchanged,
    close() {
      isClosed = true
      agent.destroy()
    },
  }
}

const isBrokenOff = (error: Error & { readonly code?: string }): boolean =>
  error.code === 'ECONNRESET' || error.code === 'EPIPE'

/** The start of a body; the rest is read and let go, so that the connection can be kept, and cut where it does not end soon. */
function read(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    response.on('data', (part: Buffer) => {
      if (size < maxAnswerBytes) parts.push(part.subarray(0, maxAnswerBytes - size))
      size += part.length
      if (size > maxAnswerBytes * 16) response.destroy(new Error('its answer does not end'))
    })
    response.on('end', () => resolve(Buffer.concat(parts).toString('utf8')))
    response.on('error', reject)
    response.on('aborted', () => reject(new Error('the answer broke off')))
  })
}
