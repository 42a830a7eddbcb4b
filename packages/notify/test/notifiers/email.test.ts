import type { AddressInfo } from 'node:net'

import { createTransport } from 'nodemailer'
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { emailNotifier } from '../../src/email.ts'
import type { EmailNotifierOptions, MailMessage } from '../../src/email.ts'
import { notification } from '../support/notification.ts'

const servers: SMTPServer[] = []
afterEach(async () => {
  vi.doUnmock('nodemailer')
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve))
})

interface Mail {
  readonly from: string
  readonly to: string[]
  readonly source: string
}

async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, { envelope }, done) => {
      let source = ''
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => (source += text))
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), source })
        done()
      })
    },
    ...options,
  })
  // A client that hangs up is no fault of the test.
  server.on('error', () => undefined)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

const addresses = { from: 'Tocsin <tocsin@example.com>', to: ['ann@example.com', 'bob@example.com'] }

const send = async (
  options: Partial<EmailNotifierOptions>,
  what = notification({}, 'cpu is at 97 %'),
): Promise<unknown> => {
  try {
    await emailNotifier({ ...addresses, ...options }).send(what, new AbortController().signal)
    return 'sent'
  } catch (error) {
    return error
  }
}

const failing = (responseCode: number): SMTPServerOptions => ({
  onRcptTo: (_, __, done) => done(Object.assign(new Error('secret reason'), { responseCode })),
})

describe('e-mail', () => {
  it('is handed to a real server, once for all addresses', async () => {
    const { port, mails } = await mailServer()
    expect(await send({ smtp: { host: '127.0.0.1', port } })).toBe('sent')
    expect(mails).toHaveLength(1)
    const { from, to, source } = mails[0] ?? { from: '', to: [], source: '' }
    expect([from, ...to]).toEqual(['tocsin@example.com', 'ann@example.com', 'bob@example.com'])
    expect(source).toContain(`Message-ID: <${notification().id}@example.com>`)
    expect(source).toMatch(/In-Reply-To: <[0-9a-f]{32}@example.com>/)
    expect(source).toContain('Subject: [severity 2] host=web-1 (rules): cpu is at 97 %')
    expect(source).toContain('Auto-Submitted: auto-generated')
    expect(source).toContain('host: web-1')
  })

  it('carries a hostile text as text', async () => {
    const { port, mails } = await mailServer()
    const hostile = notification({}, 'x\r\nBcc: eve@example.com\r\n\r\n.\r\nQUIT')
    expect(await send({ smtp: { host: '127.0.0.1', port } }, hostile)).toBe('sent')
    expect(mails[0]?.to).toEqual(addresses.to)
    expect(mails[0]?.source).not.toMatch(/^Bcc:/m)
  })

  it('is refused where an id or a subject would break a header', async () => {
    const sent: MailMessage[] = []
    const transport = { sendMail: async (message: MailMessage) => sent.push(message) }
    for (const given of [{ subject: 'x\r\nBcc: eve@example.com' }, { id: 'x>\r\n' }]) {
      expect(await send({ transport }, notification(given))).toMatchObject({
        code: 'NOTIFY_DELIVERY_FAILED',
        facts: { failure: 'permanent' },
      })
    }
    expect(sent).toEqual([])
  })

  it.each([
    [550, 'permanent'],
    [450, 'transient'],
  ])('that is answered with %i has failed as %s, and the reply is not told', async (status, failure) => {
    const { port } = await mailServer(failing(status))
    const error = await send({ smtp: { host: '127.0.0.1', port } })
    expect(error).toMatchObject({ code: 'NOTIFY_DELIVERY_FAILED', facts: { failure, status } })
    expect(String(error)).not.toMatch(/secret|example/)
  })

  it('is sent by a transport that gives no promise, or that throws at once', async () => {
    const sendMail = vi.fn()
    expect(await send({ transport: { sendMail } })).toBe('sent')
    sendMail.mockImplementation(() => {
      throw Object.assign(new Error('no such user'), { responseCode: 550 })
    })
    expect(await send({ transport: { sendMail } })).toMatchObject({
      facts: { failure: 'permanent', status: 550 },
    })
  })

  it('to a server that is not there may be tried again', async () => {
    const error = await send({ smtp: { host: '127.0.0.1', port: 1 } })
    expect(error).toMatchObject({ facts: { failure: 'transient' } })
    expect(String(error)).not.toContain('127.0.0.1')
  })

  it('says that a certificate is not trusted, and goes by a transport of nodemailer that trusts it', async () => {
    const { port, mails } = await mailServer({ disabledCommands: [] })
    const error = await send({ smtp: { host: '127.0.0.1', port } })
    expect(error).toMatchObject({ facts: { failure: 'transient' } })
    expect(String(error)).toContain('the certificate of the mail server is not trusted')
    const transport = createTransport({ host: '127.0.0.1', port, tls: { rejectUnauthorized: false } })
    expect(await send({ transport })).toBe('sent')
    expect(mails).toHaveLength(1)
  })

  it('logs in with user and password', async () => {
    const logins: unknown[] = []
    const { port, mails } = await mailServer({
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _, done) => {
        logins.push([username, password])
        if (password === 'right') done(null, { user: username })
        else done(Object.assign(new Error('no'), { responseCode: 535 }))
      },
    })
    const smtp = { host: '127.0.0.1', port, user: 'tocsin' }
    expect(await send({ smtp: { ...smtp, password: 'right' } })).toBe('sent')
    expect(await send({ smtp: { ...smtp, password: 'wrong' } })).toMatchObject({
      facts: { failure: 'permanent' },
    })
    expect(logins).toEqual([
      ['tocsin', 'right'],
      ['tocsin', 'wrong'],
    ])
    expect(mails).toHaveLength(1)
  })

  it('without nodemailer says which package is missing and how to install it', async () => {
    vi.resetModules()
    vi.doMock('nodemailer', () => {
      throw new Error('Cannot find package')
    })
    const fresh = await import('../../src/email.ts')
    const notifier = fresh.emailNotifier({ ...addresses, smtp: {} })
    await expect(notifier.send(notification(), new AbortController().signal)).rejects.toMatchObject({
      code: 'NOTIFY_PEER_MISSING',
      message: expect.stringContaining('npm install nodemailer'),
    })
  })

  it.each([
    [{}],
    [{ smtp: {}, transport: { sendMail: async () => undefined } }],
    [{ smtp: { port: 0 } }],
    [{ smtp: { password: 1 } }],
    [{ smtp: {}, from: 'x@example.com\r\nBcc: eve@example.com' }],
    [{ smtp: {}, to: [] }],
    [{ smtp: {}, to: 'ann@example.com\nbob@example.com' }],
    [{ smtp: {}, to: 'nobody' }],
    [{ smtp: {}, domain: 'a b' }],
  ])('refuses %o at the call', (options) => {
    const all = { ...addresses, ...options } as EmailNotifierOptions
    expect(() => emailNotifier(all)).toThrow(expect.objectContaining({ code: 'NOTIFY_BAD_OPTION' }))
  })
})
