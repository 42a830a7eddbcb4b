import { once } from 'node:events'
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

import { series, type Batch, type Sample } from '@tocsin/core'
import { EMPTY, NEVER, of, Subject, throwError } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { serve, toNodeHandler, toWebHandler } from '../../src/http/index.ts'
import {
  expose,
  parsePrometheus,
  type ExposeOptions,
  type ExpositionFormat,
} from '../../src/prometheus/index.ts'
import { firstOf, portOf, receive } from '../sockets.ts'

const gauge = (name: string, value: number, tags: Record<string, string> = {}): Sample => ({
  series: series(name, tags),
  time: 1,
  value,
  kind: 'gauge',
})

async function get(port: number, headers: OutgoingHttpHeaders = {}, path = '/metrics', method = 'GET') {
  const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

async function exposing(options: ExposeOptions = {}) {
  const samples = new Subject<Sample | Batch<Sample>>()
  const page = expose(samples, { port: 0, ...options })
  const received = receive(page)
  const problems = receive(page.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { samples, page, received, problems, port: await portOf(page) }
}

const prometheus242 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

describe('a page to be scraped', () => {
  it('shows the last value of each series, in the format that is asked for', async () => {
    const { samples, port } = await exposing()
    samples.next(gauge('queue.depth', 3, { host: 'a' }))
    samples.next(gauge('queue.depth', 4, { host: 'a' }))
    const plain = await get(port)
    expect(plain).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'content-length': String(plain.body.length),
        vary: 'accept, accept-encoding',
      },
    })
    const lines = '# HELP queue_depth queue.depth\n# TYPE queue_depth gauge\nqueue_depth{host="a"} 4\n'
    expect(plain.body.toString()).toBe(lines)
    const strict = await get(port, { accept: prometheus242 })
    expect(strict.headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(strict.body.toString()).toBe(`${lines}# EOF\n`)
  })

  it.each([
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['text/html,application/xhtml+xml', 'text/plain'],
    ['text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5', 'text/plain'],
    ['application/openmetrics-text;version=0.0.1', 'text/plain'],
    ['application/openmetrics-text;q=0', 'text/plain'],
    ['application/openmetrics-text', 'application/openmetrics-text'],
  ])('is asked for as %s and comes as %s', async (accept, type) => {
    const { port } = await exposing()
    const { headers } = await get(port, accept === undefined ? {} : { accept })
    expect(headers['content-type']?.split(';')[0]).toBe(type)
  })

  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['*', true],
    ['gzip;q=0, *', false],
    ['identity', false],
  ])('is packed for %s: %s', async (encoding, isPacked) => {
    const { samples, port } = await exposing()
    samples.next(gauge('a', 1))
    for (const value of [1, 2]) {
      samples.next(gauge('a', value))
      const { headers, body } = await get(port, { 'accept-encoding': encoding })
      expect(headers['content-encoding']).toBe(isPacked ? 'gzip' : undefined)
      expect((isPacked ? gunzipSync(body) : body).toString()).toContain(`\na ${value}\n`)
    }
  })

  it('answers HEAD without a body, other methods with 405, and other paths with 404', async () => {
    const { samples, port } = await exposing({ path: '/-/metrics' })
    samples.next(gauge('a', 1))
    expect(await get(port, {}, '/-/metrics?x=y', 'HEAD')).toMatchObject({
      status: 200,
      body: Buffer.alloc(0),
    })
    expect(await get(port, {}, '/-/metrics', 'POST')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    })
    expect(await get(port, {}, '/metrics')).toMatchObject({ status: 404 })
  })

  it('asks who asks', async () => {
    const { port } = await exposing({ auth: { bearer: ['open'] } })
    expect(await get(port)).toMatchObject({ status: 401 })
    expect(await get(port, { authorization: 'Bearer open' })).toMatchObject({ status: 200 })
  })

  it('acknowledges batches, emits nothing, and tells of what it cannot show', async () => {
    const { samples, received, problems, page } = await exposing()
    let acknowledged = 0
    const text: Sample = { series: series('t'), time: 1, value: 'x', kind: 'text' }
    samples.next({ values: [gauge('a.b', 1), gauge('a_b', 2), text], ack: () => (acknowledged += 1) })
    expect(acknowledged).toBe(1)
    expect(received.values).toEqual([])
    expect(problems.values).toMatchObject([{ from: 'expose', reason: 'repeated', series: 'a_b' }])
    expect(page.page).toMatchObject({ series: 1, leftOut: 1, refused: 1 })
  })

  it('stands on a server beside others, which open and leave it', async () => {
    const samples = new Subject<Sample>()
    const page = expose(samples)
    const server = serve({ port: 0 }, [httpTrap({ secret: 'door' }), page])
    const received = receive(server)
    const problems = receive(server.problems)
    const port = await portOf(server)
    samples.next(gauge('a', 1))
    samples.next({ series: series('a'), time: 1, value: 1, kind: 'delta' })
    expect((await get(port)).body.toString()).toContain('a 1')
    expect(problems.values).toMatchObject([{ from: 'serve', reason: 'unsupported' }])
    received.subscription.unsubscribe()
    expect(samples.observed).toBe(false)
    expect(page.page.series).toBe(0)
  })

  it('is there for several servers at once, fed by one subscription', async () => {
    let feeds = 0
    const samples = new Subject<Sample>()
    const page = expose(samples)
    const [one, other] = [receive(page), receive(serve({ port: 0 }, [page]))]
    samples.subscribe(() => (feeds += 1))
    samples.next(gauge('a', 1))
    expect(feeds).toBe(1)
    one.subscription.unsubscribe()
    expect(page.page.series).toBe(1)
    other.subscription.unsubscribe()
    expect(page.page.series).toBe(0)
  })

  it('is handed to a server of one’s own, and is 503 while nobody has subscribed', async () => {
    const page = expose(of(gauge('a', 1)))
    const server = createServer(toNodeHandler(page)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await get(port)).toMatchObject({ status: 503 })
    const { subscription } = receive(page)
    onTestFinished(() => subscription.unsubscribe())
    expect((await get(port)).body.toString()).toContain('a 1')
    const web = await toWebHandler(page)(
      new Request('http://here/metrics', { headers: { 'accept-encoding': 'gzip' } }),
    )
    expect(gunzipSync(Buffer.from(await web.arrayBuffer())).toString()).toContain('a 1')
  })

  it('ends with its stream’s error, and stays where that completes', async () => {
    const broken = new Error('broken')
    await expect(
      firstOf(
        expose(
          throwError(() => broken),
          { port: 0 },
        ),
      ),
    ).rejects.toBe(broken)
    await expect(firstOf(serve({ port: 0 }, [expose(throwError(() => broken))]))).rejects.toBe(broken)
    const page = expose(EMPTY, { port: 0 })
    const received = receive(page)
    expect(await get(await portOf(page))).toMatchObject({ status: 200 })
    received.subscription.unsubscribe()
  })

  it.each<[string, () => unknown]>([
    ['no stream', () => expose([] as never)],
    ['a path that is none', () => expose(NEVER, { path: 'metrics' })],
    ['buckets that fall', () => expose(NEVER, { buckets: [2, 1] })],
    ['no bytes', () => expose(NEVER, { maxBytes: 0 })],
    ['help that is no text', () => expose(NEVER, { metadata: [{ name: 'a', help: 1 as never }] })],
    ['an option that there is not', () => expose(NEVER, { bucket: [1] } as never)],
  ])('refuses %s at the call', (_, call) => {
    expect(call).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('is read again by the parser, in both formats', async () => {
    const { samples, port } = await exposing()
    for (let index = 0; index < 50; index += 1) {
      samples.next(gauge('g', index, { index: String(index) }))
      samples.next({ series: series('api.hits', { index: String(index) }), time: 1, value: 2, kind: 'delta' })
      samples.next({
        series: series('api.took'),
        time: 1,
        value: index / 10,
        kind: 'observation',
        weight: 10,
      })
    }
    const formats: readonly (readonly [ExpositionFormat, string])[] = [
      ['prometheus', '*/*'],
      ['openmetrics', prometheus242],
    ]
    for (const [format, accept] of formats) {
      const {
        failure,
        samples: read,
        problems,
      } = parsePrometheus((await get(port, { accept })).body, { format, time: 1 })
      expect([failure, problems]).toEqual([undefined, []])
      expect(read).toHaveLength(50 + 50 + 14)
    }
  })
})
