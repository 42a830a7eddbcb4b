import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'

import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import type { ListenOptions } from '../../src/listening/listen-options.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import {
  authority,
  clientCertificate,
  clientKey,
  serverCertificate,
  serverKey,
  strangeCertificate,
  strangeKey,
} from '../certificates.ts'
import { closed, dial, gone, openTcpHandles, portOf, receive } from '../sockets.ts'

const tls = { key: serverKey, cert: serverCertificate }

async function listening(options: ListenOptions) {
  const source = graphite({ port: 0, transport: 'tls', tls, ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

function dialTls(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority, ...options })
  socket.on('error', () => undefined)
  return socket
}

describe('a listener of TLS', () => {
  it('takes lines whose sender trusts its certificate, and closes all in the end', async () => {
    const { source, received, port } = await listening({})
    const sender = dialTls(port)
    await once(sender, 'secureConnect')
    expect(sender.authorized).toBe(true)
    sender.write('a 1 -1\n')
    await received.count(1)
    expect(source.stats).toMatchObject({ connections: 1, refused: 0 })
    const end = gone(sender.resume())
    received.subscription.unsubscribe()
    await end
    await closed()
    expect(openTcpHandles()).toEqual([])
  })

  it('refuses whoever speaks no TLS, tells of it, and serves others', async () => {
    const { source, received, problems, port } = await listening({})
    const plain = await dial(port)
    plain.write('a 1 -1\n')
    await gone(plain.resume())
    expect(await problems.count(1)).toMatchObject([
      { reason: 'connection-failed', message: expect.stringContaining('TLS handshake failed') },
    ])
    expect(source.stats.refused).toBe(1)
    dialTls(port).end('b 1 -1\n')
    expect(await received.count(1)).toMatchObject([{ series: { key: 'b' } }])
  })

  const mutual = { tls: { ...tls, clientCa: authority } }
  it('with an authority takes those whom it has signed', async () => {
    const { received, port } = await listening(mutual)
    dialTls(port, { key: clientKey, cert: clientCertificate }).end('a 1 -1\n')
    expect(await received.count(1)).toMatchObject([{ series: { key: 'a' } }])
  })

  it.each([
    ['no certificate', {}],
    ['one of another authority', { key: strangeKey, cert: strangeCertificate }],
  ])('with an authority refuses senders with %s, who bring nothing', async (_, own) => {
    const { source, received, problems, port } = await listening(mutual)
    const sender = dialTls(port, own)
    sender.end('a 1 -1\n')
    await gone(sender.resume())
    expect(await problems.count(1)).toMatchObject([
      { reason: 'connection-failed', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    ])
    expect(source.stats).toMatchObject({ refused: 1, samples: 0 })
    dialTls(port, { key: clientKey, cert: clientCertificate }).end('b 1 -1\n')
    expect(await received.count(1)).toMatchObject([{ series: { key: 'b' } }])
  })

  it('closes a connection that begins no handshake, or never ends it', async () => {
    const { port } = await listening({ firstByteTimeoutMs: 30 })
    const silent = await dial(port)
    const half = await dial(port)
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]))
    await Promise.all([gone(silent.resume()), gone(half.resume())])
  })

  it('closes one that is silent behind its handshake', async () => {
    const { problems, port } = await listening({ idleTimeoutMs: 300 })
    await gone(dialTls(port).resume())
    expect(problems.values).toMatchObject([{ reason: 'too-slow' }])
  })

  it('tells apart senders who use one port of theirs for two of ours', async () => {
    const source = statsd({ listen: ['tcp://127.0.0.1:0', 'tls://127.0.0.1:0'], tls, idleTimeoutMs: 60_000 })
    const received = receive(source)
    onTestFinished(() => received.subscription.unsubscribe())
    const ports = receive(source.listening)
    const [tcp, secure] = await ports.count(2)
    const localPort = 20_000 + (process.pid % 10_000)
    const plain = connectTcp({ port: tcp?.port ?? 0, host: '127.0.0.1', localPort })
    await once(plain, 'connect')
    const below = connectTcp({ port: secure?.port ?? 0, host: '127.0.0.1', localPort })
    await once(below, 'connect')
    plain.destroy()
    await gone(plain)
    await closed()
    connect({ socket: below, servername: 'localhost', ca: authority }).end('a:1|c\n')
    expect(await received.count(1)).toMatchObject([{ series: { key: 'a' } }])
  })

  it.each([
    ['no certificate', undefined],
    ['a certificate that is none', { key: serverKey, cert: 'nothing' }],
    ['a key of another certificate', { key: strangeKey, cert: serverCertificate }],
    ['an authority that is none', { ...tls, clientCa: 'nothing' }],
    ['a misspelt part', { ...tls, ca: authority }],
  ])('is refused at the call with %s, and shows no key', (_, wrong) => {
    for (const create of [
      () => statsd({ transport: 'tls', tls: wrong }),
      () => httpTrap({ secret: 'x', listen: ['tls://127.0.0.1:0'], tls: wrong }),
    ]) {
      expect(create).toThrow(/^(?![^]*PRIVATE KEY)PROTOCOL_BAD_OPTION/)
    }
  })
})
