import { createSocket } from 'node:dgram'

import { take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { statsd } from '../../src/statsd/statsd.ts'
import { brief } from '../collect.ts'
import {
  closed,
  dial,
  gone,
  firstOf,
  freePort,
  openTcpHandles,
  portOf,
  receive,
  sendUdp,
} from '../sockets.ts'

const clock = { now: () => 1_700_000_000_500 }
const local = { port: 0, clock }

describe('statsd over UDP', () => {
  it('emits what datagrams bring, with and without a newline at their end', async () => {
    const source = statsd(local)
    const received = firstOf(source.pipe(take(3), toArray()))
    await sendUdp(await portOf(source), 'a:1|c\nb:2|g\n', 'c:3|ms|@0.5')
    expect((await received).map(brief)).toEqual(['a delta 1', 'b gauge 2', 'c observation 3 x2'])
    expect(source.stats).toMatchObject({ received: 2, bytes: 12 + 11, samples: 3, problems: 0 })
  })

  it('gives one batch for a datagram', async () => {
    const source = statsd(local)
    const { count } = receive(source.batches().pipe(take(2)))
    await sendUdp(await portOf(source), 'a:1|c\nb:2|g', 'c:3|ms')
    expect((await count(2)).map(({ values }) => values.length)).toEqual([2, 1])
  })

  it('reports what it cannot take with peer, place and excerpt, and goes on', async () => {
    const source = statsd(local)
    const problems = receive(source.problems)
    const received = firstOf(source)
    await sendUdp(await portOf(source), `ok:1|c\nbad\x00${'x'.repeat(300)}`)
    expect(brief(await received)).toBe('ok delta 1')
    const [problem] = await problems.count(1)
    expect(problem).toMatchObject({
      from: 'statsd',
      reason: 'malformed',
      offset: 7,
      count: 1,
      time: clock.now(),
    })
    expect(problem?.peer).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(problem?.excerpt).toBe(`bad.${'x'.repeat(196)}`)
  })

  it('resolves changes of gauges over datagrams, for each subscription on its own', async () => {
    const source = statsd(local)
    const first = receive(source)
    const firstPort = await portOf(source)
    await sendUdp(firstPort, 'g:10|g', 'g:+5|g')
    expect((await first.count(2)).map(brief)).toEqual(['g gauge 10', 'g gauge 15'])
    first.subscription.unsubscribe()
    const second = receive(source)
    await sendUdp(await portOf(source), 'g:+5|g')
    expect((await second.count(1)).map(brief)).toEqual(['g gauge 5'])
    second.subscription.unsubscribe()
  })

  it('never replies', async () => {
    const source = statsd(local)
    const { count, subscription } = receive(source)
    const problems = receive(source.problems)
    const client = createSocket('udp4')
    onTestFinished(() => void client.close())
    let replies = 0
    client.on('message', () => (replies += 1))
    const port = await portOf(source)
    for (const datagram of ['rubbish', 'a:1|c']) {
      await new Promise((sent) => client.send(datagram, port, '127.0.0.1', sent))
    }
    await Promise.all([count(1), problems.count(1)])
    subscription.unsubscribe()
    expect(replies).toBe(0)
  })

  it('errors with a code and a sentence when the port is taken', async () => {
    const source = statsd(local)
    const { subscription } = receive(source)
    const port = await portOf(source)
    await expect(firstOf(statsd({ port }))).rejects.toMatchObject({
      name: 'ProtocolError',
      code: 'PROTOCOL_PORT_TAKEN',
      retryable: true,
      message: `PROTOCOL_PORT_TAKEN: statsd cannot listen on udp 127.0.0.1:${port}, the source "statsd" of this process has it: each subscription binds for itself, so hand one to several with share(), or choose another port`,
      facts: { transport: 'udp', host: '127.0.0.1', port, holder: 'statsd' },
    })
    subscription.unsubscribe()
  })

  it('errors with a code when the address is not of this machine', async () => {
    const error: unknown = await firstOf(statsd({ host: '192.0.2.1', port: 0 })).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'PROTOCOL_BIND_FAILED', facts: { reason: 'EADDRNOTAVAIL' } })
    expect(String(error)).toContain('192.0.2.1:0')
  })

  it.each(['udp', 'tcp'] as const)(
    'over %s frees its port at once when unsubscribed from',
    async (transport) => {
      const source = statsd({ ...local, transport })
      const first = receive(source)
      const port = await portOf(source)
      const connection = transport === 'tcp' ? await dial(port) : undefined
      connection?.on('error', () => undefined)
      first.subscription.unsubscribe()
      const again = statsd({ ...local, transport, port })
      const second = receive(again)
      expect(await portOf(again)).toBe(port)
      second.subscription.unsubscribe()
      connection?.destroy()
      await closed()
      expect(openTcpHandles()).toEqual([])
    },
  )

  it.each(['udp', 'tcp'] as const)(
    'over %s leaves nothing when unsubscribed from before it has bound',
    async (transport) => {
      const port = await freePort(transport)
      const source = statsd({ ...local, transport, port })
      const binds = receive(source.listening)
      source.subscribe().unsubscribe()
      // Were the first one to bind after all, it would do so before the second.
      await closed()
      const again = statsd({ ...local, transport, port })
      const { subscription } = receive(again)
      expect(await portOf(again)).toBe(port)
      subscription.unsubscribe()
      await closed()
      expect([openTcpHandles(), binds.values]).toEqual([[], []])
    },
  )

  it.each(['udp', 'tcp'] as const)(
    'over %s forgets its address when unsubscribed from by whoever is told it',
    async (transport) => {
      const source = statsd({ ...local, transport })
      const { subscription } = receive(source)
      await new Promise<void>((resolve) => {
        source.listening.pipe(take(1)).subscribe(() => {
          subscription.unsubscribe()
          resolve()
        })
      })
      expect(receive(source.listening).values).toEqual([])
    },
  )

  it('refuses wrong options at the call', () => {
    const refused = (options: object): unknown => {
      try {
        return statsd(options)
      } catch (error) {
        return error
      }
    }
    for (const options of [
      { port: -1 },
      { port: 70_000 },
      { transport: 'unix' },
      { transport: 'tls' },
      { listen: ['udp://127.0.0.1'] },
      { listen: [] },
      { allow: ['10.0.0.0/33'] },
      { maxNameBytes: 0 },
      { prot: 1 },
      { clock: 5 },
    ]) {
      expect(refused(options)).toMatchObject({
        name: 'ProtocolError',
        code: 'PROTOCOL_BAD_OPTION',
        retryable: false,
      })
    }
  })
})

