import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Client } from 'ldapts'
import { describe, expect, it, type TestContext } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { ldapCheck, type LdapCheckOptions } from '../../../src/checks/stores/ldap/ldap-check.ts'
import { freePort } from '../../sockets.ts'
import { chained, expired, intermediate, key, root } from '../exchange/certificates.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
/** For what should answer: it ends what never does, and measures nothing. */
const limit = 30_000
const base = 'dc=example,dc=org'
const login = { user: `cn=monitor,${base}`, password: 'pass-word-1' }
const people = 1200

const entries = [
  `dn: ${base}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n`,
  `dn: ou=people,${base}\nobjectClass: organizationalUnit\nou: people\n`,
  ...Array.from(
    { length: people },
    (_, at) => `dn: cn=p${at},ou=people,${base}\nobjectClass: person\ncn: p${at}\nsn: s${at % 3}\n`,
  ),
]

interface Directory {
  readonly server: RealServer
  readonly port: number
  readonly run: (options?: Partial<LdapCheckOptions>, timeoutMs?: number) => Promise<CheckResult>
  readonly tlsPort: number
}

async function startSlapd(context: TestContext, cert = `${chained}\n${intermediate}`): Promise<Directory> {
  needProgram(context, 'slapd', 'slapd')
  const folder = temporaryFolder()
  const [port, tlsPort] = [await freePort('tcp'), await freePort('tcp')]
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  mkdirSync(join(folder, 'data'))
  const settings = file(
    'slapd.conf',
    [
      ...['core', 'cosine'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCertificateFile ${file('cert.pem', cert)}`,
      `TLSCertificateKeyFile ${file('key.pem', key)}`,
      `TLSCACertificateFile ${file('root.pem', root)}`,
      'database mdb',
      `suffix "${base}"`,
      `rootdn "cn=monitor,${base}"`,
      `rootpw ${login.password}`,
      `directory ${folder}/data`,
      'dbnosync',
      '',
    ].join('\n'),
  )
  execFileSync('slapadd', ['-q', '-f', settings, '-l', file('entries.ldif', entries.join('\n'))], {
    stdio: 'pipe',
  })
  const urls = `ldap://${host}:${port}/ ldaps://${host}:${tlsPort}/`
  const server = await startServer('slapd', ['-d', '0', '-f', settings, '-h', urls], { port })
  const run: Directory['run'] = (options, timeoutMs = limit) =>
    runOnce(ldapCheck({ host, port, ...login, ...options }), { timeoutMs })
  return { server, port, tlsPort, run }
}

describe('ldapCheck of a real slapd', () => {
  it('counts what ldapts counts, over pages, TLS and StartTLS', async (context) => {
    const { run, port, tlsPort } = await startSlapd(context)
    const itself = await run({ user: undefined, password: undefined })
    expect(itself).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(itself)).toMatchObject({
      total_objects: 1,
      'object_count|ST[object_class:OpenLDAProotDSE]': 1,
    })
    const client = new Client({ url: `ldap://${host}:${port}` })
    await client.bind(login.user, login.password)
    for (const filter of [
      '(objectClass=*)',
      '(&(objectClass=person)(|(sn=s1)(cn=p*7))(!(cn=p1)))',
      '(cn=none)',
    ]) {
      const { searchEntries } = await client.search(base, { filter, paged: true })
      const all = { total_objects: searchEntries.length, bind_duration: expect.any(Number) }
      for (const options of [{}, { port: tlsPort, tls: { ca: root } }, { starttls: { ca: root } }]) {
        const result = await run({ base, filter, ...options })
        expect(result, filter).toMatchObject({ state: 'good' })
        expect(measuredBy(result)).toMatchObject(all)
      }
    }
    await client.unbind()
    expect(measuredBy(await run({ base }))).toMatchObject({
      total_objects: people + 2,
      'object_count|ST[object_class:person]': people,
      'object_count|ST[object_class:organizationalUnit]': 1,
    })
    expect(measuredBy(await run({ base, scope: 'one' }))).toMatchObject({ total_objects: 1 })
    expect(await run({ base, maxObjects: 1000 })).toMatchObject({ state: 'warning' })
  })

  it('is bad with a wrong password, a base that is not there, and at a limit of the server', async (context) => {
    const { run } = await startSlapd(context)
    const wrong = await run({ password: 'hunter2' })
    expect(wrong).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'the login was answered by invalidCredentials',
    })
    expectNoSecret(wrong, 'hunter2')
    expect(await run({ base: 'dc=no' })).toMatchObject({
      state: 'bad',
      status: 'the search was answered by noSuchObject',
    })
    const nobody = { user: undefined, password: undefined, base }
    expect(await run(nobody)).toMatchObject({
      state: 'bad',
      status: 'the search was answered by sizeLimitExceeded',
    })
  })

  it('is bad where its certificate has ended', async (context) => {
    const { run, tlsPort } = await startSlapd(context, expired)
    for (const options of [{ starttls: { ca: root } }, { port: tlsPort, tls: { ca: root } }]) {
      const result = await run(options)
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expect(result.status).toContain('it ended')
    }
  })

  it('is bad where it hangs, and where it is not there', async (context) => {
    const { run, server } = await startSlapd(context)
    server.hang()
    expect(await run({}, 1000)).toMatchObject({ state: 'bad', available: 'no', reason: 'timed-out' })
    await server.kill()
    expect(await run()).toMatchObject({ state: 'bad', available: 'no', reason: 'no-answer' })
  })
})
