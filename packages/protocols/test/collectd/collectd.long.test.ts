import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Sample } from '@tocsin/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { collectd, type CollectdOptions } from '../../src/collectd/collectd.ts'
import { collectdHttp } from '../../src/collectd/collectd-http.ts'
import { graphite } from '../../src/graphite/graphite.ts'
import type { Source } from '../../src/source/source.ts'
import { freePort, receive } from '../sockets.ts'

const program = '/usr/sbin/collectd'
const isThere = existsSync(program)
const required = process.env['TOCSIN_REQUIRE_PEERS'] === '1'
const reason = `${program} is not installed (Debian: collectd-core)`

/** Runs collectd until the test is over, with values of its own and whatever sends them. */
function startCollectd(sender: string): void {
  if (!isThere) throw new Error(`TOCSIN_REQUIRE_PEERS is set, but ${reason}`)
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-collectd-'))
  writeFileSync(
    join(folder, 'collectd.conf'),
    `Hostname "peer"
FQDNLookup false
BaseDir "${folder}"
PIDFile "${folder}/pid"
TypesDB "/usr/share/collectd/types.db"
Interval 0.5
LoadPlugin logfile
<Plugin logfile>
  LogLevel warning
  File stderr
</Plugin>
LoadPlugin load
LoadPlugin memory
LoadPlugin uptime
LoadPlugin contextswitch
LoadPlugin interface
LoadPlugin threshold
<Plugin threshold>
  <Plugin "uptime">
    <Type "uptime">
      FailureMin 1000000000000
      Persist true
    </Type>
  </Plugin>
</Plugin>
${sender}
`,
  )
  const daemon = spawn(program, ['-f', '-C', join(folder, 'collectd.conf')], { stdio: 'ignore' })
  onTestFinished(async () => {
    const gone = new Promise((resolve) => daemon.once('exit', resolve))
    // It may have ended by itself, of what it was told.
    if (daemon.kill('SIGKILL')) await gone
    rmSync(folder, { recursive: true, force: true })
  })
}

const network = (port: number, security: string): string => `LoadPlugin network
<Plugin network>
  <Server "127.0.0.1" "${port}">
    ${security}
  </Server>
</Plugin>`

/** The first sample of each series that is named, once all have come. */
async function firstOfEach(source: Source<Sample>, keys: readonly string[]): Promise<readonly Sample[]> {
  const found = new Map<string, Sample>()
  const received = receive(source)
  onTestFinished(() => received.subscription.unsubscribe())
  await expect
    .poll(() => {
      for (const sample of received.values)
        if (!found.has(sample.series.key)) found.set(sample.series.key, sample)
      return keys.filter((key) => !found.has(key))
    })
    .toEqual([])
  return keys.flatMap((key) => found.get(key) ?? [])
}

const keys = [
  'load.load.shortterm|ST[host:peer]',
  'memory.memory|ST[host:peer,type_instance:free]',
  'uptime.uptime|ST[host:peer]',
  'contextswitch.contextswitch|ST[host:peer]',
  'interface.if_octets.rx|ST[host:peer,plugin_instance:lo]',
]
const kinds = ['gauge', 'gauge', 'gauge', 'counter', 'counter']

async function expectValues(source: Source<Sample>): Promise<void> {
  const problems = receive(source.problems)
  onTestFinished(() => problems.subscription.unsubscribe())
  const samples = await firstOfEach(source, keys)
  expect(samples.map(({ kind }) => kind)).toEqual(kinds)
  for (const { time } of samples) expect(Math.abs(time - Date.now())).toBeLessThan(600_000)
  expect(problems.values).toEqual([])
}

describe.skipIf(!isThere && !required)(`collectd of Debian${isThere ? '' : ` (${reason})`}`, () => {
  it.each([
    ['plain', 'none', {}, ''],
    ['signed', 'sign', { alice: 's3cret' }, 'SecurityLevel "Sign"\nUsername "alice"\nPassword "s3cret"'],
    [
      'encrypted',
      'encrypt',
      { alice: 's3cret' },
      'SecurityLevel "Encrypt"\nUsername "alice"\nPassword "s3cret"',
    ],
  ] as const)('is understood over UDP, %s', async (_, securityLevel, users, security) => {
    const port = await freePort('udp')
    const source = collectd({ port, securityLevel, users } satisfies CollectdOptions)
    startCollectd(network(port, security))
    await expectValues(source)
  })

  it('is understood in a multicast group', async () => {
    const port = await freePort('udp')
    const source = collectd({ port, host: '239.192.74.66' })
    startCollectd(`LoadPlugin network
<Plugin network>
  TimeToLive 1
  <Server "239.192.74.66" "${port}">
  </Server>
</Plugin>`)
    await expectValues(source)
  })

  it('is refused where its password is another', async () => {
    const port = await freePort('udp')
    const source = collectd({ port, securityLevel: 'sign', users: { alice: 'another' } })
    const [problems, samples] = [receive(source.problems), receive(source)]
    onTestFinished(() => {
      problems.subscription.unsubscribe()
      samples.subscription.unsubscribe()
    })
    startCollectd(network(port, 'SecurityLevel "Sign"\nUsername "alice"\nPassword "s3cret"'))
    expect(await problems.count(1)).toMatchObject([{ reason: 'forbidden' }])
    expect(samples.values).toEqual([])
  })

  it('brings its notifications', async () => {
    const port = await freePort('udp')
    const source = collectd({ port })
    startCollectd(network(port, ''))
    const [text, state] = await firstOfEach(source, [
      'uptime.uptime.notification.message|ST[host:peer]',
      'uptime.uptime.notification.severity|ST[host:peer]',
    ])
    expect(text?.value).toContain('below the failure threshold')
    expect(state?.value).toBe(2)
  })

  it('is understood by write_http', async () => {
    const port = await freePort('tcp')
    startCollectd(`LoadPlugin write_http
<Plugin write_http>
  <Node "tocsin">
    URL "http://127.0.0.1:${port}/module/collectd"
    Format "JSON"
    BufferSize 4096
  </Node>
</Plugin>`)
    await expectValues(collectdHttp({ port }))
  })

  it('is understood by write_graphite', async () => {
    const port = await freePort('tcp')
    const source = graphite({ port })
    const found = firstOfEach(source, [
      'peer.load.load.shortterm',
      'peer.memory.memory-free',
      'peer.uptime.uptime',
      'peer.interface-lo.if_octets.rx',
    ])
    startCollectd(`LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "tocsin">
    Host "127.0.0.1"
    Port "${port}"
    Protocol "tcp"
    StoreRates false
  </Node>
</Plugin>`)
    expect((await found).every(({ kind }) => kind === 'gauge')).toBe(true)
    expect(source.stats.problems).toBe(0)
  })
})
