import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { series, type Sample } from '@tocsin/core'
import { Subject } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'

import { expose, formatOfContentType, parsePrometheus, writePrometheus } from '../../src/prometheus/index.ts'
import { needProgram } from '../programs.ts'
import { startDaemon } from '../graphite/daemon.ts'
import { freePort, portOf, receive } from '../sockets.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks until an answer is good. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined) return answer
    await wait(100)
  }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-prometheus-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

const of = (
  name: string,
  kind: Sample['kind'],
  value: unknown,
  tags: Record<string, string> = {},
  more: Partial<Sample> = {},
): Sample => ({ series: series(name, tags), time: 1, value, kind, ...more }) as Sample

/** One sample of each kind that a page has, and what Prometheus is asked for each. */
const shown: readonly Sample[] = [
  of('queue.depth', 'gauge', -2.5, { host: 'web"1\\\n' }),
  of('api.requests', 'counter', 1234, { route: '/users' }),
  of('jobs.done', 'delta', 3),
  of('jobs.done', 'delta', 4),
  of('request.seconds', 'observation', 0.2, {}, { weight: 10 }),
  of('request.seconds', 'observation', 7),
  of('disk.seconds', 'histogram', { bins: [{ value: 20, exponent: -1, count: 5 }] }),
]
const asked: readonly (readonly [expression: string, value: string])[] = [
  ['queue_depth{host=~"(?s)web.1.+"}', '-2.5'],
  ['api_requests_total{route="/users"}', '1234'],
  ['jobs_done_total', '7'],
  ['request_seconds_count', '11'],
  ['request_seconds_sum', '9'],
  ['request_seconds_bucket{le="0.25"}', '10'],
  ['request_seconds_bucket{le="+Inf"}', '11'],
  ['disk_seconds_bucket{le="0.25"}', '5'],
  ['up', '1'],
]

it('Prometheus scrapes a page, has each value, and drops a series that is stale', async (context) => {
  needProgram(context, 'prometheus', 'prometheus')
  const samples = new Subject<Sample>()
  const page = expose(samples, { port: 0 })
  const received = receive(page)
  const problems = receive(page.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  const [target, port, path] = [await portOf(page), await freePort('tcp'), folder()]
  for (const one of shown) samples.next(one)
  const configuration = `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: tocsin
    static_configs: [{ targets: ['127.0.0.1:${target}'] }]
`
  writeFileSync(join(path, 'prometheus.yml'), configuration)
  const { failed } = startDaemon('prometheus', [
    `--config.file=${join(path, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(path, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ])
  const query = async (expression: string): Promise<readonly string[]> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`)
    const { data } = (await reply.json()) as {
      data: { result: readonly { value: readonly [number, string] }[] }
    }
    return data.result.map(({ value: [, value] }) => value)
  }
  const values = async (): Promise<readonly string[]> =>
    (await Promise.all(asked.map(([expression]) => query(expression)))).map((one) => one.join())
  const expected = asked.map(([, value]) => value)
  const isAll = async (): Promise<true | undefined> =>
    (await values()).join() === expected.join() ? true : undefined
  await Promise.race([until(isAll), failed, wait(60_000)])
  expect(await values()).toEqual(expected)
  samples.next(of('jobs.done', 'stale', Number.NaN))
  await Promise.race([
    until(async () => ((await query('jobs_done_total')).length === 0 ? true : undefined)),
    failed,
  ])
  // What it knows of the types came with the page.
  const reply = await fetch(`http://127.0.0.1:${port}/api/v1/metadata?metric=api_requests_total`)
  const metadata = JSON.stringify(await reply.json())
  const other = await (await fetch(`http://127.0.0.1:${port}/api/v1/metadata?metric=api_requests`)).json()
  expect(metadata + JSON.stringify(other)).toContain('"type":"counter"')
  expect(problems.values).toEqual([])

  // Its own page, by our parser, in both formats.
  for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0']) {
    const own = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } })
    const format = formatOfContentType(own.headers.get('content-type') ?? undefined)
    const read = parsePrometheus(Buffer.from(await own.arrayBuffer()), { format, time: Date.now() })
    expect([read.failure, read.problems]).toEqual([undefined, []])
    expect(read.samples.length).toBeGreaterThan(300)
  }
})

it('promtool finds nothing wrong with a page', { timeout: 60_000 }, async (context) => {
  needProgram(context, 'promtool', 'prometheus')
  const samples = new Subject<Sample>()
  const page = expose(samples, { port: 0 })
  const received = receive(page)
  onTestFinished(() => received.subscription.unsubscribe())
  const port = await portOf(page)
  for (const one of shown) samples.next(one)
  const input = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' })
  const broken = spawnSync('promtool', ['check', 'metrics'], { input: `${input}}\n`, encoding: 'utf8' })
  expect(broken.status).not.toBe(0)
})

it(
  'node-exporter’s page is parsed without a problem, and promtool takes it as we write it',
  { timeout: 60_000 },
  async (context) => {
    needProgram(context, 'prometheus-node-exporter', 'prometheus-node-exporter')
    needProgram(context, 'promtool', 'prometheus')
    const port = await freePort('tcp')
    const { failed } = startDaemon('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`])
    for (const accept of ['text/plain', 'application/openmetrics-text;version=1.0.0,*/*;q=0.1']) {
      const reply = await Promise.race([
        until(() => fetch(`http://127.0.0.1:${port}/metrics`, { headers: { accept } })),
        failed,
      ])
      const format = formatOfContentType(reply.headers.get('content-type') ?? undefined)
      const body = Buffer.from(await reply.arrayBuffer())
      const { failure, problems, samples, filtered, metadata } = parsePrometheus(body, { format, time: 1 })
      expect([failure, problems]).toEqual([undefined, []])
      const lines = body
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
      expect(samples.length + filtered).toBe(lines.length)
      if (format === 'openmetrics') continue
      const { text, leftOut } = writePrometheus(samples, { metadata, times: false })
      expect(leftOut).toBe(0)
      expect(parsePrometheus(Buffer.from(text), { time: 1 })).toMatchObject({
        samples: { length: samples.length },
      })
      const checked = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
      expect(checked.stderr + checked.stdout).not.toContain('error')
    }
  },
)
