import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

import { describe, expect, it } from 'vitest'

import { muninCheck } from '../../../src/checks/agents/munin-check.ts'
import { imapCheck } from '../../../src/checks/mail/imap-check.ts'
import { pop3Check } from '../../../src/checks/mail/pop3-check.ts'
import { smtpCheck } from '../../../src/checks/mail/smtp-check.ts'
import type { Check } from '../../../src/checks/check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { expired, key, root } from '../exchange/certificates.ts'
import { serve } from '../exchange/run.ts'
import { authority, serverCertificate, serverKey } from '../../certificates.ts'
import { expectNoSecret } from '../scripted-server.ts'

const host = '127.0.0.1'
const login = { user: 'robin', password: 'sécret-1' }
const valid = { cert: serverCertificate, key: serverKey }

/** What a server says at once, what to which line in clear, and what to which line over TLS. */
interface Protocol {
  readonly greeting: string
  readonly clear: readonly (readonly [RegExp, string])[]
  readonly secured: readonly (readonly [RegExp, string])[]
  readonly checkOf: (port: number, ca: string) => Check
}

const protocols: Readonly<Record<string, Protocol>> = {
  smtp: {
    greeting: '220 x\r\n',
    // It offers what it does not over TLS.
    clear: [
      [/^EHLO/, '250-x\r\n250 AUTH LOGIN\r\n'],
      [/^STARTTLS/, '220 go on\r\n'],
    ],
    secured: [
      [/^EHLO/, '250-x\r\n250 AUTH PLAIN\r\n'],
      [/^AUTH PLAIN /, '235 ok\r\n'],
    ],
    checkOf: (port, ca) => smtpCheck({ host, port, ...login, starttls: { ca } }),
  },
  imap: {
    greeting: '* OK x\r\n',
    clear: [[/STARTTLS/, 'a1 OK go on\r\n']],
    secured: [
      [/CAPABILITY/, '* CAPABILITY IMAP4rev1\r\na2 OK\r\n'],
      [/LOGIN/, '+\r\n'],
      [/^robin/, '+\r\n'],
      [/^sécret/, 'a3 OK\r\n'],
      [/STATUS/, '* STATUS INBOX (UNSEEN 1)\r\na4 OK\r\n'],
      [/EXAMINE/, '* 2 EXISTS\r\na5 OK\r\n'],
    ],
    checkOf: (port, ca) => imapCheck({ host, port, ...login, starttls: { ca } }),
  },
  pop3: {
    greeting: '+OK x\r\n',
    clear: [[/^STLS/, '+OK go on\r\n']],
    secured: [
      [/^USER/, '+OK\r\n'],
      [/^PASS/, '+OK\r\n'],
      [/^STAT/, '+OK 1 2\r\n'],
    ],
    checkOf: (port, ca) => pop3Check({ host, port, ...login, starttls: { ca } }),
  },
  munin: {
    greeting: '# munin node at x\n',
    clear: [[/^STARTTLS/, 'TLS OK\n']],
    secured: [
      [/^cap/, 'cap\n'],
      [/^config/, 'a.type GAUGE\na.value 1\n.\n'],
    ],
    checkOf: (port, ca) => muninCheck({ host, port, plugins: ['a'], starttls: { ca } }),
  },
}

/** Serves a protocol, and notes what it hears over TLS. */
async function serveProtocol(
  { greeting, clear, secured }: Protocol,
  certificate: { readonly cert: string; readonly key: string },
  injected = '',
): Promise<{ readonly port: number; readonly heard: readonly string[] }> {
  const heard: string[] = []
  const answer = (socket: Socket, replies: Protocol['clear'], last: () => void): void => {
    let at = 0
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        for (const line of String(chunk).split('\n').slice(0, -1)) {
          if (replies === secured) heard.push(line.trim())
          const reply = replies[at]
          if (reply?.[0].test(line) !== true) continue
          at += 1
          const isLast = at === replies.length
          socket.write(reply[1] + (isLast && replies === clear ? injected : ''))
          if (isLast) last()
        }
      })
  }
  const port = await serve((socket) => {
    socket.write(greeting)
    answer(socket, clear, () => {
      socket.removeAllListeners('data')
      const tls = new TLSSocket(socket, { isServer: true, ...certificate })
      answer(tls, secured, () => undefined)
    })
  })
  return { port, heard }
}

describe.each(Object.entries(protocols))('STARTTLS by %s', (_, protocol) => {
  it('says what matters over TLS only, and asks anew what the server can do', async () => {
    const { port, heard } = await serveProtocol(protocol, valid)
    const result = await runOnce(protocol.checkOf(port, authority))
    expect(result).toMatchObject({ state: 'good', available: 'yes' })
    expect(result.samples.map(({ series }) => series.metric)).toContain('cert_end_in')
    expect(heard.length).toBeGreaterThanOrEqual(protocol.secured.length)
  })

  it('says nothing over a certificate that ended', async () => {
    const { port, heard } = await serveProtocol(protocol, { cert: expired, key })
    const result = await runOnce(protocol.checkOf(port, root))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: expect.stringContaining(' it ended '),
    })
    expect(heard).toEqual([])
    expectNoSecret(result, login.password)
  })

  it('takes nothing that was said in clear for what came over TLS', async () => {
    const { port, heard } = await serveProtocol(protocol, valid, protocol.secured[0]![1])
    expect(await runOnce(protocol.checkOf(port, authority))).toMatchObject({
      state: 'bad',
      status: expect.stringContaining('sent more in clear before TLS'),
    })
    expect(heard).toEqual([])
  })
})
