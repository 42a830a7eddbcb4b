import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { tcpCheck } from '../../../src/checks/network/tcp-check.ts'
import { tlsCheck } from '../../../src/checks/network/tls-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { chained, early, expired, intermediate, key, root } from '../exchange/certificates.ts'
import { measuredBy } from '../scripted-server.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'

/** nginx with a port for each certificate. */
async function startNginx(
  context: TestContext,
): Promise<{ readonly ports: Readonly<Record<string, number>>; readonly server: RealServer }> {
  needProgram(context, 'nginx', 'nginx-light')
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'key'), key)
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '10']
  const own = ['-x509', '-key', join(folder, 'key'), '-out', join(folder, 'own')]
  const made = spawnSync('openssl', ['req', '-new', ...own, ...subject])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  const certificates = { chained: `${chained}\n${intermediate}\n`, incomplete: chained, early, expired }
  for (const [name, pem] of Object.entries(certificates)) writeFileSync(join(folder, name), pem)
  const ports: Record<string, number> = {}
  for (const name of [...Object.keys(certificates), 'own']) ports[name] = await freePort('tcp')
  const servers = Object.entries(ports).map(
    ([name, port]) => `server {
      listen 127.0.0.1:${port} ssl;
      ssl_certificate ${join(folder, name)}; ssl_certificate_key ${join(folder, 'key')};
      return 200 ok;
    }`,
  )
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${join(folder, 'pid')}; error_log stderr; worker_processes 1;
    events { worker_connections 64; }
    http { access_log off; ${temporary.join(' ')} ${servers.join('\n')} }`,
  )
  const server = await startServer('nginx', ['-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    port: ports['own']!,
  })
  return { ports, server }
}

describe('tlsCheck and nginx', () => {
  it('tells certificates that are valid from those that are not', async (context) => {
    const { ports } = await startNginx(context)
    const look = (name: string, tls = {}): Promise<CheckResult> =>
      runOnce(tlsCheck({ host, port: ports[name]!, tls: { ca: root, ...tls } }))

    const good = await look('chained')
    expect(good).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(good)).toMatchObject({
      cert_subject: '/O=Tests/CN=localhost',
      cert_issuer: '/O=Tests/CN=Intermediate of checks',
      tls_version: expect.stringMatching(/^TLSv1/),
    })
    for (const [name, tls, flaw] of [
      ['expired', {}, /it ended Jan  1 00:00:00 2021 GMT/],
      ['early', {}, /it begins Jan  1 00:00:00 2110 GMT/],
      ['incomplete', {}, /is not trusted/],
      ['own', {}, /is not trusted/],
      ['chained', { servername: 'other.test' }, /not for other\.test/],
    ] as const) {
      const result = await look(name, tls)
      expect.soft(result, name).toMatchObject({ state: 'bad', available: 'yes' })
      expect.soft(result.status, name).toMatch(flaw)
      expect.soft(measuredBy(result), name).toMatchObject({ cert_error: expect.stringMatching(flaw) })
    }
  })

  it('counts the days of one that is trusted for itself', async (context) => {
    const { ports } = await startNginx(context)
    const tls = { verify: false }
    const look = (limits: object): Promise<CheckResult> =>
      runOnce(tlsCheck({ host, port: ports['own']!, tls, ...limits }))
    expect(await look({})).toMatchObject({ state: 'warning' })
    expect(await look({ badDays: 11 })).toMatchObject({ state: 'bad', available: 'yes' })
    const good = await look({ warningDays: 5, badDays: 1 })
    expect(good).toMatchObject({ state: 'good' })
    expect(measuredBy(good)['cert_days_left']).toSatisfy((days: number) => days > 8 && days <= 10)
  })

  it('is bad and not available where it hangs, and where it is gone', async (context) => {
    const { ports, server } = await startNginx(context)
    const check = tlsCheck({ host, port: ports['chained']!, tls: { ca: root } })
    server.hang()
    expect(await runOnce(check, { timeoutMs: 200 })).toMatchObject({ available: 'no', reason: 'timed-out' })
    server.goOn()
    expect(await runOnce(check)).toMatchObject({ state: 'good' })
    await server.kill()
    expect(await runOnce(check)).toMatchObject({ state: 'bad', available: 'no' })
  })
})

describe('tcpCheck and nginx', () => {
  it('talks over TLS', async (context) => {
    const { ports } = await startNginx(context)
    const result = await runOnce(
      tcpCheck({
        host,
        port: ports['chained']!,
        tls: { ca: root },
        steps: [
          { send: 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' },
          { expect: /^HTTP\/1\.1 200 OK$/ },
          { expect: '\r\n\r\nok' },
        ],
      }),
    )
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({ steps_done: 3 })
  })
})
