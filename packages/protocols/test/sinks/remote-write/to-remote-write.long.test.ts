import { buildSeries, type Sample, type Series, type Tags } from '@tocsin/core'
import { expect, it } from 'vitest'

import type { Refusal } from '../../../src/sinks/destination.ts'
import { described, exported, startPrometheus, startVictoriaMetrics } from '../../remote-write/peers.ts'
import { type Fed, feed } from './destination.ts'

function seriesOf(metric: string, tags: Tags = {}): Series {
  const built = buildSeries(metric, tags)
  if (!built.ok) throw new Error(built.message)
  return built.value
}

const sample = (
  series: Series,
  value: number,
  time: number,
  kind: 'gauge' | 'counter' | 'stale' = 'gauge',
): Sample => ({ series, time, value, kind })
const refusalsOf = (fed: Fed): readonly Refusal[] =>
  fed.events.flatMap((event) => (event.type === 'refused' ? event.refusals : []))

it('Prometheus has what was sent, each once and in order, and what it refuses is told by name', async (context) => {
  const prometheus = await startPrometheus(context, () => ({}), '--web.enable-remote-write-receiver')
  const now = Date.now()
  const start = now - 60_000
  const all = Array.from({ length: 50 }, (_, at) =>
    seriesOf('load', { host: `web${at}`, text: 'a "b" \\ é' }),
  )
  const good = Array.from({ length: 100 }, (_, step) =>
    all.map((series, at) => sample(series, at + step / 8, start + step * 500)),
  ).flat()
  const [first] = all
  const late = sample(first!, 7, start + 100)
  const other = sample(first!, 8, start + 99 * 500)
  const fed = feed({ url: `${prometheus.url}/api/v1/write`, maxRequestSamples: 700 })
  fed.give(...good.slice(0, 3000))
  fed.give(...good.slice(3000))
  await expect.poll(() => fed.acknowledged(), { timeout: 60_000 }).toBe(2)
  fed.give(
    sample(all[1]!, 1, now - 1000),
    late,
    other,
    sample(all[2]!, 2, now - 1000),
    sample(all[3]!, Number.NaN, now - 900, 'stale'),
  )
  await fed.end()
  expect(refusalsOf(fed)).toMatchObject([
    { sample: late, reason: 'refused', message: expect.stringContaining('out of order') },
    { sample: other, reason: 'refused', message: expect.stringContaining('duplicate') },
  ])
  expect(fed.events.filter(({ type }) => type === 'failed')).toEqual([])
  const stored = await prometheus.query('load')
  const expected = [...good, sample(all[1]!, 1, now - 1000), sample(all[2]!, 2, now - 1000)]
  const lines = stored.flatMap(({ metric, values }) =>
    values.map(([seconds, value]) => described(metric, Number(value), Math.round(seconds * 1000))),
  )
  expect(lines.toSorted()).toEqual(
    expected
      .map(({ series, value, time }) =>
        described({ __name__: series.metric, ...series.tags }, value as number, time),
      )
      .toSorted(),
  )
  // The marker ends the series, and is no value of it.
  const asked = new URLSearchParams({ query: 'count(load{host=~"web3|web2"})' })
  const answer = (await (await fetch(`${prometheus.url}/api/v1/query?${asked.toString()}`)).json()) as {
    data: { result: readonly { value: readonly [number, string] }[] }
  }
  expect(answer.data.result[0]?.value[1]).toBe('1')
})

it('VictoriaMetrics has what was sent, under names of any kind', async (context) => {
  const url = await startVictoriaMetrics(context)
  const start = 1_700_000_000_000
  const all = [
    seriesOf('cpu.load', { 'data-center': 'é', host: 'web 1' }),
    seriesOf('Ünïcode'),
    seriesOf('a:b_c', { __proto_: 'x', Z: 'y' }),
  ]
  const good = Array.from({ length: 1000 }, (_, step) =>
    all.map((series, at) => sample(series, at * 1000 + step, start + step * 1000)),
  ).flat()
  const fed = feed({ url: `${url}/api/v1/write`, names: 'utf8', maxRequestSamples: 800 })
  fed.give(...good)
  await fed.end()
  expect(fed.events.every(({ type }) => type === 'delivered')).toBe(true)
  const lines = good.map(({ series, value, time }) =>
    described({ __name__: series.metric, ...series.tags }, value as number, time),
  )
  await expect.poll(async () => (await exported(url)).length, { timeout: 60_000 }).toBe(lines.length)
  expect(await exported(url)).toEqual(lines.toSorted())
})
