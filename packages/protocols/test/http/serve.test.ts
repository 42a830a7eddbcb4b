import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest, type RequestOptions } from 'node:https'

import { describe, expect, it, onTestFinished } from 'vitest'

import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { serve, type ServeOptions } from '../../src/http/serve.ts'
import type { HttpSource } from '../../src/http/http-handler.ts'
import type { Sample } from '@tocsin/core'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate as cert,
  serverKey as key,
} from '../certificates.ts'
import { closed, gone, dial, openTcpHandles, portOf, receive } from '../sockets.ts'

const doors = (): readonly HttpSource<Sample>[] => [
  httpTrap({ secret: 'one', path: '/first' }),
  httpTrap({ secret: 'two', path: '/second' }),
]

async function serving(options: ServeOptions = {}, sources = doors()) {
  const source = serve({ port: 0, ...options }, sources)
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

async function post(port: number, path: string, options: RequestOptions = {}, isTls = false) {
  const own = { port, host: '127.0.0.1', path, method: 'POST', agent: false, ...options }
  const sent = isTls ? tlsRequest({ ca: authority, servername: 'localhost', ...own }) : plainRequest(own)
  sent.end('{"a":1}')
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return { status: response.statusCode, headers: response.headers }
}
const authorization = (text: string): RequestOptions => ({ headers: { authorization: text } })
const basicOf = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('one server for several sources', () => {
  it('gives each the paths that are its own, and 404 to others', async () => {
    const { source, received, port } = await serving()
    expect((await post(port, '/first/one')).status).toBe(200)
    expect((await post(port, '/second/two')).status).toBe(200)
    expect((await post(port, '/second/one')).status).toBe(403)
    expect((await post(port, '/third/one')).status).toBe(404)
    expect(received.values).toHaveLength(2)
    expect(source.stats).toMatchObject({ received: 3, refused: 1 })
  })

  it('closes all when it is left', async () => {
    const { received, port } = await serving()
    const lingering = gone(await dial(port))
    received.subscription.unsubscribe()
    await lingering
    await closed()
    expect(openTcpHandles()).toEqual([])
  })

  it.each([
    ['nowhere to listen', {}],
    ['auth of nobody', { port: 0, auth: {} }],
    ['an empty token', { port: 0, auth: { bearer: [''] } }],
    ['a user with a colon', { port: 0, auth: { basic: [{ user: 'a:b', password: 'c' }] } }],
    ['datagrams', { listen: ['udp://127.0.0.1:0'] }],
  ] as const)('is refused at the call with %s', (_, options) => {
    expect(() => serve(options, doors())).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('auth', () => {
  const auth = { bearer: ['open-sesame', 'other'], basic: [{ user: 'ali', password: 'baba:40' }] }

  it.each([
    ['a token', 'Bearer open-sesame'],
    ['another token', 'bearer other'],
    ['a token behind more blanks', 'Bearer  other'],
    ['a user with a password', basicOf('ali:baba:40')],
  ])('lets %s in', async (_, header) => {
    const { port } = await serving({ auth })
    expect((await post(port, '/first/one', authorization(header))).status).toBe(200)
  })

  it.each([
    ['nothing', undefined],
    ['a wrong token', 'Bearer open'],
    ['a longer token', 'Bearer open-sesame!'],
    ['a token in the wrong case', 'Bearer OPEN-SESAME'],
    ['a token as a user', basicOf('open-sesame:')],
    ['a user without a password', basicOf('ali:')],
    ['a wrong password', basicOf('ali:baba')],
    ['a user in the clear', 'Basic ali:baba:40'],
    ['another scheme', 'Digest open-sesame'],
    ['a scheme alone', 'Bearer'],
    ['a long header', `Bearer ${'x'.repeat(8000)}`],
  ])('answers 401 to %s, says how, and shows no secret', async (_, header) => {
    const { source, received, problems, port } = await serving({ auth })
    const { status, headers } = await post(
      port,
      '/first/one',
      header === undefined ? {} : authorization(header),
    )
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer, Basic realm="tocsin"'])
    expect([received.values, source.stats.refused]).toEqual([[], 1])
    expect(problems.values).toMatchObject([{ from: 'serve', reason: 'forbidden' }])
    expect(JSON.stringify(problems.values)).not.toMatch(/sesame|baba/)
  })

  it('asks for the secret of the source beside its own', async () => {
    const { port } = await serving({ auth })
    expect((await post(port, '/first/two', authorization('Bearer other'))).status).toBe(403)
  })

  it('of a source holds on a server for several too', async () => {
    const { received, port } = await serving({}, [
      httpTrap({ secret: 'one', path: '/first', auth: { bearer: ['mine'] } }),
      httpTrap({ secret: 'two', path: '/second', allow: ['10.0.0.0/8'] }),
    ])
    expect((await post(port, '/first/one')).status).toBe(401)
    expect((await post(port, '/first/one', authorization('Bearer mine'))).status).toBe(200)
    expect((await post(port, '/second/two')).status).toBe(403)
    expect(received.values).toHaveLength(1)
  })
})

describe('a server with TLS', () => {
  it('takes requests whose sender trusts its certificate', async () => {
    const { received, port } = await serving({ tls: { key, cert } })
    expect((await post(port, '/first/one', {}, true)).status).toBe(200)
    expect(received.values).toHaveLength(1)
  })

  it('with an authority takes those whom it has signed and no others', async () => {
    const { source, problems, port } = await serving({ tls: { key, cert, clientCa: authority } })
    const own = { key: clientKey, cert: clientCertificate }
    expect((await post(port, '/first/one', own, true)).status).toBe(200)
    await expect(post(port, '/first/one', {}, true)).rejects.toThrow()
    expect(await problems.count(1)).toMatchObject([{ reason: 'connection-failed' }])
    expect(source.stats).toMatchObject({ refused: 1, samples: 1 })
  })

  it('closes handshakes that do not come to their end', async () => {
    const { port } = await serving({ tls: { key, cert }, firstByteTimeoutMs: 30 })
    const silent = await dial(port)
    const half = await dial(port)
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]))
    await Promise.all([gone(silent.resume()), gone(half.resume())])
  })
})
