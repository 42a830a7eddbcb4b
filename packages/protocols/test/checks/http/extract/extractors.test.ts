import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { CheckContext, CheckOutcome } from '../../../../src/checks/check.ts'
import { csv } from '../../../../src/checks/http/extract/csv.ts'
import { json } from '../../../../src/checks/http/extract/json.ts'
import { keyValues } from '../../../../src/checks/http/extract/key-values.ts'
import { promtext } from '../../../../src/checks/http/extract/promtext.ts'
import { httpCheck } from '../../../../src/checks/http/http-check.ts'
import { runOnce } from '../../../../src/checks/run-once.ts'
import { look, serve, steady } from '../server.ts'
import { extracted } from './found.ts'

describe('an extractor', () => {
  it.each<[string, (options: never) => unknown, readonly object[]]>([
    ['json', json, [{ only: 'depth' }, { prefix: 5 }, { counters: [null] }, { onyl: ['depth'] }]],
    [
      'csv',
      csv,
      [{ names: 'name' }, { names: [] }, { separator: '' }, { separator: '"' }, { separator: '||' }],
    ],
    ['keyValues', keyValues, [{ rename: { a: 1 } }, { rename: null }, { only: 'depth' }]],
  ])('%s refuses wrong options at the call, and does not read by them', (_, make, wrong) => {
    for (const options of wrong) expect(() => make(options as never)).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => make({ only: [], counters: [], prefix: '' } as never)).not.toThrow()
  })
})

describe('json', () => {
  it('flattens as HTTPTrap does, with counters by name and a prefix', async () => {
    const body =
      '{ "queue": { "depth": 7, "state": "ok", "sent": 18446744073709551614, "gone": null }, "up": true, "all": [1, 2] }'
    expect(await extracted(json({ counters: ['sent'], prefix: 'nats_' }), body)).toEqual({
      'nats_queue`depth': 'gauge 7',
      'nats_queue`state': 'text ok',
      'nats_queue`sent': 'counter 18446744073709552000',
      nats_up: 'gauge 1',
      'nats_all`0': 'gauge 1',
      'nats_all`1': 'gauge 2',
    })
  })

  it('rejects what is no JSON, what nests too deep, and what has too many values', async () => {
    await expect(extracted(json(), '')).rejects.toThrow('the body is empty')
    await expect(extracted(json(), '{ "a": ')).rejects.toThrow('not JSON at')
    await expect(extracted(json(), '['.repeat(1000))).rejects.toThrow('nest at most 32 deep')
    await expect(extracted(json(), `[${'1,'.repeat(20_000)}1]`)).rejects.toThrow('at most 10000 values')
  })
})

describe('csv', () => {
  const page = '# pxname,svname,scur,status,note,\nweb,FRONTEND,3,OPEN,,\nweb,s1,0,UP,"a ""b"", c",\n\n'

  it('names rows by their columns, and takes numbers and texts', async () => {
    expect(await extracted(csv({ names: ['pxname', 'svname'], counters: ['scur'] }), page)).toEqual({
      'web`FRONTEND`scur': 'counter 3',
      'web`FRONTEND`status': 'text OPEN',
      'web`s1`scur': 'counter 0',
      'web`s1`status': 'text UP',
      'web`s1`note': 'text a "b", c',
    })
    expect(await extracted(csv({ only: ['b'], separator: ';' }), 'a;b;c\r\nx;1;2\r\ny;;3')).toEqual({
      'x`b': 'gauge 1',
    })
  })

  it('rejects what is empty, or has no such column, or too many rows', async () => {
    await expect(extracted(csv(), '\n\n')).rejects.toThrow('it is empty')
    await expect(extracted(csv({ names: ['svname'] }), 'a,b\n1,2')).rejects.toThrow('no column svname')
    await expect(extracted(csv(), `a,b\n${'1,2\n'.repeat(10_001)}`)).rejects.toThrow('more than 10000 rows')
  })

  it('reads any table that is written as RFC 4180 has it', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'ü', '"', ',', '\n', ' ', 'x') })
    await fc.assert(
      fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 5 }), async (fields) => {
        const columns = fields.map((_, at) => `c${at}`)
        const written = fields.map((text) => `"${text.replaceAll('"', '""')}"`)
        const body = `name,${columns.join(',')}\nrow,${written.join(',')}\n`
        const expected = fields.flatMap((text, at) =>
          text.trim() === '' ? [] : [[`row\`c${at}`, `text ${text.trim()}`]],
        )
        expect(await extracted(csv(), body)).toEqual(Object.fromEntries(expected))
      }),
    )
  })
})

