import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import { graphitePickle } from '../../src/graphite/graphite-pickle.ts'
import { graphite } from '../../src/graphite/graphite.ts'
import { freePort, portOf, receive } from '../sockets.ts'
import { needProgram } from '../programs.ts'
import { dialDaemon, startDaemon, temporaryFolder } from './daemon.ts'

const total = 5000
const names = Array.from({ length: total }, (_, at) => `servers.web${at % 50}.cpu${at};host=web${at % 50}`)
const lines = names.map((name, at) => `${name} ${at / 4} ${1_700_000_000 + at}\n`).join('')
const expected = names.map((_, at) => [
  `servers.web${at % 50}.cpu${at}|ST[host:web${at % 50}]`,
  at / 4,
  (1_700_000_000 + at) * 1000,
])

/** What a source has taken through a relay, in the order of time: a relay that has several ways keeps no other. */
const inOrder = (samples: readonly { series: { key: string }; value: unknown; time: number }[]): unknown[] =>
  [...samples].sort((a, b) => a.time - b.time).map(({ series, value, time }) => [series.key, value, time])

describe('a relay in front', () => {
  it('carbon-c-relay sends lines, and each arrives', async (context) => {
    needProgram(context, 'carbon-c-relay', 'carbon-c-relay')
    const source = graphite({ port: 0 })
    const { count, subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const config = join(temporaryFolder(), 'relay.conf')
    const [port, own] = [await freePort('tcp'), await portOf(source)]
    writeFileSync(
      config,
      `listen type linemode 127.0.0.1:${port} proto tcp;\ncluster out forward 127.0.0.1:${own} proto tcp;\nmatch * send to out stop;\n`,
    )
    const relay = startDaemon('carbon-c-relay', ['-f', config, '-s', '-c', '-_:#;='])
    ;(await dialDaemon(port, relay)).end(lines)
    expect(inOrder(await Promise.race([count(total), relay.failed]))).toEqual(expected)
    expect(source.stats.problems).toBe(0)
  })

  it('carbon-relay of graphite-carbon sends pickles, and each point arrives', async (context) => {
    needProgram(context, 'carbon-relay', 'graphite-carbon')
    const source = graphitePickle({ port: 0 })
    const { count, subscription } = receive(source)
    onTestFinished(() => subscription.unsubscribe())
    const folder = temporaryFolder()
    const config = join(folder, 'carbon.conf')
    const [port, pickles, own] = [await freePort('tcp'), await freePort('tcp'), await portOf(source)]
    const settings = {
      USER: '',
      LINE_RECEIVER_INTERFACE: '127.0.0.1',
      LINE_RECEIVER_PORT: port,
      PICKLE_RECEIVER_INTERFACE: '127.0.0.1',
      PICKLE_RECEIVER_PORT: pickles,
      RELAY_METHOD: 'consistent-hashing',
      DESTINATIONS: `127.0.0.1:${own}:a`,
      DESTINATION_PROTOCOL: 'pickle',
      CARBON_METRIC_INTERVAL: 0,
      // What comes faster than it sends, it drops beyond this.
      MAX_QUEUE_SIZE: 10 * total,
    }
    const rows = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
    writeFileSync(config, `[relay]\n${rows.join('\n')}\n`)
    writeFileSync(join(folder, 'storage-schemas.conf'), '[all]\npattern = .*\nretentions = 60s:1d\n')
    const relay = startDaemon('carbon-relay', [
      ...['--nodaemon', `--config=${config}`, `--logdir=${folder}`, `--pidfile=${join(folder, 'pid')}`],
      'start',
    ])
    ;(await dialDaemon(port, relay)).end(lines)
    expect(inOrder(await Promise.race([count(total), relay.failed]))).toEqual(expected)
    expect(source.stats.problems).toBe(0)
  })
})
