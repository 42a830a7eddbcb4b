import { describe, expect, it } from 'vitest'

import { smtpCheck } from '../../../src/checks/mail/smtp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import {
  expectNoSecret,
  expectScriptedConformance,
  expectSurvival,
  measuredBy,
  serveScript,
  type Step,
} from '../scripted-server.ts'

const password = 'pässword"\\ 1'
const login = { user: 'röbin', password }
const host = '127.0.0.1'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const said = (text: string): RegExp => new RegExp(`^${text.replace(/[[\]()+.*?^$\\|{}]/g, '\\$&')}$`)

const hello: readonly Step[] = [
  [undefined, '220-mail.test ESMTP\r\n220 ready\r\n'],
  [said('EHLO [127.0.0.1]'), '250-mail.test\r\n250-SIZE 100\r\n250 AUTH LOGIN PLAIN\r\n'],
]
const plain: Step = [said(`AUTH PLAIN ${base64(`\0röbin\0${password}`)}`), '235 2.7.0 welcome\r\n']
const envelope: readonly Step[] = [
  [said('MAIL FROM:<a@test>'), '250 2.1.0 Ok\r\n'],
  [said('RCPT TO:<b@test>'), '250 2.1.5 Ok\r\n'],
]
const addresses = { from: 'a@test', to: 'b@test' }

