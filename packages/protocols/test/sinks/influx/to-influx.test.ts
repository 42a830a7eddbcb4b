import { createServer, type IncomingHttpHeaders } from 'node:http'
import { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { gunzipSync } from 'node:zlib'

import { series, type Batch, type Sample } from '@tocsin/core'
import { firstValueFrom, from, Subject, take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { SinkEvent } from '../../../src/sinks/sink-event.ts'
import { toInflux, type ToInfluxOptions } from '../../../src/sinks/influx/to-influx.ts'

interface Request {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly lines: readonly string[]
}
type Answer = readonly [status: number, body?: object | string, headers?: Record<string, string>]

/** A server that answers what it is told to. */
async function serverOf(answer: (lines: readonly string[], count: number) => Answer) {
  const requests: Request[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const { url = '', headers } = request
      const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
      const lines = text.split('\n').slice(0, -1)
      requests.push({ url, headers, lines })
      const [status, said = '', more = {}] = answer(lines, requests.length)
      response.writeHead(status, more)
      response.end(typeof said === 'string' ? said : JSON.stringify(said))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const sampleOf = (metric: string, value: number | string = 1): Sample =>
  ({
    series: series(metric),
    time: 1000,
    value,
    kind: typeof value === 'string' ? 'text' : 'gauge',
  }) as Sample
const quick = { version: 1, database: 'd', gatherMs: 0, minDelayMs: 1, maxDelayMs: 2 } as const

/** Sends one batch to the end. */
async function send(
  samples: readonly Sample[],
  options: ToInfluxOptions,
): Promise<{ events: readonly SinkEvent[]; acked: boolean }> {
  let acked = false
  const batch: Batch<Sample> = { values: samples, ack: () => (acked = true) }
  const events = await firstValueFrom(from([batch]).pipe(toInflux(options), toArray()))
  return { events, acked }
}

const told = (events: readonly SinkEvent[]): readonly unknown[] =>
  events.map((event) =>
    event.type === 'refused'
      ? [event.type, ...event.refusals.map(({ sample }) => sample.series.key)]
      : [event.type, event.type === 'delivered' ? event.count : event.message],
  )

describe('where it writes to', () => {
  it('is a database of version 1, by whom it is said', async () => {
    const { requests, url } = await serverOf(() => [204])
    const { events, acked } = await send([sampleOf('a'), sampleOf('b', 'x')], {
      ...{ ...quick, url: `${url}/behind/`, database: 'my db', retentionPolicy: 'week' },
      ...{ user: 'ada', password: 'lovelace' },
    })
    expect([told(events), acked]).toEqual([[['delivered', 2]], true])
    expect(requests).toMatchObject([
      {
        url: '/behind/write?db=my+db&rp=week&precision=ms',
        headers: { authorization: `Basic ${Buffer.from('ada:lovelace').toString('base64')}` },
        lines: ['a value=1 1000', 'b value="x" 1000'],
      },
    ])
  })

  it('is a bucket of version 2, packed where that is worth it', async () => {
    const { requests, url } = await serverOf(() => [204])
    const many = Array.from({ length: 200 }, (_, at) => sampleOf(`metric.${at}`))
    await send(many, {
      ...quick,
      database: undefined,
      url,
      version: 2,
      org: 'o',
      bucket: 'b',
      token: 'secret',
      headers: { 'x-more': '1' },
    })
    expect(requests).toMatchObject([
      {
        url: '/api/v2/write?org=o&bucket=b&precision=ms',
        headers: { authorization: 'Token secret', 'content-encoding': 'gzip', 'x-more': '1' },
      },
    ])
    expect(requests[0]?.lines).toHaveLength(200)
  })

  it.each([
    [{ version: 3 }, 'version'],
    [{}, 'version'],
    [{ version: 1 }, 'database'],
    [{ version: 2, org: 'o' }, 'bucket'],
    [{ version: 1, database: 'd', token: 'x' }, 'token'],
    [{ version: 2, org: 'o', bucket: 'b', user: 'x', password: 'y' }, 'user'],
    [{ version: 1, database: 'd', user: 'x' }, 'password'],
    [{ version: 1, database: 'd', user: 'a:b', password: 'y' }, 'colon'],
    [{ version: 1, database: 'd', password: 1234 }, 'password'],
    [{ version: 2, org: 'o', bucket: 'b', token: 1234 }, 'token'],
    [{ version: 1, database: 'd', url: 'ftp://x' }, 'url'],
  ])('is checked at the call: %o', (options, named) => {
    const call = () => toInflux({ url: 'http://127.0.0.1:1', ...options } as ToInfluxOptions)
    expect(call).toThrow(named)
    expect(call).not.toThrow('1234')
  })
})

describe('an answer', () => {
  const failing: readonly Answer[] = [
    [400, { error: 'database is required' }],
    [400, 'Bad Request: no idea'],
    [401, { error: 'authorization failed' }],
    [403, { error: 'forbidden' }],
    [404, { error: 'database not found: "d"' }],
    [404, { code: 'not found', message: 'bucket "b" not found' }],
    [429, ''],
    [500, { error: 'timeout' }],
    [503, ''],
    [302, '', { location: '/elsewhere' }],
  ]
  it.each(failing.map((answer) => [answer]))('%o is kept and sent again', async (answer) => {
    const { requests, url } = await serverOf((_, count) => (count <= 2 ? answer : [204]))
    const { events, acked } = await send([sampleOf('a'), sampleOf('b')], { ...quick, url })
    expect([events.map(({ type }) => type), acked]).toEqual([['failed', 'failed', 'delivered'], true])
    expect(requests.map(({ lines }) => lines.length)).toEqual([2, 2, 2])
  })

  it('that is too much is sent in halves, and refused where one alone is', async () => {
    const { requests, url } = await serverOf((lines) =>
      lines.length > 2 || lines.some((line) => line.startsWith('d ')) ? [413] : [204],
    )
    const { events } = await send(
      ['a', 'b', 'c', 'd'].map((name) => sampleOf(name)),
      { ...quick, url },
    )
    expect(told(events)).toEqual([
      ['delivered', 2],
      ['delivered', 1],
      ['refused', 'd'],
    ])
    expect(requests.map(({ lines }) => lines.length)).toEqual([4, 2, 2, 1, 1])
  })

  const conflict = (lines: readonly string[], isBad: (line: string) => boolean, named: string): Answer => {
    const dropped = lines.filter(isBad).length
    const error = `partial write: field type conflict: input field "value" on measurement "${named}" is type string, already exists as type float dropped=${dropped}`
    return dropped === 0 ? [204] : [400, { error }, { 'x-influxdb-error': error }]
  }

  it('that refuses all is believed at once', async () => {
    const { requests, url } = await serverOf((lines) => conflict(lines, () => true, 'a'))
    const { events } = await send([sampleOf('a', 'x'), sampleOf('b', 'x')], { ...quick, url })
    expect(told(events)).toEqual([['refused', 'a', 'b']])
    expect(requests).toHaveLength(1)
  })

  it('that names a field is believed when the others are taken without a word', async () => {
    const { requests, url } = await serverOf((lines) => conflict(lines, (line) => line.startsWith('b'), 'b'))
    const samples = Array.from({ length: 100 }, (_, at) => sampleOf(at % 10 === 0 ? 'b' : 'a', 'x'))
    const { events } = await send(samples, { ...quick, url })
    expect(told(events)).toEqual([
      ['refused', ...Array<string>(10).fill('b')],
      ['delivered', 90],
    ])
    expect(requests.map(({ lines }) => lines.length)).toEqual([100, 90])
  })

  it('that names one field and means two finds them by halves: nothing is said to be there that is not', async () => {
    const isBad = (line: string): boolean => line.startsWith('b') || line === 'a value="bad" 1000'
    const { url } = await serverOf((lines) =>
      conflict(lines, isBad, lines.some((line) => line.startsWith('b')) ? 'b' : 'a'),
    )
    const samples = ['a', 'b', 'a', 'c'].map((name, at) => sampleOf(name, at === 2 ? 'bad' : 'x'))
    const { events } = await send(samples, { ...quick, url })
    const refused = events.flatMap((event) => (event.type === 'refused' ? event.refusals : []))
    expect(refused.map(({ sample }) => samples.indexOf(sample))).toEqual([1, 2])
    const delivered = events.flatMap((event) => (event.type === 'delivered' ? [event.count] : []))
    expect(delivered.reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  const aboutLine: readonly Answer[] = [
    [400, { error: "partial write: unable to parse 'b value=': missing field value dropped=0" }],
    [400, { error: "unable to parse 'b value=': missing field value" }],
    [400, { code: 'invalid', message: "unable to parse 'b': missing fields" }],
    [
      422,
      {
        code: 'unprocessable entity',
        message:
          'failure writing points to database: partial write: points beyond retention policy dropped=1',
      },
    ],
  ]
  it.each(aboutLine.map((answer) => [answer]))('%o finds the line by halves', async (answer) => {
    const { url } = await serverOf((lines) => (lines.some((line) => line.startsWith('b ')) ? answer : [204]))
    const { events, acked } = await send(
      ['a', 'a', 'b', 'a'].map((name) => sampleOf(name)),
      { ...quick, url },
    )
    expect([told(events).filter((event) => (event as string[])[0] === 'refused'), acked]).toEqual([
      [['refused', 'b']],
      true,
    ])
  })
})

it('sends nothing of what is nothing there, and acknowledges it', async () => {
  const { requests, url } = await serverOf(() => [204])
  const stale: Sample = { series: series('a'), time: 1, value: Number.NaN, kind: 'stale' }
  const { events, acked } = await send([stale], { ...quick, url })
  expect([requests, acked, events.map(({ type }) => type)]).toEqual([[], true, ['delivered']])
})

it('is not there, and then it is: all is kept in order, and no secret is said', async () => {
  const { url } = await serverOf(() => [204])
  const gone = 'http://127.0.0.1:1'
  const samples = new Subject<Batch<Sample>>()
  const options = { ...quick, url: gone, user: 'ada', password: 'lovelace' }
  const events = firstValueFrom(samples.pipe(toInflux(options), take(2), toArray()))
  samples.next({ values: [sampleOf('a')], ack: () => undefined })
  const seen = await events
  expect(seen.map(({ type }) => type)).toEqual(['failed', 'failed'])
  expect(JSON.stringify(seen)).not.toMatch(/lovelace|bG92ZWxhY2U/)
  expect((await send([sampleOf('a')], { ...options, url })).acked).toBe(true)
})