describe('statsd over TCP', () => {
  const tcp = { ...local, transport: 'tcp' } as const

  it('joins lines over the borders of packets and takes a last line that only the end of the stream ends', async () => {
    const source = statsd(tcp)
    const { count, subscription } = receive(source)
    const socket = await dial(await portOf(source))
    socket.setNoDelay(true)
    for (const piece of ['a:1|c\nb', ':2', '|g\nc:3|ms'])
      await new Promise((sent) => socket.write(piece, sent))
    socket.end()
    expect((await count(3)).map(brief)).toEqual(['a delta 1', 'b gauge 2', 'c observation 3'])
    expect(source.stats.connections).toBe(1)
    subscription.unsubscribe()
  })

  it('discards a line over the limit once, and goes on behind it', async () => {
    const source = statsd({ ...tcp, maxLineBytes: 100 })
    const { count, subscription } = receive(source)
    const problems = receive(source.problems)
    const socket = await dial(await portOf(source))
    socket.write('x'.repeat(100_000))
    socket.end('\na:1|c\n')
    expect((await count(1)).map(brief)).toEqual(['a delta 1'])
    expect(problems.values).toMatchObject([{ reason: 'line-too-long', excerpt: 'x'.repeat(100) }])
    subscription.unsubscribe()
  })

  it('does not take the half line of a connection that breaks', async () => {
    const source = statsd(tcp)
    const { values, subscription, count } = receive(source)
    const problems = receive(source.problems)
    const socket = await dial(await portOf(source))
    await new Promise((sent) => socket.write('whole:1|c\nhalf:12', sent))
    await count(1)
    socket.resetAndDestroy()
    expect(await problems.count(1)).toMatchObject([{ reason: 'truncated', excerpt: 'half:12' }])
    expect(values).toHaveLength(1)
    subscription.unsubscribe()
  })

  it('turns connections beyond the limit away and counts them', async () => {
    const source = statsd({ ...tcp, maxConnections: 1 })
    const { count, subscription } = receive(source)
    const problems = receive(source.problems)
    const port = await portOf(source)
    const first = await dial(port)
    await new Promise((sent) => first.write('a:1|c\n', sent))
    await count(1)
    const second = await dial(port)
    await gone(second)
    expect(await problems.count(1)).toMatchObject([{ reason: 'too-many-connections' }])
    expect(source.stats).toMatchObject({ connections: 1, refused: 1 })
    first.end('b:2|c\n')
    await count(2)
    subscription.unsubscribe()
  })

  it('closes its connections when unsubscribed from, and idle ones before', async () => {
    const source = statsd({ ...tcp, idleTimeoutMs: 1 })
    const { subscription } = receive(source)
    const port = await portOf(source)
    await gone(await dial(port))
    subscription.unsubscribe()
    const patient = statsd(tcp)
    const { subscription: other } = receive(patient)
    const socket = await dial(await portOf(patient))
    const end = gone(socket)
    await new Promise((sent) => socket.write('a:1|c\n', sent))
    other.unsubscribe()
    await end
  })
})
