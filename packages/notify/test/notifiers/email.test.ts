import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { emailNotifier, secret } from '../../src/email.ts'
import type { EmailNotifierOptions, MailMessage, Notifier } from '../../src/email.ts'
import { authority, serverCertificate, serverKey } from '../support/certificates.ts'
import { renderNotification } from '../../src/render/render-notification.ts'
import { alertOf, notification, plannedOf } from '../support/notification.ts'
import { opened } from '../support/signals.ts'
import { listen, proxy } from '../support/servers.ts'

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

const tls = { cert: serverCertificate, key: serverKey }
const addresses = { from: 'Tocsin <tocsin@example.com>', to: ['ann@example.com', 'bob@example.com'] }

/** Over a connection to this machine, which is allowed. */
const notifierOf = (options: Partial<EmailNotifierOptions>): Notifier => {
  const { smtp } = options
  return emailNotifier({ ...addresses, ...options, ...(smtp && { smtp: { allow: 'private', ...smtp } }) })
}

const send = async (
  options: Partial<EmailNotifierOptions>,
  what = notification({}, 'cpu is at 97 %'),
): Promise<unknown> => {
  try {
    await notifierOf(options).send(what, new AbortController().signal)
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

  it('has the words that a rule set has for people', async () => {
    const { port, mails } = await mailServer()
    const alert = alertOf(opened(0, { info: { runbook: 'https://wiki/cpu', hosts: ['a'] } }))
    const what = renderNotification(plannedOf([alert]), [alert], 1)
    expect(await send({ smtp: { host: '127.0.0.1', port } }, what)).toBe('sent')
    expect(mails[0]?.source).toContain('runbook: https://wiki/cpu')
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
    expect(error).toMatchObject({ facts: { failure: 'transient', arrived: 'no' } })
    expect(String(error)).toContain('ECONNREFUSED')
    expect(String(error)).not.toContain('127.0.0.1')
  })

  it('says that a certificate is not trusted, and trusts one of an authority that is named', async () => {
    const { port, mails } = await mailServer({ ...tls, disabledCommands: [] })
    const error = await send({ smtp: { host: '127.0.0.1', port } })
    expect(error).toMatchObject({ facts: { failure: 'transient', arrived: 'no' } })
    expect(String(error)).toContain('the certificate of the mail server is not trusted')
    expect(await send({ smtp: { host: '127.0.0.1', port, ca: authority } })).toBe('sent')
    expect(mails).toHaveLength(1)
  })

  it('goes over a connection that is encrypted from its first byte, also by a proxy', async () => {
    const { port, mails } = await mailServer({ ...tls, secure: true })
    const smtp = { host: '127.0.0.1', port, secure: true, ca: authority }
    expect(await send({ smtp })).toBe('sent')
    const through = await proxy()
    expect(await send({ smtp: { ...smtp, proxy: through.url } })).toBe('sent')
    expect([mails.length, through.requests.length]).toEqual([2, 1])
  })

  it('logs in with user and password, which may be secrets, once the connection is encrypted', async () => {
    const logins: unknown[] = []
    const { port, mails } = await mailServer({
      ...tls,
      disabledCommands: [],
      onAuth: ({ username, password }, { secure }, done) => {
        logins.push([username, password, secure])
        if (password === 'right') done(null, { user: username })
        else done(Object.assign(new Error('no'), { responseCode: 535 }))
      },
    })
    const smtp = { host: '127.0.0.1', port, user: 'tocsin', ca: authority }
    expect(await send({ smtp: { ...smtp, password: secret(() => 'right') } })).toBe('sent')
    expect(await send({ smtp: { ...smtp, password: 'wrong' } })).toMatchObject({
      facts: { failure: 'permanent', arrived: 'no' },
    })
    expect(logins).toEqual([
      ['tocsin', 'right', true],
      ['tocsin', 'wrong', true],
    ])
    expect(mails).toHaveLength(1)
  })

  it('sends neither mail nor password to a server that does not encrypt, unless it is told to', async () => {
    const logins: unknown[] = []
    const { port, mails } = await mailServer({
      allowInsecureAuth: true,
      onAuth: ({ username }, _, done) => {
        logins.push(username)
        done(null, { user: username })
      },
    })
    const smtp = { host: '127.0.0.1', port, user: 'u', password: 'p' }
    const refused = { facts: { failure: 'permanent', arrived: 'no' } }
    const error = await send({ smtp })
    expect(error).toMatchObject(refused)
    expect(String(error)).toContain('the mail server does not encrypt, so nothing was sent')
    expect(await send({ smtp: { host: '127.0.0.1', port, requireTls: true } })).toMatchObject(refused)
    expect([logins, mails]).toEqual([[], []])
    expect(await send({ smtp: { ...smtp, requireTls: false } })).toBe('sent')
    expect([logins, mails.length]).toEqual([['u'], 1])
  })

  it('is not sent in clear where a server in between answers STARTTLS with a refusal that may pass', async () => {
    const said: string[] = []
    const { port } = await listen(
      createServer((socket) => {
        socket.write('220 mail.example.com ESMTP\r\n')
        socket.on('data', (chunk: Buffer) => {
          said.push(chunk.toString('latin1').trim())
          if (/^EHLO/.test(said.at(-1) ?? '')) socket.write('250-mail.example.com\r\n250 AUTH PLAIN\r\n')
          else socket.write('454 TLS not available\r\n')
        })
      }),
    )
    const smtp = { host: '127.0.0.1', port, user: 'hidden-user', password: 'hidden-password' }
    expect(await send({ smtp })).toMatchObject({ facts: { failure: 'permanent', arrived: 'no' } })
    expect(said.map((each) => each.split(' ')[0])).toEqual(['EHLO', 'STARTTLS'])
  })

  it('dials no private address that is not allowed, but the machine itself where it is called localhost', async () => {
    const { port, mails } = await mailServer()
    const refused = { code: 'NOTIFY_ADDRESS_REFUSED', facts: { failure: 'permanent', arrived: 'no' } }
    expect(await send({ smtp: { host: '127.0.0.1', port, allow: undefined } })).toMatchObject(refused)
    expect(await send({ smtp: { host: '10.0.0.1', port, allow: ['127.0.0.1'] } })).toMatchObject(refused)
    expect(await send({ smtp: { host: 'localhost', port, allow: undefined } })).toBe('sent')
    expect(mails).toHaveLength(1)
  })

  it('ends with the attempt while the server says nothing, and when its time is over', async () => {
    const { port, sockets } = await listen(createServer((socket) => socket.resume()))
    const controller = new AbortController()
    const notifier = notifierOf({ smtp: { host: '127.0.0.1', port } })
    const sending = notifier.send(notification(), controller.signal).catch((error: unknown) => error)
    while (sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    expect(await sending).toMatchObject({ facts: { failure: 'transient' } })
    expect(await send({ timeoutMs: 50, smtp: { host: '127.0.0.1', port } })).toMatchObject({
      facts: { failure: 'transient' },
    })
    while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
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
    [{ smtp: { requireTls: 'yes' } }],
    [{ smtp: { allow: ['nowhere'] } }],
    [{ smtp: { ca: 'none', key: 'none' } }],
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
