import { Resolver } from 'node:dns'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { dnsCheck, type DnsCheckOptions } from '../../../src/checks/network/dns-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const nameserver = '127.0.0.1'

const look = (port: number, options: Omit<DnsCheckOptions, 'nameserver' | 'port'>): Promise<CheckResult> =>
  runOnce(dnsCheck({ nameserver, port, ...options }), { timeoutMs: 30_000 })

const zone = `$TTL 300
@ IN SOA ns.a.test. host\\.master.a.test. 2024010101 3600 600 86400 60
@ IN NS ns
@ IN MX 10 mail
@ IN MX 20 backup.b.test.
@ IN TXT "v=spf1 " "-all"
@ IN CAA 0 issue "ca.test"
ns IN A 127.0.0.1
www 60 IN A 192.0.2.1
www 60 IN A 192.0.2.2
www IN AAAA 2001:db8::1
alias 30 IN CNAME www
_sip._tcp IN SRV 1 2 5060 ns
odd\\.name IN A 192.0.2.3
${Array.from({ length: 12 }, (_, at) => `medium IN TXT "${String(at).padStart(60, 'x')}"`).join('\n')}
${Array.from({ length: 60 }, (_, at) => `large IN TXT "${String(at).padStart(60, 'x')}"`).join('\n')}
`

async function startNamed(
  maxUdpSize = 1232,
): Promise<{ readonly port: number; readonly server: RealServer }> {
  const folder = temporaryFolder()
  const port = await freePort('tcp')
  writeFileSync(join(folder, 'a.zone'), zone)
  writeFileSync(
    join(folder, 'reverse.zone'),
    '$TTL 300\n@ IN SOA ns.a.test. root.a.test. 1 1 1 1 1\n@ IN NS ns.a.test.\n1 IN PTR www.a.test.\n',
  )
  writeFileSync(
    join(folder, 'named.conf'),
    `options {
      directory "${folder}"; pid-file none; session-keyfile "${folder}/session.key";
      listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
      recursion no; dnssec-validation no; max-udp-size ${maxUdpSize}; notify no;
    };
    controls { };
    zone "a.test" { type master; file "a.zone"; check-names ignore; };
    zone "2.0.192.in-addr.arpa" { type master; file "reverse.zone"; };
    `,
  )
  const server = await startServer('named', ['-g', '-n', '1', '-c', join(folder, 'named.conf')], { port })
  return { port, server }
}

