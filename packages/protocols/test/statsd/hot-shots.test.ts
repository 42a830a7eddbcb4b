import { StatsD, type ClientOptions } from 'hot-shots'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { statsd, type StatsdOptions } from '@tocsin/protocols/statsd'
import type { Sample } from '@tocsin/protocols'

import { receive } from '../sockets.ts'

/** What arrives of what a client sends. */
async function sent(
  transport: 'udp' | 'tcp',
  samples: number,
  options: StatsdOptions,
  clientOptions: ClientOptions,
  send: (client: StatsD) => void,
): Promise<readonly (readonly [string, string, unknown])[]> {
  const source = statsd({ port: 0, transport, clock: { now: () => 5000 }, ...options })
  const { count, subscription } = receive<Sample>(source)
  const { port } = await firstValueFrom(source.listening)
  const client = new StatsD({
    host: '127.0.0.1',
    port,
    protocol: transport,
    maxBufferSize: 1432,
    ...clientOptions,
  })
  send(client)
  await new Promise<void>((resolve) => client.close(() => resolve()))
  const taken = await count(samples)
  subscription.unsubscribe()
  expect(source.stats.problems).toBe(0)
  return taken.map(({ series, kind, value }) => [series.key, kind, value])
}

describe.each(['udp', 'tcp'] as const)(
  'statsd and hot-shots, the usual DogStatsD client, over %s',
  (transport) => {
    it('understand each other', async () => {
      const taken = await sent(transport, 6, {}, { globalTags: { env: 'test' } }, (client) => {
        client.increment('orders', 2)
        client.gauge('queue', -12.5, { shop: 'berlin' })
        client.timing('checkout', 320)
        client.histogram('size', 7)
        client.distribution('latency', 0.25)
        client.set('users', 'ada')
      })
      expect(taken).toEqual([
        ['orders|ST[env:test]', 'delta', 2],
        ['queue|ST[env:test,shop:berlin]', 'gauge', -12.5],
        ['checkout|ST[env:test]', 'observation', 320],
        ['size|ST[env:test]', 'observation', 7],
        ['latency|ST[env:test]', 'observation', 0.25],
        ['users|ST[env:test]', 'set', 'ada'],
      ])
    })

    it('agree on changes of gauges where gaugeSign says so', async () => {
      const taken = await sent(
        transport,
        3,
        { gaugeSign: 'delta' },
        { globalTags: { env: 'test' } },
        (client) => {
          client.gauge('queue', 12.5)
          client.gaugeDelta('queue', -2.5)
          client.gaugeDelta('queue', 4)
        },
      )
      expect(taken.map(([, , value]) => value)).toEqual([12.5, 10, 14])
    })

    it('agree on events and service checks', async () => {
      // Over TCP this client writes ASCII whatever the text.
      const title = transport === 'udp' ? 'Größe' : 'size'
      const taken = await sent(transport, 4, {}, {}, (client) => {
        client.event(title, 'line 1\nline 2', { hostname: 'web-1', alert_type: 'error' }, { env: 'test' })
        client.check(
          'redis',
          client.CHECKS.CRITICAL,
          { hostname: 'web-1', message: 'no reply' },
          { env: 'test' },
        )
        client.increment('after', 1)
      })
      expect(taken).toEqual([
        ['event|ST[alert_type:error,env:test,host:web-1]', 'text', `${title}\nline 1\nline 2`],
        ['redis|ST[env:test,host:web-1]', 'state', 2],
        ['redis.message|ST[env:test,host:web-1]', 'text', 'no reply'],
        ['after', 'delta', 1],
      ])
    })
  },
)
