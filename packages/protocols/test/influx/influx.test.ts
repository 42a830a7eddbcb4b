import { gzipSync } from 'node:zlib'

import { firstValueFrom, timer } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { serve } from '../../src/http/serve.ts'
import { httpTrap } from '../../src/http-trap/http-trap.ts'
import { influx, type InfluxOptions } from '../../src/influx/influx.ts'
import { influxUdp } from '../../src/influx/influx-udp.ts'
import { portOf, receive, sendUdp } from '../sockets.ts'

async function open(options: InfluxOptions = {}) {
  const source = influx({ port: 0, ...options })
  const samples = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => {
    samples.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  const port = await portOf(source)
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, init)
  const write = async (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ) => {
    const reply = await ask(path, { method: 'POST', body, headers })
    return [reply.status, reply.headers.get('x-influxdb-error'), await reply.text()] as const
  }
  return { source, samples, problems, ask, write }
}

const taken = [204, null, '']

describe('what is written', () => {
  it('is taken at both addresses, also packed, in each precision', async () => {
    const { samples, write } = await open()
    expect(await write('/write?db=d', 'cpu,host=a value=1 1700000000000000000')).toEqual(taken)
    expect(
      await write('/write?db=d&rp=x&precision=u&consistency=all', 'cpu value=2 1700000000000000\n'),
    ).toEqual(taken)
    expect(await write('/api/v2/write?org=o&bucket=b&precision=s', 'cpu user=3,note="x" 1700000000')).toEqual(
      taken,
    )
    const packed = new Uint8Array(gzipSync('cpu value=4 472222'))
    expect(await write('/write?db=d&precision=h', packed, { 'content-encoding': 'gzip' })).toEqual(taken)
    expect(await write('/write?db=d', '')).toEqual(taken)
    expect(samples.values.map(({ series, value, time }) => [series.key, value, time])).toEqual([
      ['cpu|ST[host:a]', 1, 1_700_000_000_000],
      ['cpu', 2, 1_700_000_000_000],
      ['cpu.user', 3, 1_700_000_000_000],
      ['cpu.note', 'x', 1_700_000_000_000],
      ['cpu', 4, 1_699_999_200_000],
    ])
  })

  it('is answered when it is acknowledged, and not before', async () => {
    const source = influx({ port: 0, ackTimeoutMs: 400 })
    const acks: (() => void)[] = []
    const subscription = source.batches().subscribe((batch) => acks.push(() => batch.ack()))
    onTestFinished(() => subscription.unsubscribe())
    const port = await portOf(source)
    const write = () => fetch(`http://127.0.0.1:${port}/write`, { method: 'POST', body: 'cpu value=1' })
    expect((await write()).status).toBe(503)
    let isAnswered = false
    const answered = write().finally(() => (isAnswered = true))
    while (acks.length < 2) await firstValueFrom(timer(1))
    expect(isAnswered).toBe(false)
    acks[1]?.()
    expect((await answered).status).toBe(204)
  })

  it('is told of where a part is wrong, and the others are taken', async () => {
    const { samples, problems, write } = await open()
    const [status, header, body] = await write('/write?db=d', 'a value=1\nb value=x\nc value=2\nd\n')
    expect([status, samples.values.length]).toEqual([400, 2])
    expect(header).toMatch(/^partial write: a value is .* dropped=2$/)
    expect(JSON.parse(body)).toEqual({ error: header })
    expect(problems.values.map(({ reason, offset, excerpt }) => [reason, offset, excerpt])).toEqual([
      ['bad-value', 10, 'b value=x'],
      ['malformed', 30, 'd'],
    ])
    const second = await write('/api/v2/write', 'é,ü=1,ü=1 value=1')
    expect([second[0], JSON.parse(second[2])]).toEqual([
      400,
      { code: 'invalid', message: expect.stringMatching(/^unable to parse: .* dropped=1$/) },
    ])
  })

  it('is refused where it is asked for in an unknown precision, by another method, or too much', async () => {
    const { ask, write, samples } = await open({
      maxBodyBytes: 1000,
      maxValues: 10,
      maxDecodedBytes: 200_000,
    })
    expect((await write('/write?precision=days', 'a value=1'))[0]).toBe(400)
    expect((await ask('/write')).status).toBe(405)
    expect((await write('/write', 'x'.repeat(1001)))[0]).toBe(413)
    const bomb = new Uint8Array(gzipSync('a value=1\n'.repeat(30_000)))
    expect((await write('/write', bomb, { 'content-encoding': 'gzip' }))[0]).toBe(413)
    expect(samples.values).toEqual([])
    const many = new Uint8Array(gzipSync('a value=1\n'.repeat(15_000)))
    const [status, header] = await write('/write', many, { 'content-encoding': 'gzip' })
    expect([status, header]).toEqual([
      413,
      `a request has at most about 10 values; ${samples.values.length} were taken`,
    ])
    expect(await write('/write', 'a value=1')).toEqual(taken)
  })

  it.each<readonly [number, string, string, RequestInit, InfluxOptions]>([
    [400, '/write?precision=days', 'invalid precision', { method: 'POST', body: 'a value=1' }, {}],
    [
      401,
      '/write',
      'authorization failed',
      { method: 'POST', body: 'a value=1' },
      { auth: { bearer: ['x'] } },
    ],
    [401, '/api/v2/write', 'authorization failed', { method: 'POST' }, { auth: { bearer: ['x'] } }],
    [401, '/query?q=SHOW+DATABASES', 'authorization failed', {}, { auth: { bearer: ['x'] } }],
    [405, '/write', 'the method is POST', {}, { source: 'peer' }],
    [405, '/api/v2/write', 'the method is POST', {}, {}],
    [405, '/ping', 'the method is GET or HEAD', { method: 'POST' }, {}],
    [405, '/query', 'the method is GET or POST', { method: 'PUT' }, {}],
    [413, '/write', 'a body has at most 1000 bytes', { method: 'POST', body: 'x'.repeat(1001) }, {}],
    [415, '/write', 'a body is sent', { method: 'POST', headers: { 'content-encoding': 'zstd' } }, {}],
  ])(
    'that is answered %i at %s has the headers that clients look at',
    async (status, path, message, init, options) => {
      const { ask } = await open({ maxBodyBytes: 1000, ...options })
      const { status: answered, headers } = await ask(path, init)
      expect([answered, headers.get('x-influxdb-version')]).toEqual([status, '1.8.10'])
      expect(headers.get('x-influxdb-error')).toContain(message)
    },
  )

  it('is too much where it is lines that are refused, which cost more than those that are taken', async () => {
    const { write } = await open({ maxBodyBytes: 1000, maxValues: 10, maxDecodedBytes: 200_000 })
    const bad = new Uint8Array(gzipSync('x\n'.repeat(50_000)))
    const [status, header] = await write('/write', bad, { 'content-encoding': 'gzip' })
    expect([status, header]).toEqual([413, 'a request has at most about 10 values; 0 were taken'])
  })
})

