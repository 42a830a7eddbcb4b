import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type RequestOptions } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Sample } from '@tocsin/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { toNodeHandler } from '../../src/http/node-handler.ts'
import { httpTrap, type HttpTrapOptions } from '../../src/http-trap/http-trap.ts'
import { brief } from '../collect.ts'
import { closed, dial, gone, firstOf, openTcpHandles, portOf, receive } from '../sockets.ts'

const clock = { now: () => 1_700_000_000_500 }
const secret = 's3cr3t/ü'
const path = `/module/httptrap/${encodeURIComponent(secret)}`

interface Reply {
  readonly status: number
  readonly body: unknown
}

async function post(
  port: number,
  body: string | Buffer,
  options: RequestOptions = {},
  target: string = path,
): Promise<Reply> {
  const sent = request({ port, host: '127.0.0.1', path: target, method: 'POST', agent: false, ...options })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = (await response.setEncoding('utf8').toArray()).join('')
  return { status: response.statusCode ?? 0, body: JSON.parse(text) }
}

async function trap(options: Partial<HttpTrapOptions> = {}) {
  const source = httpTrap({ secret, port: 0, clock, ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

describe('httpTrap', () => {
  it('takes POST and PUT with and without a name before the secret', async () => {
    const { source, received, port } = await trap()
    expect(await post(port, '{"a":{"b":1},"c":null}')).toEqual({
      status: 200,
      body: { stats: 1, filtered: 1 },
    })
    const named = `/module/httptrap/8b3a/${encodeURIComponent(secret)}?x=1`
    expect(await post(port, '{"d":"on"}', { method: 'PUT' }, named)).toMatchObject({ status: 200 })
    expect(received.values.map(brief)).toEqual(['a`b gauge 1', 'd text "on"'])
    expect(source.stats).toMatchObject({ received: 2, samples: 2, dropped: 1, problems: 0, connections: 2 })
  })

  it.each([
    ['a wrong secret', 403, 'forbidden', {}, '/module/httptrap/wrong'],
    ['no secret', 403, 'forbidden', {}, '/module/httptrap/'],
    ['a secret with more behind it', 403, 'forbidden', {}, `${path}/more`],
    ['a secret too deep', 403, 'forbidden', {}, path.replace('httptrap', 'httptrap/a/b')],
    ['a broken escape', 403, 'forbidden', {}, '/module/httptrap/%zz'],
    ['a wrong method', 405, 'bad-method', { method: 'DELETE' }, path],
    ['a body in another encoding', 415, 'unsupported', { headers: { 'content-encoding': 'br' } }, path],
    [
      'a body that is not packed as it says',
      400,
      'malformed',
      { headers: { 'content-encoding': 'gzip' } },
      path,
    ],
  ])('refuses %s', async (_, status, reason, options, target) => {
    const { source, received, problems, port } = await trap()
    expect((await post(port, '{"a":1}', options, target)).status).toBe(status)
    expect(problems.values).toMatchObject([{ from: 'httpTrap', reason }])
    expect([received.values, source.stats.refused]).toEqual([[], 1])
  })

  it('shows the secret nowhere', async () => {
    const { problems, port } = await trap()
    const replies = [
      await post(port, 'no JSON'),
      await post(port, '{}', { method: 'DELETE' }),
      await post(port, '{}', {}, `${path}x`),
    ]
    expect(JSON.stringify([replies, problems.values])).not.toMatch(/s3cr3t/)
    expect(problems.values).toHaveLength(3)
  })

  it('answers 404 for another path', async () => {
    const { source, port } = await trap()
    expect((await post(port, '{}', {}, '/other')).status).toBe(404)
    expect(source.stats.received).toBe(0)
  })

  it('answers 406 to bad JSON and keeps what came before it', async () => {
    const { received, problems, port } = await trap()
    const { status, body } = await post(port, '{"a":1,"b":nope}')
    expect([status, body]).toMatchObject([406, { stats: 1, filtered: 0 }])
    expect(body).toHaveProperty('error')
    expect(received.values.map(brief)).toEqual(['a gauge 1'])
    expect(problems.values).toMatchObject([{ reason: 'bad-json', offset: 11, excerpt: 'nope}' }])
  })

  it.each([
    ['that says so', { headers: { 'content-length': '101' } }],
    ['that comes in chunks', { headers: { 'transfer-encoding': 'chunked' } }],
  ])('answers 413 to a body over the limit %s', async (_, options) => {
    const { received, problems, port } = await trap({ maxBodyBytes: 100 })
    expect((await post(port, `{"a":"${'x'.repeat(93)}"}`, options)).status).toBe(413)
    expect((await post(port, `{"a":"${'x'.repeat(92)}"}`)).status).toBe(200)
    expect(problems.values).toMatchObject([{ reason: 'body-too-large' }])
    expect(received.values).toHaveLength(1)
  })

  it('answers 413 to too many values', async () => {
    const { port } = await trap({ maxValues: 2 })
    expect(await post(port, '[1,2,3]')).toMatchObject({ status: 413, body: { stats: 2 } })
  })

  it('holds no more than so many bytes at a time over all requests, and gives the room back', async () => {
    const { problems, port } = await trap({ maxPendingBytes: 100 })
    const slow = await dial(port)
    slow.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\n{"a":"${'x'.repeat(70)}`)
    // The second one has no room once the first half has arrived.
    await expect.poll(async () => (await post(port, `{"b":"${'x'.repeat(60)}"}`)).status).toBe(503)
    slow.destroy()
    await expect.poll(async () => (await post(port, `{"b":"${'x'.repeat(60)}"}`)).status).toBe(200)
    expect(problems.values.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['overloaded', 'truncated']),
    )
  })

  it('gives the secret in a constant form to the comparison: other lengths are refused alike', async () => {
    const { port } = await trap()
    for (const wrong of ['x', `${encodeURIComponent(secret)}x`, 'x'.repeat(4000)]) {
      expect((await post(port, '{}', {}, `/module/httptrap/${wrong}`)).status).toBe(403)
    }
  })
})

describe('the reply', () => {
  async function waiting(options: Partial<HttpTrapOptions> = {}, maxInFlight?: number) {
    const source = httpTrap({ secret, port: 0, clock, ...options })
    const received = receive(source.batches({ maxInFlight }))
    const problems = receive(source.problems)
    onTestFinished(() => received.subscription.unsubscribe())
    return { source, received, problems, port: await portOf(source) }
  }

  it('200 comes after the acknowledgement, and not before', async () => {
    const { received, port } = await waiting()
    const order: string[] = []
    const reply = post(port, '{"a":1,"b":2}').then(({ status }) => order.push(`reply ${status}`))
    const [batch] = await received.count(1)
    // Another request is answered in between, so the first one's answer would have come.
    expect((await post(port, '{}')).status).toBe(200)
    order.push('acknowledged')
    batch?.ack()
    await reply
    expect(order).toEqual(['acknowledged', 'reply 200'])
    expect(batch?.values.map(brief)).toEqual(['a gauge 1', 'b gauge 2'])
  })

  it('is 503 with its cause where nobody acknowledges in time, and what comes late or twice changes nothing', async () => {
    const { source, received, problems, port } = await waiting({ ackTimeoutMs: 20 })
    expect(await post(port, '{"a":1}')).toEqual({
      status: 503,
      body: { error: 'not acknowledged within 20 ms; send it again' },
    })
    expect(problems.values).toMatchObject([{ from: 'httpTrap', reason: 'not-acknowledged' }])
    expect(source.stats).toMatchObject({ refused: 1, samples: 1, dropped: 0 })
    const [late] = received.values
    late?.ack()
    late?.ack()
    const reply = post(port, '{"a":2}')
    const [, next] = await received.count(2)
    next?.ack()
    next?.ack()
    expect((await reply).status).toBe(200)
  })

  it('is 503 at once while there is no room, also for what came before it was taken', async () => {
    const { source, received, problems, port } = await waiting({}, 1)
    const first = post(port, '{"a":1}')
    const [batch] = await received.count(1)
    const refused = await post(port, '{"b":1}')
    expect(refused).toMatchObject({ status: 503, body: { error: expect.stringMatching(/no more/) } })
    expect(problems.values).toMatchObject([{ reason: 'overflow' }])
    batch?.ack()
    expect((await first).status).toBe(200)
    const second = post(port, '{"c":1}')
    const [, other] = await received.count(2)
    other?.ack()
    expect((await second).status).toBe(200)
    expect(source.stats).toMatchObject({ samples: 2, refused: 1 })
  })

  it('is 503 to a body that has come whole when the last place was taken', async () => {
    const { source, received, port } = await waiting({}, 1)
    const slow = await dial(port)
    slow.write(`POST ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{"a":`)
    // The head of the slow one is let in before the other takes the last place.
    await expect.poll(() => source.stats.received).toBe(1)
    const first = post(port, '{"b":1}')
    const [batch] = await received.count(1)
    slow.write('1}')
    expect((await slow.setEncoding('utf8').toArray()).join('')).toMatch(/^HTTP\/1.1 503 /)
    batch?.ack()
    expect((await first).status).toBe(200)
  })

  it('never acknowledged holds its place and its bytes, which the end of the subscription gives back', async () => {
    const { source, received, port } = await waiting({ ackTimeoutMs: 5, maxPendingBytes: 10 }, 2)
    expect((await post(port, '{"a":1}')).body).toMatchObject({ error: expect.stringMatching(/within 5 ms/) })
    expect((await post(port, '{"b":1}')).body).toMatchObject({ error: expect.stringMatching(/10 bytes/) })
    received.subscription.unsubscribe()
    const again = receive(source)
    expect((await post(await portOf(source), '{"c":1}')).status).toBe(200)
    again.subscription.unsubscribe()
  })

  it('to bad JSON comes after what was kept of it is acknowledged', async () => {
    const { received, port } = await waiting({ ackTimeoutMs: 20 })
    expect((await post(port, '{"a":1,"b":nope}')).status).toBe(503)
    const reply = post(port, '{"a":1,"b":nope}')
    const [, batch] = await received.count(2)
    batch?.ack()
    expect((await reply).status).toBe(406)
  })
})

describe('the handler', () => {
  async function shared(options: Partial<HttpTrapOptions> = {}) {
    const source = httpTrap({ secret, clock, ...options })
    const take = toNodeHandler(source)
    const server = createServer((incoming, response) => {
      take(incoming, response, () => response.end('"page"'))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { source, port: (server.address() as AddressInfo).port }
  }

  it('takes its own path and leaves the others', async () => {
    const { source, port } = await shared()
    const { values, subscription } = receive(source)
    expect(await post(port, '', {}, '/')).toEqual({ status: 200, body: 'page' })
    expect(await post(port, '', {}, '/module/httptrapped')).toEqual({ status: 200, body: 'page' })
    expect(await post(port, '{"a":1}')).toMatchObject({ status: 200 })
    expect(values.map(brief)).toEqual(['a gauge 1'])
    subscription.unsubscribe()
  })

  it('answers 503 while nobody is subscribed, and never says where it listens', async () => {
    const { source, port } = await shared()
    const binds = receive(source.listening)
    expect((await post(port, '{"a":1}')).status).toBe(503)
    const { subscription } = receive(source)
    expect((await post(port, '{"a":1}')).status).toBe(200)
    subscription.unsubscribe()
    expect((await post(port, '{"a":1}')).status).toBe(503)
    expect(binds.values).toEqual([])
  })

  it('answers 400 to a body that somebody else has read', async () => {
    const source = httpTrap({ secret, clock })
    const take = toNodeHandler(source)
    const { subscription } = receive(source)
    const server = createServer((incoming, response) => {
      incoming.resume().once('end', () => setImmediate(() => take(incoming, response)))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expect((await post(port, '{"a":1}')).status).toBe(400)
    subscription.unsubscribe()
  })

  it('gives each of two subscribers every sample', async () => {
    const { source, port } = await shared()
    const [first, second] = [receive<Sample>(source), receive<Sample>(source)]
    await post(port, '{"a":1}')
    expect([first.values.length, second.values.length]).toEqual([1, 1])
    first.subscription.unsubscribe()
    second.subscription.unsubscribe()
  })
})

describe('several subscribers', () => {
  async function two() {
    const source = httpTrap({ secret, clock, ackTimeoutMs: 60_000 })
    const server = createServer(toNodeHandler(source)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const runs = [receive(source.batches({ maxInFlight: 1 })), receive(source.batches())] as const
    return { source, runs, port: (server.address() as AddressInfo).port }
  }

  it('must all acknowledge before a request is answered 200', async () => {
    const { runs, port } = await two()
    let answered = false
    const reply = post(port, '{"a":1}').then((answer) => {
      answered = true
      return answer
    })
    const [[first], [second]] = await Promise.all([runs[0].count(1), runs[1].count(1)])
    second?.ack()
    expect((await post(port, '{}')).status).toBe(503)
    expect(answered).toBe(false)
    first?.ack()
    expect((await reply).status).toBe(200)
    for (const { subscription } of runs) subscription.unsubscribe()
  })

  it('get none of a request for which one has no room', async () => {
    const { runs, port } = await two()
    const reply = post(port, '{"a":1}')
    await runs[0].count(1)
    expect((await post(port, '{"b":1}')).status).toBe(503)
    expect(runs[1].values).toHaveLength(1)
    for (const { values } of runs) values[0]?.ack()
    expect((await reply).status).toBe(200)
    for (const { subscription } of runs) subscription.unsubscribe()
  })

  it('make it 503 at once where one leaves before it has acknowledged', async () => {
    const { runs, port } = await two()
    const reply = post(port, '{"a":1}')
    const [[first]] = await Promise.all([runs[0].count(1), runs[1].count(1)])
    runs[1].subscription.unsubscribe()
    first?.ack()
    expect(await reply).toEqual({
      status: 503,
      body: { error: 'not acknowledged by a subscriber that left; send it again' },
    })
    runs[0].subscription.unsubscribe()
  })

  it('may leave with the last value: that is acknowledged', async () => {
    const { source, runs, port } = await two()
    for (const { subscription } of runs) subscription.unsubscribe()
    const value = firstOf(source)
    expect((await post(port, '{"a":1}')).status).toBe(200)
    expect((await value).value).toBe(1)
  })
})

describe('the port of httpTrap', () => {
  it.each([
    ['nothing', ''],
    ['half a head', `POST ${path} HTTP/1.1\r\n`],
    ['half a body', `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{`],
  ])('closes a connection that sends %s soon after the time-out', async (_, sent) => {
    const { port } = await trap({ requestTimeoutMs: 50 })
    const slow = await dial(port)
    slow.write(sent)
    await gone(slow.resume())
  })

  it('gives the coded error when it is taken', async () => {
    const { port } = await trap()
    await expect(firstOf(httpTrap({ secret, port }))).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
    })
  })

  it('is closed with its connections when unsubscribed from', async () => {
    const { received, port } = await trap()
    const lingering = await dial(port)
    const end = gone(lingering)
    received.subscription.unsubscribe()
    await end
    await closed()
    expect(openTcpHandles()).toEqual([])
  })

  it('refuses wrong options at the call, without showing the secret', () => {
    expect(() => httpTrap({ secret: 12_345_678 as never })).toThrow(/^(?!.*12345678)PROTOCOL_BAD_OPTION/)
    expect(() => httpTrap({ secret: '' })).toThrow('PROTOCOL_BAD_OPTION: option "secret"')
    expect(() => httpTrap({ secret, path: 'no-slash' })).toThrow('PROTOCOL_BAD_OPTION: option "path"')
    expect(() => httpTrap({ secret, maxDepth: 0 })).toThrow(/^(?!.*s3cr3t)/)
  })
})
