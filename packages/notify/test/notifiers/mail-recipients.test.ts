import type { AddressInfo } from 'node:net'

import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'

import { emailNotifier } from '../../src/email.ts'
import type { Delivered, MailMessage, Notifier } from '../../src/email.ts'
import { notification } from '../support/notification.ts'

const servers: SMTPServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise<void>((resolve) => server.close(resolve))
})

/** A server that answers for each address as it is told, call by call, and who had a mail by it. */
async function mailServer(
  answers: Readonly<Record<string, readonly number[]>>,
): Promise<{ port: number; mails: string[][]; asked: string[] }> {
  const mails: string[][] = []
  const asked: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo: ({ address }, _, done) => {
      const [name = ''] = address.split('@')
      const turn = asked.filter((each) => each === name).length
      asked.push(name)
      const status = answers[name]?.[turn] ?? 250
      done(
        status < 400
          ? null
          : Object.assign(new Error(`hidden reason of ${address}`), { responseCode: status }),
      )
    },
    onData: (stream, { envelope }, done) => {
      stream.resume().on('end', () => {
        mails.push(envelope.rcptTo.map(({ address }) => address.split('@')[0] ?? ''))
        done()
      })
    },
  })
  server.on('error', () => undefined)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.server.address() as AddressInfo).port, mails, asked }
}

const to = ['Ann <ann@example.com>', 'bob@Example.com', 'eve@bücher.example']
const notifierOf = (port: number): Notifier =>
  emailNotifier({ smtp: { host: '127.0.0.1', port, allow: 'private' }, from: 'tocsin@example.com', to })

const attempt = async (notifier: Notifier, what = notification()): Promise<unknown> => {
  try {
    return await notifier.send(what, new AbortController().signal)
  } catch (error) {
    expect(String(error)).not.toMatch(/hidden|\b(?:ann|bob|eve)\b/)
    return error
  }
}

