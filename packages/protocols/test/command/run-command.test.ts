import { describe, expect, it } from 'vitest'

import { runCommand } from '../../src/command/run-command.ts'
import { serve } from '../checks/http/server.ts'
import { serveScript } from '../checks/scripted-server.ts'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(
  words: readonly string[],
  environment: Record<string, string> = {},
  hasColours = false,
): Promise<Run> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runCommand(words, {
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    environment,
    hasColours,
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
      /^good: http:127\.0\.0\.1:\d+\/\nstatus {7}good\navailable {4}yes\nduration {5}[\d.]+ ms\n/,
    )
    expect(out).toMatch(/\nconnect +[\d.]+ ms +[\d.]+ ms\n/)
    expect(out).not.toContain('\u001b')
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
      out: expect.stringContaining('available    no'),
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
      samples: expect.arrayContaining([
        expect.objectContaining({ metric: 'code', tags: {}, kind: 'gauge', value: 200 }),
      ]),
    })
  })

  it('colours the state where it may', async () => {
    const { out } = await run(['check', 'external', '--', 'true'], {}, true)
    expect(out).toMatch(/^\u001b\[1;32mgood\u001b\[0m: external:true\n[^\u001b]*$/)
  })

  it('takes a text where a number is none, and secrets from the environment', async () => {
    const login = await serveScript([
      ...[/^\*2/, /./, /AUTH/, /./].map((line) => [line, ''] as const),
      [/^123456$/, '-ERR no\r\n'],
    ])
    const words = ['check', 'redis', `127.0.0.1:${login.port}`, '--password', 'env:SECRET']
    const { code, out } = await run(words, { SECRET: '123456' })
    expect([code, login.strayed(), login.heard.at(-1)]).toEqual([2, undefined, '123456'])
    expect(out).not.toContain('123456')
    const missing = await run(['check', 'redis', 'localhost', '--password', 'env:NOT_THERE'])
    expect(missing).toMatchObject({ code: 3, err: expect.stringContaining('there is no variable NOT_THERE') })
  })

  it.each([
    [['--command', 'LLEN', '--command', 'queue']],
    [['--command', '["LLEN", "queue"]']],
    [['--command=LLEN', '--command=queue']],
  ])('takes a list as %j', async (words) => {
    const { port } = await serveScript([
      ...[/^\*2/, /./, /LLEN/, /./].map((line) => [line, ''] as const),
      [/^queue$/, ':3\r\n'],
    ])
    expect(await run(['check', 'redis', `127.0.0.1:${port}`, ...words])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nqueue +gauge +3/),
    })
  })

  it('takes several numbers, parts of an object and a target from a variable', async () => {
    const url = await serve(
      ({ headers }, answer) => void answer.writeHead(204, headers['x-to'] as string).end(),
    )
    const statuses = [
      ['--expect-status', '200,204'],
      ['--expect-status', '200', '--expect-status', '204'],
    ]
    for (const words of statuses) {
      const { code } = await run(['check', 'http', 'env:URL', ...words, '--headers.x-to', 'you'], {
        URL: url,
      })
      expect(code).toBe(0)
    }
  })

  it('logs in by what a URL says, and shows none of it', async () => {
    const { port, heard } = await serveScript([
      ...[/^\*3/, /./, /AUTH/, /./, /^robin$/, /./].map((line) => [line, ''] as const),
      [/^s%cret$/, '+OK\r\n'],
      ...[/^\*2/, /./, /SELECT/, /./].map((line) => [line, ''] as const),
      [/^5$/, '-ERR no\r\n'],
    ])
    const { code, out } = await run(['check', 'redis', `redis://robin:s%25cret@127.0.0.1:${port}/5`])
    expect([code, heard.at(-1)]).toEqual([2, '5'])
    expect(out).toContain(`bad: redis:127.0.0.1:${port}\n`)
    expect(out).not.toMatch(/robin|cret/)
  })

  it('shows what a target says without what a terminal obeys', async () => {
    const { port } = await serveScript([[undefined, 'hello\u001b[2J\r\n']])
    const { out } = await run(['check', 'tcp', `127.0.0.1:${port}`, '--banner', 'hello'])
    expect(out).not.toContain('\u001b')
  })

  const here = 'http://localhost'
  it.each([
    [[], /which command/],
    [['look'], /there is one command: check/],
    [['redis', 'localhost'], /"check" is missing before "redis"/],
    [['check'], /which kind/],
    [['check', 'no-such'], /no kind "no-such"; known are dns, external, http/],
    [['check', 'htpp', here], /no kind "htpp"; did you mean http\?/],
    [['check', 'http'], /^http: the url is missing; an example: npx @tocsin\/protocols check http https:/],
    [['check', 'http', 'a', 'b'], /http: give one url/],
    [['check', 'http', 'example.org'], /^http: the url must be a URL/],
    [['check', 'tcp', 'localhost'], /^tcp: --port is missing; an example: .* check tcp example\.org:22/],
    [['check', 'ping', 'localhost:80'], /^ping: the target has no port/],
    [['check', 'http', here, '--no-such', '1'], /no option --no-such; there are --name, --method/],
    [['check', 'http', here, '--max-redirect', '1'], /--max-redirect; did you mean --max-redirects\?/],
    [['check', 'http', here, '--maxRedirects', '1'], /did you mean --max-redirects\?/],
    [['check', 'http', here, '--timeout', '1'], /did you mean --timeout-ms\?/],
    [['check', 'http', here, '--tls.verfy', 'false'], /--tls\.verfy; did you mean --tls\.verify\?/],
    [['check', 'http', here, '--method.name', 'GET'], /--method has no parts/],
    [['check', 'http', here, '--headers', 'accept'], /--headers\.<name> <value>, or JSON/],
    [['check', 'http', here, '--headers', '{accept'], /behind --headers looks like JSON/],
    [['check', 'http', here, '--body-match', '/(/'], /behind --body-match is no regular expression/],
    [['check', 'http', here, '--method'], /--method needs a value/],
    [['check', 'http', here, '--method', 'GET', '--method', 'PUT'], /--method is there twice/],
    [['check', 'http', here, '--max-redirects', 'many'], /^http: --max-redirects must be/],
    [['check', 'http', here, '--timeout-ms', 'soon'], /^--timeout-ms must be/],
    [['check', 'http', here, '--json=yes'], /--json has no value/],
    [['check', 'http', here, '-k'], /no option -k/],
    [['check', 'smtp', 'localhost', '--user', 'robin'], /^smtp: --user and --password must both/],
    [['check', 'redis', 'localhost', '--user', 'robin'], /^redis: --user needs --password/],
    [['check', 'external', '/bin/true'], /behind "--"; an example: /],
  ])('%j is wrong use, which is 3 and says what is right', async (words, says) => {
    const { code, out, err } = await run(words)
    expect([code, out]).toEqual([3, ''])
    expect(err).toMatch(says)
    expect(err).toContain('--help')
    expect(err).not.toContain('PROTOCOL_')
  })

  it.each([
    [['check', 'redis://me:secret@localhost']],
    [['redis://me:secret@localhost']],
    [['check', 'redis', 'http://me:secret@localhost']],
    [['check', 'redis', 'redis://me:secret@localhost:99999']],
    [['check', 'redis', 'redis://me:secret@localhost?x']],
    [['check', 'redis', 'redis://me:secret%@localhost']],
    [['check', 'redis', 'redis://me:secret@localhost/secret']],
    [['check', 'ssh', 'ssh://me:secret@localhost']],
    [['check', 'http', 'http://me:secret@[localhost']],
    [['check', 'redis', 'localhost', '--pasword=secret']],
  ])('%j is wrong use that is answered without the secret', async (words) => {
    const { code, out, err } = await run(words)
    expect([code, out]).toEqual([3, ''])
    expect(err).not.toContain('secret')
  })

  it('tells all of one kind', async () => {
    const { code, out } = await run(['check', 'redis', '--help'])
    expect(code).toBe(0)
    expect(out).toContain(' redis://[user:password@]host[:port][/database]\n')
    expect(out).toMatch(/--database <number> +Which of the databases to ask. \(default 0\)/)
    expect(out).toMatch(/--port <number> +Its port. \(default 6379\)/)
    expect(out).not.toMatch(/--host|\{@link/)
    expect((await run(['check', 'no-such', '--help'])).code).toBe(3)
  })

  it('tells all kinds', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    expect(out).toContain('dns')
    expect(out).toMatch(/\n {2}redis +Redis, Valkey/)
  })

  it('reads hosts with and without a port, and URLs', async () => {
    const names = [
      '[::1]:2525',
      '::1',
      'localhost',
      'localhost:2525',
      'smtp://localhost',
      'smtps://localhost',
      'smtp://[::1]:2525/',
    ]
    const runs = await Promise.all(
      names.map((name) => run(['check', 'smtp', name, '--json', '--timeout-ms', '300'])),
    )
    expect(runs.map(({ out }) => (JSON.parse(out) as { check: string }).check)).toEqual([
      'smtp:_::1_:2525',
      'smtp:_::1_:25',
      'smtp:localhost:25',
      'smtp:localhost:2525',
      'smtp:localhost:25',
      'smtp:localhost:465',
      'smtp:_::1_:2525',
    ])
  })
})
