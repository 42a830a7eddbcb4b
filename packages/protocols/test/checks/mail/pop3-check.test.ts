import { describe, expect, it } from 'vitest'

import { pop3Check } from '../../../src/checks/mail/pop3-check.ts'
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

const host = '127.0.0.1'
const password = 'pass word-1'
const login = { user: 'robin', password }

const steps: readonly Step[] = [
  [undefined, '+OK ready\r\n'],
  [/^USER robin$/, '+OK\r\n'],
  [/^PASS pass word-1$/, '+OK welcome\r\n'],
  [/^STAT$/, '+OK 3 1234\r\n'],
]

describe('pop3Check', () => {
  it('looks at the banner without a user, and says goodbye', async () => {
    const { port, heard } = await serveScript(steps.slice(0, 1))
    const result = await runOnce(pop3Check({ host, port }))
    expect(result).toMatchObject({ check: `pop3:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({ banner: 'ready' })
    await expect.poll(() => heard).toEqual(['QUIT'])
  })

  it('counts messages and their bytes', async () => {
    const { port, strayed, heard } = await serveScript(steps)
    const result = await runOnce(pop3Check({ host, port, ...login }))
    expect(strayed()).toBeUndefined()
    expect(measuredBy(result)).toEqual({
      banner: 'ready',
      'stat`message_count': 3,
      'stat`message_size': 1234,
    })
    const times = result.samples.map(({ series }) => series.key).filter((key) => key.endsWith('`duration'))
    expect(times).toEqual(['login`duration', 'stat`duration'])
    await expect.poll(() => heard.at(-1)).toBe('QUIT')
  })

  it.each([
    [0, '-ERR busy\r\n', 'the connection was answered by "-ERR busy"'],
    [0, '* OK IMAP\r\n', 'expected an answer of POP3 to the connection, got "* OK IMAP"'],
    [1, '-ERR no such user\r\n', 'USER was answered by "-ERR no such user"'],
    [2, `-ERR [AUTH] not ${password}\r\n`, 'PASS was answered by "-ERR [AUTH]"'],
    [2, `${password}\r\n`, 'expected an answer of POP3 to PASS'],
    [3, '-ERR [SYS/TEMP] later\r\n', 'STAT was answered by "-ERR [SYS/TEMP] later"'],
    [3, `+OK ${password}\r\n`, 'expected two numbers as answer to STAT, got "..."'],
    [3, `-ERR ${'x'.repeat(71)} ${password}\r\n`, `STAT was answered by "-ERR ${'x'.repeat(71)} ...…"`],
    [3, '+OK many\r\n', 'expected two numbers as answer to STAT, got "many"'],
  ])('is bad and available where step %i is answered by %j', async (at, reply, status) => {
    const { port } = await serveScript([...steps.slice(0, at), [steps[at]![0], reply]])
    const result = await runOnce(pop3Check({ host, port, ...login }))
    expect(result).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good', status })
    expectNoSecret(result, password)
  })

  it('takes a password that is given anew for each run, and does not ask where it cannot be had', async () => {
    const { port, strayed } = await serveScript(steps)
    const robin = { host, port, user: 'robin' }
    const asked = pop3Check({ ...robin, password: () => Promise.resolve(password) })
    expect(await runOnce(asked)).toMatchObject({ state: 'good' })
    expect(strayed()).toBeUndefined()
    for (const wrong of [
      () => Promise.reject(new Error(password)),
      () => `${password}\r\nDELE 1`,
      () => '',
    ]) {
      const result = await runOnce(pop3Check({ ...robin, password: wrong }))
      expect(result).toMatchObject({ state: 'unknown', available: 'unknown' })
      expectNoSecret(result, password)
    }
  })

  it('tells no password where there is no STLS', async () => {
    const { port, heard } = await serveScript([steps[0]!, [/^STLS$/, '-ERR what\r\n']])
    const result = await runOnce(pop3Check({ host, port, ...login, starttls: true }))
    expect(result).toMatchObject({ state: 'bad', status: 'STLS was answered by "-ERR what"' })
    expect(heard).toEqual(['STLS'])
  })

  it('survives whatever a server does at any step', async () => {
    await expectSurvival(steps, (port) => pop3Check({ host, port, ...login }), password)
  })

  it('keeps what every check promises', async () => {
    await expectScriptedConformance(steps, (port) => pop3Check({ host, port, ...login }), [password])
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(pop3Check({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    for (const options of [
      { user: 'a' },
      { user: 'a', password: '\n' },
      { tls: true, starttls: true },
      { folder: 'x' },
    ])
      expect(() => pop3Check({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(pop3Check({ host: 'a.test', tls: true }).name).toBe('pop3:a.test:995')
  })
})
