import { brotliCompressSync, constants, deflateRawSync, gzipSync } from 'node:zlib'
import { createServer as createTcpServer } from 'node:net'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { closed, openTcpHandles } from '../../sockets.ts'
import { look, measured, pour, serve, serveSocket, steady } from './server.ts'

const ok = 'HTTP/1.1 200 OK\r\n'

/** How often others could run in the time of a run. */
async function turnsDuring<T>(run: () => Promise<T>): Promise<{ result: T; turns: number }> {
  let turns = 0
  const timer = setInterval(() => (turns += 1), 5)
  try {
    return { result: await run(), turns }
  } finally {
    clearInterval(timer)
  }
}

describe('httpCheck and a hostile server', () => {
  it('reads an endless body no further than its limit', async () => {
    const url = await serveSocket((socket) => {
      socket.write(`${ok}\r\n`)
      pour(socket, 'x'.repeat(1000))
    })
    expect(await look({ url, maxBodyBytes: 50_000 })).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'the body has more than 50000 bytes',
    })
  })

  it.each([
    [
      'chunks whose frames are all there is',
      `${ok}transfer-encoding: chunked\r\n\r\n`,
      `1;${'x'.repeat(9000)}\r\na\r\n`,
    ],
    ['answers before the answer', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('reads no endless %s', async (_, begin, more) => {
    const url = await serveSocket((socket) => {
      socket.write(begin)
      pour(socket, more)
    })
    const result = await look({ url, maxBodyBytes: 10_000 })
    expect(result.reason).not.toBe('timed-out')
    expect(result.state).toBe('bad')
  })

  it('says of answers before the answer that there were too many', async () => {
    const url = await serveSocket((socket) => pour(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)))
    expect(await look({ url })).toMatchObject({
      state: 'bad',
      available: 'yes',
      reason: 'not-good',
      status: `${url.slice(7)} sent more than 16 answers of status 1xx`,
    })
  })

  it.each([
    ['one endless header', () => 'x'.repeat(1000)],
    ['endless headers', () => `x-header: ${'x'.repeat(20)}\r\n`],
    ['an endless line of status', () => 'x'],
  ])('reads no %s', async (_, make) => {
    const url = await serveSocket((socket) => {
      socket.write(make() === 'x' ? 'HTTP/1.1 200 ' : `${ok}x: `)
      pour(socket, make().repeat(100))
    })
    expect(await look({ url })).toMatchObject({
      state: 'bad',
      available: 'yes',
      reason: 'not-good',
      status: `what ${url.slice(7)} answers is no HTTP: HPE_HEADER_OVERFLOW`,
    })
  })

  it.each([
    ['gzip', gzipSync(Buffer.alloc(20_000_000))],
    ['deflate', deflateRawSync(Buffer.alloc(20_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(20_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })],
  ])('unpacks of a bomb of %s no more than its limit', async (encoding, bomb) => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
    )
    const before = process.memoryUsage().arrayBuffers
    const result = await look({ url })
    expect(result).toMatchObject({ state: 'bad', status: 'the body has more than 1048576 bytes' })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
    expect(steady(await look({ url, truncate: true }))).toEqual({ code: 200, bytes: 1_048_576, truncated: 1 })
    // The control: it is a bomb.
    expect(steady(await look({ url, maxBodyBytes: 30_000_000 }))).toEqual({ code: 200, bytes: 20_000_000 })
  })

  it('takes a body in a million chunks of a byte as it does any other', async () => {
    const chunks = '1\r\na\r\n'.repeat(20_000)
    const url = await serveSocket((socket) => {
      socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`)
      socket.end(`${chunks}0\r\n\r\n`)
    })
    expect(steady(await look({ url, bodyMatch: /^a{2}/ }))).toMatchObject({ bytes: 20_000 })
  })

  it.each([
    ['the head', 'HTTP/1.1 200 OKx'],
    ['a header', `${ok}x-header: `],
    ['the body', `${ok}\r\n`],
    ['a chunk', `${ok}transfer-encoding: chunked\r\n\r\nffff\r\n`],
  ])('ends by its time-out, and closes, where %s drips', async (_, begin) => {
    let gone: (() => void) | undefined
    const closing = new Promise<void>((resolve) => (gone = resolve))
    const url = await serveSocket((socket) => {
      socket.write(begin.slice(0, -1))
      const timer = setInterval(() => socket.write(begin.slice(-1)), 5)
      socket.on('close', () => {
        clearInterval(timer)
        gone?.()
      })
    })
    const result = await look({ url }, 150)
    expect(result).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    await closing
  })

  it('ends by its time-out where TLS never comes, and tells how far it was', async () => {
    const url = await serveSocket(() => undefined, 'https')
    const result = await look({ url }, 150)
    expect(result).toMatchObject({ reason: 'timed-out' })
    expect(measured(result)).toHaveProperty('tt_connect')
    expect(measured(result)).not.toHaveProperty('tt_tls')
  })

  it('has no TLS with a server that speaks in clear, or breaks off in its handshake', async () => {
    for (const said of [`${ok}\r\n`, '\x16\x03\x03\x00']) {
      const url = await serveSocket((socket) => socket.end(said), 'https')
      const result = await look({ url })
      expect(result).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
      expect(result.status).toMatch(/^no TLS with 127\.0\.0\.1:\d+: /)
    }
  })

  it('has no answer where the connection is broken off at any byte of the head', async () => {
    const head = `${ok}content-length: 2\r\n\r\n`
    for (let at = 0; at < head.length; at += 3) {
      const url = await serveSocket((socket) => socket.end(head.slice(0, at)))
      expect(await look({ url })).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
    }
  })

  it('ends by itself, with each series once, whatever a server sends before it closes', async () => {
    const pieces = [
      ...['200 OK', '101 X', '103 X', '204 X', '302 X', '401 X', '999 X'].map(
        (line) => `HTTP/1.1 ${line}\r\n`,
      ),
      ...['upgrade: x\r\nconnection: upgrade', 'content-length: 3', 'transfer-encoding: chunked'],
      ...['content-encoding: gzip', 'location: /', 'location: http://[', 'location: https://127.0.0.1:1/'],
      'www-authenticate: Digest realm="r", nonce="n"',
      ...['\r\n', '\r\n\r\n', 'abc', '3\r\nabc\r\n', '0\r\n\r\n', '\0', '{ "code": 1 }'],
    ].map((piece) => (/^[a-z-]+: /.test(piece) ? `${piece}\r\n` : piece))
    let said = ''
    const url = await serveSocket((socket) => socket.end(said))
    const options = {
      url,
      maxRedirects: 3,
      digest: { user: 'me', password: 'hidden' },
      extract: 'json',
    } as const
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...pieces), { maxLength: 8 }),
        fc.boolean(),
        async (sent, isAnswer) => {
          said = (isAnswer ? ok : '') + sent.join('')
          const result = await look(options)
          expect(result.reason).not.toBe('timed-out')
          expect(Object.values(measured(result)).filter(Array.isArray)).toEqual([])
        },
      ),
      { numRuns: Number(process.env['FC_NUM_RUNS'] ?? 100) },
    )
  })

  it('takes only what came of a body that is broken off, and extracts nothing of it', async () => {
    for (const body of ['', '{ "a": 1', '{ "a": 1 }']) {
      const url = await serveSocket((socket) => socket.end(`${ok}content-length: 11\r\n\r\n${body}`))
      const result = await look({ url, extract: 'json', bodyMatch: '' })
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expect(steady(result)).toEqual({ code: 200 })
    }
  })

  it('lets others run while it reads a page of many values', async () => {
    const page = `{${Array.from({ length: 9000 }, (_, at) => `"${'n'.repeat(80)}${at}":${at}`).join(',')}}`
    const url = await serve((_request, response) => response.end(page))
    const { result, turns } = await turnsDuring(() => look({ url, extract: 'json' }))
    expect(result).toMatchObject({ state: 'good' })
    expect(turns).toBeGreaterThan(2)
  })

  it('leaves nothing open after all that', async () => {
    await closed()
    const server = createTcpServer()
    const before = openTcpHandles().length
    const url = await serveSocket((socket) => socket.end('x'))
    await look({ url })
    await expect.poll(() => openTcpHandles().length).toBeLessThanOrEqual(before + 1)
    server.close()
  })
})
