import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import {
  createServer as createSocketServer,
  type AddressInfo,
  type Server as NetServer,
  type Socket,
} from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { asyncScheduler } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { createHttpPost, type HttpPost } from '../../../src/sinks/http/http-post.ts'
import { defaultHttpSink, type ResolvedHttpSink } from '../../../src/sinks/http/http-sink-options.ts'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
  strangeCertificate,
  strangeKey,
} from '../../certificates.ts'
import { closed, freePort, openTcpHandles } from '../../sockets.ts'

const body = Buffer.from('load value=1\n')

async function listening(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A server over HTTP for one test. */
async function http(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return listening(server)
}

/** A server of bytes for one test: what it does when a connection has brought something. */
async function bytes(onData: (socket: Socket, text: string, count: number) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    let count = 0
    sockets.add(socket)
    socket
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .on('data', (chunk) => onData(socket, chunk.toString('latin1'), (count += 1)))
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return listening(server)
}

function posting(port: number, options: Partial<ResolvedHttpSink> = {}): HttpPost {
  const http = createHttpPost(
    { ...defaultHttpSink, url: `http://127.0.0.1:${port}/write?db=x`, ...options },
    asyncScheduler,
  )
  onTestFinished(() => http.close())
  return http
}

const read = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

/** What is said where there is no answer. */
const failure = async (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'it was answered',
    (error: unknown) => (error as Error).message,
  )

describe('a request', () => {
  it('has method, path, its own headers and length, and its answer has status, headers and text', async () => {
    const seen: unknown[] = []
    const port = await http((request, response) => {
      void read(request).then((text) => {
        const { method, url, headers } = request
        seen.push([method, url, headers['content-length'], headers['x-own'], headers['authorization'], text])
        response.setHeader('retry-after', '3')
        response.setHeader('set-cookie', ['a=1', 'b=2'])
        response.writeHead(503).end('busy')
      })
    })
    let token = 1
    const { post } = posting(port, {
      headers: () => ({ authorization: `Bearer ${token++}`, 'x-own': 'mine' }),
    })
    const answer = await post(body, { 'X-Own': 'its' })
    await post(body, {})
    const text = body.toString()
    expect(seen).toEqual([
      ['POST', '/write?db=x', '13', 'its', 'Bearer 1', text],
      ['POST', '/write?db=x', '13', 'mine', 'Bearer 2', text],
    ])
    expect([
      answer.status,
      answer.retryAfter,
      answer.text,
      answer.header('set-cookie'),
      answer.header('x'),
    ]).toEqual([503, '3', 'busy', 'a=1', undefined])
  })

  it('goes over the connection of the one before', async () => {
    const connections = new Set<unknown>()
    const port = await http((request, response) => {
      connections.add(request.socket)
      request.resume().on('end', () => response.writeHead(204).end())
    })
    const { post } = posting(port)
    for (let count = 0; count < 5; count += 1) expect((await post(body, {})).status).toBe(204)
    expect(connections.size).toBe(1)
  })

  it('is repeated at once where the kept connection was closed at that very moment, with all of its body', async () => {
    const bodies: string[] = []
    let connections = 0
    const port = await bytes((socket, text, count) => {
      if (count === 1) connections += 1
      // It had decided to close before it saw the second request.
      if (count === 2) socket.resetAndDestroy()
      else {
        bodies.push(text.slice(text.indexOf('\r\n\r\n') + 4))
        socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      }
    })
    const { post } = posting(port)
    for (let count = 0; count < 4; count += 1) expect((await post(body, {})).status).toBe(204)
    expect([connections, bodies.every((text) => text === body.toString())]).toEqual([4, true])
  })

  it('is not repeated where a new connection breaks, nor where an answer has begun', async () => {
    let requests = 0
    const port = await bytes((socket) => {
      requests += 1
      socket.resetAndDestroy()
    })
    expect(await failure(posting(port).post(body, {}))).toContain('gave no answer')
    let halves = 0
    const other = await bytes((socket, _, count) => {
      if (count === 1) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      else {
        halves += 1
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
      }
    })
    const { post } = posting(other)
    await post(body, {})
    expect(await failure(post(body, {}))).toContain('gave no answer')
    expect([requests, halves]).toEqual([1, 1])
  })
})

describe('an answer that is none', () => {
  const cases: readonly (readonly [string, (socket: Socket) => void, string])[] = [
    ['never comes', () => undefined, 'nothing came within 300 ms'],
    ['ends in its header', (socket) => socket.end('HTTP/1.1 204 No Con'), 'gave no answer'],
    [
      'breaks off in its header',
      (socket) => socket.write('HTTP/1.1 204', () => socket.resetAndDestroy()),
      'gave no answer',
    ],
    [
      'ends in its body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
      'the answer broke off',
    ],
    [
      'ends in a chunk',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe'),
      'the answer broke off',
    ],
    [
      'stands still in its body',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
      'nothing came within 300 ms',
    ],
    ['is no HTTP', (socket) => socket.write('220 mail.example ESMTP\r\n'), 'Parse Error'],
    [
      'switches protocols',
      (socket) => socket.write('HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
      'gave no answer',
    ],
    [
      'goes on in its header',
      (socket) => pour(socket, 'HTTP/1.1 200 OK\r\n', `X-Flood: ${'x'.repeat(1000)}\r\n`),
      'Header overflow',
    ],
    [
      'is one interim answer after another',
      (socket) => pour(socket, '', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(20), 5),
      'nothing came within 300 ms',
    ],
    [
      'never ends',
      (socket) =>
        pour(
          socket,
          'HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n',
          `3e8\r\n${'x'.repeat(1000)}\r\n`,
        ),
      'its answer does not end',
    ],
    [
      'comes a byte at a time',
      (socket) => pour(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', 'x', 10),
      'nothing came within 300 ms',
    ],
  ]

  it.each(cases)('since it %s is a failure in time, and frees its connection', async (_, serve, said) => {
    const port = await bytes((socket, _text, count) => {
      if (count === 1) serve(socket)
    })
    // How long the sink bears an answer without an end is a matter of its bytes.
    const { post, close } = posting(port, { timeoutMs: said === 'its answer does not end' ? 30_000 : 300 })
    const message = await failure(post(body, { authorization: 'Token secret' }))
    expect(message).toContain(said)
    expect(message).toMatch(/^127\.0\.0\.1:\d+ gave no answer: /)
    expect(message).not.toContain('secret')
    close()
  })

  it('since nobody listens is a failure', async () => {
    const { post } = posting(await freePort('tcp'))
    expect(await failure(post(body, {}))).toContain('ECONNREFUSED')
  })

  it('since the headers cannot be made or sent is a failure that shows none of them', async () => {
    const port = await http((_, response) => response.end())
    const bad = posting(port, { headers: () => ({ authorization: 'Bearer \u0000secret' }) })
    expect(await failure(bad.post(body, {}))).toMatch(/invalid character in header/i)
    expect(await failure(bad.post(body, {}))).not.toContain('secret')
    const thrown = posting(port, {
      headers: () => {
        throw new Error('no token yet')
      },
    })
    expect(await failure(thrown.post(body, {}))).toContain('no token yet')
  })

  it('is kept to its start', async () => {
    const port = await http((_, response) => response.writeHead(500).end('x'.repeat(100_000)))
    const { text, status } = await posting(port).post(body, {})
    expect([status, text.length]).toEqual([500, 16 * 1024])
  })
})

/** Writes as fast as it is read, or every so many ms, until the connection is gone. */
function pour(socket: Socket, start: string, more: string, everyMs?: number): void {
  socket.write(start)
  const next = (): void => {
    if (socket.destroyed) return
    // A write that is given up is called back too.
    if (everyMs !== undefined) socket.write(more, () => socket.destroyed || setTimeout(next, everyMs))
    else if (socket.write(more)) setImmediate(next)
    else socket.once('drain', next)
  }
  next()
}

describe('a large body', () => {
  it('that is answered before it is read is answered, so that one that is too large is known as that', async () => {
    const port = await http((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large')
    })
    const { post } = posting(port)
    const answer = await post(Buffer.alloc(8 * 1024 * 1024, 120), {})
    expect([answer.status, answer.text]).toEqual([413, 'too large'])
  })

  it('that is read slowly takes no longer than the time there is', async () => {
    const port = await bytes((socket) => void socket.pause())
    expect(
      await failure(posting(port, { timeoutMs: 300 }).post(Buffer.alloc(32 * 1024 * 1024), {})),
    ).toContain('nothing came within 300 ms')
  })
})

describe('over TLS', () => {
  const tls = { ca: authority, cert: clientCertificate, key: clientKey }
  async function secure(cert = serverCertificate, key = serverKey): Promise<string> {
    const server = createSecureServer(
      { cert, key, ca: authority, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        const peer = (
          request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
        ).getPeerCertificate()
        request.resume().on('end', () => response.end(peer.subject.CN))
      },
    )
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    return `https://127.0.0.1:${await listening(server)}/`
  }

  it('it shows its certificate to one whose authority it knows', async () => {
    const { post } = posting(0, { url: await secure(), tls })
    expect((await post(body, {})).text).toBe('client')
    expect((await post(body, {})).text).toBe('client')
  })

  it.each([
    ['trusts nobody else', strangeCertificate, strangeKey, tls, /self.signed|certificate/],
    [
      'trusts only who is named',
      serverCertificate,
      serverKey,
      { cert: clientCertificate, key: clientKey },
      /certificate/,
    ],
    [
      'is nobody without a certificate',
      serverCertificate,
      serverKey,
      { ca: authority },
      /certificate required|ECONNRESET|socket hang up|alert/,
    ],
  ])('it %s', async (_, cert, key, own, said) => {
    const { post } = posting(0, { url: await secure(cert, key), tls: own, timeoutMs: 3000 })
    expect(await failure(post(body, {}))).toMatch(said)
  })
})

describe('closing', () => {
  it('gives up what is under way, frees all, and lets nothing be sent any more', async () => {
    let requests = 0
    const port = await http(() => (requests += 1))
    const before = openTcpHandles().length
    const { post, close } = posting(port)
    const sent = failure(post(body, {}))
    while (requests === 0) await sleep(5)
    close()
    expect(await sent).toContain('gave no answer')
    // A body that was packed meanwhile.
    expect(await failure(post(body, {}))).toContain('it was closed')
    await closed()
    await sleep(20)
    expect([requests, openTcpHandles().length <= before]).toEqual([1, true])
  })

  it('frees a connection that is only kept', async () => {
    let kept: Socket | undefined
    const port = await http((request, response) => {
      kept = request.socket
      request.resume().on('end', () => response.writeHead(204).end())
    })
    const { post, close } = posting(port)
    await post(body, {})
    const gone = once(kept as Socket, 'close')
    close()
    await gone
  })
})
