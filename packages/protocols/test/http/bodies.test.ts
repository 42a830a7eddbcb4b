import { once } from 'node:events'
import { request, type IncomingMessage, type RequestOptions } from 'node:http'
import { Readable } from 'node:stream'
import { deflateSync, gzipSync } from 'node:zlib'

import { describe, expect, it, onTestFinished } from 'vitest'

import { decoderFor, readBody } from '../../src/http/read-body.ts'
import { httpTrap, type HttpTrapOptions } from '../../src/http-trap/http-trap.ts'
import { dial, gone, portOf, receive } from '../sockets.ts'

async function trap(options: Partial<HttpTrapOptions> = {}) {
  const source = httpTrap({ secret: 'x', port: 0, ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

async function post(port: number, body: Buffer | string, headers: RequestOptions['headers'] = {}) {
  const sent = request({
    ...{ port, host: '127.0.0.1', path: '/module/httptrap/x', method: 'POST', agent: false, headers },
  })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const text = (await response.setEncoding('utf8').toArray()).join('')
  return { status: response.statusCode, error: (JSON.parse(text) as { error?: string }).error }
}

/** Sends bytes as they are, and gives all that is answered. */
async function raw(port: number, ...pieces: readonly string[]): Promise<string> {
  const socket = await dial(port)
  socket.setEncoding('latin1').on('error', () => undefined)
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  for (const piece of pieces) socket.write(piece, 'latin1')
  await gone(socket)
  return answer
}
const head = (...lines: readonly string[]): string =>
  ['POST /module/httptrap/x HTTP/1.1', 'host: x', 'connection: close', ...lines, '', ''].join('\r\n')

/** As many as a mesh or a cluster puts on each series. */
const longLabels = Array.from(
  { length: 24 },
  (_, at) => `label_${at}="workload-${at}.namespace.svc.cluster.local"`,
).join()

const limits = { maxBodyBytes: 1 << 20, maxDecodedBytes: 1 << 20 }
const budgetOf = (maxPendingBytes = 1 << 30) => ({ pendingBytes: 0, maxPendingBytes })

describe('a packed body', () => {
  it.each([
    ['gzip', gzipSync('{"a":1}')],
    ['x-gzip', gzipSync('{"a":1}')],
    [' GZIP ', gzipSync('{"a":1}')],
    ['deflate', deflateSync('{"a":1}')],
    ['identity', Buffer.from('{"a":1}')],
  ])('of %j is unpacked', async (encoding, body) => {
    const { source, received, port } = await trap()
    expect(await post(port, body, { 'content-encoding': encoding })).toMatchObject({ status: 200 })
    expect(received.values).toMatchObject([{ series: { key: 'a' }, value: 1 }])
    expect(source.stats.bytes).toBe(7)
  })

  it.each([['br'], ['gzip, gzip'], ['zstd']])('of %j is refused', async (encoding) => {
    const { port } = await trap()
    expect(await post(port, gzipSync('{"a":1}'), { 'content-encoding': encoding })).toMatchObject({
      status: 415,
    })
  })

  it.each([
    ['is cut off', gzipSync('{"a":1}').subarray(0, 20)],
    ['is damaged', Buffer.from(gzipSync('{"a":1}')).fill(0xff, 12, 16)],
    ['is empty', Buffer.alloc(0)],
  ])('that %s is answered 400', async (_, body) => {
    const { port } = await trap()
    expect(await post(port, body, { 'content-encoding': 'gzip' })).toMatchObject({ status: 400 })
  })

  it.each([
    // Quickly made: of equal members, or packed less well than it could be.
    ['gzip', () => Buffer.concat(Array<Buffer>(12).fill(gzipSync(Buffer.alloc(16 << 20, ' '))))],
    ['deflate', () => deflateSync(Buffer.alloc(192 << 20, ' '), { level: 1 })],
  ])('of %s that is a bomb is refused before it is in memory', async (encoding, pack) => {
    const { source, port, problems } = await trap({ maxDecodedBytes: 1 << 20 })
    const bomb = pack()
    expect(bomb.length).toBeLessThan(1 << 20)
    const before = process.memoryUsage.rss()
    expect(await post(port, bomb, { 'content-encoding': encoding })).toMatchObject({
      status: 413,
      error: 'an unpacked body has at most 1048576 bytes',
    })
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 << 20)
    expect(problems.values).toMatchObject([{ reason: 'body-too-large' }])
    expect(source.stats.bytes).toBe(0)
  })

  it.each([
    [
      'a page of histograms at rest',
      (at: number) =>
        `request_duration_milliseconds_bucket{${longLabels},code="${200 + (Math.floor(at / 20) % 4)}",le="${at % 20}"} 0\n`,
    ],
    [
      'lines of one series that stays',
      (at: number) => `cpu,${longLabels.replaceAll('"', '')} value=0i ${1_700_000_000 + at * 10}\n`,
    ],
    ['a list of equal values', () => '200,'],
  ])('of %s is no bomb, though it unpacks to a hundred times its bytes', async (_, part) => {
    const page = Array.from({ length: 6000 }, (_, at) => part(at)).join('')
    const packed = gzipSync(page)
    expect(page.length / packed.length).toBeGreaterThan(100)
    const decoder = decoderFor('gzip') ?? 'none'
    const wide = { ...limits, maxDecodedBytes: 8 << 20 }
    const body = await readBody(Readable.from([packed]), packed.length, decoder, wide, budgetOf())
    expect(Buffer.from(body).toString()).toBe(page)
  })

  it('unpacks no more of a bomb than it may keep', async () => {
    const decoder = decoderFor('gzip')
    if (decoder === undefined || decoder === 'none') throw new Error('no decoder')
    const unpacked = decoder()
    let made = 0
    unpacked.on('data', (chunk: Buffer) => (made += chunk.length))
    const bomb = gzipSync(Buffer.alloc(64 << 20))
    const fault = await readBody(Readable.from([bomb]), bomb.length, () => unpacked, limits, budgetOf())
    expect(fault).toBe('decoded-too-large')
    await new Promise(setImmediate)
    expect(made).toBeLessThan(limits.maxDecodedBytes + (1 << 18))
  })
})

describe('a body', () => {
  it('in chunks of a byte takes the memory of its bytes, not of its chunks', async () => {
    const count = 200_000
    const one = (async function* () {
      await Promise.resolve()
      // Each is a view of its own of a large buffer, as Node's parser of HTTP gives them.
      const shared = new Uint8Array(65_536)
      for (let at = 0; at < count; at += 1) yield shared.subarray(at % 65_536, (at % 65_536) + 1)
    })()
    const before = process.memoryUsage().arrayBuffers
    const budget = budgetOf()
    const body = await readBody(Readable.from(one), 0, 'none', limits, budget)
    expect(body).toHaveLength(count)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 << 20)
    expect(budget.pendingBytes).toBe(0)
  })

  it('that says a length and brings none of it holds nothing', async () => {
    const body = new Readable({ read: () => undefined })
    const budget = budgetOf()
    const read = readBody(body, limits.maxBodyBytes, 'none', limits, budget)
    expect(budget.pendingBytes).toBe(0)
    body.destroy()
    expect(await read).toBe('truncated')
  })

  it('that is shorter than it says is told of when the connection breaks', async () => {
    const { problems, source, port } = await trap()
    const socket = await dial(port)
    socket.write(`${head('content-length: 100')}{"a":1}`)
    await expect.poll(() => source.stats.received).toBe(1)
    socket.destroy()
    expect(await problems.count(1)).toMatchObject([{ reason: 'truncated' }])
  })

  it('that is longer than it says is no request behind the first', async () => {
    const { received, port } = await trap()
    const answer = await raw(port, `${head('content-length: 7')}{"a":1}{"b":2}`)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(received.values).toHaveLength(1)
  })

  it.each([
    [
      'both a length and chunks',
      ['content-length: 7', 'transfer-encoding: chunked'],
      '7\r\n{"a":1}\r\n0\r\n\r\n',
    ],
    ['two lengths', ['content-length: 7', 'content-length: 8'], '{"a":1}'],
    ['a length that is none', ['content-length: seven'], '{"a":1}'],
    ['a chunk of no length', ['transfer-encoding: chunked'], 'z\r\n{"a":1}\r\n0\r\n\r\n'],
  ])('with %s is answered 400, counted and told of', async (_, headers, body) => {
    const { source, received, problems, port } = await trap()
    expect(await raw(port, head(...headers) + body)).toMatch(/^HTTP\/1.1 400 /)
    expect(problems.values).toContainEqual(
      expect.objectContaining({ reason: 'malformed', message: expect.stringContaining('not HTTP') }),
    )
    expect(source.stats.refused).toBeGreaterThan(0)
    expect(received.values).toEqual([])
  })

  it('in chunks over the limit is refused, also where no chunk is', async () => {
    const { port } = await trap({ maxBodyBytes: 10 })
    const chunks = '1\r\n \r\n'.repeat(11)
    expect(await raw(port, `${head('transfer-encoding: chunked')}${chunks}0\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 /,
    )
  })
})

describe('a sender', () => {
  it('of headers without end is answered 431 and told of', async () => {
    const { source, problems, port } = await trap()
    const flood = Array.from({ length: 2000 }, (_, at) => `x-${at}: ${'y'.repeat(20)}`)
    expect(await raw(port, head(...flood))).toMatch(/^HTTP\/1.1 431 /)
    expect(problems.values).toMatchObject([{ reason: 'malformed', message: expect.stringMatching(/16 kB/) }])
    expect(source.stats.refused).toBe(1)
  })

  it('of a byte now and then is cut off when its request is late, and told of', async () => {
    const { problems, port } = await trap({ requestTimeoutMs: 80 })
    const socket = await dial(port)
    socket.on('error', () => undefined).write(head('content-length: 1000'))
    const drip = setInterval(() => socket.write(' '), 5)
    await gone(socket.resume())
    clearInterval(drip)
    expect(problems.values.map(({ reason }) => reason)).toContain('too-slow')
  })

  it('who reads no answer is closed all the same', async () => {
    const { port } = await trap({ requestTimeoutMs: 40, ackTimeoutMs: 40 })
    const socket = await dial(port)
    socket.on('error', () => undefined).pause()
    const ended = new Promise((resolve) => socket.once('close', resolve))
    // Refused again and again, until the answers fill both ends' buffers and nothing is taken any more.
    const one = 'POST /module/httptrap/wrong HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'.repeat(1000)
    const more = (): void => {
      while (!socket.destroyed && socket.write(one)) {
        // As long as it is taken.
      }
    }
    socket.on('drain', more)
    more()
    await ended
  })

  it('of many requests at once on one connection gets as many answers', async () => {
    const { received, port } = await trap()
    const one = 'POST /module/httptrap/x HTTP/1.1\r\nhost: x\r\ncontent-length: 7\r\n\r\n{"a":1}'
    const answer = await raw(port, one.repeat(20) + head('content-length: 7') + '{"a":1}')
    expect(answer.match(/HTTP\/1.1 200 /g)).toHaveLength(21)
    expect(received.values).toHaveLength(21)
  })
})
