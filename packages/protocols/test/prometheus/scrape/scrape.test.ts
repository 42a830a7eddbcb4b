import { gzipSync } from 'node:zlib'

import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { scrape } from '../../../src/prometheus/scrape/scrape.ts'
import type { ScrapeTarget } from '../../../src/prometheus/scrape/scrape-target.ts'
import { authority } from '../../certificates.ts'
import { serveSecure } from '../../checks/http/server.ts'
import { linesOf, servePage, target, watch } from './page-server.ts'

const tags = '|ST[instance:a,job:shop]'
const report = (scraped: number, added: number, up = 1): readonly string[] => [
  `up${tags} ${up}`,
  `scrape_samples_scraped${tags} ${scraped}`,
  `scrape_samples_post_metric_relabeling${tags} ${scraped}`,
  `scrape_series_added${tags} ${added}`,
]
const failed = report(0, 0, 0)
const depth = (value: number | string): string => `depth${tags} ${value}`

describe('scrape', () => {
  it('gives the samples of a page with the labels of its target, and how it went', async () => {
    const server = await servePage('')
    const { batches, next, time } = watch([target(server.url)])
    server.show((answer) => {
      time.advance(5)
      answer.end('depth 3\nlevel{tank="b"} 2.5\n')
    })
    const level = 'level|ST[instance:a,job:shop,tank:b] 2.5'
    expect(await next()).toEqual([depth(3), level, ...report(2, 2)])
    expect(await next()).toEqual([depth(3), level, ...report(2, 0)])
    const [first = []] = batches
    expect(
      first.find(({ series }) => series.metric === 'scrape_duration_seconds')?.value,
    ).toBeGreaterThanOrEqual(0.005)
    expect(new Set(first.map((sample) => sample.time)).size).toBe(1)
  })

  it('asks as Prometheus does, with the headers of the target, and reads OpenMetrics and gzip', async () => {
    const heard: Record<string, unknown>[] = []
    const { url } = await servePage((answer, headers) => {
      heard.push(headers)
      answer.setHeader('content-encoding', 'gzip')
      answer.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8')
      answer.end(gzipSync('# TYPE hits counter\nhits_total 3\n# EOF\n'))
    })
    const { next } = watch([{ ...target(url), headers: { Authorization: 'Bearer x' } }])
    expect((await next())[0]).toBe(`hits_total${tags} 3`)
    expect(heard[0]).toMatchObject({
      authorization: 'Bearer x',
      'accept-encoding': 'gzip',
      'x-prometheus-scrape-timeout-seconds': '1',
      accept: expect.stringMatching(/^application\/openmetrics-text;version=1.0.0,.*\*\/\*;q=0.1$/),
    })
  })

  it('speaks TLS', async () => {
    const url = await serveSecure((_, answer) => void answer.end('depth 3\n'))
    expect((await watch([{ ...target(url), tls: { ca: authority } }]).next())[0]).toBe(depth(3))
    const strict = watch([target(url)])
    expect(await strict.next()).toEqual(failed)
    expect(strict.problems[0]?.message).toContain('certificate')
  })

  it('names an instance by host and port, and leaves an empty label out', async () => {
    const { url } = await servePage('depth 3\n')
    const { batches, next } = watch([{ url, labels: { empty: '' } }])
    await next()
    expect(batches[0]?.[0]?.series.tags).toEqual({ instance: new URL(url).host })
  })

  it('says once what is gone, be it from the page or with it, and knows it again after a failure', async () => {
    const server = await servePage('depth 3\nlevel 4\n')
    const { next, problems } = watch([target(server.url)])
    await next()
    server.show('depth 4\n')
    expect(await next()).toEqual([depth(4), `level${tags} stale`, ...report(1, 0)])
    expect(await next()).toEqual([depth(4), ...report(1, 0)])
    server.show((answer) => answer.writeHead(500).end('depth 5\n'))
    expect(await next()).toEqual([depth('stale'), ...failed])
    expect(await next()).toEqual(failed)
    server.show('depth 5\nlevel 6\n')
    expect(await next()).toEqual([depth(5), `level${tags} 6`, ...report(2, 1)])
    expect(problems).toMatchObject([
      { reason: 'reading-failed', message: 'it answered with status 500, not with a page', peer: 'a' },
      { reason: 'reading-failed' },
    ])
  })

  it('is down where nobody answers in time, and not asked again before that scrape has ended', async () => {
    const server = await servePage((answer) => void answer.write('depth 3\n'))
    const { next, time, problems } = watch([target(server.url)])
    const scraped = next()
    await expect.poll(server.asked).toBe(1)
    time.advance(1000)
    expect(await scraped).toEqual(failed)
    expect(problems[0]?.message).toBe('gave no answer in 1000 ms')
    expect(problems[1]).toMatchObject({
      reason: 'still-running',
      message: expect.stringContaining('was not run'),
    })
    server.show('depth 3\n')
    expect(await next()).toEqual([depth(3), ...report(1, 1)])
  })

  it('follows a stream of targets: one that leaves is gone with all of its series, one that stays goes on', async () => {
    const { url } = await servePage('depth 3\n')
    const targets = new Subject<readonly ScrapeTarget[]>()
    const a = target(url)
    const b = { url, labels: { instance: 'b' } }
    const { batches, next, problems } = watch(targets)
    targets.next([a, b, { url: 'ftp://x' }, a, null as never])
    await next(2)
    targets.next([{ ...b, timeoutMs: 900 }])
    expect(linesOf(batches[2] ?? [])).toEqual([
      depth('stale'),
      ...report(0, 0).map((text) => text.replace(/ \d+$/, ' stale')),
    ])
    expect(batches[2]).toContainEqual(
      expect.objectContaining({
        kind: 'stale',
        series: expect.objectContaining({ metric: 'scrape_duration_seconds' }),
      }),
    )
    targets.error(new Error('no more'))
    expect((await next()).at(-1)).toBe('scrape_series_added|ST[instance:b] 0')
    expect(batches.length).toBe(4)
    expect(problems.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
      expect.stringMatching(/^bad-definition: target 2: option "url" must be a URL/),
      'bad-definition: target 3 has URL and labels of another one',
      'bad-definition: target 4: it must be an object with a url',
      'bad-definition: the stream of targets ended: no more',
    ])
  })

  it('takes the times of a page, but none far ahead, and does not say that what has one is gone', async () => {
    const server = await servePage('depth 3 1000\nlevel 4 1700000\n')
    const { batches, next, problems, time } = watch([target(server.url)])
    expect(await next()).toEqual([
      depth(3),
      ...report(2, 1).map((text) => text.replace(/(relabeling.*) 2/, '$1 1')),
    ])
    expect(batches[0]?.[0]).toMatchObject({ time: 1000, receivedAt: expect.any(Number) })
    expect(problems[0]).toMatchObject({ reason: 'bad-timestamp', series: `level${tags}` })
    expect(time.now()).toBeLessThan(1_100_000)
    server.show('')
    expect(await next()).toEqual(report(0, 0))
  })

  it('gives all the time of the scrape where times are not honoured, so that a series comes once', async () => {
    const server = await servePage('depth 3 1000\ndepth 4 2000\n')
    const { batches, next, problems } = watch([target(server.url)], { honorTimestamps: false })
    expect((await next()).slice(0, 2)).toEqual([depth(3), `up${tags} 1`])
    expect(batches[0]?.[0]?.time).toBe(batches[0]?.[1]?.time)
    expect(problems[0]).toMatchObject({ reason: 'repeated', series: `depth${tags}` })
    server.show('')
    expect((await next())[0]).toBe(depth('stale'))
  })

  it('drops a scrape that has no room as a whole, and says with the next one what was gone by then', async () => {
    const server = await servePage('depth 3\n')
    const { batches, next, ack, dropped, time, problems } = watch([target(server.url)], {}, 1)
    await next()
    server.show('level 4\n')
    time.advance(1000)
    await expect.poll(dropped).toBe(1)
    expect(batches.length).toBe(1)
    expect(problems[0]).toMatchObject({ reason: 'overflow' })
    ack()
    expect(await next()).toEqual([`level${tags} 4`, depth('stale'), ...report(1, 1)])
  })

  it('says that targets have left once there is room, and not of those that have come back', async () => {
    const { url } = await servePage('depth 3\n')
    const targets = new Subject<readonly ScrapeTarget[]>()
    const [a, b] = [
      { url, labels: { instance: 'a' } },
      { url, labels: { instance: 'b' } },
    ]
    const { batches, next, ack } = watch(targets, {}, 2)
    targets.next([a, b])
    await next(2)
    targets.next([])
    targets.next([a])
    expect(batches.length).toBe(2)
    ack()
    expect(batches.slice(2).map((batch) => linesOf(batch)[0])).toEqual(['depth|ST[instance:b] stale'])
    expect((await next()).at(-1)).toBe('scrape_series_added|ST[instance:a] 0')
  })

  it('closes its connections when nobody is subscribed any more', async () => {
    let closed = 0
    const server = await servePage((answer) => {
      answer.on('close', () => (closed += 1))
      answer.write('depth')
    })
    const { subscription, time, batches } = watch([target(server.url)])
    time.advance(1000)
    await expect.poll(server.asked).toBe(1)
    subscription.unsubscribe()
    await expect.poll(() => closed).toBe(1)
    time.advance(10_000)
    expect([server.asked(), batches.length]).toEqual([1, 0])
  })

  it('refuses what is wrong at the call', () => {
    const url = 'http://localhost/metrics'
    for (const targets of [
      [{ url: 'http://user:secret@localhost/' }],
      [{ url, labels: { job: 1 } }],
      [{ url, labels: { job: 'x'.repeat(300) } }],
      [{ url, headers: { 'content-length': '1' } }],
      [{ url, periodMs: 10, timeoutMs: 20 }],
      [{ url, tls: true }],
      [{ url, unknown: 1 }],
      [{ url }, { url }],
    ])
      expect(() => scrape(targets as never)).toThrow('PROTOCOL_BAD_OPTION: target')
    expect(() => scrape([], { periodMs: 0 })).toThrow('PROTOCOL_BAD_OPTION')
    expect(() => scrape([{ url: 'http://user:secret@localhost/' }])).toThrow(/^(?!.*secret)/)
  })
})
