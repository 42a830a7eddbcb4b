import { createServer } from 'node:http'
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { afterEach, describe, expect, it } from 'vitest'

import { verifyWebhook } from '../../src/notifiers/webhook-signature.ts'
import { NotifyError, webhookNotifier } from '../../src/webhook.ts'
import type { Notification, WebhookNotifierOptions } from '../../src/webhook.ts'
import { notification } from '../support/notification.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/secret-path`
}

/** A server that answers with a status, and keeps what it was sent. */
async function receiver(
  status = 200,
  headers: Record<string, string> = {},
): Promise<{ url: string; received: { headers: IncomingHttpHeaders; body: string }[] }> {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const url = await serve((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      response.writeHead(status, headers).end('secret answer')
    })
  })
  return { url, received }
}

const send = async (
  options: WebhookNotifierOptions,
  signal: AbortSignal = new AbortController().signal,
  what: Notification = notification(),
): Promise<unknown> => {
  try {
    await webhookNotifier({ allow: 'private', ...options }).send(what, signal)
    return 'sent'
  } catch (error) {
    return error
  }
}

describe('a webhook', () => {
  const clock = { now: () => 1_700_000_000_500 }
  const secret = `whsec_${Buffer.from('0123456789abcdef01234567').toString('base64')}`

  it('is sent the notification as signed JSON that its receiver can verify', async () => {
    const { url, received } = await receiver()
    expect(await send({ url, secret, clock, headers: { authorization: 'Bearer x' } })).toBe('sent')
    const [{ headers, body } = { headers: {}, body: '' }] = received
    expect(JSON.parse(body)).toEqual(notification())
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': notification().id,
      'webhook-timestamp': '1700000000',
      authorization: 'Bearer x',
    })
    expect(verifyWebhook(body, headers, secret, { clock })).toEqual({
      ok: true,
      id: notification().id,
      time: 1_700_000_000_000,
    })
    expect(verifyWebhook(body.replace('cpu', 'gpu'), headers, secret, { clock })).toEqual({
      ok: false,
      reason: 'wrong-signature',
    })
  })

  it('gets the same body and id again when it is sent again', async () => {
    const { url, received } = await receiver()
    const notifier = webhookNotifier({ url, allow: 'private' })
    const { signal } = new AbortController()
    await notifier.send(notification(), signal)
    await notifier.send(notification(), signal)
    expect(received[0]?.body).toBe(received[1]?.body)
    expect(received[0]?.headers['webhook-id']).toBe(received[1]?.headers['webhook-id'])
    expect(received[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  it('is sent the headers that were given at the call, also those of a Headers object', async () => {
    const { url, received } = await receiver()
    const plain: Record<string, string> = { Authorization: 'plain' }
    const notifiers = [
      webhookNotifier({ url, allow: 'private', headers: plain }),
      webhookNotifier({ url, allow: 'private', headers: new Headers({ authorization: 'fetch' }) as never }),
    ]
    plain['Authorization'] = 'changed'
    for (const notifier of notifiers) await notifier.send(notification(), new AbortController().signal)
    expect(received.map(({ headers }) => headers['authorization'])).toEqual(['plain', 'fetch'])
  })

  it.each([
    [201, undefined],
    [204, undefined],
    [301, 'permanent'],
    [307, 'permanent'],
    [400, 'permanent'],
    [401, 'permanent'],
    [404, 'permanent'],
    [408, 'transient'],
    [410, 'permanent'],
    [413, 'permanent'],
    [425, 'transient'],
    [429, 'rate-limited'],
    [500, 'transient'],
    [502, 'transient'],
    [503, 'transient'],
    [504, 'transient'],
  ])('that answers with %i is %s', async (status, failure) => {
    const { url, received } = await receiver(status, { location: '/elsewhere' })
    const result = await send({ url })
    expect(received).toHaveLength(1)
    if (failure === undefined) expect(result).toBe('sent')
    else expect(result).toMatchObject({ code: 'NOTIFY_DELIVERY_FAILED', facts: { failure, status } })
  })

  it('says how long it wants to be left alone, in seconds or as a date', async () => {
    const seconds = await receiver(429, { 'retry-after': '120' })
    expect(await send({ url: seconds.url, clock })).toMatchObject({ facts: { retryAfterMs: 120_000 } })
    const date = await receiver(503, { 'retry-after': new Date(1_700_000_030_000).toUTCString() })
    expect(await send({ url: date.url, clock })).toMatchObject({ facts: { retryAfterMs: 29_500 } })
    const nonsense = await receiver(503, { 'retry-after': 'soon' })
    expect(await send({ url: nonsense.url })).not.toHaveProperty('facts.retryAfterMs')
  })

  it('that answers without end is read no further than the limit', async () => {
    let isClosed: () => void = () => undefined
    const closed = new Promise<void>((resolve) => (isClosed = resolve))
    const url = await serve((request, response) => {
      request.resume()
      response.on('close', isClosed)
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more)
      }
      more()
    })
    expect(await send({ url })).toBe('sent')
    await closed
  })

  it('that does not answer fails in time, and when it is aborted', async () => {
    const url = await serve((request) => request.resume())
    expect(await send({ url, timeoutMs: 20 })).toMatchObject({
      message: 'NOTIFY_DELIVERY_FAILED: the webhook gave no answer: TimeoutError',
    })
    const controller = new AbortController()
    const sending = send({ url }, controller.signal)
    controller.abort()
    expect(await sending).toMatchObject({ facts: { failure: 'transient' } })
  })

  it('that does not answer fails in time though garbage is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const url = await serve((request) => request.resume())
    const sending = send({ url, timeoutMs: 200 })
    const collecting = setInterval(collect, 10)
    expect(await sending.finally(() => clearInterval(collecting))).toMatchObject({
      facts: { failure: 'transient' },
    })
  })

  it('is nowhere named in an error, nor is its secret', async () => {
    const refused = 'http://127.0.0.1:1/hooks/secret-path'
    const reset = await serve((request) => request.socket.destroy())
    const answered = await receiver(500)
    for (const url of [refused, reset, answered.url]) {
      const error = await send({ url, secret: 'a secret that is long', headers: { authorization: 'token' } })
      expect(error).toBeInstanceOf(NotifyError)
      const shown = `${String(error)} ${JSON.stringify(error)} ${(error as Error).stack ?? ''}`
      expect(shown).not.toMatch(/secret|127\.0\.0\.1|token/)
      expect(error).not.toHaveProperty('cause')
    }
  })

  it('refuses a secret that is there and has no value, which would post unsigned', () => {
    const options = { url: 'https://example.com', secret: undefined } as never
    expect(() => webhookNotifier(options)).toThrow('leave it out to post unsigned')
  })

  it.each([
    [{ url: 'ftp://example.com' }],
    [{ url: 'nothing' }],
    [{ url: 'https://user:password@example.com' }],
    [{ url: 'https://example.com', secret: 'short' }],
    [{ url: 'https://example.com', secret: 'whsec_c2hvcnQ=' }],
    [{ url: 'https://example.com', headers: { 'Webhook-Id': 'forged' } }],
    [{ url: 'https://example.com', headers: { 'x-note': 'line\r\nbreak' } }],
    [{ url: 'https://example.com', timeoutMs: 0 }],
    [{ url: 'https://example.com', allow: ['10.0.0.0/33'] }],
    [{ url: 'https://example.com', allow: ['example.com'] }],
    [{ url: 'https://example.com', allow: 'all' as 'private' }],
    [{ url: 'https://example.com', proxy: 'https://proxy.example.com' }],
    [{ url: 'https://example.com', ca: 'short of a certificate', key: 'short of a key' }],
  ])('refuses %o at the call, without showing it', (options) => {
    expect(() => webhookNotifier(options)).toThrow(expect.objectContaining({ code: 'NOTIFY_BAD_OPTION' }))
    expect(() => webhookNotifier(options)).not.toThrow(/password|short|forged|c2hvcnQ/)
  })
})
