import { describe, expect, it } from 'vitest'

import type { Check, CheckResult } from '../../../src/checks/check.ts'
import { imapCheck } from '../../../src/checks/mail/imap-check.ts'
import { pop3Check } from '../../../src/checks/mail/pop3-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { root } from '../exchange/certificates.ts'
import { expectNoSecret, measuredBy } from '../scripted-server.ts'
import { mailUser, startDovecot } from './dovecot.ts'

const host = '127.0.0.1'
const ca = root
const { password } = mailUser

async function look(check: Check, timeoutMs = 10_000): Promise<CheckResult> {
  const result = await runOnce(check, { timeoutMs })
  expectNoSecret(result, password)
  return result
}

describe('dovecot', () => {
  it('is looked into by IMAP, over STARTTLS, TLS and in clear', async (context) => {
    const { ports, server } = await startDovecot(context)
    for (const options of [{ starttls: { ca } }, { tls: { ca }, port: ports.imaps }, {}]) {
      const check = imapCheck({
        host,
        port: ports.imap,
        ...mailUser,
        ...options,
        search: 'SEEN',
        fetch: true,
      })
      const result = await look(check)
      expect(result, server.said()).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({
        'messages`total': 2,
        'messages`recent': expect.any(Number),
        'messages`unseen': 1,
        'search`total': 1,
        'newest`size': 22,
        ...('port' in options || 'starttls' in options ? { cert_subject: '/O=Tests/CN=localhost' } : {}),
      })
    }
    // It stays unread.
    const unread = imapCheck({ host, port: ports.imap, ...mailUser, search: 'UNSEEN', fetch: true })
    for (let run = 0; run < 2; run += 1) {
      const measured = measuredBy(await look(unread))
      expect(measured).toMatchObject({ 'messages`unseen': 1, 'newest`size': 24 })
      expect(measured['newest`age']).toBeLessThan(600)
    }
    const old = await look(imapCheck({ host, port: ports.imap, ...mailUser, folder: 'old' }))
    expect(measuredBy(old)).toMatchObject({ 'messages`total': 1, 'messages`unseen': 0 })
    expect(await look(imapCheck({ host, port: ports.imap, ...mailUser, folder: 'gone' }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining(
        `STATUS "gone" (UNSEEN) was answered by "NO Mailbox doesn't exist: gone`,
      ),
    })
    // It was told goodbye each time but the last.
    await expect.poll(() => server.said().match(/Logged out/g)?.length).toBe(6)
  })

  it('is looked into by POP3, over STLS, TLS and in clear', async (context) => {
    const { ports, server } = await startDovecot(context)
    for (const options of [{ starttls: { ca } }, { tls: { ca }, port: ports.pop3s }, {}]) {
      const result = await look(pop3Check({ host, port: ports.pop3, ...mailUser, ...options }))
      expect(result, server.said()).toMatchObject({ state: 'good', available: 'yes' })
      expect(measuredBy(result)).toMatchObject({ 'stat`message_count': 2, 'stat`message_size': 46 })
    }
    await expect.poll(() => server.said().match(/Logged out/g)?.length).toBe(3)
  })

  it('refuses a wrong password, which is bad and available', async (context) => {
    const { ports } = await startDovecot(context)
    const wrong = { user: 'robin', password: 'wrong one' }
    expect(await look(imapCheck({ host, port: ports.imap, ...wrong }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'LOGIN was answered by "NO [AUTHENTICATIONFAILED]"',
    })
    expect(await look(pop3Check({ host, port: ports.pop3, ...wrong }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'PASS was answered by "-ERR [AUTH]"',
    })
  })

  it('is told no password over a certificate that ended, which is measured', async (context) => {
    const { ports, server } = await startDovecot(context, true)
    for (const check of [
      imapCheck({ host, port: ports.imap, ...mailUser, starttls: { ca } }),
      imapCheck({ host, port: ports.imaps, ...mailUser, tls: { ca } }),
      pop3Check({ host, port: ports.pop3, ...mailUser, starttls: { ca } }),
      pop3Check({ host, port: ports.pop3s, ...mailUser, tls: { ca } }),
    ]) {
      const result = await look(check)
      expect(result).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: expect.stringContaining(' it ended '),
      })
      expect(measuredBy(result)).toMatchObject({ cert_error: expect.stringContaining('it ended') })
      expect(measuredBy(result)['cert_end_in']).toBeLessThan(0)
    }
    expect(server.said()).not.toContain('Login: ')
    const tls = { ca, verify: false }
    expect(await look(imapCheck({ host, port: ports.imaps, ...mailUser, tls }))).toMatchObject({
      state: 'good',
    })
  })

  it('is bad and not available where it hangs, and where it is stopped', async (context) => {
    const { ports, server } = await startDovecot(context)
    server.hang()
    for (const check of [
      imapCheck({ host, port: ports.imap, ...mailUser }),
      pop3Check({ host, port: ports.pop3s, ...mailUser, tls: { ca } }),
    ]) {
      const result = await look(check, 500)
      expect(result, `${result.status} ${server.said()}`).toMatchObject({
        state: 'bad',
        available: 'no',
        reason: 'timed-out',
      })
      expect(measuredBy(result)).toEqual({})
    }
    await server.kill()
    expect(await look(imapCheck({ host, port: ports.imap }))).toMatchObject({
      state: 'bad',
      available: 'no',
      status: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
