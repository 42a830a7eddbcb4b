import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'

import { firstValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { parseAddress } from '../../src/listening/address.ts'
import type { Source } from '../../src/source/source.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { serverCertificate as cert, serverKey as key } from '../certificates.ts'
import { closed, dial, freePort, openTcpHandles, receive, sendUdp } from '../sockets.ts'

const boundOf = (source: Source<unknown>, count: number) =>
  firstValueFrom(source.listening.pipe(take(count), toArray()))

describe('several addresses', () => {
  it('are bound at once and told in their order, each with its url', async () => {
    const source = statsd({
      listen: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0', 'tls://127.0.0.1:0', 'udp://[::1]:0'],
      tls: { key, cert },
    })
    const { subscription } = receive(source)
    const bound = await boundOf(source, 4)
    expect(bound.map(({ url }) => url.replace(/\d+$/, ''))).toEqual([
      'tcp://127.0.0.1:',
      'udp://127.0.0.1:',
      'tls://127.0.0.1:',
      'udp://[::1]:',
    ])
    expect(bound.every(({ url, port }) => parseAddress(url) !== undefined && port > 0)).toBe(true)
    subscription.unsubscribe()
    await closed()
    expect(openTcpHandles()).toEqual([])
  })

  it('bring their samples to one stream', async () => {
    const source = statsd({ listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'tcp://[::1]:0'] })
    const { count, subscription } = receive(source)
    const [udp, tcp, ipv6] = await boundOf(source, 3)
    await sendUdp(udp?.port ?? 0, 'datagram:1|c')
    await count(1)
    ;(await dial(tcp?.port ?? 0)).end('stream:1|c\n')
    await count(2)
    connect(ipv6?.port ?? 0, '::1').end('six:1|c\n')
    expect((await count(3)).map(({ series }) => series.key)).toEqual(['datagram', 'stream', 'six'])
    subscription.unsubscribe()
  })

  it('are all closed where one cannot be bound, and the error names that one', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port: taken } = server.address() as AddressInfo
    const [udp, tcp] = [await freePort('udp'), await freePort('tcp')]
    const source = statsd({
      listen: [`udp://127.0.0.1:${udp}`, `tcp://127.0.0.1:${tcp}`, `tcp://127.0.0.1:${taken}`],
    })
    await expect(firstValueFrom(source)).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
      facts: { transport: 'tcp', host: '127.0.0.1', port: taken },
      message: expect.stringContaining(`tcp 127.0.0.1:${taken}`),
    })
    // The others are free again.
    for (const listen of [[`udp://127.0.0.1:${udp}`], [`tcp://127.0.0.1:${tcp}`]]) {
      const again = statsd({ listen })
      const { subscription } = receive(again)
      await boundOf(again, 1)
      subscription.unsubscribe()
    }
    await expect(firstValueFrom(source.listening)).rejects.toMatchObject({ facts: { port: taken } })
  })

  it('that are not this machine’s are named with what to do', async () => {
    await expect(firstValueFrom(graphite({ listen: ['tcp://192.0.2.1:0'] }))).rejects.toMatchObject({
      code: 'PROTOCOL_BIND_FAILED',
      facts: { host: '192.0.2.1', reason: 'EADDRNOTAVAIL' },
    })
  })

  it('are let go where the subscriber leaves before they are bound', async () => {
    const [udp, tcp] = [await freePort('udp'), await freePort('tcp')]
    const listen = [`udp://localhost:${udp}`, `tcp://localhost:${tcp}`]
    receive(statsd({ listen })).subscription.unsubscribe()
    await closed()
    const again = statsd({ listen })
    const { subscription } = receive(again)
    expect((await boundOf(again, 2)).map(({ port }) => port)).toEqual([udp, tcp])
    subscription.unsubscribe()
  })

  it.each([
    ['no scheme', ['127.0.0.1:8125']],
    ['an unknown scheme', ['http://127.0.0.1:8125']],
    ['no port', ['udp://127.0.0.1']],
    ['a port beyond the last', ['udp://127.0.0.1:65536']],
    ['a path behind the port', ['udp://127.0.0.1:1/x']],
    ['a user', ['udp://me@127.0.0.1:1']],
    ['IPv6 without brackets', ['udp://::1:8125']],
    ['brackets around something else', ['udp://[cafe]:8125']],
    ['a path that is not absolute', ['unix://tocsin.sock']],
    ['a path that is too long', [`unix:///${'x'.repeat(107)}`]],
    ['a path with a zero byte', ['unix:///tmp/a\0b']],
    ['nothing', []],
    ['TLS without a certificate', ['tls://127.0.0.1:0']],
  ])('with %s are refused at the call', (_, listen) => {
    expect(() => statsd({ listen })).toThrow('PROTOCOL_BAD_OPTION')
  })
})
