import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { snmpCheck, type SnmpCheckOptions, type SnmpUser } from '../../../src/checks/snmp/index.ts'
import { freePort } from '../../sockets.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
/** For who should answer; for those who do not, one more attempt is not waited for. */
const patient = { attempts: 30, retryMs: 1000 }
const impatient = { attempts: 2, retryMs: 300 }
const community = 'hunter2hunter2'
const authKey = 'signing-key-1'
const privKey = 'sealing-key-1'

interface Agent {
  readonly server: RealServer
  readonly run: (options?: Partial<SnmpCheckOptions>) => Promise<CheckResult>
}

async function startSnmpd(context: TestContext): Promise<Agent> {
  needProgram(context, 'snmpd', 'snmpd')
  const folder = temporaryFolder()
  const port = await freePort('udp')
  writeFileSync(
    join(folder, 'snmpd.conf'),
    [
      `agentAddress udp:${host}:${port}`,
      `rocommunity ${community}`,
      'sysName observed',
      'sysContact Robin <robin@example.org>',
      ...(['MD5', 'SHA', 'SHA-256', 'SHA-512'] as const).map(
        (protocol) => `createUser ${protocol} ${protocol} ${authKey} AES ${privKey}`,
      ),
      'rouser MD5 authNoPriv',
      'rouser SHA authPriv',
      'rouser SHA-256 authPriv',
      'rouser SHA-512 authPriv',
      '',
    ].join('\n'),
  )
  const words = ['-f', '-Lo', '-C', '-c', join(folder, 'snmpd.conf'), '-p', join(folder, 'pid')]
  const env = { SNMP_PERSISTENT_DIR: folder, MIBS: '' }
  const server = await startServer('snmpd', words, { cwd: folder, env })
  const run: Agent['run'] = (options) => {
    const login = options?.version === '3' ? {} : { community }
    const given = { host, port, ...login, ...patient, ...options }
    return runOnce(snmpCheck(given), { timeoutMs: 30_000 })
  }
  await expect.poll(async () => (await run()).state).toBe('good')
  return { server, run }
}

const userOf = (name: string, authProtocol: SnmpUser['authProtocol'], isSealed: boolean): SnmpUser => ({
  name,
  authProtocol,
  authKey,
  ...(isSealed && { privProtocol: 'aes', privKey: () => privKey }),
})

describe('snmpCheck of a real snmpd', () => {
  it('asks for objects and walks tables, in each version', async (context) => {
    const { run, server } = await startSnmpd(context)
    const oids = { sysName: '1.3.6.1.2.1.1.5.0', none: '1.3.6.1.2.1.1.99.0', uptime: '1.3.6.1.2.1.1.3.0' }
    const walk = { ifHCInOctets: '1.3.6.1.2.1.31.1.1.1.6', ifType: '1.3.6.1.2.1.2.2.1.3' }
    const labels = { interface: '1.3.6.1.2.1.31.1.1.1.1' }
    for (const login of [
      { version: '1' },
      { version: '2c' },
      { version: '3', user: userOf('MD5', 'md5', false) },
      { version: '3', user: userOf('SHA', 'sha', true) },
      { version: '3', user: userOf('SHA-256', 'sha256', true) },
      { version: '3', user: userOf('SHA-512', 'sha512', true) },
    ] as const) {
      const result = await run({ ...login, oids, walk, labels })
      expect(result, JSON.stringify(login)).toMatchObject({ available: 'yes' })
      // Version 1 has no counters of 64 bits.
      expect(result).toMatchObject({ state: 'warning' })
      expect(result.status).toMatch(login.version === '1' ? /: none, ifHCInOctets$/ : /: none$/)
      const measured = measuredBy(result)
      expect(measured).toMatchObject({ sysName: 'observed', uptime: expect.any(Number) })
      const keys = Object.keys(measured).filter((key) => key.startsWith('ifType'))
      expect(keys).toContain('ifType|ST[index:1,interface:lo]')
      if (login.version !== '1')
        expect(measured['ifHCInOctets|ST[index:1,interface:lo]']).toMatch(/^counter \d+$/)
    }
    server.hang()
    const hung = await run(impatient)
    expect(hung).toMatchObject({ state: 'bad', available: 'no' })
    expect(hung.status).toMatch(/to 2 requests$/)
    await server.kill()
    const refused = await run()
    expect(refused).toMatchObject({ state: 'bad', available: 'no' })
    expect(refused.status).toMatch(/ECONNREFUSED$/)
  })

  it('is bad with the wrong community, user, key and level', async (context) => {
    const { run } = await startSnmpd(context)
    const stranger = await run({ community: 'hunter3hunter3', ...impatient })
    // It says nothing to strangers.
    expect(stranger).toMatchObject({ state: 'bad', available: 'no' })
    expectNoSecret(stranger, 'hunter3hunter3')
    const good = userOf('SHA', 'sha', true)
    for (const [user, status] of [
      [{ ...good, name: 'nobody' }, /Unknown User Name$/],
      [{ ...good, authKey: 'hunter3hunter3' }, /Wrong Digest/],
      [{ ...good, authProtocol: 'md5' }, /Wrong Digest/],
      [userOf('SHA', 'sha', false), /AuthorizationError|none of 1 objects has a value/],
      [{ ...good, privKey: 'hunter3hunter3' }, /Decryption Error|to 2 requests$/],
    ] as const) {
      const silent = 'privKey' in user && user.privKey === 'hunter3hunter3'
      const result = await run({ version: '3', user, ...(silent && impatient) })
      expect(result).toMatchObject({ state: 'bad' })
      expect(result.status).toMatch(status)
      expectNoSecret(result, 'hunter3hunter3')
    }
  })
})
