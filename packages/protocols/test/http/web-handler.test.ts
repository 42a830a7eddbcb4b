import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { httpTrap, type HttpTrapOptions } from '../../src/http-trap/http-trap.ts'
import { toNodeHandler } from '../../src/http/node-handler.ts'
import { toWebHandler } from '../../src/http/web-handler.ts'
import { closed, receive } from '../sockets.ts'

function trap(options: Partial<HttpTrapOptions> = {}) {
  const source = httpTrap({ secret: 'x', ...options })
  const received = receive(source.batches())
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems }
}
const url = 'http://trap/module/httptrap/x'
const requestOf = (body: string | ReadableStream<Uint8Array> | null, init: RequestInit = {}): Request =>
  new Request(url, {
    method: 'POST',
    body,
    ...init,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })

/** A body that breaks off after some bytes. */
function broken(): ReadableStream<Uint8Array> & { break(): void } {
  let fail = (): void => undefined
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"a":'))
      fail = () => controller.error(new Error('it broke off'))
    },
  })
  return Object.assign(stream, { break: () => fail() })
}

describe('a handler of web requests', () => {
  it('answers when the samples are acknowledged', async () => {
    const { source, received } = trap()
    const reply = toWebHandler(source)(requestOf('{"a":1}'))
    const [batch] = await received.count(1)
    batch?.ack()
    const response = await reply
    expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
      ...[200, 'application/json', { stats: 1, filtered: 0 }],
    ])
  })

  it('answers 404 for the path of another, and leaves its body', async () => {
    const { source } = trap()
    const other = new Request('http://trap/other', { method: 'POST', body: 'x' })
    expect((await toWebHandler(source)(other)).status).toBe(404)
    expect(await other.text()).toBe('x')
  })

  it('takes a request without a body for an empty one', async () => {
    const { source } = trap()
    expect((await toWebHandler(source)(requestOf(null))).status).toBe(406)
    expect((await toWebHandler(source)(requestOf(''))).status).toBe(406)
  })

  it('answers 405 to a GET, and 503 while nobody is subscribed', async () => {
    const { source, received } = trap()
    expect((await toWebHandler(source)(new Request(url))).status).toBe(405)
    received.subscription.unsubscribe()
    expect((await toWebHandler(source)(requestOf('{"a":1}'))).status).toBe(503)
  })

  it('answers 400 to a body that breaks off, and 413 to one that is too large', async () => {
    const { source, problems } = trap({ maxBodyBytes: 4 })
    const body = broken()
    const reply = toWebHandler(trap().source)(requestOf(body))
    await closed()
    body.break()
    expect((await reply).status).toBe(400)
    expect((await toWebHandler(source)(requestOf('12345'))).status).toBe(413)
    expect(problems.values).toMatchObject([{ reason: 'body-too-large' }])
  })

  it('bears a body that breaks off after its request was refused', async () => {
    const { source } = trap()
    const body = broken()
    const wrong = new Request('http://trap/module/httptrap/y', {
      ...{ method: 'POST', body, duplex: 'half' as const },
    })
    expect((await toWebHandler(source)(wrong)).status).toBe(403)
    body.break()
    // An error that nobody listens for would end the process by now.
    await closed()
  })

  it('shows who sent it, and lets in whom the source allows', async () => {
    const { source, problems } = trap({ allow: ['10.0.0.0/8'] })
    const from = (peer: string) => toWebHandler(source, () => peer)(requestOf('{}'))
    expect((await from('10.1.2.3:4')).status).toBe(200)
    expect((await from('[::1]:4')).status).toBe(403)
    expect((await toWebHandler(source)(requestOf('{}'))).status).toBe(403)
    expect(problems.values).toMatchObject([{ peer: '[::1]:4' }, { peer: 'unknown' }])
  })

  it('says at once that a subscriber has left, and in time that none acknowledges', async () => {
    const { source, received } = trap({ ackTimeoutMs: 30 })
    const late = await toWebHandler(source)(requestOf('{"a":1}'))
    expect(await late.json()).toEqual({ error: 'not acknowledged within 30 ms; send it again' })
    const reply = toWebHandler(source)(requestOf('{"a":1}'))
    await received.count(2)
    received.subscription.unsubscribe()
    expect(await (await reply).json()).toEqual({
      error: 'not acknowledged by a subscriber that left; send it again',
    })
  })
})

describe('a handler of Node’s requests', () => {
  async function listening(handle: Parameters<typeof createServer>[1]): Promise<string> {
    const server: Server = createServer(handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('asks who may send, whichever server it is in', async () => {
    const { source } = trap({ auth: { bearer: ['token'] } })
    const { source: closedOne } = trap({ allow: ['10.0.0.0/8'] })
    const base = await listening(toNodeHandler(source))
    const send = (headers: Record<string, string>) =>
      fetch(`${base}/module/httptrap/x`, { method: 'POST', body: '{}', headers })
    expect((await send({})).status).toBe(401)
    expect((await send({ authorization: 'Bearer token' })).status).toBe(200)
    const closedBase = await listening(toNodeHandler(closedOne))
    expect((await fetch(`${closedBase}/module/httptrap/x`, { method: 'POST', body: '{}' })).status).toBe(403)
  })

  it('leaves other paths to the next, and answers 404 where there is none', async () => {
    const { source } = trap()
    const take = toNodeHandler(source)
    const withNext = await listening((request, response) =>
      take(request, response, () => response.end('the next')),
    )
    expect(await (await fetch(`${withNext}/page`)).text()).toBe('the next')
    expect((await fetch(`${await listening((...both) => take(...both))}/page`)).status).toBe(404)
  })
})
