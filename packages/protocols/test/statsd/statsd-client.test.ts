import { firstValueFrom } from 'rxjs'
import StatsdClient from 'statsd-client'
import { describe, expect, it, onTestFinished } from 'vitest'

import { statsd, type StatsdOptions } from '@tocsin/protocols/statsd'
import type { Sample } from '@tocsin/protocols'

import { receive } from '../sockets.ts'

/** What arrives of what a client sends. */
async function sent(
  transport: 'udp' | 'tcp',
  samples: number,
  options: StatsdOptions,
  clientOptions: ConstructorParameters<typeof StatsdClient>[0],
  send: (client: StatsdClient) => void,
): Promise<readonly (readonly [string, string, unknown])[]> {
  const source = statsd({ port: 0, transport, clock: { now: () => 5000 }, ...options })
  const { count, subscription } = receive<Sample>(source)
  const { port } = await firstValueFrom(source.listening)
  const client = new StatsdClient({
    ...{ host: '127.0.0.1', port, tcp: transport === 'tcp', socketTimeout: 20 },
    ...clientOptions,
  })
  onTestFinished(() => void client.close())
  send(client)
  const taken = await count(samples)
  subscription.unsubscribe()
  expect(source.stats.problems).toBe(0)
  return taken.map(({ series, kind, value }) => [series.key, kind, value])
}

describe.each([
  ['udp', 'packed', 1200],
  ['udp', 'a line at a time', 0],
  ['tcp', 'packed', 1200],
] as const)('statsd and statsd-client, the client of etsy’s grammar, over %s, %s', (transport, _, size) => {
  const packing = { maxBufferSize: size }

  it('understand each other', async () => {
    const taken = await sent(transport, 9, {}, { ...packing, prefix: 'shop' }, (client) => {
      client.counter('orders', 2)
      client.increment('orders')
      client.decrement('orders', 3)
      client.gauge('queue', 12.5)
      client.gaugeDelta('queue', -2.5)
      client.gaugeDelta('queue', 4)
      client.timing('checkout', 320)
      client.set('users', 'ada')
      client.getChildClient('api').raw('api.calls:1|c|@0.25')
    })
    expect(taken).toEqual([
      ['shop.orders', 'delta', 2],
      ['shop.orders', 'delta', 1],
      ['shop.orders', 'delta', -3],
      ['shop.queue', 'gauge', 12.5],
      ['shop.queue', 'gauge', 10],
      ['shop.queue', 'gauge', 14],
      ['shop.checkout', 'observation', 320],
      ['shop.users', 'set', 'ada'],
      ['api.calls', 'delta', 4],
    ])
  })

  it('agree on tags, and on changes of gauges with tags where gaugeSign says so', async () => {
    const options = { gaugeSign: 'delta' } as const
    const taken = await sent(transport, 4, options, { ...packing, tags: { env: 'test' } }, (client) => {
      client.histogram('size', 7, { shop: 'berlin' })
      client.distribution('latency', 0.25)
      client.gauge('queue', 12.5)
      client.gaugeDelta('queue', -2.5)
    })
    expect(taken).toEqual([
      ['size|ST[env:test,shop:berlin]', 'observation', 7],
      ['latency|ST[env:test]', 'observation', 0.25],
      ['queue|ST[env:test]', 'gauge', 12.5],
      ['queue|ST[env:test]', 'gauge', 10],
    ])
  })
})
