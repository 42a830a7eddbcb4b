import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { Refused } from '../server/refused.ts'
import { findFiles } from '../server/static.ts'
import { isOwnHost, startWebServer } from '../server/web-server.ts'
import type { Answer, WebServerParts } from '../server/web-server.ts'

describe('the host that a request names', () => {
  it.each(['127.0.0.1:8080', '192.0.2.7:8080', '[::1]:8080', '[2001:db8::1]', 'localhost:8080', 'localhost'])(
    "may be %s where all addresses are listened on, as an address is nobody's name",
    (asked) => expect(isOwnHost(asked, '0.0.0.0')).toBe(true),
  )

  it('may be the name that is listened on, in the small letters that browsers send', () => {
    expect(isOwnHost('box.local:8080', 'Box.Local')).toBe(true)
    expect(isOwnHost('Box.Local:8080', 'box.local')).toBe(true)
  })

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '[evil]', '', undefined])(
    'may not be %s',
    (asked) => expect(isOwnHost(asked, '0.0.0.0')).toBe(false),
  )
})

const token = 'a-token'
/** For what comes at once where the machine is not busy. */
const patience = 30_000
let folder = ''
let port = 0
let close = async (): Promise<void> => undefined
const taken = vi.fn<(body: unknown) => Promise<Answer>>()
const question = vi.fn<(query: URLSearchParams) => object>()
const failed = vi.fn()
const served = vi.fn()
const trap = vi.fn<WebServerParts['trap']>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'))
  await mkdir(join(folder, 'charts'))
  await writeFile(join(folder, 'index.html'), '<title>page</title>')
  await writeFile(join(folder, 'charts', 'plot.js'), 'export {}')
  await writeFile(join(folder, 'secret.pem'), 'secret')
  const web = await startWebServer({
    host: '127.0.0.1',
    port: 0,
    trap,
    metrics: (_request, _response, next) => next(),
    health: () => ({ status: 'ok', sources: 'ok', journal: 'ok', rollups: 'ok', pipeline: 'ok' }),
    files: await findFiles(folder),
    live: {
      serve: (response, viewer, after) => {
        served(viewer, after)
        response.end()
      },
    },
    token,
    questions: new Map([['/api/state', question]]),
    posts: new Map([['/api/commands', taken]]),
    failed,
  })
  port = web.port
  close = () => web.close()
})
afterAll(async () => {
  await close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  vi.clearAllMocks()
  taken.mockResolvedValue({ status: 200, body: {} })
  question.mockReturnValue({ told: true })
  trap.mockImplementation((_request, _response, next) => next())
})

interface Reply {
  readonly status: number
  readonly text: string
  readonly body: Readonly<Record<string, unknown>>
}

/** By Node's own client: fetch lets nobody say where he comes from. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json' && text !== ''
        const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
        resolve({ status: response.statusCode ?? 0, text, body: json })
      })
    })
    // What is refused before it was read whole ends the connection.
    sent.on('error', reject).end(body)
  })
}

/** Bytes that no client would send, and the status lines that come back until the server ends the connection. */
function sendRaw(text: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text)).setEncoding('utf8')
    socket.on('data', (chunk: string) => (answer += chunk)).on('error', reject)
    socket.on('close', () => resolve(answer.match(/HTTP\/1.1 \d+/g) ?? []))
  })
}

const json = { 'content-type': 'application/json', 'x-tocsin-token': token }
const command = (headers: Record<string, string>, body = '{"type":"a"}'): Promise<Reply> =>
  send('POST', '/api/commands', headers, body)

