import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateSync, gzipSync } from 'node:zlib'

import { describe, expect, it, onTestFinished } from 'vitest'

import { toNodeHandler } from '../../src/http/node-handler.ts'
import { serve } from '../../src/http/serve.ts'
import { toWebHandler } from '../../src/http/web-handler.ts'
import { httpTrap, type HttpTrapOptions } from '../../src/http-trap/http-trap.ts'
import { brief } from '../collect.ts'
import { dial, portOf, receive } from '../sockets.ts'

const clock = { now: () => 1_700_000_000_500 }
const limits = { maxBodyBytes: 100_000, maxDecodedBytes: 1_000_000, ackTimeoutMs: 50 }

type Send = (init: RequestInit) => Promise<Response>

const path = '/module/httptrap/door'
const sendTo =
  (port: number): Send =>
  (init) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', ...init })

async function listen(take: RequestListener): Promise<number> {
  const server = createServer(take).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

type Start = (options?: Partial<HttpTrapOptions>) => Promise<{
  readonly send: Send
  readonly problems: readonly { readonly reason: string }[]
  readonly batches: ReturnType<typeof receiveBatches>
}>

function receiveBatches(source: ReturnType<typeof serve>) {
  const received = receive(source.batches())
  onTestFinished(() => received.subscription.unsubscribe())
  return received
}

const trap = (): ReturnType<typeof httpTrap> => httpTrap({ secret: 'door', clock, ...limits })

const ways: readonly (readonly [string, Start])[] = [
  [
    'serve',
    async () => {
      const source = serve({ port: 0, clock, ...limits }, [httpTrap({ secret: 'door' })])
      const problems = receive(source.problems).values
      const batches = receiveBatches(source)
      return { send: sendTo(await portOf(source)), problems, batches }
    },
  ],
  [
    'a chain of handlers, as in Express',
    async () => {
      const source = trap()
      const take = toNodeHandler(source)
      const chain = [
        take,
        (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end(),
      ]
      const port = await listen((request, response) => {
        const [first, second] = chain
        first?.(request, response, () => second?.(request, response))
      })
      return {
        send: sendTo(port),
        problems: receive(source.problems).values,
        batches: receiveBatches(source),
      }
    },
  ],
  [
    'raw requests, as of Fastify',
    async () => {
      const source = trap()
      const take = toNodeHandler(source)
      const port = await listen((request, response) => take(request, response))
      return {
        send: sendTo(port),
        problems: receive(source.problems).values,
        batches: receiveBatches(source),
      }
    },
  ],
  [
    'a function of Request to Response, as in Hono',
    async () => {
      const source = trap()
      const take = toWebHandler(source)
      const send: Send = (init) => take(new Request(`http://collector${path}`, { method: 'POST', ...init }))
      return { send, problems: receive(source.problems).values, batches: receiveBatches(source) }
    },
  ],
]

const body = '{"queue":{"depth":7}}{"queue":{"state":"ok","gone":null}}'

describe.each(ways)('a trap behind %s', (_, start) => {
  it.each([
    ['as it is', body, {}],
    ['with gzip', gzipSync(body), { 'content-encoding': 'gzip' }],
    ['with deflate', deflateSync(body), { 'content-encoding': 'deflate' }],
  ])('takes a body %s', async (_way, packed, headers) => {
    const { send, batches } = await start()
    const reply = send({ body: packed, headers })
    const [batch] = await batches.count(1)
    batch?.ack()
    const response = await reply
    expect([response.status, await response.json()]).toEqual([200, { stats: 2, filtered: 1 }])
    expect(batch?.values.map(brief)).toEqual(['queue`depth gauge 7', 'queue`state text "ok"'])
  })

  it('says with 200 what it left out', async () => {
    const { send, batches } = await start()
    const reply = send({ body: '{"a":1,"b":1e999}' })
    const [batch] = await batches.count(1)
    batch?.ack()
    expect(await (await reply).json()).toEqual({
      stats: 1,
      filtered: 1,
      error: 'a number is at most 1.8e308',
    })
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(20_000_000, ' '))],
    ['deflate', deflateSync(Buffer.alloc(20_000_000, ' '))],
  ])('refuses a bomb of %s', async (encoding, bomb) => {
    const { send, problems, batches } = await start()
    const response = await send({ body: bomb, headers: { 'content-encoding': encoding } })
    expect([response.status, problems, batches.values]).toMatchObject([
      413,
      [{ reason: 'body-too-large' }],
      [],
    ])
  })

  it('answers 503 with its cause where nobody acknowledges', async () => {
    const { send, problems } = await start()
    const response = await send({ body })
    expect([response.status, await response.json()]).toEqual([
      503,
      { error: 'not acknowledged within 50 ms; send it again' },
    ])
    expect(problems).toMatchObject([{ reason: 'not-acknowledged' }])
  })

  it('takes a long body, and nothing of it where the last subscriber leaves meanwhile', async () => {
    const { send, batches } = await start()
    const long = gzipSync(`{"a":[${'1,'.repeat(99_999)}1]}`)
    const headers = { 'content-encoding': 'gzip' }
    const reply = send({ body: long, headers })
    const [batch] = await batches.count(1)
    batch?.ack()
    expect(batch?.values).toHaveLength(100_000)
    expect((await reply).status).toBe(200)
    const other = send({ body: long, headers })
    setTimeout(() => batches.subscription.unsubscribe())
    const left = await other.then(
      ({ status }) => status,
      () => 'closed',
    )
    expect([503, 'closed']).toContain(left)
  })

  it("refuses what collectd's write_http sends, and says so", async () => {
    const { send, problems, batches } = await start()
    const response = await send({
      body: '[{"values":[1],"dstypes":["gauge"],"dsnames":["value"],"time":1,"interval":10,"host":"h","plugin":"p"}]',
    })
    expect([response.status, await response.json()]).toEqual([
      406,
      { stats: 0, filtered: 0, error: expect.stringMatching(/collectd/) },
    ])
    expect([problems, batches.values]).toMatchObject([[{ reason: 'unsupported' }], []])
  })
})

describe('a flood of headers', () => {
  // Node itself reads no more than 16 KiB of headers of a request, and answers before anything is made of them.
  it.each([
    ['one that is long', `x: ${'y'.repeat(20_000)}\r\n`],
    ['many', 'x: y\r\n'.repeat(20_000)],
  ])('is answered 431 by the server, and others are served: %s', async (_, headers) => {
    const source = serve({ port: 0, clock }, [httpTrap({ secret: 'door' })])
    const { subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const port = await portOf(source)
    const flood = await dial(port)
    flood.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${headers}`)
    expect((await flood.setEncoding('utf8').toArray()).join('')).toMatch(/^HTTP\/1.1 431 /)
    expect((await sendTo(port)({ body })).status).toBe(200)
    expect(source.stats.received).toBe(1)
  })
})
