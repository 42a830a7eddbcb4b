import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, type TestContext } from 'vitest'

import type { Check, CheckResult } from '../../../src/checks/check.ts'
import { smtpCheck } from '../../../src/checks/mail/smtp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { root } from '../exchange/certificates.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { mailUser, startDovecot, writeCertificate } from './dovecot.ts'
import { needProgram } from '../../programs.ts'
import { type RealServer, startServer, temporaryFolder } from './servers.ts'

const host = '127.0.0.1'
const ca = root
const program = '/usr/lib/postfix/sbin/master'

interface Postfix {
  readonly server: RealServer
  /** What it has logged. */
  readonly said: () => string
  readonly port: number
  readonly tlsPort: number
  /** Files in its queue: messages that it has taken. */
  readonly queued: () => readonly string[]
}

/** A postfix that takes mail for `here.test` into its queue and delivers none, with passwords checked by dovecot. */
async function startPostfix(
  context: TestContext,
  authSocket = '/nowhere',
  isExpired = false,
  isProxied = false,
): Promise<Postfix> {
  needProgram(context, program, 'postfix')
  const folder = temporaryFolder()
  const files = writeCertificate(folder, isExpired)
  const [port, tlsPort] = [await freePort('tcp'), await freePort('tcp')]
  const [queue, data, log] = [join(folder, 'queue'), join(folder, 'data'), join(folder, 'log')]
  const folders =
    'active bounce corrupt defer deferred flush hold incoming private public saved trace pid maildrop'
  for (const name of folders.split(' ')) mkdirSync(join(queue, name), { recursive: true })
  mkdirSync(data)
  execFileSync('chown', ['-R', 'postfix', queue, data])
  execFileSync('chown', ['root', queue, join(queue, 'pid')])
  writeFileSync(
    join(folder, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
maillog_file = ${log}
maillog_file_prefixes = ${folder}
myhostname = mail.here.test
mydestination = here.test
local_recipient_maps =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_tls_chain_files = ${files.key}, ${files.cert}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = ${authSocket === '' ? 'no' : 'yes'}
smtpd_sasl_type = dovecot
${authSocket === '' ? '' : `smtpd_sasl_path = ${authSocket}`}
smtpd_relay_restrictions = reject_unauth_destination
${isProxied ? 'smtpd_upstream_proxy_protocol = haproxy' : ''}
`,
  )
  writeFileSync(
    join(folder, 'master.cf'),
    `${port} inet n - n - - smtpd
${tlsPort} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`,
  )
  const server = await startServer(program, ['-c', folder, '-d'], { port })
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')
  return { server, said, port, tlsPort, queued: () => readdirSync(join(queue, 'incoming')) }
}

async function look(check: Check, timeoutMs = 10_000): Promise<CheckResult> {
  const result = await runOnce(check, { timeoutMs })
  expectNoSecret(result, mailUser.password)
  return result
}

describe('postfix', () => {
  it('is asked up to the recipient, and sent nothing without a message; that it does not relay is bad and available', async (context) => {
    const { port, queued, said } = await startPostfix(context)
    const envelope = { from: 'check@there.test', to: 'robin@here.test' }
    const result = await look(smtpCheck({ host, port, ...envelope }))
    expect(result, said()).toMatchObject({ state: 'good', available: 'yes' })
    expect(measuredBy(result)).toMatchObject({
      banner: expect.stringContaining('mail.here.test ESMTP'),
      last_cmd: 'RCPT TO',
      last_code: 250,
      last_message: '2.1.5 Ok',
      ehlo_response_banner: 'mail.here.test',
      ehlo_response_pipelining: 'true',
      ehlo_response_size: '10240000',
    })
    // It was told goodbye.
    await expect.poll(said).toMatch(/disconnect from .*ehlo=1 mail=1 rcpt=1 quit=1 commands=4/)
    expect(queued()).toEqual([])
    expect(
      await look(smtpCheck({ host, port, ...envelope, message: 'subject: x\n\n.\nbye\n' })),
    ).toMatchObject({
      state: 'good',
    })
    expect(queued()).toHaveLength(1)
    const relayed = await look(smtpCheck({ host, port, to: 'a@elsewhere.test' }))
    expect(relayed).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringMatching(
        /^RCPT TO was answered by "554 5\.7\.1 <a@elsewhere\.test>: Relay access denied/,
      ),
    })
    expect(measuredBy(relayed)).toMatchObject({ last_code: 554 })
  })

  it('is asked as a load balancer asks, in clear and over TLS, up to its goodbye', async (context) => {
    const { port, tlsPort, said } = await startPostfix(context, '', false, true)
    for (const options of [{ port }, { port, starttls: { ca } }, { port: tlsPort, tls: { ca } }]) {
      const proxy = { source: '192.0.2.9', sourcePort: 1234 }
      const result = await look(smtpCheck({ host, ...options, proxy, quit: true, to: 'robin@here.test' }))
      expect(result, said()).toMatchObject({ state: 'good', available: 'yes' })
      expect(result.samples.map(({ series }) => series.key)).toContain('quit_time')
    }
    expect(await look(smtpCheck({ host, port, proxy: true }))).toMatchObject({ state: 'good' })
    await expect.poll(() => said().match(/disconnect from unknown\[192\.0\.2\.9\]/g)?.length).toBe(3)
    expect(await look(smtpCheck({ host, port }), 1000)).toMatchObject({ state: 'bad' })
  })

  it('takes a login over STARTTLS and TLS, and none in clear', async (context) => {
    const { authSocket } = await startDovecot(context)
    const { port, tlsPort, said } = await startPostfix(context, authSocket)
    for (const options of [
      { port, starttls: { ca } },
      { port: tlsPort, tls: { ca } },
      { port, starttls: { ca }, auth: 'login' as const },
    ]) {
      const result = await look(smtpCheck({ host, ...mailUser, ...options, to: 'a@elsewhere.test' }))
      expect(measuredBy(result), said()).toMatchObject({
        cert_subject: '/O=Tests/CN=localhost',
        last_cmd: 'RCPT TO',
      })
    }
    await expect.poll(said).toMatch(/disconnect from .* ehlo=2 starttls=1 auth=1 mail=1/)
    expect(await look(smtpCheck({ host, port, ...mailUser }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining('takes no password over this connection'),
    })
    const wrong = { ...mailUser, password: 'wrong one' }
    expect(await look(smtpCheck({ host, port, ...wrong, starttls: { ca } }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'AUTH PLAIN was answered by "535 5.7.8"',
    })
  })

  it('is told no password over a certificate that ended, which is measured', async (context) => {
    const { port, tlsPort, said } = await startPostfix(context, '', true)
    for (const options of [
      { port, starttls: { ca } },
      { port: tlsPort, tls: { ca } },
    ]) {
      const result = await look(smtpCheck({ host, ...mailUser, ...options }))
      expect(result, said()).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: expect.stringContaining(' it ended '),
      })
      expect(measuredBy(result)['cert_end_in']).toBeLessThan(0)
    }
  })

  it('is bad and not available where it hangs, and where it is stopped', async (context) => {
    const { port, server } = await startPostfix(context)
    server.hang()
    expect(await look(smtpCheck({ host, port }), 500)).toMatchObject({
      state: 'bad',
      available: 'no',
      reason: 'timed-out',
    })
    await server.kill()
    expect(await look(smtpCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
