import { createServer } from 'node:net'
import type { Socket } from 'node:net'

import { BehaviorSubject, takeWhile, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { notify } from '../../src/index.ts'
import type { FaultSignal, Notification, Policy, Severity } from '../../src/index.ts'
import { secret, webhookHeartbeat, webhookNotifier } from '../../src/webhook.ts'
import type { WebhookNotifierOptions } from '../../src/webhook.ts'
import { authority, clientCertificate, clientKey } from '../support/certificates.ts'
import { notification } from '../support/notification.ts'
import { freePort, httpReceiver, listen, proxy } from '../support/servers.ts'
import { changed, opened } from '../support/signals.ts'

const never = (): AbortSignal => new AbortController().signal

const send = async (options: WebhookNotifierOptions): Promise<unknown> => {
  try {
    await webhookNotifier({ allow: 'private', ...options }).send(notification(), never())
    return 'sent'
  } catch (error) {
    return error
  }
}

/** A server that does what it likes with each connection. */
async function raw(on: (socket: Socket) => void): Promise<{ url: string; sockets: Set<Socket> }> {
  const { port, sockets } = await listen(createServer(on))
  return { url: `http://127.0.0.1:${port}/hooks/hidden-path`, sockets }
}

const failure = (facts: object): object => ({
  code: 'NOTIFY_DELIVERY_FAILED',
  facts: expect.objectContaining(facts),
})
const drained = async (sockets: Set<Socket>): Promise<void> => {
  while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('a receiver of webhooks', () => {
  it('that refuses the connection got nothing, surely', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    expect(await send({ url })).toMatchObject(failure({ failure: 'transient', arrived: 'no' }))
    expect(await send({ url: 'http://nowhere.invalid' })).toMatchObject(failure({ arrived: 'no' }))
  })

  it('that resets the connection may have got it', async () => {
    const { url } = await raw((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await send({ url })).toMatchObject(failure({ failure: 'transient', arrived: 'perhaps' }))
  })

  it('that takes the connection and never the request back is left in time', async () => {
    const { url, sockets } = await raw((socket) => socket.resume())
    expect(await send({ url, timeoutMs: 50 })).toMatchObject(failure({ arrived: 'perhaps' }))
    await drained(sockets)
  })

  it('that answers letter by letter, in its head or its body, is left in time', async () => {
    const slowly =
      (text: string) =>
      (socket: Socket): void => {
        let at = 0
        const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 5)
        socket.on('close', () => clearInterval(timer))
      }
    const head = await raw(slowly('x-endless: 1\r\n'))
    expect(await send({ url: head.url, timeoutMs: 100 })).toMatchObject(failure({ failure: 'transient' }))
    await drained(head.sockets)
    const body = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n')
      slowly('x')(socket)
    })
    // The status came; what follows changes nothing, and is not waited for.
    expect(await send({ url: body.url, timeoutMs: 100 })).toBe('sent')
    await drained(body.sockets)
  })

  it('that has a head without end is left', async () => {
    const { url, sockets } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const more = (): void => {
        while (!socket.destroyed && socket.write(`x-more: ${'y'.repeat(1000)}\r\n`));
        if (!socket.destroyed) socket.once('drain', more)
      }
      more()
    })
    expect(await send({ url })).toMatchObject(failure({ failure: 'transient' }))
    await drained(sockets)
  })

  it('that speaks something else got it perhaps', async () => {
    const { url } = await raw((socket) => socket.end('220 mail.example.com ESMTP\r\n'))
    expect(await send({ url })).toMatchObject(failure({ failure: 'transient' }))
  })

  it('that redirects is not followed', async () => {
    const elsewhere = await httpReceiver()
    const { url } = await httpReceiver((_, response) =>
      response.writeHead(307, { location: elsewhere.url }).end(),
    )
    expect(await send({ url })).toMatchObject(failure({ failure: 'permanent', status: 307 }))
    expect(elsewhere.received).toEqual([])
  })

  it('sees one connection for one message after the other, and at most 64 for many at a time', async () => {
    const waiting: (() => void)[] = []
    const { url, connections, received } = await httpReceiver((_, response) => {
      if (received.length <= 3) response.end()
      else waiting.push(() => response.end())
    })
    const notifier = webhookNotifier({ url, allow: 'private' })
    for (let index = 0; index < 3; index++) await notifier.send(notification(), never())
    expect(connections()).toBe(1)
    const all = Array.from({ length: 200 }, () => notifier.send(notification(), never()))
    while (waiting.length < 64) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(connections()).toBe(64)
    const timer = setInterval(() => waiting.splice(0).forEach((answer) => answer()), 1)
    await Promise.all(all).finally(() => clearInterval(timer))
    expect([connections(), received.length]).toEqual([64, 203])
  })

  it('that closes a connection at the moment of its next use is told over another one at once', async () => {
    let requests = 0
    const { url, sockets } = await raw((socket) => {
      socket.on('data', () => {
        requests++
        // The first request of a connection is answered; the next one finds it closed.
        if (socket.bytesWritten > 0) socket.resetAndDestroy()
        else socket.write('HTTP/1.1 204 No Content\r\n\r\n')
      })
    })
    const notifier = webhookNotifier({ url, allow: 'private' })
    await notifier.send(notification(), never())
    await new Promise((resolve) => setTimeout(resolve, 10))
    await notifier.send(notification(), never())
    expect(requests).toBe(3)
    expect(sockets.size).toBe(1)
  })
})