describe('who writes', () => {
  const auth = { bearer: ['secret'], basic: [{ user: 'ada', password: 'love:lace' }] }
  const basic = (text: string) => Buffer.from(text).toString('base64')

  it.each([
    ['/write', `Token secret`],
    ['/write', `Bearer secret`],
    ['/write', `Token ada:love:lace`],
    ['/write', `Basic ${basic('ada:love:lace')}`],
    ['/write?u=ada&p=love%3Alace', undefined],
  ])('is known at %s by %s', async (path, authorization) => {
    const { write } = await open({ auth })
    expect(await write(path, 'a value=1', authorization === undefined ? {} : { authorization })).toEqual(
      taken,
    )
  })

  it.each([
    ['/write', undefined],
    ['/write', 'Token other'],
    ['/write', 'Token'],
    ['/api/v2/write', 'Basic !'],
    ['/write?u=ada&p=other', undefined],
    ['/write?u=ada&p=love%3Alace', 'Token other'],
    ['/query?q=SHOW+DATABASES', undefined],
  ])('is not at %s by %s', async (path, authorization) => {
    const { write, samples, problems } = await open({ auth })
    const headers = authorization === undefined ? {} : { authorization }
    expect(await write(path, 'a value=1', headers as Record<string, string>)).toEqual([
      401,
      'authorization failed',
      '{"error":"authorization failed"}',
    ])
    expect([samples.values, problems.values.map(({ reason }) => reason)]).toEqual([[], ['forbidden']])
    expect(JSON.stringify(problems.values)).not.toMatch(/secret|love|other/)
  })
})

