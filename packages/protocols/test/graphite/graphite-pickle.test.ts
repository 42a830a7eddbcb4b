import { once } from 'node:events'
import { connect } from 'node:tls'

import { merge } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { graphitePickle, type GraphitePickleOptions } from '../../src/graphite/graphite-pickle.ts'
import { graphite } from '../../src/graphite/graphite.ts'
import { authority, serverCertificate, serverKey } from '../certificates.ts'
import { brief } from '../collect.ts'
import { dial, firstOf, gone, portOf, receive } from '../sockets.ts'
import { framed, pickles } from './pickles.ts'

const local = { port: 0, clock: { now: () => 1_700_000_000_500 } }
const pickleOf = (what: string, protocol: number): Buffer =>
  framed(Buffer.from(pickles.find((one) => one.what === what && one.protocol === protocol)?.hex ?? '', 'hex'))
const one = (name: string): Buffer => framed(Buffer.from(`((V${name}\n(I1\nI2\nttl.`))

async function listening(options: GraphitePickleOptions = {}) {
  const source = graphitePickle({ ...local, ...options })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  return { source, received, problems, port: await portOf(source) }
}

describe('pickles over TCP', () => {
  it('are read whatever the network cuts, and several in one piece', async () => {
    const { received, problems, port } = await listening()
    const whole = Buffer.concat([pickleOf('points', 2), one('second'), pickleOf('points', 5), one('last')])
    const socket = await dial(port)
    for (let at = 0; at < whole.length; at += 7) {
      socket.write(whole.subarray(at, at + 7))
      await new Promise(setImmediate)
    }
    ;(await dial(port)).end(whole)
    const samples = await received.count(40)
    expect(samples.filter(({ series }) => series.metric === 'servers.web1.cpu').map(brief)).toEqual(
      Array.from({ length: 4 }, () => 'servers.web1.cpu gauge 42.5 @1700000000000'),
    )
    expect(problems.values).toEqual([])
    socket.destroy()
  })

  it('that would call something are refused by the name of the operation, and those behind them read', async () => {
    const { received, problems, port } = await listening()
    const evil = [0, 1, 2, 3, 4, 5].map((protocol) => pickleOf('a call', protocol))
    ;(await dial(port)).end(Buffer.concat([...evil, one('alive')]))
    expect((await received.count(1)).map(brief)).toEqual(['alive gauge 2 @1000'])
    expect((await problems.count(6)).map(({ message }) => /operation (\w+)/.exec(message)?.[1])).toEqual([
      ...['GLOBAL', 'GLOBAL', 'GLOBAL', 'GLOBAL'],
      ...['STACK_GLOBAL', 'STACK_GLOBAL'],
    ])
    expect(problems.values[0]).toMatchObject({ from: 'graphite-pickle', reason: 'unsupported' })
  })

  it('that are too long are passed over, and those behind them read', async () => {
    const { received, problems, port } = await listening({ maxFrameBytes: 100 })
    const long = framed(Buffer.from(`((V${'n'.repeat(90)}\n(I1\nI2\nttl.`))
    ;(await dial(port)).end(Buffer.concat([long, one('alive')]))
    expect((await received.count(1)).map(brief)).toEqual(['alive gauge 2 @1000'])
    expect(problems.values).toMatchObject([
      { reason: 'body-too-large', message: expect.stringMatching(/at most 100 bytes, this one says 105/) },
    ])
  })

  it('that break off are told of', async () => {
    const { problems, port } = await listening()
    const socket = await dial(port)
    const ended = gone(socket)
    socket.end(one('half').subarray(0, 12))
    expect(await problems.count(1)).toMatchObject([{ reason: 'truncated', excerpt: '....((Vhalf.' }])
    await ended
  })

  it('wait in the sender while there is no room', async () => {
    const source = graphitePickle(local)
    const batches = receive(source.batches({ maxInFlight: 1 }))
    onTestFinished(() => batches.subscription.unsubscribe())
    const socket = await dial(await portOf(source))
    socket.write(one('first'))
    await batches.count(1)
    socket.write(one('second'))
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate)
    expect(batches.values).toHaveLength(1)
    batches.values[0]?.ack()
    expect((await batches.count(2))[1]?.values.map(brief)).toEqual(['second gauge 2 @1000'])
    socket.destroy()
  })

  it('come beside lines from two sources in one stream', async () => {
    const [lines, others] = [graphite(local), graphitePickle(local)]
    const { count, subscription } = receive(merge(lines, others))
    onTestFinished(() => subscription.unsubscribe())
    const ports = [await portOf(lines), await portOf(others)] as const
    ;(await dial(ports[0])).end('a 1 1\n')
    await count(1)
    ;(await dial(ports[1])).end(one('b'))
    expect((await count(2)).map(brief)).toEqual(['a gauge 1 @1000', 'b gauge 2 @1000'])
  })

  it('cannot come in datagrams', () => {
    expect(() => graphitePickle({ listen: ['udp://127.0.0.1:2004'] })).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => graphitePickle({ transport: 'udp' as never })).toThrow('PROTOCOL_BAD_OPTION')
  })

  it('errors with a code where the port is taken', async () => {
    const { port } = await listening()
    await expect(firstOf(graphitePickle({ port }))).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
      facts: { holder: 'graphite-pickle' },
    })
  })
})

it('reads pickles over TLS', async () => {
  const { received, port } = await listening({
    transport: 'tls',
    tls: { key: serverKey, cert: serverCertificate },
  })
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority })
  await once(socket, 'secureConnect')
  socket.end(one('sealed'))
  expect((await received.count(1)).map(brief)).toEqual(['sealed gauge 2 @1000'])
})