describe('a receiver that breaks a kept connection may have read the request, whatever becomes of its repeat', () => {
  /** Takes one request, breaks the connection at the next, and then does this with every further one. */
  const breaking = async (then: (socket: Socket) => void): Promise<unknown> => {
    let requests = 0
    const server = createServer((socket) =>
      socket.on('data', () => {
        requests += 1
        if (requests === 1) socket.write('HTTP/1.1 204 No Content\r\n\r\n')
        else if (requests === 2) {
          // Who breaks a connection and refuses the next one is gone.
          if (then === gone) server.close()
          socket.destroy()
        } else then(socket)
      }),
    )
    const { port } = await listen(server)
    const notifier = webhookNotifier({ url: `http://127.0.0.1:${port}`, allow: 'private' })
    await notifier.send(notification(), never())
    const error = await notifier.send(notification(), never()).catch((reason: unknown) => reason)
    expect(requests).toBe(then === gone ? 2 : 3)
    return error
  }
  const gone = (): void => undefined
  const answering = (status: string) => (socket: Socket) => {
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`)
  }

  it.each([
    ['400 Bad Request', 'permanent'],
    ['429 Too Many Requests', 'rate-limited'],
    ['503 Service Unavailable', 'transient'],
  ])('that is answered with %s', async (status, expected) => {
    expect(await breaking(answering(status))).toMatchObject(
      failure({ failure: expected, status: Number(status.slice(0, 3)), arrived: 'perhaps' }),
    )
  })

  it('that cannot be sent, or whose connection breaks too', async () => {
    const unknown = failure({ failure: 'transient', arrived: 'perhaps' })
    expect(await breaking(gone)).toMatchObject(unknown)
    expect(await breaking((socket) => socket.destroy())).toMatchObject(unknown)
  })

  it('and is told again of what holds, where the repeat was refused for good and all is as it was before', async () => {
    const answers = ['takes', 'breaks', 'refuses']
    const { url, received } = await httpReceiver((request, response) => {
      const answer = answers.shift() ?? 'takes'
      if (answer === 'breaks') request.socket.destroy()
      else response.writeHead(answer === 'takes' ? 200 : 400).end()
    })
    const policy: Policy = { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] }
    const notifiers = { pager: webhookNotifier({ url, allow: 'private' }) }
    const start = Date.now()
    const signals = new BehaviorSubject<FaultSignal>(opened(start))
    const change = (after: number, severity: Severity): void =>
      signals.next(changed(start + after, severity, { openedAt: start }))
    await signals
      .pipe(
        notify(policy, { notifiers, maxDelayMs: 10 }),
        tap((event) => {
          if (event.type === 'delivered' && event.kind === 'alert') change(1, 3)
          if (event.type === 'dead') change(2, 2)
        }),
        takeWhile((event) => event.type !== 'delivered' || event.kind === 'alert'),
      )
      .forEach(() => undefined)
    const severities = received.map(
      (text) => (JSON.parse(text.split('\n\n')[1] ?? '') as Notification).severity,
    )
    expect(severities).toEqual([2, 3, 3, 2])
  })
})

describe('an address', () => {
  it.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'http://[::1]:9/',
    'http://10.1.2.3/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:169.254.169.254]/',
    'http://[64:ff9b::7f00:1]/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0/',
  ])('such as %s is not dialled unless it is allowed', async (url) => {
    expect(await send({ url, allow: undefined })).toMatchObject({
      code: 'NOTIFY_ADDRESS_REFUSED',
      facts: { failure: 'permanent', arrived: 'no' },
    })
  })

  it('of a machine that gives out credentials is not dialled as a private one', async () => {
    expect(await send({ url: 'http://169.254.169.254/' })).toMatchObject({ code: 'NOTIFY_ADDRESS_REFUSED' })
  })

  it('is dialled where its network is allowed, and no other', async () => {
    const { url } = await httpReceiver()
    expect(await send({ url, allow: ['127.0.0.0/8'] })).toBe('sent')
    expect(await send({ url, allow: ['10.0.0.0/8'] })).toMatchObject({ code: 'NOTIFY_ADDRESS_REFUSED' })
  })
})

describe('over TLS a webhook', () => {
  it('reaches a server of an authority that is named, and no other', async () => {
    const { url, received } = await httpReceiver(undefined, {})
    expect(await send({ url })).toMatchObject(failure({ failure: 'transient', arrived: 'no' }))
    expect(received).toEqual([])
    expect(await send({ url, ca: authority })).toBe('sent')
    expect(await send({ url: url.replace('127.0.0.1', 'localhost'), ca: authority })).toBe('sent')
    expect(received).toHaveLength(2)
  })

  it('does not reach a server of another name', async () => {
    const { url, received } = await httpReceiver(undefined, {})
    const other = url.replace('127.0.0.1', 'receiver.example')
    const through = await proxy()
    expect(await send({ url: other, ca: authority, proxy: through.url })).toMatchObject(
      failure({ failure: 'transient', arrived: 'no' }),
    )
    expect(through.requests).toHaveLength(1)
    expect(received).toEqual([])
  })

  it('shows its own certificate to a server that asks for it', async () => {
    const { url, received } = await httpReceiver(undefined, { ca: authority, requestCert: true })
    expect(await send({ url, ca: authority })).toMatchObject(failure({ failure: 'transient' }))
    expect(await send({ url, ca: authority, cert: clientCertificate, key: Buffer.from(clientKey) })).toBe(
      'sent',
    )
    expect(received).toHaveLength(1)
  })
})

describe('by a proxy a webhook', () => {
  it.each([undefined, {}])('goes through a tunnel, in clear and over TLS (%o)', async (tls) => {
    const { url, requests } = await proxy()
    const { url: to, received } = await httpReceiver(undefined, tls)
    const notifier = webhookNotifier({ url: to, ca: authority, proxy: url, allow: ['127.0.0.1'] })
    await notifier.send(notification(), never())
    await notifier.send(notification(), never())
    expect(received).toHaveLength(2)
    // One tunnel, which is kept.
    expect(requests).toHaveLength(1)
    expect(requests[0]).toContain(`proxy-authorization: Basic ${Buffer.from('user:p@ss').toString('base64')}`)
    expect(received[0]).not.toContain('proxy-authorization')
  })

  it('leaves names to the proxy', async () => {
    const { url, requests } = await proxy()
    const { url: to, received } = await httpReceiver()
    const named = to.replace('127.0.0.1', 'receiver.example')
    expect(await send({ url: named, proxy: secret(() => url) })).toBe('sent')
    expect(requests[0]).toMatch(/^CONNECT receiver\.example:\d+ HTTP\/1\.1\r\n/)
    expect(received).toHaveLength(1)
  })

  it('dials neither a proxy nor a host that is not allowed', async () => {
    const { url, requests } = await proxy()
    const refused = { code: 'NOTIFY_ADDRESS_REFUSED' }
    expect(await send({ url: 'http://receiver.example', proxy: url, allow: [] })).toMatchObject(refused)
    expect(await send({ url: 'http://10.0.0.1', proxy: url, allow: ['127.0.0.1'] })).toMatchObject(refused)
    expect(await send({ url: 'http://x.localhost', proxy: url, allow: [] })).toMatchObject(refused)
    expect(requests).toEqual([])
  })

  it.each([
    ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'permanent'],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'permanent'],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'transient'],
    ['SSH-2.0-x\r\n\r\n', 'transient'],
    ['x'.repeat(100_000), 'transient'],
  ])('that answers with %.20s fails, and nothing arrived', async (answer, expected) => {
    const { url } = await proxy(answer)
    const error = await send({ url: 'http://receiver.example', proxy: url })
    expect(error).toMatchObject(failure({ failure: expected, arrived: 'no' }))
    expect(String(error)).toMatch(/the proxy answered with/)
  })

  it('that says nothing is left in time', async () => {
    const { url } = await proxy('')
    expect(await send({ url: 'http://receiver.example', proxy: url, timeoutMs: 50 })).toMatchObject(
      failure({ failure: 'transient', arrived: 'no' }),
    )
  })
})

describe('secrets of a webhook', () => {
  it('are read for each attempt', async () => {
    const { url, received } = await httpReceiver()
    let turn = 0
    const token = secret(async () => `token-${++turn}`)
    const notifier = webhookNotifier({
      url: secret(() => url),
      headers: { 'X-Token': token },
      allow: 'private',
    })
    await notifier.send(notification(), never())
    await notifier.send(notification(), never())
    expect(received.map((each) => /x-token: (.*)/.exec(each)?.[1])).toEqual(['token-1', 'token-2'])
  })

  it('that are missing may come, and those that cannot be used may not', async () => {
    const { url, received } = await httpReceiver()
    expect(await send({ url: secret('env:TOCSIN_TEST_NOT_SET') })).toMatchObject({
      code: 'NOTIFY_SECRET_MISSING',
      facts: { failure: 'transient', arrived: 'no' },
    })
    const wrong: WebhookNotifierOptions[] = [
      { url: secret(() => 'ftp://hidden.example') },
      { url, secret: secret(() => 'hidden') },
      { url, headers: { authorization: secret(() => 'hidden\r\nx: y') } },
    ]
    for (const options of wrong) {
      const error = await send(options)
      expect(error).toMatchObject(failure({ failure: 'permanent', arrived: 'no' }))
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hidden')
    }
    expect(received).toEqual([])
  })

  it('that never come are waited for no longer than the attempt', async () => {
    const url = secret(() => new Promise<string>(() => undefined))
    expect(await send({ url, timeoutMs: 20 })).toMatchObject(failure({ failure: 'transient', arrived: 'no' }))
  })
})

describe('a heartbeat', () => {
  it('is a request without a body, and says whether it was taken', async () => {
    const { url, received } = await httpReceiver()
    await webhookHeartbeat({ url, allow: 'private' }).send(never())
    await webhookHeartbeat({ url, allow: 'private', method: 'GET' }).send(never())
    expect(received.map((each) => each.split('\n')[0])).toEqual([
      'POST /hooks/hidden-path',
      'GET /hooks/hidden-path',
    ])
    expect(received[0]).toMatch(/content-length: 0[^]*\n\n$/)
    const refusing = await httpReceiver((_, response) => response.writeHead(500).end())
    await expect(
      webhookHeartbeat({ url: refusing.url, allow: 'private' }).send(never()),
    ).rejects.toMatchObject(failure({ status: 500 }))
    await expect(webhookHeartbeat({ url }).send(never())).rejects.toMatchObject({
      code: 'NOTIFY_ADDRESS_REFUSED',
    })
  })

  it('has a time, and refuses what it does not know', () => {
    expect(webhookHeartbeat({ url: 'https://example.com', everyMs: 5000 }).everyMs).toBe(5000)
    expect(() => webhookHeartbeat({ url: 'nothing' })).toThrow('NOTIFY_BAD_OPTION')
    expect(() => webhookHeartbeat({ url: 'https://example.com', method: 'PUT' as 'GET' })).toThrow(
      'NOTIFY_BAD_OPTION',
    )
  })
})
