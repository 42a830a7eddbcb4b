import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { createAllowedPeers } from '../../src/listening/allowed-peers.ts'
import type { ListenOptions } from '../../src/listening/listen-options.ts'
import { statsd } from '../../src/statsd/statsd.ts'
import { dial, gone, portOf, receive, sendUdp } from '../sockets.ts'

async function listening(options: ListenOptions) {
  const source = statsd({ port: 0, transport: 'tcp', ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

async function dialFrom(localAddress: string, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('who may send', () => {
  it.each([
    [['127.0.0.0/8'], '127.0.0.1', true],
    [['127.0.0.0/8'], '::ffff:127.0.0.1', true],
    [['127.0.0.0/8'], '128.0.0.1', false],
    [['::ffff:127.0.0.0/104'], '127.9.9.9', true],
    [['::ffff:10.0.0.1'], '10.0.0.1', true],
    [['10.0.0.1'], '10.0.0.2', false],
    [['0.0.0.0/0'], '::1', false],
    [['::/0'], '::1', true],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [[], '127.0.0.1', false],
    [['127.0.0.1'], undefined, false],
    [undefined, undefined, true],
  ] as const)('of %j is %s: %s', (ranges, address, allowed) => {
    expect(createAllowedPeers(ranges)(address)).toBe(allowed)
  })

  it.each([
    ['10.0.0.0/33'],
    ['10.0.0'],
    ['::1/129'],
    ['10.0.0.0/8/8'],
    ['10.0.0.0/'],
    ['host'],
    ['::ffff:1.2.3.4/8'],
  ])('is not said by %s', (range) =>
    expect(() => statsd({ allow: [range] })).toThrow('PROTOCOL_BAD_OPTION: option "allow"'),
  )

  it('is asked of each datagram', async () => {
    const { source, problems, port } = await listening({ transport: 'udp', allow: ['10.0.0.0/8'] })
    await sendUdp(port, 'a:1|c')
    expect(await problems.count(1)).toMatchObject([
      { reason: 'forbidden', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
    ])
    expect(source.stats).toMatchObject({ refused: 1, received: 0, bytes: 0 })
  })

  it('is asked of each connection', async () => {
    const { source, received, problems, port } = await listening({ allow: ['127.0.0.2'] })
    await gone((await dial(port)).resume())
    expect(problems.values).toMatchObject([{ reason: 'forbidden' }])
    expect(source.stats).toMatchObject({ refused: 1, connections: 0 })
    ;(await dialFrom('127.0.0.2', port)).end('a:1|c\n')
    await received.count(1)
  })

  it('is asked for the address of IPv4 where a socket of IPv6 takes both', async () => {
    const { received, problems, port } = await listening({ host: '::', allow: ['127.0.0.1'] })
    await gone(connect(port, '::1').resume())
    expect(problems.values).toMatchObject([{ reason: 'forbidden', peer: expect.stringMatching(/^\[::1\]:/) }])
    ;(await dial(port)).end('a:1|c\n')
    await received.count(1)
  })

  it('is not asked in vain of a sender who has broken off, and so has no address any more', async () => {
    const { source, problems, port } = await listening({ allow: ['10.0.0.0/8'] })
    // Written and reset while this process does not look.
    const program = `const s = require('net').connect(${port}, '127.0.0.1', () => s.write('a:1|c\\n', () => s.resetAndDestroy()))`
    spawnSync(process.execPath, ['-e', program])
    expect(await problems.count(1)).toMatchObject([{ reason: 'forbidden', peer: 'unknown' }])
    expect(source.stats).toMatchObject({ samples: 0, refused: 1 })
  })
})

describe('connections of one address', () => {
  it('leave room for others: of 1,024 silent ones some are let in, and another sends', async () => {
    const { source, received, problems, port } = await listening({})
    const silent = Array.from({ length: 1024 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
    onTestFinished(() => silent.forEach((socket) => socket.destroy()))
    await expect.poll(() => source.stats.connections + source.stats.refused).toBe(1024)
    expect(source.stats).toMatchObject({ connections: 64, refused: 960 })
    expect(problems.values[0]).toMatchObject({
      reason: 'too-many-connections',
      message: 'at most 64 connections of one address are open at a time',
    })
    ;(await dialFrom('127.0.0.2', port)).end('a:1|c\n')
    await received.count(1)
  })

  it('give their room back when they close', async () => {
    const { received, port } = await listening({ maxConnectionsPerPeer: 1 })
    for (const [at, name] of ['a', 'b', 'c'].entries()) {
      const socket = await dial(port)
      socket.write(`${name}:1|c\n`)
      await received.count(at + 1)
      socket.end()
      await gone(socket.resume())
    }
    expect(received.values.map(({ series }) => series.key)).toEqual(['a', 'b', 'c'])
  })

  it('are counted over all ports of a source, and so are those of all', async () => {
    const source = graphite({ listen: ['tcp://127.0.0.1:0', 'tcp://127.0.0.1:0'], maxConnections: 1 })
    const { subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const problems = receive(source.problems)
    const [first, second] = await receive(source.listening).count(2)
    const open = await dial(first?.port ?? 0)
    await expect.poll(() => source.stats.connections).toBe(1)
    await gone((await dial(second?.port ?? 0)).resume())
    expect(problems.values).toMatchObject([{ message: 'at most 1 connections are open at a time' }])
    open.destroy()
  })
})
