import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

import { describe, expect, it, onTestFinished } from 'vitest'

import { checks } from '../../../src/checks/checks.ts'
import { httpCheck } from '../../../src/checks/http/http-check.ts'
import type { HttpCheckOptions } from '../../../src/checks/http/http-check-options.ts'
import { series } from '../../../src/index.ts'
import { authority, strangeCertificate } from '../../certificates.ts'
import { closed, openTcpHandles, receive } from '../../sockets.ts'
import { look, measured, serve, serveBytes, serveSecure, steady } from './server.ts'

describe('httpCheck', () => {
  it('is good when status and body are, and measures', async () => {
    const url = await serve((request, response) => {
      response.end(`${request.method} ${String(request.headers['x-token'])} healthy`)
    })
    const result = await look({
      url,
      method: 'POST',
      headers: { 'X-Token': 'abc' },
      bodyMatch: /^POST abc healthy$/g,
      bodyMatches: { well: 'well', healthy: /healthy/ },
    })
    expect(result).toMatchObject({ check: `http:${url.slice(7)}/`, state: 'good', available: 'yes' })
    const number = expect.any(Number) as unknown
    expect(measured(result)).toEqual({
      code: 200,
      bytes: 16,
      body_match: 1,
      body_match_well: 0,
      body_match_healthy: 1,
      tt_connect: number,
      tt_firstbyte: number,
      'phase_ms|ST[phase:connect]': number,
      'phase_ms|ST[phase:first_byte]': number,
      'phase_ms|ST[phase:body]': number,
    })
  })

  it('sends what it was told, with the host of the URL', async () => {
    const url = await serve((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () =>
        response.end(JSON.stringify({ url: request.url, headers: request.headers, body })),
      )
    })
    const { samples } = await look({
      url: `${url}/a?b=c`,
      body: 'ä',
      headers: { 'user-agent': 'me' },
      extract: 'json',
    })
    const told = Object.fromEntries(samples.map(({ series, value }) => [series.metric, value]))
    expect(told).toMatchObject({
      url: '/a?b=c',
      body: 'ä',
      'headers`content-length': 2,
      'headers`host': url.slice(7),
      'headers`user-agent': 'me',
      'headers`accept-encoding': 'gzip, deflate, br',
      'headers`connection': 'close',
    })
  })

  it.each<readonly [string, HttpCheckOptions, number, string]>([
    ['a wrong status', { url: '' }, 500, 'expected status 200, got 500'],
    ['none of several', { url: '', expectStatus: [200, 204] }, 302, 'expected status 200 or 204, got 302'],
    ['a body without the text', { url: '', bodyMatch: 'all well' }, 200, 'the body does not match'],
    ['a body that does not match', { url: '', bodyMatch: /^well$/ }, 200, 'the body does not match'],
    ['a body too large', { url: '', maxBodyBytes: 3 }, 200, 'the body has more than 3 bytes'],
    [
      'a body that is no JSON',
      { url: '', extract: 'json' },
      200,
      'the body cannot be read: not JSON at 0: expected a JSON value',
    ],
  ])('is bad and available for %s', async (_, options, code, status) => {
    const url = await serve((_request, response) => response.writeHead(code).end('on fire'))
    const result = await look({ ...options, url })
    expect(result).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good', status })
    expect(measured(result)['code']).toBe(code)
  })

  it('takes one of several statuses, and answers without a body', async () => {
    const url = await serve((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { 'content-encoding': 'gzip' }).end()
      else response.writeHead(204).end()
    })
    expect(await look({ url, expectStatus: [200, 204] })).toMatchObject({ state: 'good' })
    expect(steady(await look({ url, method: 'HEAD' }))).toEqual({ code: 200, bytes: 0 })
  })

  it('takes the beginning of a longer body where it may, and says that it did', async () => {
    const url = await serve((_request, response) => response.end('0123456789'))
    const cut = await look({ url, truncate: true, maxBodyBytes: 4, bodyMatch: /^0123$/ })
    expect(cut.state).toBe('good')
    expect(steady(cut)).toEqual({ code: 200, bytes: 4, truncated: 1, body_match: 1 })
    expect(steady(await look({ url, truncate: true, maxBodyBytes: 10 }))).toMatchObject({
      bytes: 10,
      truncated: 0,
    })
  })

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', (text: string) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ])('decodes a body of %s, whole and cut', async (encoding, encode) => {
    const text = Array.from({ length: 5000 }, (_, at) => `line ${at * at}`).join('\n')
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(encode(text)),
    )
    expect(steady(await look({ url, bodyMatch: /^line 0\n.*\nline 24990001$/s }))).toEqual({
      code: 200,
      bytes: text.length,
      body_match: 1,
    })
    const cut = await look({ url, truncate: true, maxBodyBytes: 5000, bodyMatch: /^line 0\nline 1\n/ })
    expect(steady(cut)).toMatchObject({ bytes: 5000, truncated: 1, body_match: 1 })
    // So few bytes that what is encoded is cut as well.
    expect(await look({ url, truncate: true, maxBodyBytes: 500 })).toMatchObject({ state: 'good' })
  })

  it.each([
    ['what is no gzip', 'gzip', 'nonsense', /^the body from [\d.:]+ is not gzip: Z_DATA_ERROR$/],
    ['gzip that ends too soon', 'gzip', gzipSync('hello').subarray(0, -6), /is not gzip: Z_BUF_ERROR$/],
    [
      'another encoding',
      'secret',
      'x',
      /has an encoding that is not known here; known are gzip, deflate and br$/,
    ],
  ])('is bad for a body of %s', async (_, encoding, body, status) => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(body),
    )
    const result = await look({ url })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toMatch(status)
  })

  it('measures phases and certificate over TLS, and talks by the name of the host', async () => {
    const url = await serveSecure((_request, response) => response.end('secure'))
    const tls = { ca: authority }
    const result = await look({ url, tls })
    expect(result).toMatchObject({ state: 'good' })
    expect(measured(result)).toMatchObject({
      cert_subject: '/CN=server',
      cert_issuer: '/CN=Test CA',
      cert_end_in: expect.any(Number) as unknown,
      tt_tls: expect.any(Number) as unknown,
      'phase_ms|ST[phase:tls]': expect.any(Number) as unknown,
    })
    const byName = await look({ url: url.replace('127.0.0.1', 'localhost'), tls, family: 'ipv4' })
    expect(byName).toMatchObject({ state: 'good' })
    expect(measured(byName)).toHaveProperty('tt_resolve')
  })

  it('talks to an address of IPv6', async (context) => {
    const server = createServer((request, response) => response.end(request.headers.host))
    onTestFinished(() => void server.close())
    const isThere = await new Promise((resolve) => {
      server.on('error', () => resolve(false)).listen(0, '::1', () => resolve(true))
    })
    if (isThere === false) context.skip('no IPv6 here')
    const { port } = server.address() as AddressInfo
    const url = `http://[::1]:${port}`
    expect(await look({ url, bodyMatch: `[::1]:${port}` })).toMatchObject({ state: 'good' })
  })

  it('says nothing over a certificate that is not valid, and measures it', async () => {
    let asked = 0
    const url = await serveSecure((_request, response) => {
      asked += 1
      response.end()
    })
    const result = await look({ url, tls: { ca: strangeCertificate }, headers: { 'x-token': 'secret' } })
    expect(result).toMatchObject({ state: 'bad', available: 'yes' })
    expect(result.status).toMatch(/^the certificate of 127\.0\.0\.1:\d+ is not valid: /)
    expect(measured(result)).toHaveProperty('cert_error')
    expect(asked).toBe(0)
    expect(await look({ url, tls: { verify: false } })).toMatchObject({ state: 'good' })
  })

  it('takes a change of protocol as an answer', async () => {
    const url = await serveBytes(
      'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n\x01\x02',
    )
    const headers = { connection: 'upgrade', upgrade: 'x' }
    expect(steady(await look({ url, headers, expectStatus: 101 }))).toEqual({ code: 101, bytes: 0 })
    expect(await look({ url })).toMatchObject({ state: 'bad', status: 'expected status 200, got 101' })
  })

  it('says which body broke off, and keeps what was measured before', async () => {
    const url = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', true)
    const result = await look({ url })
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: `the body from ${url.slice(7)} broke off: ECONNRESET`,
    })
    expect(measured(result)).toMatchObject({ code: 200, tt_firstbyte: expect.any(Number) as unknown })
  })

  it('ends with its time-out, and closes its connection, when the server gives no answer or stops in its body', async () => {
    const listeners: RequestListener[] = [
      () => undefined,
      (_request, response) => void response.write('half'),
    ]
    for (const listener of listeners) {
      let ended: (() => void) | undefined
      const gone = new Promise<void>((resolve) => (ended = resolve))
      const url = await serve((request, response) => {
        request.socket.on('close', () => ended?.())
        listener(request, response)
      })
      const { values, subscription } = receive(
        checks([{ check: httpCheck({ url }), periodMs: 20, timeoutMs: 50 }]),
      )
      // A run may time out before it has reached the server; one of them does reach it.
      await gone
      subscription.unsubscribe()
      const result = values.find(({ reason }) => reason === 'timed-out')
      expect(result).toMatchObject({ state: 'bad', available: 'no' })
    }
    await closed()
  })

  it('has no answer when nothing listens or the connection breaks, and shows no user, password, path or query', async () => {
    // Nobody listens there: it takes root, and nothing has used it for decades.
    const port = 1
    const refused = await look({ url: `http://user:pass@127.0.0.1:${port}/token/abc?key=xyz` })
    expect(refused).toMatchObject({
      check: `http:127.0.0.1:${port}/token/abc`,
      state: 'bad',
      available: 'no',
      reason: 'no-answer',
      status: `no connection to 127.0.0.1:${port}: ECONNREFUSED`,
    })
    const broken = await serve((request) => request.socket.destroy())
    expect((await look({ url: broken })).status).toMatch(/^no answer from [\d.:]+: ECONNRESET$/)
    const garbage = await serveBytes('SSH-2.0-OpenSSH_9.2p1\r\n')
    expect(await look({ url: garbage })).toMatchObject({
      state: 'bad',
      available: 'yes',
      reason: 'not-good',
      status: `what ${garbage.slice(7)} answers is no HTTP: HPE_INVALID_CONSTANT`,
    })
  })

  it('leaves no connection open, whatever came of it', async () => {
    const before = openTcpHandles().length
    const url = await serve((request, response) => {
      response.end(request.url)
    })
    await look({ url })
    await look({ url: `${url}/long`, maxBodyBytes: 2 })
    await look({ url, expectStatus: 500 })
    // The server may have its end of the last one.
    await expect.poll(() => openTcpHandles().length).toBeLessThanOrEqual(before + 1)
  })

  it('names itself so that its name is a tag as it stands', () => {
    const { name, host } = httpCheck({ url: 'http://user@[::1]:1/a,b(c)?token=x' })
    expect([name, host]).toEqual(['http:_::1_:1/a_b_c_', '::1'])
    expect(httpCheck({ url: 'http://user@127.0.0.1:1/a,b[c]?token=x' }).name).toBe('http:127.0.0.1:1/a_b_c_')
    expect(series('available', { check: name }).key).toBe(`available|ST[check:${name}]`)
    const { name: long } = httpCheck({ url: `http://localhost/${'x'.repeat(500)}` })
    expect(series('available', { check: long }).tags['check']).toHaveLength(250)
  })

  it('searches a body of any length for an expression that would take for ever elsewhere', async () => {
    const url = await serve((_request, response) => response.end(`${'a'.repeat(200_000)}!`))
    expect(await look({ url, bodyMatch: /^(a+)+$/ })).toMatchObject({ status: 'the body does not match' })
    expect(await look({ url, bodyMatch: /^(A+)+!$/i })).toMatchObject({ state: 'good' })
  })

  it('lets others run while it searches, and ends at its time-out', async () => {
    const body = Array.from({ length: 1_000_000 }, (_, at) => ((at * at) % 7 < 3 ? 'a' : 'b')).join('')
    const url = await serve((_request, response) => response.end(body))
    // Of so many steps that a body of this length takes far longer than the check may.
    const slow = { url, bodyMatch: /c|a[ab]{1800}c/ }
    const steps: string[] = []
    const timer = setInterval(() => steps.push('other'), 5)
    const result = await look(slow, 200)
    clearInterval(timer)
    expect(result).toMatchObject({ reason: 'timed-out' })
    expect(steps.length).toBeGreaterThan(2)
  })

  it('reads a body whose characters are cut anywhere', async () => {
    const url = await serve((_request, response) => response.end('ä😀'.repeat(1000)))
    expect(await look({ url, bodyMatch: /^(?:ä😀){900}$/ })).toMatchObject({ state: 'bad' })
    expect(await look({ url, bodyMatch: /^(?:ä😀)+$/ })).toMatchObject({ state: 'good' })
  })

  it.each([
    [/(a)\1/, 'a back reference at character 4'],
    [/x(?!y)/, 'a look around at character 2'],
    [/"a": {/, 'Invalid regular expression'],
    [/a/y, 'the flags v and y are not taken'],
  ])('refuses %s at the call, and says why', (bodyMatch, why) => {
    expect(() => httpCheck({ url: 'http://localhost', bodyMatch })).toThrow(why)
    expect(() => httpCheck({ url: 'http://localhost', bodyMatches: { a: bodyMatch } })).toThrow(why)
  })

  it('refuses wrong options at the call, and shows no password', () => {
    const url = 'http://localhost'
    const wrong: unknown[] = [
      { url: 'ftp://localhost' },
      { url: 'nonsense' },
      { url, expectStatus: 99 },
      { url, expectStatus: [] },
      { url, method: 'no method' },
      { url, method: 'CONNECT' },
      { url, maxBodyBytes: 0 },
      { url, maxRedirects: 21 },
      { url, headers: { 'content-length': '3' } },
      { url, headers: { Trailer: 'expires' } },
      { url: 'http://us%3Aer:hidden@localhost/' },
      { url, headers: { 'x-token': 'a\r\nb' } },
      { url, basic: { user: 'a:b', password: 'hidden' } },
      { url, basic: { user: 'a', password: 4711 } },
      { url, basic: { user: 'a', password: 'hidden' }, digest: { user: 'a', password: 'hidden' } },
      { url: 'http://a:hidden@localhost', digest: { user: 'a', password: 'hidden' } },
      { url, extract: 'xml' },
      { url, tls: true },
      { url, bodyMatches: { a: 3 } },
    ]
    for (const options of wrong) {
      const check = (): unknown => httpCheck(options as HttpCheckOptions)
      expect(check).toThrow('PROTOCOL_BAD_OPTION')
      expect(check).not.toThrow(/hidden|4711/)
    }
  })
})