describe('what is posted', () => {
  it('is taken from the page, and from a program that has the token', async () => {
    expect(await command(json)).toMatchObject({ status: 200, body: {} })
    const fromPage = { ...json, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' }
    expect(await command(fromPage)).toMatchObject({ status: 200 })
    expect(await command({ ...json, 'content-type': 'application/json; charset=utf-8' })).toMatchObject({
      status: 200,
    })
    expect(taken.mock.calls).toEqual([[{ type: 'a' }], [{ type: 'a' }], [{ type: 'a' }]])
  })

  it.each<[string, Record<string, string>, number, string]>([
    ['another site', { ...json, origin: 'http://evil.example' }, 403, 'foreign'],
    ['another port', { ...json, origin: 'http://127.0.0.1:1' }, 403, 'foreign'],
    ['a frame without an origin', { ...json, origin: 'null' }, 403, 'foreign'],
    ['another site, as the browser says', { ...json, 'sec-fetch-site': 'cross-site' }, 403, 'foreign'],
    ['a sister site, as the browser says', { ...json, 'sec-fetch-site': 'same-site' }, 403, 'foreign'],
    ['nobody known', { 'content-type': 'application/json' }, 403, 'token'],
    ['somebody with a wrong token', { ...json, 'x-tocsin-token': 'b-token' }, 403, 'token'],
    ['somebody with a part of the token', { ...json, 'x-tocsin-token': 'a-toke' }, 403, 'token'],
    ['a form', { ...json, 'content-type': 'text/plain' }, 415, 'content-type'],
    ['one who does not say what it is', { 'x-tocsin-token': token }, 415, 'content-type'],
  ])('is refused from %s', async (_, headers, status, reason) => {
    const reply = await command(headers)
    expect(reply).toMatchObject({ status, body: { reason } })
    expect(reply.body['error']).toMatch(/^[A-Z].*\.$/)
    expect(taken).not.toHaveBeenCalled()
  })

  it('is refused with where the token is to be had, and with what makes one old', async () => {
    const withoutToken = await command({ 'content-type': 'application/json' })
    expect(withoutToken.body['error']).toBe('The header x-tocsin-token is missing; /api/state has it.')
    const withWrong = await command({ ...json, 'x-tocsin-token': 'b-token' })
    expect(withWrong.body['error']).toBe('The page is older than this run of the observatory; load it again.')
  })

  it.each([
    ['no JSON', '{', 'not-json'],
    ['nothing', '', 'not-json'],
    ['a list', '[]', 'not-an-object'],
    ['null', 'null', 'not-an-object'],
    ['a text', '"a"', 'not-an-object'],
  ])('is refused where it is %s', async (_, body, reason) => {
    expect(await command(json, body)).toMatchObject({ status: 400, body: { reason } })
    expect(taken).not.toHaveBeenCalled()
  })

  it('is refused above 64 KiB, said or found on the way', async () => {
    const fits = JSON.stringify({ text: 'x'.repeat(65_000) })
    expect(await command(json, fits)).toMatchObject({ status: 200 })
    const large = JSON.stringify({ text: 'x'.repeat(66_000) })
    expect(await command({ ...json, 'content-length': String(large.length) }, large)).toMatchObject({
      status: 413,
      body: { reason: 'too-large' },
    })
    expect(await command({ ...json, 'transfer-encoding': 'chunked' }, large)).toMatchObject({ status: 413 })
    expect(taken).toHaveBeenCalledTimes(1)
  })

  it('is answered with the reason of whoever refuses it', async () => {
    taken.mockRejectedValue(new Refused(409, 'It has ended.', { reason: 'ended', endedAt: 5 }))
    expect(await command(json)).toMatchObject({
      status: 409,
      body: { error: 'It has ended.', reason: 'ended', endedAt: 5 },
    })
    expect(failed).not.toHaveBeenCalled()
  })
})

describe('what is asked', () => {
  it('is answered by GET, and by HEAD without the answer', async () => {
    expect(await send('GET', '/api/state?a=b')).toMatchObject({ status: 200, body: { told: true } })
    expect(question.mock.calls[0]?.[0].get('a')).toBe('b')
    expect(await send('HEAD', '/api/state')).toMatchObject({ status: 200, text: '' })
  })

  it.each([
    ['POST', '/api/state'],
    ['GET', '/api/commands'],
    ['HEAD', '/api/live'],
    ['DELETE', '/'],
  ])('is refused by %s %s', async (method, path) => {
    expect((await send(method, path)).status).toBe(405)
    expect([question, taken, served].map((one) => one.mock.calls.length)).toEqual([0, 0, 0])
  })

  it('is answered with a sentence where a part fails, without what the system says about its files', async () => {
    const error = Object.assign(new Error('EIO: /home/somebody/secret'), { code: 'EIO' })
    question.mockImplementation(() => { throw error }) // prettier-ignore
    expect(await send('GET', '/api/state')).toMatchObject({
      status: 500,
      body: { error: 'A part of the observatory failed (EIO); its console says more.' },
    })
    expect(failed).toHaveBeenCalledWith('/api/state', error)
  })

  it.each(['*:99999', '*%', '*@[', '/%zz', '//', '/api/state/../secret.pem'])(
    'may be %s, which is nothing here',
    async (target) => {
      const head = 'host: 127.0.0.1\r\nconnection: close\r\n\r\n'
      expect(await sendRaw(`GET ${target} HTTP/1.1\r\n${head}`)).toEqual(['HTTP/1.1 404'])
    },
  )

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ 'sec-fetch-site': 'none' }, 200],
  ])('is what a page of another site cannot make this machine work on: %j', async (headers, status) => {
    const paths = ['/api/state', '/api/live?viewer=one']
    const replies = await Promise.all(paths.map((path) => send('GET', path, headers)))
    expect(replies.map((reply) => reply.status)).toEqual([status, status])
    const asked = status === 200 ? 1 : 0
    expect([question, served].map((one) => one.mock.calls.length)).toEqual([asked, asked])
  })

  it('is refused under a foreign name', async () => {
    expect((await send('GET', '/api/state', { host: 'evil.example' })).status).toBe(403)
  })
})