describe('what clients ask before they write', () => {
  it('is answered: ping, health', async () => {
    const { ask } = await open({ auth: { bearer: ['secret'] } })
    for (const method of ['GET', 'HEAD']) {
      const ping = await ask('/ping', { method })
      expect([ping.status, ping.headers.get('x-influxdb-version')]).toEqual([204, '1.8.10'])
    }
    expect(await (await ask('/health')).json()).toMatchObject({ status: 'pass' })
  })

  it('is answered: databases are made and listed, and nothing else is known', async () => {
    const { ask } = await open()
    const query = async (q: string, method: string) =>
      (method === 'GET'
        ? await ask(`/query?${new URLSearchParams({ q }).toString()}`)
        : await ask('/query', { method, body: new URLSearchParams({ q }) })
      ).json()
    for (const method of ['GET', 'POST']) {
      expect(await query('CREATE DATABASE "x"', method)).toEqual({ results: [{ statement_id: 0 }] })
      expect(await query('create database x; SHOW DATABASES; SELECT * FROM cpu;', method)).toEqual({
        results: [
          { statement_id: 0 },
          { statement_id: 1, series: [{ name: 'databases', columns: ['name'] }] },
          { statement_id: 2, error: expect.stringContaining('not supported') },
        ],
      })
      expect(await query('', method)).toEqual({ results: [] })
    }
  })
})

describe('the database', () => {
  it('is a tag where that is asked for, of each as it was written', async () => {
    const { samples, write } = await open({ databaseTag: 'db' })
    for (const path of [
      '/write?db=one',
      '/write?db=two',
      '/api/v2/write?bucket=three',
      '/write',
      '/write?db=one',
    ])
      expect(await write(path, 'cpu,host=a value=1\ncpu,db=own value=1')).toEqual(taken)
    expect(samples.values.map(({ series }) => series.key)).toEqual(
      ['one', 'two', 'three', undefined, 'one'].flatMap((db) => [
        db === undefined ? 'cpu|ST[host:a]' : `cpu|ST[db:${db},host:a]`,
        'cpu|ST[db:own]',
      ]),
    )
    expect(samples.values[0]?.series).toBe(samples.values[8]?.series)
  })

  it('is refused as a tag where it is too long for one, and many of them are forgotten', async () => {
    const { samples, write } = await open({ databaseTag: 'db' })
    expect((await write(`/write?db=${'x'.repeat(300)}`, 'a value=1'))[0]).toBe(400)
    for (let index = 0; index < 40; index += 1) await write(`/write?db=${index}`, 'a value=1')
    expect(samples.values.map(({ series }) => series.tags['db'])).toEqual(
      Array.from({ length: 40 }, (_, at) => String(at)),
    )
  })
})

it('stands behind a path, beside others on one port', async () => {
  const both = serve({ port: 0 }, [httpTrap({ secret: 'door' }), influx({ path: '/influx' })])
  const samples = receive(both)
  onTestFinished(() => samples.subscription.unsubscribe())
  const port = await portOf(both)
  const write = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'cpu value=1' })
  expect([(await write('/influx/write')).status, (await write('/write')).status]).toEqual([204, 404])
  expect(samples.values).toHaveLength(1)
})

it('comes in datagrams too, of one precision', async () => {
  const source = influxUdp({ port: 0, precision: 's' })
  const samples = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => {
    samples.subscription.unsubscribe()
    problems.subscription.unsubscribe()
  })
  await sendUdp(await portOf(source), 'cpu value=1 1700000000\nlog text="a\nb" 1700000001\nbad')
  expect((await samples.count(2)).map(({ series, time, value }) => [series.key, time, value])).toEqual([
    ['cpu', 1_700_000_000_000, 1],
    ['log.text', 1_700_000_001_000, 'a\nb'],
  ])
  expect(problems.values).toMatchObject([{ reason: 'malformed', offset: 49 }])
})

it.each([
  [{ path: 'influx' }, 'path'],
  [{ databaseTag: '' }, 'databaseTag'],
  [{ maxLineBytes: 300_000 }, 'maxLineBytes'],
  [{ precision: 'ms' } as InfluxOptions, 'precision'],
])('refuses %o at the call', (options, named) => {
  expect(() => influx(options)).toThrow(named)
})
