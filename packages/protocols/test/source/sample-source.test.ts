import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { filter, groupBy, merge, mergeMap, share } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { collectd } from '../../src/collectd/collectd.ts'
import { graphite } from '../../src/graphite/graphite.ts'
import { httpTrap, type HttpTrapOptions } from '../../src/http-trap/http-trap.ts'
import { serve } from '../../src/http/serve.ts'
import { toWebHandler } from '../../src/http/web-handler.ts'
import type { Sample } from '../../src/index.ts'
import { clockSkew, filterSamples, freshness } from '../../src/operators/index.ts'
import { createSourceStamp, type SampleSource } from '../../src/source/sample-source.ts'
import type { Source } from '../../src/source/source.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { capture } from '../collectd/packets.ts'
import { portOf, receive } from '../sockets.ts'

const peers = ['127.0.0.1', '127.0.0.2'] as const

function received(source: Source<Sample>) {
  const taken = receive<Sample>(source)
  onTestFinished(() => taken.subscription.unsubscribe())
  return taken
}

/** One after the other, so that the order is known. */
async function sendFrom(address: string, port: number, bytes: string | Uint8Array): Promise<void> {
  const socket = createSocket('udp4').bind(0, address)
  await once(socket, 'listening')
  await new Promise((sent) => socket.send(bytes, port, '127.0.0.1', sent))
  socket.close()
}

async function postFrom(localAddress: string, port: number, path: string, body: string): Promise<void> {
  const sent = request({ port, host: '127.0.0.1', localAddress, path, method: 'POST', agent: false })
  sent.end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  expect(response.statusCode).toBe(200)
}

const said = (samples: readonly Sample[]): unknown =>
  samples.map(({ series, source }) => [series.key, source])

