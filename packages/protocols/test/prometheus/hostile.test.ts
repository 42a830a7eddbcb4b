import { request } from 'node:http'
import { once } from 'node:events'

import { series, type Sample } from '@tocsin/core'
import { Subject } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { createPrometheusParser, expose } from '../../src/prometheus/index.ts'
import { brief, collect } from '../collect.ts'
import { dial, gone, portOf, receive } from '../sockets.ts'

const good = '# TYPE up gauge\nup{job="a"} 1\n'

/** What a parser makes of something bad, and that it takes the good afterwards. */
function survive(bytes: Uint8Array, options: Parameters<typeof createPrometheusParser>[0] = {}) {
  const parser = createPrometheusParser(options)
  let count = 0
  const reasons = new Set<string>()
  const outcome = parser.parse(bytes, 0, {
    sample: () => (count += 1),
    problem: ({ reason }) => reasons.add(reason),
  })
  const ending = options.format === 'openmetrics' ? '# EOF\n' : ''
  expect(collect({ parse: (...all) => void parser.parse(...all) }, good + ending).samples.map(brief)).toEqual(
    ['up|ST[job:a] gauge 1'],
  )
  return { count, reasons: [...reasons], failure: outcome.failure?.reason }
}

describe('the parser survives', () => {
  it('a line of 16 MiB', () => {
    const bytes = Buffer.alloc(16 * 1024 * 1024, 'a')
    expect(survive(bytes)).toMatchObject({ failure: 'line-too-long', count: 0 })
    const wide = { maxLineBytes: 2 ** 30, maxBodyBytes: 2 ** 30 }
    for (const start of ['a{b="', '# HELP a ', '# TYPE "', '{"', 'a 1 # {', 'a{', 'a '])
      expect(
        survive(Buffer.concat([Buffer.from(start), bytes]), { ...wide, maxNameBytes: 2 ** 20 }).count,
      ).toBe(0)
    for (const filling of ['\\', '"', '{', ',', ' ', '#', '\\"', 'a="",', '9'])
      expect(survive(Buffer.alloc(2 ** 22, filling), wide).count).toBe(0)
  })

  it('a body beyond its limit', () => {
    expect(survive(Buffer.alloc(16 * 1024 * 1024 + 1, '\n'))).toMatchObject({ failure: 'body-too-large' })
  })

  it('more samples than its limit', () => {
    const lines = Array.from({ length: 100_001 }, (_, index) => `a{i="${index}"} 1\n`)
    expect(survive(Buffer.from(lines.join('')))).toMatchObject({ failure: 'too-many-values', count: 0 })
  })

  it.each(['prometheus', 'openmetrics'] as const)(
    'labels and series that come twice in %s, and types that change',
    (format) => {
      const end = format === 'openmetrics' ? '# EOF\n' : ''
      expect(survive(Buffer.from(`a{b="1",b="1"} 1\n${end}`), { format }).failure).toBe('malformed')
      const many = Array.from({ length: 10_000 }, (_, index) => `l${index % 5000}="x"`).join()
      expect(survive(Buffer.from(`a{${many}} 1\n${end}`), { format, maxLineBytes: 2 ** 20 }).failure).toBe(
        'malformed',
      )
      expect(survive(Buffer.from(`${'a{b="1"} 1\n'.repeat(1000)}${end}`), { format })).toEqual({
        count: 1,
        reasons: ['repeated'],
        failure: undefined,
      })
      const types = '# TYPE a counter\na_total 1\n# TYPE a gauge\na 1\n'.repeat(100)
      expect(survive(Buffer.from(types + end), { format }).failure).toBe(
        format === 'openmetrics' ? 'malformed' : undefined,
      )
    },
  )

  it('names of objects', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const lines = names.map((name) => `# TYPE ${name} counter\n${name}{${name}="${name}"} 1\n`).join('')
    expect(survive(Buffer.from(lines))).toMatchObject({ count: 4, failure: undefined })
  })
})

describe('a page survives', () => {
  it('100,000 new series, bounded, counted and told', async () => {
    const samples = new Subject<Sample>()
    const page = expose(samples, { port: 0, maxBytes: 2 ** 20 })
    const received = receive(page)
    const problems = receive(page.problems)
    onTestFinished(() => received.subscription.unsubscribe())
    const port = await portOf(page)
    for (let index = 0; index < 100_000; index += 1)
      samples.next({ series: series('a', { index: String(index) }), time: 0, value: 1, kind: 'gauge' })
    expect(page.page.bytes).toBeLessThanOrEqual(2 ** 20)
    expect(page.page.series + page.page.overflow).toBe(100_000)
    expect(page.stats.problems).toBe(page.page.overflow)
    expect(problems.values[0]).toMatchObject({
      reason: 'too-many-series',
      series: expect.any(String) as string,
    })
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    expect(text.split('\n').filter((line) => line.startsWith('a{'))).toHaveLength(page.page.series)
  })

  it('scrapers that bring bodies, break off, and ask for everything', async () => {
    const samples = new Subject<Sample>()
    const page = expose(samples, { port: 0 })
    const received = receive(page)
    onTestFinished(() => received.subscription.unsubscribe())
    const port = await portOf(page)
    const sent = request({ port, host: '127.0.0.1', path: '/metrics', method: 'GET', agent: false })
    sent.on('error', () => undefined)
    sent.end(Buffer.alloc(2 ** 20))
    const [{ statusCode }] = (await once(sent, 'response')) as [{ statusCode: number }]
    expect(statusCode).toBe(200)
    const socket = await dial(port)
    const closed = gone(socket)
    socket.write('GET /metrics HTTP/1.1\r\nhost: a\r\n')
    socket.destroy()
    await closed
    const accept = Array.from({ length: 500 }, () => 'text/plain;q=2;q=x').join()
    const reply = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { accept, 'accept-encoding': ';;,=,gzip;q=,' },
    })
    expect(reply.status).toBe(200)
  })
})
