import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'

import type { Batch, Sample } from '@tocsin/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { serve } from '../../src/http/serve.ts'
import { remoteWrite, type RemoteWriteOptions } from '../../src/remote-write/remote-write.ts'
import { versionOf } from '../../src/remote-write/remote-write-handler.ts'
import { encodeSnappy } from '../../src/wire/binary/snappy.ts'
import { portOf, receive } from '../sockets.ts'
import { newerRequest, olderRequest, type SeriesFields } from './messages.ts'

const now = Date.now()
const good: SeriesFields = {
  labels: [
    ['__name__', 'up'],
    ['job', 'x'],
  ],
  samples: [{ value: 1, time: now }],
}
const nameless: SeriesFields = { labels: [['job', 'x']], samples: [{ value: 1, time: now }] }
const histogram: SeriesFields = {
  labels: [['__name__', 'took']],
  histograms: [{ count: 1, zeroCount: 1, time: now }],
}

const ofOlder = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }
const ofNewer = { ...ofOlder, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request' }

async function receiver(options: RemoteWriteOptions = {}) {
  const source = remoteWrite({ port: 0, ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

async function post(
  port: number,
  body: Uint8Array,
  headers: Record<string, string> = ofOlder,
  path = '/api/v1/write',
) {
  const sent = request({ port, host: '127.0.0.1', path, method: 'POST', agent: false, headers })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = (await response.setEncoding('utf8').toArray()).join('')
  const written = ['samples', 'histograms', 'exemplars'].map(
    (name) => response.headers[`x-prometheus-remote-write-${name}-written`],
  )
  return { status: response.statusCode, text, written: written.join(' ') }
}

describe('remoteWrite', () => {
  it('takes 1.0, and answers nothing but that', async () => {
    const { received, source, port } = await receiver()
    expect(await post(port, encodeSnappy(olderRequest([good, histogram])))).toEqual({
      status: 204,
      text: '',
      written: '  ',
    })
    expect(received.values).toMatchObject([
      { series: { key: 'up|ST[job:x]' }, value: 1 },
      { kind: 'histogram' },
    ])
    expect(source.stats).toMatchObject({ received: 1, samples: 2, problems: 0, refused: 0 })
  })

  it('takes 2.0, and says how much of it', async () => {
    const { port } = await receiver()
    const exemplars = [{ labels: [['trace_id', 'x']] as const, value: 1, time: now }]
    expect(
      await post(port, encodeSnappy(newerRequest([{ ...good, exemplars }, good, histogram])), ofNewer),
    ).toEqual({
      status: 204,
      text: '',
      written: '2 1 0',
    })
  })

  it.each([
    ['1.0', ofOlder, olderRequest, '  '],
    ['2.0', ofNewer, newerRequest, '2 0 0'],
  ] as const)(
    'takes of %s what can be taken, and answers 400 with what cannot',
    async (_, headers, build, written) => {
      const { received, problems, port } = await receiver()
      const reply = await post(port, encodeSnappy(build([good, nameless, good])), headers)
      expect(reply).toMatchObject({ status: 400, written })
      expect(JSON.parse(reply.text)).toEqual({
        error: 'a series has a label __name__',
        samples: 2,
        histograms: 0,
      })
      expect(received.values).toHaveLength(2)
      expect(problems.values).toMatchObject([{ reason: 'bad-name', offset: expect.any(Number) }])
    },
  )

  it('counts values that are no numbers as taken, since to send them again is of no use', async () => {
    const { received, source, port } = await receiver()
    const samples = [Number.NaN, Infinity].map((value) => ({ value, time: now }))
    expect(await post(port, encodeSnappy(newerRequest([{ ...good, samples }])), ofNewer)).toMatchObject({
      status: 204,
      written: '2 0 0',
    })
    expect(received.values).toEqual([])
    expect(source.stats).toMatchObject({ dropped: 2, problems: 0 })
  })

  it.each([
    ['another type', { ...ofOlder, 'content-type': 'application/json' }],
    ['no type', { 'content-encoding': 'snappy' }],
    ['another message', { ...ofOlder, 'content-type': 'application/x-protobuf;proto=x' }],
    ['gzip', { ...ofNewer, 'content-encoding': 'gzip' }],
    ['no encoding', { 'content-type': 'application/x-protobuf' }],
    ['the encoding identity', { ...ofNewer, 'content-encoding': 'identity' }],
  ])('answers 415 to %s before the body has come', async (_, headers) => {
    const { source, port } = await receiver()
    const sent = request({
      port,
      host: '127.0.0.1',
      path: '/api/v1/write',
      method: 'POST',
      agent: false,
      headers: { ...headers, 'content-length': '1000' },
    })
    sent.on('error', () => undefined).flushHeaders()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(415)
    const isNewer = (headers as Record<string, string>)['content-type'] === ofNewer['content-type']
    expect(response.headers['x-prometheus-remote-write-samples-written']).toBe(isNewer ? '0' : undefined)
    sent.destroy()
    expect(source.stats).toMatchObject({ refused: 1, bytes: 0 })
  })

  it.each([
    ['application/x-protobuf', '1.0'],
    ['Application/X-Protobuf; charset=x', '1.0'],
    ['application/x-protobuf;proto=prometheus.WriteRequest', '1.0'],
    ['application/x-protobuf; proto="io.prometheus.write.v2.Request"', '2.0'],
    ['application/x-protobuf;proto=', undefined],
    ['application/protobuf', undefined],
    ['', undefined],
  ])('reads the type %j as version %s', (type, version) => expect(versionOf(type)).toBe(version))

  it.each([
    ['is no snappy', Buffer.from('hello'), 400],
    ['is empty', Buffer.alloc(0), 400],
    ['is cut off', encodeSnappy(olderRequest([good])).subarray(0, -3), 400],
    ['is no protobuf', encodeSnappy(Buffer.from('{"a":1}')), 400],
    [
      'says that it is 2.7 GB',
      Buffer.from(
        '97eab4890a170a085f5f6e616d655f5f120b746573745f6d6574726963121009000000000000f03f10d48fc9b2a333',
        'hex',
      ),
      413,
    ],
    ['is a bomb', encodeSnappy(Buffer.alloc(2 << 20)), 413],
    ['holds too many values', encodeSnappy(olderRequest(Array.from({ length: 101 }, () => good))), 413],
  ])('refuses a body that %s, says how much of it was taken, and takes the next', async (_, body, status) => {
    const { port, received } = await receiver({ maxDecodedBytes: 1 << 20, maxValues: 100 })
    const { arrayBuffers } = process.memoryUsage()
    expect(await post(port, body, ofNewer)).toMatchObject({
      status,
      written: '0 0 0',
    })
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(8 << 20)
    expect(await post(port, encodeSnappy(newerRequest([good])), ofNewer)).toMatchObject({ status: 204 })
    expect(received.values).toHaveLength(1)
  })

  it('holds no more unpacked than it may of all requests', async () => {
    const { port } = await receiver({ maxPendingBytes: 10_000 })
    expect(await post(port, encodeSnappy(Buffer.alloc(20_000)))).toMatchObject({ status: 503 })
    expect(await post(port, encodeSnappy(olderRequest([good])))).toMatchObject({ status: 204 })
  })

  it('answers once all is acknowledged, and 503 where nobody has in time', async () => {
    const source = remoteWrite({ port: 0, ackTimeoutMs: 50 })
    source.problems.subscribe()
    const batches: Batch<Sample>[] = []
    const subscription = source.batches().subscribe((batch) => batches.push(batch))
    onTestFinished(() => subscription.unsubscribe())
    const port = await portOf(source)
    expect(await post(port, encodeSnappy(newerRequest([good])), ofNewer)).toMatchObject({
      status: 503,
      written: '0 0 0',
    })
    const second = post(port, encodeSnappy(newerRequest([good])), ofNewer)
    await expect.poll(() => batches.length).toBe(2)
    batches[1]?.ack()
    expect(await second).toMatchObject({ status: 204, written: '1 0 0' })
  })

  it('is at its path only, and takes POST only', async () => {
    const { port } = await receiver({ path: '/write' })
    const body = encodeSnappy(olderRequest([good]))
    expect(await post(port, body)).toMatchObject({ status: 404 })
    expect(await post(port, body, ofOlder, '/write?x=1')).toMatchObject({ status: 204 })
    const { status } = await fetch(`http://127.0.0.1:${port}/write`, { headers: ofOlder })
    expect(status).toBe(405)
  })

  it('keeps its packing, its limits and its headers behind a guard of its own and of a server', async () => {
    const served = serve({ port: 0, auth: { bearer: ['open'] } }, [
      remoteWrite({ auth: { bearer: ['open', 'sesame'] } }),
    ])
    const received = receive(served)
    const problems = receive(served.problems)
    onTestFinished(() => received.subscription.unsubscribe())
    const port = await portOf(served)
    const body = encodeSnappy(newerRequest([good]))
    expect(await post(port, body, ofNewer)).toMatchObject({ status: 401, written: '0 0 0' })
    expect(await post(port, body, { ...ofNewer, authorization: 'Bearer open' })).toMatchObject({
      status: 204,
      written: '1 0 0',
    })
    expect([received.values.length, problems.values.length]).toEqual([1, 1])
  })

  it('reads a large body in slices, so that others are served meanwhile', async () => {
    const { port, received } = await receiver()
    const series = Array.from({ length: 30_000 }, (_, at): SeriesFields => ({
      labels: [
        ['__name__', 'many'],
        ['shard', String(at)],
      ],
      samples: [{ value: at, time: now }],
    }))
    const large = post(port, encodeSnappy(olderRequest(series)))
    let turns = 0
    const counting = setInterval(() => (turns += 1))
    expect(await large).toMatchObject({ status: 204 })
    clearInterval(counting)
    expect(turns).toBeGreaterThan(1)
    expect(received.values).toHaveLength(30_000)
  })

  it.each([
    ['a path without slash', { path: 'write' }],
    ['a path with a query', { path: '/write?x' }],
    ['no values', { maxValues: 0 }],
    ['a future of less than nothing', { maxFutureMs: -1 }],
    ['an order that is no choice', { unsortedLabels: 'yes' as never }],
  ])('refuses %s at the call', (_, options) => {
    expect(() => remoteWrite(options)).toThrow('PROTOCOL_BAD_OPTION')
  })
})
