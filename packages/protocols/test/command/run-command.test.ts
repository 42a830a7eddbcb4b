import { describe, expect, it } from 'vitest'

import { runCommand } from '../../src/command/run-command.ts'
import { serve } from '../checks/http/server.ts'
import { serveScript } from '../checks/scripted-server.ts'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(words: readonly string[], environment: Record<string, string> = {}): Promise<Run> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(words, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    environment,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

describe('npx @tocsin/protocols check', () => {
  it('prints state, status, phases and what was measured, and ends with 0 where all is well', async () => {
    const url = await serve((_, answer) => void answer.end('hello'))
    const { code, out, err } = await run([
      'check',
      'http',
      url,
      '--body-match',
      'hell',
      '--expect-status=200',
    ])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(
      /^good: http:127\.0\.0\.1:\d+\/\nstatus {5}good\navailable {2}yes\nduration {3}[\d.]+ ms\n/,
    )
    expect(out).toMatch(/\n {2}connect {6}[\d.]+ ms\n/)
    expect(out).toMatch(/\ncode +gauge +200\n/)
    expect(out).toMatch(/\nbody_match +gauge +1\b/)
  })

  it('ends with 2 where it is bad, and 3 where nobody can tell', async () => {
    const url = await serve((_, answer) => void answer.writeHead(500).end())
    expect(await run(['check', 'http', url])).toMatchObject({
      code: 2,
      out: expect.stringContaining('got 500'),
    })
    expect(await run(['check', 'tcp', '127.0.0.1:1'])).toMatchObject({
      code: 2,
      out: expect.stringContaining('available  no'),
    })
    expect((await run(['check', 'external', '--', 'sh', '-c', 'echo so so; exit 1'])).code).toBe(1)
    expect((await run(['check', 'external', '--', '/no/such/program'])).code).toBe(3)
  })

  it('gives up when told to', async () => {
    const url = await serve(() => undefined)
    const { code, out } = await run(['check', 'http', url, '--timeout-ms', '50'])
    expect(code).toBe(2)
    expect(out).toContain('gave no answer in 50 ms')
  })

  it('prints JSON on one line', async () => {
    const url = await serve((_, answer) => void answer.end('hello'))
    const { out } = await run(['check', 'http', '--json', url, '--max-redirects', '3'])
    expect(out).not.toContain('\n')
    expect(JSON.parse(out)).toMatchObject({
      ...{ state: 'good', available: 'yes', status: 'good', durationMs: expect.any(Number) },
      samples: expect.arrayContaining([{ metric: 'code', tags: {}, kind: 'gauge', value: 200 }]),
    })
  })

  it('takes lists as JSON, a text where a number is none, and secrets from the environment', async () => {
    const login = await serveScript([
      ...[/^\*2/, /./, /AUTH/, /./].map((line) => [line, ''] as const),
      [/^123456$/, '-ERR no\r\n'],
    ])
    const words = ['check', 'redis', `127.0.0.1:${login.port}`, '--password', 'env:SECRET']
    const { code, out } = await run(words, { SECRET: '123456' })
    expect([code, login.strayed(), login.heard.at(-1)]).toEqual([2, undefined, '123456'])
    expect(out).not.toContain('123456')
    const queue = await serveScript([
      ...[/^\*2/, /./, /LLEN/, /./].map((line) => [line, ''] as const),
      [/^queue$/, ':3\r\n'],
    ])
    const command = ['--command', '["LLEN", "queue"]']
    expect(await run(['check', 'redis', `127.0.0.1:${queue.port}`, ...command])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nqueue +gauge +3/),
    })
    const missing = await run(['check', 'redis', 'localhost', '--password', 'env:NOT_THERE'])
    expect(missing).toMatchObject({ code: 3, err: expect.stringContaining('there is no variable NOT_THERE') })
  })

  it('shows what a target says without what a terminal obeys', async () => {
    const { port } = await serveScript([[undefined, 'hello\u001b[2J\r\n']])
    const { out } = await run(['check', 'tcp', `127.0.0.1:${port}`, '--banner', 'hello'])
    expect(out).not.toContain('\u001b')
  })

  it.each([
    [[], /which command/],
    [['look'], /no command "look"/],
    [['check'], /which kind/],
    [['check', 'no-such'], /no kind "no-such"; known are dns, external, http/],
    [['check', 'http'], /http: give one url/],
    [['check', 'http', 'a', 'b'], /http: give one url/],
    [['check', 'http', 'example.org'], /"url" must be a URL/],
    [['check', 'http', 'http://localhost', '--no-such', '1'], /unknown option "noSuch"; known are url/],
    [['check', 'http', 'http://localhost', '--maxRedirects', '1'], /"--maxRedirects" is no option/],
    [['check', 'http', 'http://localhost', '--method', 'GET', '--method', 'PUT'], /--method is there twice/],
    [['check', 'http', 'http://localhost', '--max-redirects', 'many'], /"maxRedirects" must be/],
    [['check', 'http', 'http://localhost', '--timeout-ms', 'soon'], /"timeoutMs" must be/],
    [['check', 'http', 'http://localhost', '--json=yes'], /--json has no value/],
    [['check', 'external', '/bin/true'], /behind "--"/],
  ])('%j is wrong use, which is 3 and says what is right', async (words, says) => {
    const { code, out, err } = await run(words)
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(says)
    expect(err).toContain('--help')
  })

  it('tells all kinds', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('dns')
    expect(out).toMatch(/imap, ldap, memcached/)
  })

  it('reads hosts with and without a port', async () => {
    const names = ['[::1]:2525', '::1', 'localhost', 'localhost:2525']
    const runs = await Promise.all(
      names.map((name) => run(['check', 'smtp', name, '--json', '--timeout-ms', '300'])),
    )
    expect(runs.map(({ out }) => (JSON.parse(out) as { check: string }).check)).toEqual([
      'smtp:_::1_:2525',
      'smtp:_::1_:25',
      'smtp:localhost:25',
      'smtp:localhost:2525',
    ])
  })
})
