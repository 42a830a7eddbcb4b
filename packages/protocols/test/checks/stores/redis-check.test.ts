import { describe, expect, it, onTestFinished } from 'vitest'

import { redisCheck } from '../../../src/checks/stores/redis-check.ts'
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
const password = 'pässword-1'

/** The lines of a command in RESP, to wait for one by one, and the answer to the last of them. */
function asked(words: readonly string[], reply: string): readonly Step[] {
  const lines = [`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word])]
  return lines.map((line, at) => [
    new RegExp(`^${line.replace(/[$*]/g, '\\$&')}$`),
    at === lines.length - 1 ? reply : '',
  ])
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`

const info = [
  '# Server',
  'redis_version:7.0.15',
  'config_file:',
  'uptime_in_seconds:12',
  '',
  '# Memory',
  'used_memory:863312',
  'used_memory_human:843.08K',
  'used_memory_peak_perc:99.50%',
  'total_system_memory:8000',
  '# Stats',
  'total_commands_processed:7',
  'keyspace_hits:3',
  'used_cpu_sys:0.012',
  '# Replication',
  'role:master',
  'slave0:ip=127.0.0.1,port=1,state=online,lag=0',
  '# Errorstats',
  'errorstat_ERR:count=2',
  '# Keyspace',
  'db0:keys=4,expires=1,avg_ttl=0',
  '',
].join('\r\n')

describe('redisCheck', () => {
  it('measures what INFO tells, each part by itself, and what is counted as counters', async () => {
    const { port, strayed, heard } = await serveScript(asked(['INFO'], bulk(info)))
    const result = await runOnce(redisCheck({ host, port }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ check: `redis:127.0.0.1:${port}`, state: 'good', available: 'yes' })
    expect(measuredBy(result)).toEqual({
      redis_version: '7.0.15',
      config_file: '',
      uptime_in_seconds: 12,
      used_memory: 863_312,
      used_memory_human: '843.08K',
      used_memory_peak_perc: 99.5,
      total_system_memory: 8000,
      total_commands_processed: 'counter 7',
      keyspace_hits: 'counter 3',
      used_cpu_sys: 'counter 0.012',
      role: 'master',
      'slave0`ip': '127.0.0.1',
      'slave0`port': 1,
      'slave0`state': 'online',
      'slave0`lag': 0,
      'errorstat_ERR`count': 'counter 2',
      'db0`keys': 4,
      'db0`expires': 1,
      'db0`avg_ttl': 0,
    })
    await expect.poll(() => heard.at(-1)).toBe('QUIT')
  })

  it('logs in as a user, and asks the database that is chosen', async () => {
    const { port, strayed } = await serveScript([
      ...asked(['AUTH', 'robin', password], '+OK\r\n'),
      ...asked(['SELECT', '3'], '+OK\r\n'),
      ...asked(['DBSIZE'], ':42\r\n'),
    ])
    const options = { user: 'robin', password: () => password, database: 3, command: ['DBSIZE'] }
    const result = await runOnce(redisCheck({ host, port, ...options }))
    expect(strayed()).toBeUndefined()
    expect(measuredBy(result)).toEqual({ dbsize: 42 })
  })

  it.each([
    [['LLEN', 'queue'], ':3\r\n', { queue: 3 }],
    [['GET', 'a'], bulk('12.5'), { a: 12.5 }],
    [['GET', 'a'], bulk('two\r\nlines'), { a: 'two\r\nlines' }],
    [['PING'], '+PONG\r\n', { ping: 'PONG' }],
    [['MGET', 'a', 'b', 'c'], `*3\r\n${bulk('1')}$-1\r\n${bulk('x')}`, { 'a`b`c`0': 1, 'a`b`c`2': 'x' }],
    [
      ['HGETALL', 'h'],
      `*4\r\n${bulk('one')}${bulk('1')}${bulk('two')}${bulk('x')}`,
      { 'h`one': 1, 'h`two': 'x' },
    ],
    [
      ['CONFIG', 'GET', 'maxmemory'],
      `*2\r\n${bulk('maxmemory')}${bulk('0')}`,
      { 'GET`maxmemory`maxmemory': 0 },
    ],
    [['XINFO', 's'], `*2\r\n*2\r\n:1\r\n:-2\r\n-ERR no\r\n`, { 's`0`0': 1, 's`0`1': -2 }],
  ])('measures the answer to %j', async (command, reply, measured) => {
    const { port, strayed } = await serveScript(asked(command, reply))
    const result = await runOnce(redisCheck({ host, port, command }))
    expect(strayed()).toBeUndefined()
    expect(result).toMatchObject({ state: 'good' })
    expect(measuredBy(result)).toEqual(measured)
  })

  it.each(['$-1\r\n', '*-1\r\n', '*0\r\n', '*1\r\n$-1\r\n'])(
    'cannot tell where there is no value: %j',
    async (reply) => {
      const { port } = await serveScript(asked(['GET', 'a'], reply))
      expect(await runOnce(redisCheck({ host, port, command: ['GET', 'a'] }))).toMatchObject({
        state: 'unknown',
        available: 'yes',
        status: 'GET gave no value',
        samples: expect.not.arrayContaining([expect.objectContaining({ kind: 'text' })]),
      })
    },
  )

  it.each([
    ['-NOAUTH Authentication required.\r\n', 'INFO was answered by "NOAUTH Authentication required."'],
    ['!garbage\r\n', 'expected an answer of RESP2, got another'],
    ['$12x\r\n', 'expected an answer of RESP2, got another'],
    [':1.5\r\n', 'expected an answer of RESP2, got another'],
    ['HTTP/1.1 400 Bad Request\r\n', 'expected an answer of RESP2, got another'],
    ['*1\r\n'.repeat(100_000), 'expected an answer of RESP2, got another'],
  ])('is bad and available with the answer %j', async (reply, status) => {
    const { port } = await serveScript(asked(['INFO'], reply))
    expect(await runOnce(redisCheck({ host, port }))).toMatchObject({
      state: 'bad',
      available: 'yes',
      status,
    })
  })

  it.each([
    ['$999999999\r\n', 'no'],
    ['*999999999\r\n', 'no'],
    [`$3000000\r\n${'x'.repeat(3_000_000)}\r\n`, 'yes'],
  ])('takes no more than it may: %j', async (reply, available) => {
    const { port } = await serveScript(asked(['INFO'], reply))
    expect(await runOnce(redisCheck({ host, port }), { timeoutMs: 300 })).toMatchObject({
      state: 'bad',
      available,
    })
  })

  it.each([
    ['INFO of very many lines', ['INFO'], bulk('k:1\r\n'.repeat(170_000))],
    ['a list of very many parts', ['KEYS', '*'], `*100000\r\n${':1\r\n'.repeat(100_000)}`],
  ])('lets others run while it measures %s', async (_, command, reply) => {
    const { port } = await serveScript(asked(command, reply))
    let turns = 0
    const turn = setInterval(() => (turns += 1), 1)
    onTestFinished(() => clearInterval(turn))
    const found: number[] = []
    const check = redisCheck({ host, port, command })
    const result = await runOnce({
      name: 'watched',
      run: (context) =>
        check.run({
          ...context,
          found: {
            ...context.found,
            gauge(...taken) {
              found.push(turns)
              context.found.gauge(...taken)
            },
          },
        }),
    })
    expect(result.status).toMatch(/^good \(\d+ values could not be taken\)$/)
    expect(new Set(found).size).toBeGreaterThan(3)
  })

  it('measures a line that is too long for parts as one text', async () => {
    const { port } = await serveScript(asked(['INFO'], bulk(`a:k=1${',k=1'.repeat(100_000)}\r\n`)))
    expect(Object.keys(measuredBy(await runOnce(redisCheck({ host, port }))))).toEqual(['a'])
  })

  it('tells no password that a server repeats later', async () => {
    const { port } = await serveScript([
      ...asked(['AUTH', password], '+OK\r\n'),
      ...asked(['INFO'], bulk(`said:no ${password}\r\n${password}:1\r\n`)),
    ])
    const result = await runOnce(redisCheck({ host, port, password }))
    expect(measuredBy(result)).toEqual({ said: 'no ...' })
    expect(result.status).toBe('good (1 values could not be taken)')
  })

  it('tells no password that a server repeats', async () => {
    for (const reply of [
      `-WRONGPASS ${password} is wrong\r\n`,
      `-ERR unknown command 'AUTH' '${password}'\r\n`,
      `${password}\r\n`,
    ]) {
      const { port } = await serveScript(asked(['AUTH', password], reply))
      const result = await runOnce(redisCheck({ host, port, password }))
      expect(result).toMatchObject({ state: 'bad', available: 'yes', reason: 'not-good' })
      expectNoSecret(result, password)
      if (reply.startsWith('-W')) expect(result.status).toBe('the login was answered by WRONGPASS')
    }
  })

  const loggedIn = [...asked(['AUTH', password], '+OK\r\n'), ...asked(['INFO'], bulk(info))]

  it('survives whatever a server does at any step', async () => {
    await expectSurvival(loggedIn, (port) => redisCheck({ host, port, password }), password)
  })

  it('keeps what every check promises', async () => {
    await expectScriptedConformance(loggedIn, (port) => redisCheck({ host, port, password }), [password])
  })

  it('is bad and not available where nobody listens', async () => {
    const port = await freePort('tcp')
    expect(await runOnce(redisCheck({ host, port }))).toMatchObject({ state: 'bad', available: 'no' })
  })

  it('refuses wrong options at the call', () => {
    const wrong: readonly object[] = [
      { user: 'a' },
      { password: '' },
      { database: -1 },
      { command: 'INFO' },
      { command: [] },
      { command: ['GET', 1] },
    ]
    for (const options of wrong)
      expect(() => redisCheck({ host, ...options }), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: 'PROTOCOL_BAD_OPTION' }),
      )
    expect(redisCheck({ host: 'a.test' }).name).toBe('redis:a.test:6379')
  })
})
