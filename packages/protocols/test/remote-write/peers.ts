import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { TestContext } from 'vitest'

import { needProgram } from '../programs.ts'
import { startDaemon, temporaryFolder } from '../graphite/daemon.ts'
import { freePort } from '../sockets.ts'

/** A value as Prometheus' API gives it: seconds, and a text. */
type ApiValue = readonly [seconds: number, value: string]

interface ApiSeries {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly ApiValue[]
}

export interface Prometheus {
  readonly url: string
  /** What it has of a selector in its last hour. */
  query(selector: string): Promise<readonly ApiSeries[]>
  /** Reads another configuration. */
  reload(configuration: object): Promise<void>
  /** One of its own figures. */
  figure(name: string): Promise<number>
}

/** Prometheus on a free port; configurations are JSON, which is YAML. */
export async function startPrometheus(
  context: TestContext,
  configure: (port: number) => object,
  ...flags: readonly string[]
): Promise<Prometheus> {
  needProgram(context, 'prometheus', 'prometheus')
  const folder = temporaryFolder()
  const port = await freePort('tcp')
  const file = join(folder, 'prometheus.yml')
  writeFileSync(file, JSON.stringify(configure(port)))
  const { failed } = startDaemon('prometheus', [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=warn'],
    ...[`--web.listen-address=127.0.0.1:${port}`, '--web.enable-lifecycle', ...flags],
  ])
  const url = `http://127.0.0.1:${port}`
  await Promise.race([ready(`${url}/-/ready`), failed])
  return {
    url,
    async query(selector) {
      const asked = new URLSearchParams({ query: `${selector}[1h]` })
      const answer = await fetch(`${url}/api/v1/query?${asked.toString()}`)
      const { data } = (await answer.json()) as { data: { result: readonly ApiSeries[] } }
      return data.result
    },
    async reload(configuration) {
      writeFileSync(file, JSON.stringify(configuration))
      const { ok } = await fetch(`${url}/-/reload`, { method: 'POST' })
      if (!ok) throw new Error('Prometheus did not read its configuration again')
    },
    async figure(name) {
      const page = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(page)?.[1])
    },
  }
}

/** VictoriaMetrics on a free port. */
export async function startVictoriaMetrics(context: TestContext): Promise<string> {
  needProgram(context, 'victoria-metrics', 'victoria-metrics')
  const port = await freePort('tcp')
  const { failed } = startDaemon('victoria-metrics', [
    ...['-storageDataPath', temporaryFolder(), '-retentionPeriod', '100y', '-loggerLevel', 'ERROR'],
    ...['-httpListenAddr', `127.0.0.1:${port}`],
  ])
  const url = `http://127.0.0.1:${port}`
  await Promise.race([ready(`${url}/health`), failed])
  return url
}

interface Exported {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly (number | null)[]
  readonly timestamps: readonly number[]
}

/** All that VictoriaMetrics has, each sample as `name{label=value,…} value @time`, sorted. */
export async function exported(url: string): Promise<readonly string[]> {
  const query = new URLSearchParams({ 'match[]': '{__name__!=""}', start: '0', end: String(4e9) })
  const text = await (await fetch(`${url}/api/v1/export?${query.toString()}`)).text()
  return text
    .split('\n')
    .filter((row) => row !== '')
    .flatMap((row) => {
      const { metric, values, timestamps } = JSON.parse(row) as Exported
      return timestamps.map((time, at) => described(metric, values[at] ?? Number.NaN, time))
    })
    .toSorted()
}

/** A sample in one line, whoever has it. */
export function described(labels: Readonly<Record<string, string>>, value: number, time: number): string {
  const { __name__ = '', ...others } = labels
  const pairs = Object.entries(others).map((pair) => pair.join('='))
  return `${__name__}{${pairs.toSorted().join(',')}} ${value} @${time}`
}

async function ready(url: string): Promise<void> {
  for (;;) {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
