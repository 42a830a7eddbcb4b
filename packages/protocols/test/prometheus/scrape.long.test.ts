import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import type { Sample } from '@tocsin/core'
import { Subject } from 'rxjs'
import { expect, it, onTestFinished } from 'vitest'

import { scrape } from '../../src/prometheus/index.ts'
import type { ScrapeTarget } from '../../src/prometheus/index.ts'
import { needProgram } from '../programs.ts'
import { startServer, temporaryFolder } from '../checks/real/servers.ts'
import { freePort } from '../sockets.ts'
import { servePage } from './scrape/page-server.ts'

type Values = ReadonlyMap<string, number>

/** A series of either side, written the same. */
const keyOf = (metric: string, labels: Readonly<Record<string, string>>): string =>
  JSON.stringify([metric, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])

/** What Prometheus takes for there now: what came within 5 min and is not stale. */
async function atPrometheus(port: number, job: string): Promise<Values> {
  const query = encodeURIComponent(`{job="${job}"}`)
  const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${query}`)
  const { data } = (await reply.json()) as {
    data: { result: { metric: Record<string, string> & { __name__: string }; value: [number, string] }[] }
  }
  return new Map(
    data.result.map(({ metric: { __name__, ...labels }, value }) => [
      keyOf(__name__, labels),
      Number(value[1]),
    ]),
  )
}

/** With the values that both must have: how much of a page that it refuses Prometheus had read by then, is its own. */
const linesOf = (values: Values): readonly string[] => {
  const isDown = [...values].some(([key, value]) => key.startsWith('["up"') && value === 0)
  const own = isDown ? /^\["scrape_(duration|samples)_/ : /^\["scrape_duration_/
  return [...values].map(([key, value]) => (own.test(key) ? key : `${key} ${value}`)).sort()
}

it('scrape has the series that Prometheus has of the same pages, with the same up, and they are stale where they are there', async (context) => {
  needProgram(context, 'prometheus', 'prometheus')
  needProgram(context, 'prometheus-node-exporter', 'prometheus-node-exporter')
  const folder = temporaryFolder()
  const [nodePort, port] = [await freePort('tcp'), await freePort('tcp')]
  const now = Date.now()
  const page = await servePage('')
  const { host } = new URL(page.url)
  const targetsFile = join(folder, 'page.json')
  const targetsOf = (...targets: readonly string[]): string =>
    JSON.stringify([{ targets, labels: { zone: 'a' } }])
  writeFileSync(targetsFile, targetsOf(host))
  const configuration = `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: node
    static_configs: [{ targets: ['127.0.0.1:${nodePort}'] }]
  - job_name: page
    sample_limit: 50
    file_sd_configs: [{ files: ['${targetsFile}'], refresh_interval: 1s }]
`
  writeFileSync(join(folder, 'prometheus.yml'), configuration)
  await startServer('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${nodePort}`], {
    port: nodePort,
  })
  await startServer(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { port },
  )

  const node: ScrapeTarget = { url: `http://127.0.0.1:${nodePort}/metrics`, labels: { job: 'node' } }
  const paged: ScrapeTarget = { url: page.url, labels: { job: 'page', zone: 'a' } }
  const targets = new Subject<readonly ScrapeTarget[]>()
  const live = new Map<string, Map<string, number>>()
  const source = scrape(targets, { periodMs: 1000, timeoutMs: 1000, maxSamples: 50 })
  const whole = scrape([node], { periodMs: 1000, timeoutMs: 1000 })
  const problems: string[] = []
  const take = ({ series, value, kind }: Sample): void => {
    const { job = '' } = series.tags
    const there = live.get(job) ?? new Map<string, number>()
    live.set(job, there)
    const key = keyOf(series.metric, series.tags)
    if (kind === 'stale') there.delete(key)
    else there.set(key, Number(value))
  }
  for (const one of [source, whole]) {
    one.problems.subscribe(({ message }) => problems.push(message))
    const subscription = one.subscribe(take)
    onTestFinished(() => subscription.unsubscribe())
  }
  targets.next([paged])

  /** Waits until both have been there, and say the same. */
  const same = async (
    job: string,
    lines: (values: Values) => readonly string[],
  ): Promise<readonly string[]> => {
    for (let asked = 0; ; asked += 1) {
      const theirs = lines(await atPrometheus(port, job))
      const ours = lines(live.get(job) ?? new Map())
      if (theirs.length > 0 && JSON.stringify(theirs) === JSON.stringify(ours)) return ours
      if (asked === 2000) expect(ours).toEqual(theirs)
      await wait(100)
    }
  }

  // A whole page of a real exporter.
  const names = await same('node', (values) => [...values.keys()].sort())
  expect(names.length).toBeGreaterThan(200)
  expect(live.get('node')?.get(keyOf('up', { job: 'node', instance: `127.0.0.1:${nodePort}` }))).toBe(1)

  /** Shows a page, and waits until both say the same of it and how many series are up. */
  const shows = async (
    body: Parameters<typeof page.show>[0],
    up: number,
    gone: readonly string[],
  ): Promise<void> => {
    page.show(body)
    const asked = page.asked()
    // Each has asked for it.
    while (page.asked() < asked + 3) await wait(50)
    const lines = await same('page', linesOf)
    expect(lines.filter((line) => line.startsWith('["up"') && line.endsWith(` ${up}`)).length).toBe(1)
    for (const metric of gone) expect(lines.join('\n')).not.toContain(`["${metric}"`)
  }
  await shows(`depth 1\nlevel{job="x",exported_job="y"} 2\ntimed 3 ${now}\n`, 1, [])
  await shows('depth 2\n', 1, ['level'])
  await shows((answer) => answer.writeHead(503).end('depth 3\n'), 0, ['depth', 'level'])
  await shows('depth 4\nlevel 5\n', 1, [])
  await shows(Array.from({ length: 51 }, (_, at) => `many{at="${at}"} 1\n`).join(''), 0, ['depth', 'many'])
  await shows('depth 5\nhalf', 0, ['depth', 'half'])
  await shows('depth 6\n', 1, ['level'])

  // What has a time of its own is there as long as Prometheus looks back.
  const keys = [...(live.get('page')?.keys() ?? [])].filter((key) => !key.startsWith('["timed"'))
  expect(keys.length).toBe(6)
  writeFileSync(targetsFile, targetsOf())
  targets.next([])
  const timed = await same('page', linesOf)
  expect(timed).toEqual([expect.stringMatching(/^\["timed"/)])
  expect(problems).toEqual(expect.arrayContaining([expect.stringContaining('status 503')]))
})
