import { asyncScheduler } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import type { CheckResult } from '../../../src/checks/check.ts'
import { imapCheck } from '../../../src/checks/mail/imap-check.ts'
import { runOnce } from '../../../src/checks/run-once.ts'
import { freePort } from '../../sockets.ts'
import {
  expectNoSecret,
  expectScriptedConformance,
  expectSurvival,
  measuredBy,
  type ScriptedServer,
  serveScript,
  type Step,
} from '../scripted-server.ts'

const host = '127.0.0.1'
const password = 'pässword"\\ 1'
const login = { user: 'robin', password }

const greeting: Step = [undefined, '* OK [CAPABILITY IMAP4rev1] ready\r\n']
const beginning: readonly Step[] = [
  greeting,
  [/^a1 CAPABILITY$/, '* CAPABILITY IMAP4rev1\r\na1 OK done\r\n'],
  [/^a2 LOGIN \{5\}$/, '+ go on\r\n'],
  [/^robin \{13\}$/, '+\r\n'],
  [/^pässword"\\ 1$/, '* CAPABILITY X\r\na2 OK [CAPABILITY X] logged in\r\n'],
]
const look = (folder: RegExp): readonly Step[] => [
  [
    new RegExp(`^a3 STATUS ${folder.source} \\(UNSEEN\\)$`),
    '* STATUS {7}\r\n(UNSEEN (MESSAGES 9 UNSEEN 4)\r\na3 OK\r\n',
  ],
  [
    new RegExp(`^a4 EXAMINE ${folder.source}$`),
    '* FLAGS (\\Seen)\r\n* 12 EXISTS\r\n* 3 RECENT\r\n* OK [UNSEEN 9] first\r\na4 OK [READ-ONLY] x\r\n',
  ],
]

describe('imapCheck', () => {
  it('looks at the banner without a user, and says goodbye', async () => {
    const { port, heard } = await serveScript([greeting])
    const result = await runOnce(imapCheck({ host, port }))
    expect(result).toMatchObject({ check: `imap:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({ banner: 'OK [CAPABILITY IMAP4rev1] ready' })
    await expect.poll(() => heard).toEqual(['z LOGOUT'])
  })

  it('counts all, the recent and the unseen messages of a folder, whose name it quotes', async () => {
    const { port, strayed } = await serveScript([...beginning, ...look(/"a \\"b\\" \\\\"/)])
    const result = await runOnce(imapCheck({ host, port, ...login, folder: 'a "b" \\' }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toMatchObject({
      'messages`total': 12,
      'messages`recent': 3,
      'messages`unseen': 4,
    })
    const times = result.samples.map(({ series }) => series.key).filter((key) => key.endsWith('`duration'))
    expect(times).toEqual(['login`duration', 'status`duration', 'examine`duration'])
  })

  it.each([
    ['IMAP4rev1', 'SEARCH UNSEEN', '* SEARCH 2 84 882\r\n', 3],
    ['IMAP4rev1', 'SEARCH UNSEEN', '* SEARCH\r\n', 0],
    ['IMAP4rev1', 'SEARCH UNSEEN', `* SEARCH${' 1234567'.repeat(20_000)}\r\n`, 20_000],
    ['IMAP4rev1 ESEARCH', 'SEARCH RETURN (COUNT MAX) UNSEEN', '* ESEARCH (TAG "a6") COUNT 17 MAX 40\r\n', 17],
  ])('counts what it is told to search, with %s: %s', async (capabilities, command, answer, total) => {
    const { port, strayed } = await serveScript([
      ...beginning,
      ...look(/"INBOX"/),
      [/^a5 CAPABILITY$/, `* CAPABILITY ${capabilities}\r\na5 OK\r\n`],
      [new RegExp(`^a6 ${command.replace(/[()]/g, '\\$&')}$`), `${answer}a6 OK\r\n`],
    ])
    const result = await runOnce(imapCheck({ host, port, ...login, search: 'UNSEEN' }))
    expect(strayed()).toBeUndefined()
    expect(measuredBy(result)).toMatchObject({ 'search`total': total })
  })

  describe('where it fetches the newest message', () => {
    const now = Date.UTC(2026, 10, 27, 12)
    const came = '27-Nov-2026 12:59:30 +0100'
    const facts = (number: number, answer: string): Step => [
      new RegExp(`^a\\d FETCH ${number} \\(INTERNALDATE RFC822\\.SIZE\\)$`),
      answer,
    ]
    const body = (number: number, answer: string): Step => [
      new RegExp(`^a\\d FETCH ${number} BODY\\.PEEK\\[\\]<0\\.65536>$`),
      answer,
    ]
    const good = [
      facts(12, `* 3 FETCH (FLAGS ())\r\n* 12 FETCH (RFC822.SIZE 99 INTERNALDATE "${came}")\r\na5 OK\r\n`),
      body(12, '* 12 FETCH (BODY[]<0> {11}\r\na9 BAD\r\n)\r\n)\r\na6 OK\r\n'),
    ]
    const run = async (
      steps: readonly Step[],
      search?: string,
    ): Promise<readonly [CheckResult, ScriptedServer]> => {
      const server = await serveScript([...beginning, ...look(/"INBOX"/), ...steps])
      const check = imapCheck({ host, port: server.port, ...login, fetch: true, search })
      const clock = vi.spyOn(asyncScheduler, 'now').mockReturnValue(now)
      try {
        return [await runOnce(check), server]
      } finally {
        clock.mockRestore()
      }
    }

    it('measures how old and how large it is, and how long it takes to read', async () => {
      const [result, server] = await run(good)
      expect(server.strayed()).toBeUndefined()
      expect(result).toMatchObject({ state: 'good' })
      expect(measuredBy(result)).toMatchObject({ 'newest`age': 30, 'newest`size': 99 })
      expect(result.samples.map(({ series }) => series.key)).toContain('fetch`duration')
      expect(server.heard.join()).not.toMatch(/SELECT|STORE/)
    })

    it.each([
      ['IMAP4rev1', '* SEARCH 9 11 10\r\n', 11],
      ['ESEARCH', '* ESEARCH (TAG "a6") COUNT 3 MAX 11\r\n', 11],
      ['IMAP4rev1', '* SEARCH\r\n', 0],
      ['ESEARCH', '* ESEARCH (TAG "a6") COUNT 0\r\n', 0],
    ])('takes the newest that is found, with %s: %j', async (capabilities, answer, number) => {
      const [result, server] = await run(
        [
          [/CAPABILITY$/, `* CAPABILITY ${capabilities}\r\na5 OK\r\n`],
          [/SEARCH/, `${answer}a6 OK\r\n`],
          ...(number === 0
            ? []
            : [
                facts(number, `* 11 FETCH (INTERNALDATE "${came}" RFC822.SIZE 1)\r\na7 OK\r\n`),
                body(number, '* 11 FETCH (BODY[]<0> "x")\r\na8 OK\r\n'),
              ]),
        ],
        'ALL',
      )
      expect(server.strayed()).toBeUndefined()
      expect(result).toMatchObject({ state: 'good' })
      expect('newest`age' in measuredBy(result)).toBe(number !== 0)
    })

    it.each([
      [facts(12, 'a5 OK\r\n'), 'did not tell when message 12 came, and how large it is'],
      [
        facts(12, '* 12 FETCH (INTERNALDATE "x" RFC822.SIZE 1)\r\na5 OK\r\n'),
        'expected a time of IMAP, got "x"',
      ],
      [facts(12, 'a5 NO gone\r\n'), 'FETCH 12 (INTERNALDATE RFC822.SIZE) was answered by "NO gone"'],
      [
        facts(12, `* 12 FETCH (INTERNALDATE "${came}" X {99999999999999999999}\r\n${'x'.repeat(1_100_000)}`),
        'sent more than 1048576 bytes',
      ],
    ])('is bad and available where that is answered by %j', async (step, status) => {
      const [result] = await run([step])
      expect(result).toMatchObject({
        state: 'bad',
        available: 'yes',
        status: expect.stringContaining(status),
      })
    })

    it('is bad where the message does not come', async () => {
      const [result] = await run([good[0]!, body(12, '* 11 FETCH (BODY[]<0> "x")\r\na6 OK\r\n')])
      expect(result).toMatchObject({ state: 'bad', available: 'yes', status: 'did not give message 12' })
    })

    it('survives whatever a server does at any step', async () => {
      const script = [...beginning, ...look(/"INBOX"/), ...good]
      await expectSurvival(script, (port) => imapCheck({ host, port, ...login, fetch: true }), password)
    })
  })

  it('needs no login where the server knows who it is', async () => {
    const { port, heard } = await serveScript([
      [undefined, '* PREAUTH hello\r\n'],
      [/STATUS/, '* STATUS INBOX (UNSEEN 0)\r\na1 OK\r\n'],
      [/EXAMINE/, '* 1 EXISTS\r\na2 OK\r\n'],
    ])
    const result = await runOnce(imapCheck({ host, port, ...login }))
    expect(measuredBy(result)).toMatchObject({ 'messages`total': 1, 'messages`unseen': 0 })
    expect(heard.join()).not.toContain('LOGIN')
  })

  it.each([
    ['* BYE overloaded\r\n', 'expected a greeting of IMAP, got "* BYE overloaded"'],
    ['+OK POP3 ready\r\n', 'expected a greeting of IMAP, got "+OK POP3 ready"'],
  ])('is bad and available with the greeting %j', async (words, status) => {
    const { port } = await serveScript([[undefined, words]])
    expect(await runOnce(imapCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'yes', status })
  })

  it('is bad and available where a folder is not there', async () => {
    const { port } = await serveScript([...beginning, [/^a3/, 'a3 NO [NONEXISTENT] unknown folder\r\n']])
    expect(await runOnce(imapCheck({ host, port, ...login }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      reason: 'not-good',
      status: 'STATUS "INBOX" (UNSEEN) was answered by "NO [NONEXISTENT] unknown folder"',
    })
  })

  it('is bad where a folder is opened and not told about', async () => {
    const { port } = await serveScript([...beginning, ...look(/"INBOX"/).slice(0, 1), [/^a4/, 'a4 OK\r\n']])
    const status = 'did not tell how many messages there are'
    expect(await runOnce(imapCheck({ host, port, ...login }))).toMatchObject({ state: 'bad', status })
  })

  it('tells no password that a server repeats later', async () => {
    const { port } = await serveScript([...beginning, [/^a3/, `a3 NO not ${password}\r\n`]])
    const result = await runOnce(imapCheck({ host, port, ...login }))
    expect(result.status).toBe('STATUS "INBOX" (UNSEEN) was answered by "NO not ..."')
  })

  it('tells no password that a server repeats, but the code of its refusal', async () => {
    for (const [reply, status] of [
      [
        `a2 NO [AUTHENTICATIONFAILED] not ${password}\r\n`,
        'LOGIN was answered by "NO [AUTHENTICATIONFAILED]"',
      ],
      [`* BYE not ${password}\r\n`, 'LOGIN was answered by "BYE"'],
      [`${password}\r\n`, 'expected an answer of IMAP to LOGIN'],
    ] as const) {
      const { port } = await serveScript([...beginning.slice(0, 4), [/^p/, reply]])
      const result = await runOnce(imapCheck({ host, port, ...login }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes', status })
      expectNoSecret(result, password)
    }
  })

  it('tells no password to a server that takes none, or no STARTTLS', async () => {
    for (const options of [{}, { starttls: true }]) {
      const { port, heard } = await serveScript([
        greeting,
        [
          /^a1/,
          '* CAPABILITY IMAP4rev1 LOGINDISABLED\r\na1 OK\r\n'.replace('OK', options.starttls ? 'NO' : 'OK'),
        ],
      ])
      const result = await runOnce(imapCheck({ host, port, ...login, ...options }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes' })
      expect(heard).toHaveLength(1)
    }
  })

  it('survives whatever a server does at any step', async () => {
    await expectSurvival(
      [...beginning, ...look(/"INBOX"/)],
      (port) => imapCheck({ host, port, ...login }),
      password,
    )
  })

  it('reads an answer that is made to be slow to read in one pass', async () => {
    const { port } = await serveScript([
      ...beginning,
      [/^a3/, `* STATUS (${'UNSEEN 1 '.repeat(100_000)}\r\na3 OK\r\n`],
      [/^a4/, '* 5 EXISTS\r\na4 OK\r\n'],
    ])
    expect(await runOnce(imapCheck({ host, port, ...login }))).toMatchObject({ state: 'good' })
  })

  it('keeps what every check promises', async () => {
    const script = [...beginning, ...look(/"INBOX"/)]
    await expectScriptedConformance(script, (port) => imapCheck({ host, port, ...login }), [password])
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(imapCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    const wrong: readonly object[] = [
      { user: 'a' },
      { user: 'a', password: 'b\r\nc' },
      { folder: 'ä' },
      { folder: '' },
      { search: 'ALL\r\nz DELETE x' },
      { tls: {}, starttls: {} },
    ]
    for (const options of wrong)
      expect(() => imapCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(imapCheck({ host: 'a.test', tls: true }).name).toBe('imap:a.test:993')
  })
})
