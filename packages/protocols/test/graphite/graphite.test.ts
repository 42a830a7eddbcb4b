import { once } from 'node:events'
import { connect } from 'node:tls'

import { filter, map } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { graphite } from '../../src/graphite/graphite.ts'
import { authority, serverCertificate, serverKey } from '../certificates.ts'
import { brief } from '../collect.ts'
import { dial, firstOf, portOf, receive, sendUdp } from '../sockets.ts'

const local = { port: 0, clock: { now: () => 1_700_000_000_500 } }

describe('graphite over TCP', () => {
  it('emits the lines of several connections and reports bad ones', async () => {
    const source = graphite(local)
    const { count, subscription } = receive(source)
    const problems = receive(source.problems)
    const port = await portOf(source)
    const [first, second] = [await dial(port), await dial(port)]
    first.end('cpu;host=web1 0.5 -1\nbad\n')
    await count(1)
    second.end('cpu;host=web2 0.7 1700000000')
    expect((await count(2)).map(brief)).toEqual([
      'cpu|ST[host:web1] gauge 0.5',
      'cpu|ST[host:web2] gauge 0.7 @1700000000000',
    ])
    expect(await problems.count(1)).toMatchObject([{ from: 'graphite', reason: 'malformed', excerpt: 'bad' }])
    expect(problems.values[0]).not.toHaveProperty('offset')
    subscription.unsubscribe()
  })

  it('errors with a code when the port is taken', async () => {
    const source = graphite(local)
    const { subscription } = receive(source)
    const port = await portOf(source)
    await expect(firstOf(graphite({ port }))).rejects.toMatchObject({
      code: 'PROTOCOL_PORT_TAKEN',
      facts: { transport: 'tcp', port, holder: 'graphite' },
    })
    subscription.unsubscribe()
  })

  it('gives each of two subscribers a port of its own', async () => {
    const source = graphite(local)
    const first = receive(source)
    const firstPort = await portOf(source)
    const second = receive(source)
    const secondPort = await firstOf(
      source.listening.pipe(
        map(({ port }) => port),
        filter((port) => port !== firstPort),
      ),
    )
    ;(await dial(secondPort)).end('a 1 -1\n')
    await second.count(1)
    expect(first.values).toEqual([])
    first.subscription.unsubscribe()
    second.subscription.unsubscribe()
  })
})

describe('graphite', () => {
  it('takes the same lines over UDP, TCP and TLS at once, with all its options', async () => {
    const source = graphite({
      ...local,
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'tls://127.0.0.1:0'],
      tls: { key: serverKey, cert: serverCertificate },
      timestamps: 'milliseconds',
    })
    const addresses = receive(source.listening)
    const { count, subscription } = receive(source)
    const ports = (await addresses.count(3)).map(({ port }) => port)
    const [udp = 0, tcp = 0, tls = 0] = ports
    const line = 'foo{tag="v"} 1 1557101182262'
    await sendUdp(udp, `${line}\n${line}`)
    await count(2)
    ;(await dial(tcp)).end(line)
    await count(3)
    const sealed = connect({ port: tls, host: '127.0.0.1', servername: 'localhost', ca: authority })
    await once(sealed, 'secureConnect')
    sealed.end(line)
    expect((await count(4)).map(brief)).toEqual(
      Array.from({ length: 4 }, () => 'foo|ST[tag:v] gauge 1 @1557101182262'),
    )
    expect(source.stats.problems).toBe(0)
    addresses.subscription.unsubscribe()
    subscription.unsubscribe()
  })
})
