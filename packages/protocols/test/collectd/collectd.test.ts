import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'

import { describe, expect, it, onTestFinished } from 'vitest'

import { collectd, type CollectdOptions } from '../../src/collectd/collectd.ts'
import { brief } from '../collect.ts'
import { firstOf, portOf, receive, sendUdp } from '../sockets.ts'
import { capture, captured, encrypted, signed, simple } from './packets.ts'

const users = { alice: 's3cret' }

function listen(options: CollectdOptions = {}) {
  const source = collectd({ port: 0, clock: { now: () => captured }, ...options })
  const problems = receive(source.problems)
  const batches = receive(source.batches())
  onTestFinished(() => {
    batches.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  return { source, problems, batches }
}

/** Sends to a group, also to its members on this machine. */
async function sendToGroup(group: string, port: number): Promise<void> {
  const socket = createSocket(group.includes(':') ? 'udp6' : 'udp4').bind(0)
  await once(socket, 'listening')
  socket.setMulticastLoopback(true)
  await new Promise<void>((resolve, reject) =>
    socket.send(capture('plain-1'), port, group, (error) => (error === null ? resolve() : reject(error))),
  ).finally(() => socket.close())
}

describe('collectd', () => {
  it.each([
    ['plain', {}, 'plain-1', 'plain-2'],
    ['signed', { securityLevel: 'sign', users }, 'signed-alice-s3cret-1', 'signed-alice-s3cret-2'],
    [
      'encrypted',
      { securityLevel: 'encrypt', users },
      'encrypted-alice-s3cret-1',
      'encrypted-alice-s3cret-2',
    ],
  ] as const)('takes %s packets of collectd 5.12, one batch each', async (_, options, first, second) => {
    const { source, batches } = listen(options)
    await sendUdp(await portOf(source), capture(first), capture(second))
    const values = (await batches.count(2)).flatMap((batch) => batch.values)
    expect(values.length).toBeGreaterThan(80)
    expect(values.map(({ series }) => series.metric)).toContain('load.load.shortterm')
    expect(source.stats).toMatchObject({ received: 2, problems: 0, samples: values.length })
  })

  it('drops what is below its level, with a problem that says where and from whom', async () => {
    const { source, problems } = listen({ securityLevel: 'encrypt', users })
    await sendUdp(await portOf(source), capture('plain-1'), capture('signed-alice-s3cret-1'))
    const told = { reason: 'forbidden', offset: 0, peer: expect.stringMatching(/^127\.0\.0\.1:/) as string }
    expect(await problems.count(2)).toMatchObject([told, told])
    expect(source.stats).toMatchObject({ received: 2, samples: 0, problems: 2 })
  })

  it('takes no sealed packet twice, and those again where replayWindowMs is 0', async () => {
    const packets = [capture('signed-alice-s3cret-1'), capture('encrypted-alice-s3cret-1')]
    const { source, problems, batches } = listen({ users })
    await sendUdp(await portOf(source), ...packets, ...packets)
    expect((await problems.count(2)).map(({ reason }) => reason)).toEqual(['replayed', 'replayed'])
    expect(await batches.count(2)).toHaveLength(2)
    const open = listen({ users, replayWindowMs: 0 })
    await sendUdp(await portOf(open.source), ...packets, ...packets)
    await open.batches.count(4)
    expect(open.source.stats.problems).toBe(0)
  })

  it('asks nothing of the time of plain packets, and a time within the window of the others', async () => {
    const old = simple(1_000_000_000)
    const { source, problems, batches } = listen({ users })
    await sendUdp(await portOf(source), old, old, signed('alice', 's3cret', simple(captured / 1000 + 301)))
    expect(await batches.count(2)).toHaveLength(2)
    expect(await problems.count(1)).toMatchObject([{ reason: 'bad-timestamp' }])
  })

  it('tells where in an encrypted packet something is wrong', async () => {
    const packet = encrypted('alice', 's3cret', Buffer.concat([simple(captured / 1000), Buffer.alloc(2)]))
    const { source, problems, batches } = listen({ securityLevel: 'encrypt', users })
    await sendUdp(await portOf(source), packet)
    expect(await problems.count(1)).toMatchObject([{ reason: 'truncated', offset: packet.length - 2 }])
    expect((await batches.count(1))[0]?.values.map(brief)).toHaveLength(1)
  })

  it.each([
    ['an object', users],
    ['a Map', new Map([['alice', 's3cret']])],
    ['a list of pairs', [['alice', 's3cret']] as const],
  ])('knows its users from %s', async (_, given) => {
    const { source, batches } = listen({ securityLevel: 'sign', users: given })
    await sendUdp(await portOf(source), capture('signed-alice-s3cret-1'))
    await batches.count(1)
  })

  it('listens on IPv4 and IPv6 at once', async () => {
    if (
      !Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.address === '::1')
    )
      return
    const { source, batches } = listen({ listen: ['udp://127.0.0.1:0', 'udp://[::1]:0'] })
    const addresses = await receive(source.listening).count(2)
    for (const { family, port, address } of addresses) {
      const socket = createSocket(family === 'IPv6' ? 'udp6' : 'udp4')
      await new Promise((sent) => socket.send(capture('plain-1'), port, address, sent))
      socket.close()
    }
    await batches.count(2)
  })

  it('becomes a member of a multicast group', async () => {
    const { source, batches } = listen({ host: '239.192.74.66' })
    await sendToGroup('239.192.74.66', await portOf(source))
    await batches.count(1)
  })

  it('becomes a member of a multicast group of IPv6', async (context) => {
    const group = 'ff18::efc0:4a42'
    const why = await sendToGroup(group, 9).then(
      () => undefined,
      (error: unknown) => String(error),
    )
    // The way to a group is that of an interface with IPv6; loopback has none.
    if (why !== undefined) return context.skip(`this machine sends no multicast of IPv6 (${why})`)
    const { source, batches } = listen({ listen: [`udp://[${group}]:0`] })
    await sendToGroup(group, await portOf(source))
    await batches.count(1)
    expect((await firstOf(source.listening)).address).toBe(group)
  })

  it('takes only from whom it is told to', async () => {
    const { source, problems } = listen({ allow: ['10.0.0.0/8'] })
    await sendUdp(await portOf(source), capture('plain-1'))
    expect(await problems.count(1)).toMatchObject([{ reason: 'forbidden' }])
    expect(source.stats).toMatchObject({ received: 0, refused: 1 })
  })

  it.each([
    [{ securityLevel: 'sign' }, 'users'],
    [{ securityLevel: 'encrypt', users: {} }, 'users'],
    [{ securityLevel: 'high' }, 'securityLevel'],
    [{ users: { alice: 7 } }, 'users'],
    [{ users: 'alice:s3cret' }, 'users'],
    [{ users: [['alice']] }, 'users'],
    [{ typesDb: 'load value' }, 'line 1'],
    [{ nanAs: 'zero' }, 'nanAs'],
    [{ replayWindowMs: -1 }, 'replayWindowMs'],
    [{ transport: 'tcp' }, 'transport'],
    [{ listen: ['tcp://127.0.0.1:1'] }, 'listen'],
  ])('refuses %o at the call, and shows no password', (options, named) => {
    const call = () => collectd(options as unknown as CollectdOptions)
    expect(call).toThrow(named)
    expect(call).not.toThrow('s3cret')
  })
})
