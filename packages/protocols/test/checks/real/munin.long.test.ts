import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import { muninCheck } from '../../../src/checks/agents/munin-check.ts'
import type { Check, CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { intermediate, root } from '../exchange/certificates.ts'
import { measuredBy } from '../scripted-server.ts'
import { writeCertificate } from './dovecot.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
// It sends its own certificate without the one of its issuer.
const ca = [root, intermediate]

/** Plugins as shell scripts: what they say to `config`, and what otherwise. */
const plugins: Readonly<Record<string, readonly [config: string, values: string]>> = {
  traffic: [
    'graph_title Traffic\nin.type COUNTER\nout.type DERIVE\nout.min 0\nlost.type ABSOLUTE\nload.label load',
    'in.value 123\nout.value 45\nlost.value 6\nload.value 0.25\nnone.value U',
  ],
  disks: [
    'multigraph disks_io\nrd.type DERIVE\nmultigraph disks_io.sda\nrd.type DERIVE',
    'multigraph disks_io\nrd.value 10\nmultigraph disks_io.sda\nrd.value 7',
  ],
  eager: ['n.type COUNTER\nn.value 99', 'n.value 0'],
}

async function startMunin(
  context: TestContext,
  more: Readonly<Record<string, string>> = {},
  isExpired = false,
): Promise<{ readonly server: RealServer; readonly port: number; readonly said: () => string }> {
  needProgram(context, 'munin-node', 'munin-node')
  const folder = temporaryFolder()
  const files = writeCertificate(folder, isExpired)
  const [scripts, settings, log] = [
    join(folder, 'plugins'),
    join(folder, 'plugin-conf.d'),
    join(folder, 'log'),
  ]
  mkdirSync(scripts)
  mkdirSync(settings)
  const sayings = Object.entries(plugins).map(([name, [config, values]]): readonly [string, string] => [
    name,
    `if [ "$1" = config ]; then echo '${config}'; else echo '${values}'; fi`,
  ])
  for (const [name, script] of [...sayings, ...Object.entries(more)]) {
    writeFileSync(join(scripts, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(scripts, name), 0o755)
  }
  const port = await freePort('tcp')
  writeFileSync(
    join(folder, 'munin-node.conf'),
    `log_level 4
log_file ${log}
pid_file ${join(folder, 'pid')}
background 0
setsid 0
user root
group root
host_name node.test
allow ^127\\.0\\.0\\.1$
host 127.0.0.1
port ${port}
timeout 1
tls auto
tls_private_key ${files.key}
tls_certificate ${files.cert}
tls_verify_certificate no
`,
  )
  // Where its plugins are it has built in, as a variable of Perl.
  const perl = `$Munin::Common::Defaults::MUNIN_CONFDIR = '${folder}'; do '/usr/sbin/munin-node'; die $@ if $@; exit main()`
  const words = ['-MMunin::Common::Defaults', '-e', perl, '--', '--config', join(folder, 'munin-node.conf')]
  const server = await startServer('perl', words, { port })
  return { server, port, said: () => readFileSync(log, 'utf8') }
}

const look = (check: Check, timeoutMs = 15_000): Promise<CheckResult> => runOnce(check, { timeoutMs })

const told = {
  banner: '# munin node at node.test',
  plugins: 3,
  plugins_failed: 0,
  'traffic`in': 'counter 123',
  'traffic`out': 'counter 45',
  'traffic`lost': 'delta 6',
  'traffic`load': 0.25,
  'disks_io`rd': 'counter 10',
  'disks_io.sda`rd': 'counter 7',
}

describe('munin-node', () => {
  it('tells what its plugins do, in clear and over STARTTLS, with the values that come with the types', async (context) => {
    const { port, said } = await startMunin(context)
    for (const starttls of [false, { ca }]) {
      const result = await look(muninCheck({ host, port, starttls }))
      expect(result, said()).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({ ...told, 'eager`n': 'counter 99' })
    }
  })

  it('warns where a plugin fails, hangs or is not there, and keeps the rest', async (context) => {
    const { port, said } = await startMunin(context, { broken: 'exit 3', hanging: 'sleep 60' })
    const names = ['broken', 'hanging', 'gone', 'traffic']
    const result = await look(muninCheck({ host, port, plugins: names }))
    expect(result, said()).toMatchObject({
      state: 'warning',
      available: 'yes',
      status: expect.stringContaining('3 of 4 plugins gave no value: "broken (Bad exit)'),
    })
    expect(measuredBy(result)).toMatchObject({ 'traffic`in': 'counter 123', plugins_failed: 3 })
  })

  it('is asked nothing over a certificate that ended, which is measured', async (context) => {
    const { port } = await startMunin(context, {}, true)
    const result = await look(muninCheck({ host, port, starttls: { ca } }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining(' it ended '),
    })
    expect(measuredBy(result)['cert_end_in']).toBeLessThan(0)
    expect(measuredBy(result)).not.toHaveProperty('plugins')
  })

  it('is bad and not available where it hangs, and where it is stopped', async (context) => {
    const { server, port } = await startMunin(context)
    server.hang()
    expect(await look(muninCheck({ host, port }), 500)).toMatchObject({
      state: 'bad',
      available: 'no',
      reason: 'timed-out',
    })
    await server.kill()
    expect(await look(muninCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
