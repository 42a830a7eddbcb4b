import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'

import { filter } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { CheckResult } from '../../src/checks/check.ts'
import { checks } from '../../src/checks/checks.ts'
import { httpCheck, type HttpCheckOptions } from '../../src/checks/http-check.ts'
import { series } from '../../src/index.ts'
import { firstOf, receive } from '../sockets.ts'

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The first result of a run of a check; ticks that come while it runs are skipped. */
const look = (options: HttpCheckOptions, timeoutMs = 5000): Promise<CheckResult> =>
  firstOf(
    checks([{ check: httpCheck(options), periodMs: 20, timeoutMs }]).pipe(
      filter(({ reason }) => reason !== 'missed' && reason !== 'still-running'),
    ),
  )

/** A server that sends these bytes to each request, and closes where told. */
async function serveBytes(bytes: string, close = false): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (close ? socket.end(bytes) : socket.write(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('httpCheck', () => {
  it('ends at once when the server goes over to another protocol', async () => {
    const url = await serveBytes('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
    expect(await look({ url })).toMatchObject({
      state: 'bad',
      status: `no answer from ${url.slice(7)}: it went over to another protocol`,
    })
  })

  it('says which body broke off, and keeps what was measured before', async () => {
    const url = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', true)
    const { status, samples } = await look({ url })
    expect(status).toBe(`the body from ${url.slice(7)} broke off: ECONNRESET`)
    expect(samples.map(({ series }) => series.key)).toEqual(['code', 'tt_firstbyte'])
  })

  it('is ok when status and body are, and measures', async () => {
    const url = await serve((request, response) => {
      response.end(`${request.method} ${String(request.headers['x-token'])} healthy`)
    })
    const result = await look({
      url,
      method: 'POST',
      headers: { 'x-token': 'abc' },
      bodyMatch: /^POST abc healthy$/g,
    })
    expect(result).toMatchObject({ check: `http:${url.slice(7)}/`, state: 'good' })
    const measured = Object.fromEntries(result.samples.map(({ series, value }) => [series.key, value]))
    expect(measured).toEqual({ code: 200, bytes: 16, tt_firstbyte: expect.any(Number) })
  })

  it.each([
    ['a wrong status', {}, 500, 'expected status 200, got 500'],
    ['none of several', { expectStatus: [200, 204] }, 302, 'expected status 200 or 204, got 302'],
    ['a body without the text', { bodyMatch: 'all well' }, 200, 'the body does not match'],
    ['a body that does not match', { bodyMatch: /^well$/ }, 200, 'the body does not match'],
    ['a body too large', { maxBodyBytes: 3 }, 200, 'the body has more than 3 bytes'],
  ])('fails for %s', async (_, options, code, status) => {
    const url = await serve((_request, response) => response.writeHead(code).end('on fire'))
    expect(await look({ url, ...options })).toMatchObject({ state: 'bad', reason: 'not-good', status })
  })

  it('takes one of several statuses', async () => {
    const url = await serve((_request, response) => response.writeHead(204).end())
    expect(await look({ url, expectStatus: [200, 204] })).toMatchObject({ state: 'good' })
  })

  it('reads an endless body no further than its limit', async () => {
    const url = await serve((_request, response) => {
      const pour = (): void => void response.write('x'.repeat(1000), () => setImmediate(pour))
      pour()
    })
    expect(await look({ url, maxBodyBytes: 50_000 })).toMatchObject({
      status: 'the body has more than 50000 bytes',
    })
  })

  it.each([
    ['gives no answer', (() => undefined) satisfies RequestListener],
    ['stops in its body', ((_request, response) => void response.write('half')) satisfies RequestListener],
  ])('times out, and closes its connection, when the server %s', async (_, listener) => {
    let ended: (() => void) | undefined
    const closed = new Promise<void>((resolve) => (ended = resolve))
    const url = await serve((request, response) => {
      request.socket.on('close', () => ended?.())
      listener(request, response)
    })
    const options = { check: httpCheck({ url }), periodMs: 20, timeoutMs: 50 }
    const { values, subscription } = receive(checks([options]))
    // A run may time out before it has reached the server; one of them does reach it.
    await closed
    subscription.unsubscribe()
    expect(values.find(({ reason }) => reason !== 'missed' && reason !== 'still-running')).toMatchObject({
      state: 'bad',
      reason: 'timed-out',
    })
  })

  it('fails when nothing listens or the connection breaks, and shows no user, password, path or query', async () => {
    // Nobody listens there: it takes root, and nothing has used it for decades.
    const port = 1
    const url = `http://user:pass@127.0.0.1:${port}/token/abc?key=xyz`
    const refused = await look({ url })
    expect(refused).toMatchObject({
      check: `http:127.0.0.1:${port}/token/abc`,
      state: 'bad',
      reason: 'threw',
      status: `no answer from 127.0.0.1:${port}: ECONNREFUSED`,
    })
    const broken = await serve((request) => request.socket.destroy())
    expect((await look({ url: broken })).status).toMatch(/^no answer from [\d.:]+: ECONNRESET$/)
  })

  it('names itself so that its name is a tag as it stands', () => {
    const { name } = httpCheck({ url: 'http://user@127.0.0.1:1/a,b[c]?token=x' })
    expect(name).toBe('http:127.0.0.1:1/a_b_c_')
    expect(series('available', { check: name }).key).toBe(`available|ST[check:${name}]`)
    const { name: long } = httpCheck({ url: `http://localhost/${'x'.repeat(500)}` })
    expect(series('available', { check: long }).tags.check).toHaveLength(250)
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
    const slow = httpCheck({ url, bodyMatch: /c|a[ab]{1800}c/ })
    const steps: string[] = []
    const timer = setInterval(() => steps.push('other'), 5)
    const result = await firstOf(checks([{ check: slow, periodMs: 200, timeoutMs: 60 }]))
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
  })

  it('refuses wrong options at the call', () => {
    const url = 'http://localhost'
    for (const options of [
      { url: 'ftp://localhost' },
      { url: 'nonsense' },
      { url, expectStatus: 99 },
      { url, expectStatus: [] },
      { url, method: 'no method' },
      { url, maxBodyBytes: 0 },
    ]) {
      expect(() => httpCheck(options)).toThrow('PROTOCOL_BAD_OPTION')
    }
  })
})