describe('the source of samples', () => {
  it('is nobody where it is not asked for', async () => {
    const source = statsd({ port: 0 })
    const { count } = received(source)
    await sendFrom(peers[0], await portOf(source), 'a:1|c')
    expect(Object.keys((await count(1))[0] ?? {})).not.toContain('source')
  })

  it('is the address of the peer that sent the datagram', async () => {
    const source = statsd({ port: 0, source: 'peer' })
    const { count } = received(source)
    const port = await portOf(source)
    for (const [at, peer] of [...peers, ...peers].entries()) {
      await sendFrom(peer, port, `a${at}:1|c\nb:2|g`)
      await count(2 * at + 2)
    }
    expect(said(await count(8))).toEqual(
      [0, 1, 2, 3].flatMap((at) => [
        [`a${at}`, peers[at % 2]],
        ['b', peers[at % 2]],
      ]),
    )
  })

  it('is that of each connection, however their lines come in turn', async () => {
    const source = graphite({ port: 0, source: 'peer' })
    const { count } = received(source)
    const port = await portOf(source)
    const sockets = peers.map((localAddress) => connect({ port, host: '127.0.0.1', localAddress }))
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()))
    for (let at = 0; at < 6; at += 1) {
      sockets[at % 2]?.write(`a${at} 1 -1\n`)
      await count(at + 1)
    }
    expect(said(await count(6))).toEqual([0, 1, 2, 3, 4, 5].map((at) => [`a${at}`, peers[at % 2]]))
  })

  it('is the address of IPv4 where a socket of IPv6 takes both', async () => {
    const source = graphite({ port: 0, host: '::', source: 'peer' })
    const { count } = received(source)
    const port = await portOf(source)
    for (const [at, host] of ['127.0.0.1', '::1'].entries()) {
      connect(port, host).end('a 1 -1\n')
      await count(at + 1)
    }
    expect(said(await count(2))).toEqual([
      ['a', '127.0.0.1'],
      ['a', '::1'],
    ])
  })

  it.skipIf(process.platform === 'win32')('is "unix" over a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-source-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'socket')
    const source = statsd({ listen: [`unix://${path}`], source: 'peer' })
    const { count } = received(source)
    await portOf(source)
    connect(path).end('a:1|c\n')
    expect(said(await count(1))).toEqual([['a', 'unix']])
  })

  it('is that of the request over HTTP, with a port of one’s own and behind serve', async () => {
    const trap = (options: Partial<HttpTrapOptions>) => httpTrap({ secret: 'x', ...options })
    const own = trap({ port: 0, source: 'peer' })
    const served = serve({ port: 0, source: 'peer' }, [trap({})])
    const behind = serve({ port: 0, source: { name: 'fra-1' } }, [trap({ source: 'peer' })])
    for (const source of [own, served, behind]) {
      const { count } = received(source)
      const port = await portOf(source)
      for (const peer of peers) await postFrom(peer, port, '/module/httptrap/x', '{"a":1}')
      expect(said(await count(2))).toEqual(peers.map((peer) => ['a', peer]))
    }
  })

  it('is what the server says of a request that is handed in, and nobody where it does not say', async () => {
    const trap = httpTrap({ secret: 'x', source: 'peer' })
    const { values } = received(trap)
    for (const peer of ['10.0.0.1:5', 'unknown', '[2001:db8::1]:5']) {
      const asked = new Request('http://trap/module/httptrap/x', { method: 'POST', body: '{"a":1}' })
      await toWebHandler(trap, () => peer)(asked)
    }
    expect(values.map(({ source }) => source)).toEqual(['10.0.0.1', undefined, '2001:db8::1'])
  })

  it('is one name for all where it is given', async () => {
    const source = collectd({ port: 0, source: { name: 'fra-1' } })
    const { count } = received(source)
    await sendFrom(peers[1], await portOf(source), capture('plain-1'))
    expect((await count(1))[0]?.source).toBe('fra-1')
  })

  it('that a sample says already stays', () => {
    const sample = { source: 'own' } as Sample
    expect(createSourceStamp('peer')?.(sample, '10.0.0.1:5').source).toBe('own')
    expect(createSourceStamp({ name: 'fra-1' })?.(sample, 'unix').source).toBe('own')
  })

  it.each(['peers', '', {}, { name: '' }, { name: 7 }, { name: 'a', by: 'peer' }, null])(
    'cannot be %j',
    (source) => {
      expect(() => statsd({ source: source as SampleSource })).toThrow('PROTOCOL_BAD_OPTION: option "source"')
      expect(() => httpTrap({ secret: 'x', source: source as SampleSource })).toThrow('option "source"')
    },
  )
})

describe('operators over a listener that says the peer', () => {
  it('tell two senders of one series apart: their freshness, their clocks and their caps', async () => {
    const source = graphite({ port: 0, source: 'peer', clock: { now: () => 1_700_000_010_000 } })
    const samples = source.pipe(share())
    const fresh = samples.pipe(
      freshness({ silentAfterMs: 60_000 }),
      filter(({ series: { metric } }) => metric === 'available'),
    )
    const skew = samples.pipe(clockSkew({ periodMs: 0, window: 1 }))
    const capped = samples.pipe(
      groupBy((sample) => sample.source),
      mergeMap((one) => one.pipe(filterSamples([{ allow: '*' }], { maxSeries: 1 }))),
    )
    const told = receive<Sample>(merge(fresh, skew, capped))
    onTestFinished(() => told.subscription.unsubscribe())
    const port = await portOf(source)
    for (const [at, localAddress] of peers.entries()) {
      connect({ port, host: '127.0.0.1', localAddress }).end(`cpu 1 ${1_700_000_009 - at}\nmemory 1 -1\n`)
      await told.count(3 * at + 3)
    }
    expect(told.values.map(({ series, value }) => [series.key, value])).toEqual([
      ['available|ST[source:127.0.0.1]', 1],
      ['clock.skew|ST[source:127.0.0.1]', -1000],
      ['cpu', 1],
      ['available|ST[source:127.0.0.2]', 1],
      ['clock.skew|ST[source:127.0.0.2]', -2000],
      ['cpu', 1],
    ])
  })
})