describe('of several addresses', () => {
  it('one that is refused for good is told, and the others have the mail', async () => {
    const { port, mails } = await mailServer({ bob: [550] })
    expect(await attempt(notifierOf(port))).toEqual<Delivered>({
      refused: [{ recipient: 'b…@example.com', message: 'the mail server answered with 550' }],
    })
    expect(mails).toEqual([['ann', 'eve']])
  })

  it('one that is put off gets the mail later, and the others not again', async () => {
    const { port, mails } = await mailServer({ bob: [451, 451], eve: [550] })
    const notifier = notifierOf(port)
    const putOff = { facts: { failure: 'transient', status: 451, arrived: 'perhaps' } }
    expect(await attempt(notifier)).toMatchObject(putOff)
    expect(await attempt(notifier)).toMatchObject(putOff)
    expect(await attempt(notifier)).toEqual({
      refused: [{ recipient: 'e…@xn--bcher-kva.example', message: 'the mail server answered with 550' }],
    })
    expect(mails).toEqual([['ann'], ['bob']])
  })

  it('all that are put off, as by greylisting, have nothing yet', async () => {
    const { port, mails } = await mailServer({ ann: [451], bob: [450], eve: [451] })
    const notifier = notifierOf(port)
    expect(await attempt(notifier)).toMatchObject({ facts: { failure: 'transient', arrived: 'no' } })
    expect(await attempt(notifier)).toEqual({})
    expect(mails).toEqual([['ann', 'bob', 'eve']])
  })

  it('all that are refused make it final, also where some were put off before', async () => {
    const { port, mails } = await mailServer({ ann: [550], bob: [451, 554], eve: [553] })
    const notifier = notifierOf(port)
    expect(await attempt(notifier)).toMatchObject({ facts: { failure: 'transient', arrived: 'no' } })
    expect(await attempt(notifier)).toMatchObject({
      facts: { failure: 'permanent', status: 554, arrived: 'no' },
    })
    expect(mails).toEqual([])
  })

  it('each has each notification of its own', async () => {
    const { port, mails } = await mailServer({ bob: [451] })
    const notifier = notifierOf(port)
    await attempt(notifier)
    expect(await attempt(notifier, notification({ id: 'f'.repeat(32) }))).toEqual({})
    expect(await attempt(notifier)).toEqual({})
    expect(mails).toEqual([['ann', 'eve'], ['ann', 'bob', 'eve'], ['bob']])
  })

  it('those are tried again that a transport of old versions names without a reason', async () => {
    const sent: MailMessage[] = []
    const results = [{ rejected: ['bob@example.com'] }, {}]
    const transport = {
      sendMail: async (message: MailMessage) => {
        sent.push(message)
        return results.shift()
      },
    }
    const notifier = emailNotifier({ transport, from: 'tocsin@example.com', to })
    expect(await attempt(notifier)).toMatchObject({ facts: { failure: 'transient' } })
    expect(await attempt(notifier)).toEqual({})
    expect(sent.map((each) => each.to)).toEqual([to, ['bob@Example.com']])
  })

  it.each<[string, string[], string[], unknown]>([
    [
      'the only one, which is refused',
      ['"ann"@example.com'],
      ['ann@example.com 550'],
      { facts: { failure: 'permanent', status: 550, arrived: 'perhaps' } },
    ],
    [
      'the only one, of which two are refused',
      ['"ann"@example.com'],
      ['ann@example.com 550', 'bob@example.com 550'],
      { facts: { failure: 'permanent' } },
    ],
    [
      'one that is named twice',
      ['"ann"@example.com', 'Ann <"ann"@example.com>'],
      ['ann@example.com 550'],
      { facts: { failure: 'permanent' } },
    ],
    [
      'one of two, which is put off',
      ['"ann"@example.com', 'bob@example.com'],
      ['ann@example.com 450'],
      { facts: { failure: 'transient', status: 450, arrived: 'perhaps' } },
    ],
    [
      'one of two, which is refused',
      ['"ann"@example.com', 'bob@example.com'],
      ['ann@example.com 550'],
      { refused: [{ recipient: 'a…@example.com', message: 'the mail server answered with 550' }] },
    ],
  ])('one that the server calls otherwise is never told: %s', async (_, given, refused, expected) => {
    const rejectedErrors = refused.map((each) => {
      const [recipient, status] = each.split(' ')
      return { recipient, responseCode: Number(status) }
    })
    const sent: unknown[] = []
    const transport = {
      sendMail: async (message: MailMessage) => {
        sent.push(message.to)
        return { rejectedErrors }
      },
    }
    const notifier = emailNotifier({ transport, from: 'tocsin@example.com', to: given })
    expect(await attempt(notifier)).toMatchObject(expected as object)
    await attempt(notifier)
    expect(sent).toEqual([given, given])
  })

  it.each([
    ['ann@example.com, bob@example.com'],
    ['ann@example.com; bob@example.com'],
    ['ann@example.com bob@example.com'],
    ['Ann <ann@example.com>, Bob <bob@example.com>'],
    ['"Ann, Bob" <ann@example.com>, bob@example.com'],
    ['<ann@example.com> bob@example.com'],
    ['Doe, Ann <ann@example.com>'],
    ['"Doe, ann@example.com'],
  ])('a list in one text is refused at the call: %s', (list) => {
    const smtp = { host: '127.0.0.1', port: 25 }
    for (const all of [list, ['eve@example.com', list]]) {
      expect(() => emailNotifier({ smtp, from: 'tocsin@example.com', to: all })).toThrow(
        'NOTIFY_BAD_OPTION: option "to" must be 1 to 100 mail addresses, each a text of its own, got a text with several; give an array',
      )
    }
    expect(() => emailNotifier({ smtp, from: list, to: 'eve@example.com' })).toThrow(
      'option "from" must be one mail address on one line',
    )
  })

  it('a name may hold a comma in quotes, and an address', async () => {
    const { port, mails } = await mailServer({ bob: [550], eve: [550] })
    const smtp = { host: '127.0.0.1', port, allow: 'private' } as const
    const named = [
      '"Doe, Ann" <ann@example.com>',
      'bob@example.com <bob@example.com>',
      'Eve eve@example.com',
      '"a;\\"b" <joe@example.com>',
    ]
    const notifier = emailNotifier({ smtp, from: '"Tocsin, Ltd" <tocsin@example.com>', to: named })
    expect(await attempt(notifier)).toMatchObject({
      refused: [{ recipient: 'b…@example.com' }, { recipient: 'e…@example.com' }],
    })
    expect(mails).toEqual([['ann', 'joe']])
  })
})