describe('dnsCheck and bind9', () => {
  it('finds records of all types', async (context) => {
    needProgram(context, 'named', 'bind9')
    const { port } = await startNamed()
    const answers: Readonly<Record<string, unknown>> = {
      'www.a.test A': '192.0.2.1, 192.0.2.2',
      'www.a.test AAAA': '2001:db8::1',
      'alias.a.test CNAME': 'www.a.test',
      'alias.a.test A': '192.0.2.1, 192.0.2.2',
      'a.test NS': 'ns.a.test',
      'a.test MX': '10 mail.a.test, 20 backup.b.test',
      'a.test TXT': 'v=spf1 -all',
      'a.test CAA': '0 issue "ca.test"',
      '_sip._tcp.a.test SRV': '1 2 5060 ns.a.test',
      'odd\\.name.a.test A': '192.0.2.3',
      '192.0.2.1 PTR': 'www.a.test',
      'a.test SOA': 'ns.a.test host\\.master.a.test 2024010101 3600 600 86400 60',
    }
    for (const [name, answer] of Object.entries(answers)) {
      const [query = '', type] = name.split(' ')
      const result = await look(port, { query, type: type as 'A' })
      expect.soft(result, name).toMatchObject({ state: 'good', available: 'yes' })
      expect.soft(measuredBy(result), name).toMatchObject({ answer, authoritative: 1, rcode: 'NOERROR' })
    }
    expect(measuredBy(await look(port, { query: 'alias.a.test' }))).toMatchObject({
      cname: 'www.a.test',
      ttl: 60,
    })
    expect(measuredBy(await look(port, { query: 'a.test', type: 'SOA' }))).toMatchObject({
      'email-addr': 'host\\.master.a.test',
      serial: 2024010101,
    })
    expect(await look(port, { query: 'no.a.test' })).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'it answered NXDOMAIN, expected NOERROR',
    })
    expect(await look(port, { query: 'ns.a.test', type: 'AAAA' })).toMatchObject({
      state: 'bad',
      status: 'it has no record of type AAAA',
    })
    expect(await look(port, { query: 'b.test' })).toMatchObject({
      state: 'bad',
      status: 'it answered REFUSED, expected NOERROR',
    })
  })

  it('asks over TCP for what does not fit a datagram', async (context) => {
    needProgram(context, 'named', 'bind9')
    const { port } = await startNamed()
    for (const transport of ['udp', 'tcp'] as const)
      expect(
        measuredBy(await look(port, { query: 'large.a.test', type: 'TXT', transport })),
        transport,
      ).toMatchObject({ answers: 60 })
  })

  it('takes what fits 1232 bytes in a datagram, and over TCP from one that gives 512', async (context) => {
    needProgram(context, 'named', 'bind9')
    for (const maxUdpSize of [1232, 512]) {
      const { port } = await startNamed(maxUdpSize)
      const result = await look(port, { query: 'medium.a.test', type: 'TXT', dnssec: true })
      expect(measuredBy(result)).toMatchObject({ answers: 12, authenticated: 0 })
      expect(result.samples.some(({ series }) => series.key === 'tt_connect')).toBe(maxUdpSize === 512)
    }
  })

  it('is asked where the first server of the system hangs', async (context) => {
    needProgram(context, 'named', 'bind9')
    const [hung, { port }] = [await startNamed(), await startNamed()]
    const servers = [hung.port, port].map((one) => `127.0.0.1:${one}`)
    const spy = vi.spyOn(Resolver.prototype, 'getServers').mockReturnValue(servers)
    onTestFinished(() => spy.mockRestore())
    hung.server.hang()
    for (const transport of ['udp', 'tcp'] as const) {
      const result = await runOnce(dnsCheck({ query: 'www.a.test', transport }))
      expect(result, transport).toMatchObject({ state: 'good' })
      expect(measuredBy(result)).toMatchObject({ nameserver: servers[1] })
    }
  })

  it('is bad and not available where it hangs, and where it is gone', async (context) => {
    needProgram(context, 'named', 'bind9')
    const { port, server } = await startNamed()
    const both = ['udp', 'tcp'] as const
    server.hang()
    for (const transport of both)
      expect
        .soft(
          await runOnce(dnsCheck({ query: 'a.test', nameserver, port, transport }), { timeoutMs: 300 }),
          transport,
        )
        .toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    server.goOn()
    expect(await look(port, { query: 'a.test', type: 'NS' })).toMatchObject({ state: 'good' })
    await server.kill()
    for (const transport of both)
      expect
        .soft(await look(port, { query: 'a.test', transport }), transport)
        .toMatchObject({ state: 'bad', available: 'no' })
  })
})

describe('dnsCheck and dnsmasq', () => {
  it('finds what it serves', async (context) => {
    needProgram(context, 'dnsmasq', 'dnsmasq-base')
    const port = await freePort('tcp')
    await startServer(
      'dnsmasq',
      [
        ...['-k', '-C', '/dev/null', '--no-resolv', '--no-hosts', '--pid-file', '--user=root'],
        ...['--bind-interfaces', '--listen-address=127.0.0.1', `--port=${port}`],
        ...['--host-record=a.test,192.0.2.1,2001:db8::1,77', '--cname=b.test,a.test'],
        ...['--mx-host=a.test,mail.a.test,10', '--txt-record=a.test,hello world', '--local-ttl=5'],
        '--srv-host=_x._tcp.a.test,a.test,99,1,2',
      ],
      { port },
    )
    expect(measuredBy(await look(port, { query: 'a.test' }))).toMatchObject({ answer: '192.0.2.1', ttl: 77 })
    expect(measuredBy(await look(port, { query: 'b.test' }))).toMatchObject({ cname: 'a.test' })
    for (const [type, query, expected] of [
      ['AAAA', 'a.test', '2001:db8:0::1'],
      ['MX', 'a.test', '10 mail.a.test'],
      ['TXT', 'a.test', 'hello world'],
      ['SRV', '_x._tcp.a.test', '1 2 99 a.test.'],
      ['PTR', '192.0.2.1', 'a.test'],
    ] as const)
      expect.soft(await look(port, { query, type, expect: expected }), type).toMatchObject({ state: 'good' })
    expect(await look(port, { query: 'c.test' })).toMatchObject({
      state: 'bad',
      status: 'it answered REFUSED, expected NOERROR',
    })
  })
})