describe('the stream', () => {
  it('goes on behind the last id that the browser knows, else behind what the page says', async () => {
    await send('GET', '/api/live?viewer=one&after=run-1')
    await send('GET', '/api/live?viewer=one&after=run-1', { 'last-event-id': 'run-2' })
    await send('GET', '/api/live?viewer=one')
    expect(served.mock.calls).toEqual([
      ['one', 'run-1'],
      ['one', 'run-2'],
      ['one', undefined],
    ])
  })
})

describe('the stream, behind another request of its connection,', () => {
  const request = (path: string, more = ''): string =>
    `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${more}\r\n`
  const state = request('/api/state')
  const live = request('/api/live?viewer=one')
  const lastLive = request('/api/live?viewer=two', 'connection: close\r\n')
  let answerState: () => void = () => undefined
  beforeEach(() => {
    question.mockImplementation(() => new Promise((resolve) => (answerState = () => resolve({}))))
  })

  it('waits until that is answered, as a browser asks before the end of an answer is noticed here', async () => {
    const answered = sendRaw(state + lastLive)
    await vi.waitFor(() => expect(question).toHaveBeenCalledTimes(1), patience)
    expect(served).not.toHaveBeenCalled()
    answerState()
    expect(await answered).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200'])
    expect(served).toHaveBeenCalledExactlyOnceWith('two', undefined)
  })

  it('is not served to one who has left by then', async () => {
    const socket = connect(port, '127.0.0.1', () => socket.write(state + live))
    await vi.waitFor(() => expect(question).toHaveBeenCalledTimes(1), patience)
    const gone = new Promise((resolve) => trap.mock.lastCall?.[0].socket.once('close', resolve))
    socket.destroy()
    await gone
    answerState()
    expect((await send('HEAD', '/')).status).toBe(200)
    expect(served).not.toHaveBeenCalled()
  })

  it('is refused where one waits already', async () => {
    const answered = sendRaw(state + live + lastLive)
    await vi.waitFor(() => expect(question).toHaveBeenCalledTimes(1), patience)
    answerState()
    expect(await answered).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400'])
    expect(served).toHaveBeenCalledExactlyOnceWith('one', undefined)
  })
})

describe('the files of the page', () => {
  it.each([
    ['/', '<title>page</title>'],
    ['/index.html', '<title>page</title>'],
    ['/charts/plot.js', 'export {}'],
  ])('are served at %s', async (path, text) => {
    expect(await send('GET', path)).toMatchObject({ status: 200, text })
    expect(await send('HEAD', path)).toMatchObject({ status: 200, text: '' })
  })

  it.each([
    '/secret.pem',
    '/charts',
    '/charts/',
    '/../package.json',
    '/charts/%2e%2e/secret.pem',
    '/__proto__',
  ])('do not include %s', async (path) => expect((await send('GET', path)).status).toBe(404))

  it('are gone with a 500 where somebody took them away, and not with half an answer', async () => {
    await writeFile(join(folder, 'gone.js'), '1')
    const files = await findFiles(folder)
    expect(files.has('/gone.js')).toBe(true)
    await rm(join(folder, 'charts', 'plot.js'))
    expect((await send('GET', '/charts/plot.js')).status).toBe(500)
    expect(failed).toHaveBeenCalledTimes(1)
  })
})
