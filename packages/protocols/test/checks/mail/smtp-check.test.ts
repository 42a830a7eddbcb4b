import { describe, expect, it } from 'vitest'

import { smtpCheck } from '../../../src/checks/mail/smtp-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import { expectNoSecret, expectSurvival, measuredBy, serveScript, type Step } from '../scripted-server.ts'

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

  it('survives whatever a server does at any step', async () => {
    await expectSurvival(
      [...hello, plain, ...envelope],
      (port) => smtpCheck({ host, port, ...login, ...addresses }),
      password,
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
    ]
    for (const options of wrong)
      expect(() => smtpCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(smtpCheck({ host: 'a.test', tls: true }).name).toBe('smtp:a.test:465')
    expect(smtpCheck({ host: 'a.test', from: '', name: 'mine' }).name).toBe('mine')
  })
})
