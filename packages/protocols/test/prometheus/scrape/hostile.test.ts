import { gzipSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import type { ScrapeOptions } from '../../../src/prometheus/scrape/scrape-options.ts'
import { pour, serveBytes, serveSocket } from '../../checks/http/server.ts'
import { type Page, servePage, target, watch } from './page-server.ts'

const tags = '|ST[instance:a,job:shop]'
const failed = [
  `up${tags} 0`,
  `scrape_samples_scraped${tags} 0`,
  `scrape_samples_post_metric_relabeling${tags} 0`,
  `scrape_series_added${tags} 0`,
]

/** Scrapes a good page and then this one: all of the first is gone, nothing of the other is there. */
async function expectRefusal(page: Page, why: RegExp, options: ScrapeOptions = {}): Promise<void> {
  const server = await servePage('depth 3\n')
  const { next, problems } = watch([target(server.url)], options)
  await next()
  server.show(page)
  expect(await next()).toEqual([`depth${tags} stale`, ...failed])
  expect(problems[0]).toMatchObject({ reason: 'reading-failed' })
  expect(problems[0]?.message).toMatch(why)
}

describe('a page that is refused as a whole', () => {
  it.each<[string, Page, RegExp, ScrapeOptions?]>([
    ['is cut off in a line', 'bad 3\nworse', /refused/],
    ['is HTML', (answer) => answer.setHeader('content-type', 'text/html').end('<p>'), /type of content/],
    [
      'is OpenMetrics without its end',
      (answer) => answer.setHeader('content-type', 'application/openmetrics-text').end('bad 3\n'),
      /EOF/,
    ],
    ['is elsewhere', (answer) => answer.writeHead(302, { location: '/' }).end(), /status 302/],
    ['has too many bytes', `# ${'x'.repeat(1000)}\nbad 3\n`, /more than 500 bytes/, { maxBodyBytes: 500 }],
    [
      'is a bomb',
      (answer) => answer.setHeader('content-encoding', 'gzip').end(gzipSync('\n'.repeat(5_000_000))),
      /more than 500000 bytes/,
      { maxBodyBytes: 500_000 },
    ],
    ['is no gzip', (answer) => answer.setHeader('content-encoding', 'gzip').end('bad 3\n'), /is not gzip/],
    ['has too many samples', 'bad 3\nworse 4\n', /at most 1 samples/, { maxSamples: 1 }],
    ['has too many labels', 'bad{x="1"} 3\n', /more than 3 labels/, { maxLabels: 3 }],
    [
      'has too long a name of a label',
      'bad{longer_name="1"} 3\n',
      /name of a label has more than 8/,
      { maxLabelNameLength: 8 },
    ],
    [
      'has too long a value of a label',
      'bad{x="12345"} 3\n',
      /value of a label has more than 4/,
      { maxLabelValueLength: 4 },
    ],
    ['is broken off', (answer) => void answer.write('bad 3\n', () => answer.destroy()), /broke off/],
  ])('%s', async (_, page, why, options) => expectRefusal(page, why, options))
})

describe('a target that is no page', () => {
  it('refuses, or pours what is no page, and is down', async () => {
    const urls = [
      'http://127.0.0.1:1/metrics',
      await serveBytes('hello\r\n'),
      await serveSocket((socket) => pour(socket, 'HTTP/1.1 100 Continue\r\n\r\n')),
      await serveSocket((socket) =>
        pour(
          socket.on('close', () => undefined),
          `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1000)}\r\n`,
        ),
      ),
    ]
    for (const url of urls) expect(await watch([target(url)]).next(), url).toEqual(failed)
  })

  it('has series that core has no name for, which are left out alone', async () => {
    const { url } = await servePage(`good 1\nbad{x="${'y'.repeat(300)}"} 2\nnot NaN\n`)
    const { next, problems } = watch([target(url)], { maxLabelValueLength: 1000 })
    expect(await next()).toEqual([
      `good${tags} 1`,
      `up${tags} 1`,
      `scrape_samples_scraped${tags} 3`,
      `scrape_samples_post_metric_relabeling${tags} 1`,
      `scrape_series_added${tags} 1`,
    ])
    expect(problems[0]).toMatchObject({ reason: 'bad-name' })
  })
})