describe('keyValues', () => {
  it('reads what nginx says', async () => {
    const page =
      'Active connections: 3 \nserver accepts handled requests\n 11 12 13 \nReading: 0 Writing: 1 Waiting: 2 \n'
    const nginx = keyValues({
      rename: { 'Active connections': 'active', accepts: 'accepted' },
      counters: ['accepted', 'handled', 'requests'],
    })
    expect(await extracted(nginx, page)).toEqual({
      active: 'gauge 3',
      accepted: 'counter 11',
      handled: 'counter 12',
      requests: 'counter 13',
      Reading: 'gauge 0',
      Writing: 'gauge 1',
      Waiting: 'gauge 2',
    })
  })

  it('reads what Apache says, signs of equality, and passes over what is neither', async () => {
    const page =
      'localhost\nServerUptime: 1 day = 24 hours\nTotal Accesses: 12\nCPULoad: .02\nScoreboard: __W_\nEmpty:\nHits = 99%\n: 3\n\n1 2 3\n'
    expect(await extracted(keyValues(), page)).toEqual({
      ServerUptime: 'text 1 day = 24 hours',
      Total_Accesses: 'gauge 12',
      CPULoad: 'gauge 0.02',
      Scoreboard: 'text __W_',
      Hits: 'gauge 99',
    })
  })

  it('rejects a page without any, and one of too many lines', async () => {
    await expect(extracted(keyValues(), '<html>\n<body>')).rejects.toThrow('it has no line such as')
    await expect(extracted(keyValues(), 'a: 1\n'.repeat(10_001))).rejects.toThrow('more than 10000 lines')
  })
})

describe('promtext', () => {
  it('takes what Prometheus scrapes, by the type of content', async () => {
    const page = '# TYPE hits counter\nhits{route="/users"} 3\nload 0.5\n'
    const type = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }
    expect(await extracted(promtext(), page, type)).toEqual({
      'hits|ST[route:/users]': 'counter 3',
      load: 'gauge 0.5',
    })
    const openMetrics = { 'content-type': 'application/openmetrics-text; version=1.0.0' }
    await expect(extracted(promtext(), page, openMetrics)).rejects.toThrow(/./)
    await expect(extracted(promtext(), page, { 'content-type': 'text/html' })).rejects.toThrow(
      'no text format',
    )
    await expect(extracted(promtext(), 'a{', type)).rejects.toThrow(/./)
  })
})

describe('any extractor', () => {
  const all = { json: json(), csv: csv(), keyValues: keyValues(), promtext: promtext() }

  it('takes any bytes in little time, and takes or rejects them', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: fc.constantFrom('a', '1', ':', '=', ',', '"', '\n', ' ', '{', '}', '[', '#', '.') }),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => {
        for (const extractor of Object.values(all)) await extracted(extractor, body).catch(() => undefined)
      }),
    )
  })

  it.each([
    '1'.repeat(500_000) + 'x',
    '"'.repeat(500_001),
    'a:'.repeat(250_000),
    ' '.repeat(500_000),
    '1 '.repeat(250_000),
    `a,"${'""'.repeat(250_000)}`,
    ','.repeat(500_000),
    '\n'.repeat(9000) + '-'.repeat(400_000),
  ])('takes %#th hostile body in a time that grows with it alone', async (body) => {
    for (const extractor of Object.values(all)) await extracted(extractor, body).catch(() => undefined)
  })
})

describe('httpCheck with extractors', () => {
  it('takes no series twice, and none of its own from a body, and says so', async () => {
    const url = await serve((_request, response) =>
      response.end('{ "code": 7, "a": 1, "bytes": 3, "a": 2, "tt_connect": 1 }'),
    )
    const result = await look({ url, extract: [json(), json({ prefix: 'app_' })] })
    expect(result).toMatchObject({ state: 'good', status: 'good (5 values have names that others have)' })
    expect(steady(result)).toEqual({
      code: 200,
      bytes: 58,
      a: 1,
      app_code: 7,
      app_bytes: 3,
      app_a: 1,
      app_tt_connect: 1,
    })
  })

  it('takes functions, whose outcome and failure are its own', async () => {
    const url = await serve((_request, response) => response.end('7'))
    const take = (state: 'good' | 'warning'): Promise<unknown> =>
      look({
        url,
        extract: ({ body }, { found }) => {
          found.gauge('depth', Number(body.toString()))
          return state === 'good' ? undefined : found.warning('it is deep')
        },
      })
    expect(await take('good')).toMatchObject({ state: 'good' })
    expect(await take('warning')).toMatchObject({ state: 'warning', available: 'yes', status: 'it is deep' })
    const failing = await look({
      url,
      extract: () => {
        throw new Error('no depth')
      },
    })
    expect(failing).toMatchObject({ state: 'bad', status: 'the body cannot be read: no depth' })
  })

  it('waits for none that does not end', async () => {
    const url = await serve((_request, response) => response.end('7'))
    let isSettled = false
    const check = httpCheck({ url, extract: () => new Promise(() => undefined) })
    const run = { ...check, run: (context: CheckContext) => settled(check.run(context)) }
    const settled = async (outcome: PromiseLike<CheckOutcome>): Promise<CheckOutcome> => {
      try {
        return await outcome
      } finally {
        isSettled = true
      }
    }
    expect(await runOnce(run, { timeoutMs: 50 })).toMatchObject({ reason: 'timed-out' })
    await expect.poll(() => isSettled).toBe(true)
  })

  it('extracts also where the status is wrong, and says that', async () => {
    const url = await serve((_request, response) => response.writeHead(503).end('{ "a": 1 }'))
    const result = await look({ url, extract: 'json' })
    expect(result).toMatchObject({ state: 'bad', status: 'expected status 200, got 503' })
    expect(steady(result)).toMatchObject({ a: 1 })
  })
})
