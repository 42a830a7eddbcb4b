import { StatsD } from 'hot-shots'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { statsd } from '@tocsin/protocols/statsd'
import type { Sample } from '@tocsin/protocols'

import { receive } from '../sockets.ts'

describe('statsd and hot-shots, the usual DogStatsD client', () => {
  it.each(['udp', 'tcp'] as const)('understand each other over %s', async (transport) => {
    const source = statsd({ port: 0, transport, clock: { now: () => 5000 } })
    const { count, subscription } = receive<Sample>(source)
    const { port } = await firstValueFrom(source.listening)
    const client = new StatsD({
      host: '127.0.0.1',
      port,
      protocol: transport,
      globalTags: { env: 'test' },
      maxBufferSize: 1432,
    })

    client.increment('orders', 2)
    client.gauge('queue', 12.5, { shop: 'berlin' })
    client.gaugeDelta('queue', -2.5, { shop: 'berlin' })
    client.timing('checkout', 320)
    client.histogram('size', 7)
    client.distribution('latency', 0.25)
    client.set('users', 'ada')
    await new Promise<void>((resolve) => client.close(() => resolve()))

    const taken = await count(7)
    subscription.unsubscribe()
    expect(taken.map(({ series, kind, value }) => [series.key, kind, value])).toEqual([
      ['orders|ST[env:test]', 'delta', 2],
      ['queue|ST[env:test,shop:berlin]', 'gauge', 12.5],
      ['queue|ST[env:test,shop:berlin]', 'gauge', 10],
      ['checkout|ST[env:test]', 'observation', 320],
      ['size|ST[env:test]', 'observation', 7],
      ['latency|ST[env:test]', 'observation', 0.25],
      ['users|ST[env:test]', 'set', 'ada'],
    ])
    expect(source.stats.problems).toBe(0)
  })
})