describe('smtpCheck', () => {
  it('looks at banner and EHLO, and says goodbye', async () => {
    const { port, strayed, heard } = await serveScript(hello)
    const result = await runOnce(smtpCheck({ host, port }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ check: `smtp:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({
      banner: 'mail.test ESMTP',
      ehlo_response_banner: 'mail.test',
      ehlo_extensions: 2,
      ehlo_response_size: '100',
      ehlo_response_auth: 'LOGIN PLAIN',
      last_cmd: 'EHLO',
      last_code: 250,
      last_message: 'AUTH LOGIN PLAIN',
    })
    await expect.poll(() => heard).toEqual(['EHLO [127.0.0.1]', 'QUIT'])
  })

  it('logs in, and says sender and recipient, but sends nothing', async () => {
    const { port, strayed, heard } = await serveScript([...hello, plain, ...envelope])
    const result = await runOnce(smtpCheck({ host, port, ...login, ...addresses }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ state: 'good' })
    const times = result.samples.map(({ series }) => series.key).filter((key) => key.endsWith('_time'))
    expect(times).toEqual(['banner_time', 'ehlo_time', 'sasl_plain_time', 'mailfrom_time', 'rcptto_time'])
    expect(measuredBy(result)).toMatchObject({
      last_cmd: 'RCPT TO',
      last_code: 250,
      last_message: '2.1.5 Ok',
    })
    await expect.poll(() => heard.at(-1)).toBe('QUIT')
  })

  it('logs in by the words of LOGIN where that is all there is, or asked for', async () => {
    const steps: readonly Step[] = [
      hello[0]!,
      [said('EHLO me.test'), '250-mail.test\r\n250 AUTH=LOGIN\r\n'],
      [said('AUTH LOGIN'), '334 VXNlcm5hbWU6\r\n'],
      [said(base64('röbin')), '334 UGFzc3dvcmQ6\r\n'],
      [said(base64(password)), '235 welcome\r\n'],
    ]
    for (const auth of [undefined, 'login'] as const) {
      const { port, strayed } = await serveScript(steps)
      const result = await runOnce(smtpCheck({ host, port, ...login, auth, ehlo: 'me.test' }))
      expect(strayed()).toBeUndefined()
      expect(result).toMatchObject({ state: 'good' })
      expect(measuredBy(result)).toMatchObject({ last_cmd: 'the password', last_message: '' })
    }
  })

  it('sends a message with its dots doubled where there is one, with the sender of bounces', async () => {
    const { port, strayed } = await serveScript([
      ...hello,
      [said('MAIL FROM:<>'), '250 Ok\r\n'],
      [said('RCPT TO:<b@test>'), '251 Ok\r\n'],
      [said('DATA'), '354 go on\r\n'],
      [said('subject: x'), ''],
      [/^$/, ''],
      [said('..'), ''],
      [said('..dots'), ''],
      [said('.'), '250 2.0.0 queued\r\n'],
    ])
    const message = 'subject: x\n\n.\r\n.dots\n'
    const result = await runOnce(smtpCheck({ host, port, to: 'b@test', message }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({ last_cmd: 'the message', last_message: '2.0.0 queued' })
  })

  it('is bad and available where a step is refused, and tells which', async () => {
    const { port } = await serveScript([
      ...hello,
      [/^MAIL/, '250 Ok\r\n'],
      [/^RCPT/, '450 4.2.0 greylisted\r\n'],
    ])
    const result = await runOnce(smtpCheck({ host, port, ...addresses }))
    expect(result).toMatchObject({
      state: 'bad',
      available: 'yes',
      reason: 'not-good',
      status: 'RCPT TO was answered by "450 4.2.0 greylisted"',
    })
    expect(measuredBy(result)).toMatchObject({
      last_cmd: 'RCPT TO',
      last_code: 450,
      last_message: '4.2.0 greylisted',
    })
  })

  it('tells no password that a server repeats later', async () => {
    for (const said of [password, base64(password), base64(`\0röbin\0${password}`)]) {
      const { port } = await serveScript([
        ...hello,
        [/^AUTH/, '235 ok\r\n'],
        [/^MAIL/, `550 not for ${said}\r\n`],
      ])
      const result = await runOnce(smtpCheck({ host, port, ...login, from: '' }))
      expect(result.status).toMatch(/^MAIL FROM was answered by "550 not for \.\.\.=*"$/)
      expect(measuredBy(result)['last_message']).toMatch(/^not for \.\.\.=*$/)
      expectNoSecret(result, password)
    }
  })

  it('tells no password that a server repeats', async () => {
    const replies = [
      `535 5.7.8 no, ${password}\r\n`,
      `535 ${base64(`\0röbin\0${password}`)}\r\n`,
      `${password}\r\n`,
    ]
    for (const reply of replies) {
      const { port } = await serveScript([...hello, [/^AUTH/, reply]])
      const result = await runOnce(smtpCheck({ host, port, ...login }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expectNoSecret(result, password)
      expectNoSecret(result, `\0röbin\0${password}`)
      if (reply === replies[0]) expect(result.status).toBe('AUTH PLAIN was answered by "535 5.7.8"')
    }
  })

  it('tells no password to a server that offers no login, or no STARTTLS', async () => {
    for (const options of [{}, { starttls: true }]) {
      const { port, heard } = await serveScript([
        hello[0]!,
        [/^EHLO/, '250 mail.test\r\n'],
        [/^STARTTLS/, '502 5.5.1 no such command\r\n'],
      ])
      const result = await runOnce(smtpCheck({ host, port, ...login, ...options }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expect(heard.filter((line) => line.startsWith('AUTH'))).toEqual([])
    }
  })

  it('measures what the server offers, each extension once, and no more than 64 of them', async () => {
    const more = Array.from({ length: 5000 }, (_, at) => `250-X${at}\r\n`).join('')
    const offer = `250-mail.test at your service\r\n250-PIPELINING\r\n250-SIZE  10 20 \r\n250-AUTH PLAIN\r\n250-AUTH=LOGIN\r\n250-size 3\r\n250-no good\u0000=\r\n`
    const { port } = await serveScript([hello[0]!, [/^EHLO/, `${offer}${more}250 LAST\r\n`]])
    const measured = measuredBy(await runOnce(smtpCheck({ host, port })))
    expect(measured).toMatchObject({
      ehlo_response_banner: 'mail.test at your service',
      ehlo_extensions: 5007,
      ehlo_response_pipelining: 'true',
      ehlo_response_size: '10 20',
      ehlo_response_auth: 'PLAIN',
    })
    expect(Object.keys(measured).filter((key) => key.startsWith('ehlo_response_'))).toHaveLength(63)
  })

  it('waits for the answer to QUIT where it shall, and is bad where there is none', async () => {
    const { port, strayed, heard } = await serveScript([...hello, [said('QUIT'), '221 2.0.0 bye\r\n']])
    const result = await runOnce(smtpCheck({ host, port, quit: true }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ state: 'good' })
    expect(result.samples.map(({ series }) => series.key)).toContain('quit_time')
    expect(measuredBy(result)).toMatchObject({ last_cmd: 'EHLO', last_code: 250 })
    expect(heard.filter((line) => line === 'QUIT')).toHaveLength(1)
    const refusing = await serveScript([...hello, [/^QUIT/, '421 4.3.0 no\r\n']])
    expect(await runOnce(smtpCheck({ host, port: refusing.port, quit: true }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status: 'QUIT was answered by "421 4.3.0 no"',
    })
  })

  it('says before all else whose connection it is, where the server wants the PROXY protocol', async () => {
    for (const [proxy, header] of [
      [true, /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ (\d+)$/],
      [{ source: '192.0.2.9', sourcePort: 1 }, /^PROXY TCP4 192\.0\.2\.9 127\.0\.0\.1 1 \d+$/],
    ] as const) {
      const { port, strayed } = await serveScript([[header, '220 ready\r\n'], hello[1]!])
      expect(await runOnce(smtpCheck({ host, port, proxy })), strayed()).toMatchObject({ state: 'good' })
    }
  })

  it('survives whatever a server does at any step', async () => {
    await expectSurvival(
      [...hello, plain, ...envelope, [said('QUIT'), '221 bye\r\n']],
      (port) => smtpCheck({ host, port, ...login, ...addresses, quit: true }),
      password,
    )
  })

  it('keeps what every check promises', async () => {
    await expectScriptedConformance(
      [...hello, plain, ...envelope],
      (port) => smtpCheck({ host, port, ...login, ...addresses }),
      [password, base64(`\0röbin\0${password}`)],
    )
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(smtpCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    const wrong: readonly object[] = [
      { user: 'a' },
      { password: 'a' },
      { user: 'a\r\nb', password: 'c' },
      { tls: true, starttls: true },
      { starttls: 'yes' },
      { ehlo: 'a b' },
      { auth: 'ntlm' },
      { to: 'a> b' },
      { from: 'a\r\nDATA' },
      { message: 'hello' },
      { receiver: 'b' },
      { quit: 1 },
      { proxy: 'v1' },
      { proxy: { source: 'a.test' } },
      { proxy: { destinationPort: 70_000 } },
      { proxy: { port: 1 } },
    ]
    for (const options of wrong)
      expect(() => smtpCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(smtpCheck({ host: 'a.test', tls: true }).name).toBe('smtp:a.test:465')
    expect(smtpCheck({ host: 'a.test', from: '', name: 'mine' }).name).toBe('mine')
  })
})
