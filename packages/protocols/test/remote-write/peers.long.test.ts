import type { Sample } from '@tocsin/core'
import fc from 'fast-check'
import { expect, it, onTestFinished } from 'vitest'

import { remoteWrite } from '../../src/remote-write/remote-write.ts'
import { encodeSnappy } from '../../src/wire/binary/snappy.ts'
import { portOf, receive } from '../sockets.ts'
import { newerRequest, olderRequest, type SeriesFields } from './messages.ts'
import { described, exported, startPrometheus, startVictoriaMetrics } from './peers.ts'
import { readNewer, readOlder } from './reading.ts'

const ofSample = ({ series, value, time }: Sample): string =>
  described({ __name__: series.metric, ...series.tags }, value as number, time)

it('takes what Prometheus writes while it scrapes itself: what it has, kinds once it has said them, and the end of each series', async (context) => {
  const source = remoteWrite({ port: 0 })
  const received = receive(source)
  const problems = receive(source.problems)
  onTestFinished(() => received.subscription.unsubscribe())
  const url = `http://127.0.0.1:${await portOf(source)}/api/v1/write`
  const scraping = (...targets: readonly string[]): object => ({
    global: { scrape_interval: '1s' },
    remote_write: [
      {
        url,
        queue_config: { batch_send_deadline: '1s' },
        metadata_config: { send: true, send_interval: '1s' },
      },
    ],
    scrape_configs: [{ job_name: 'self', static_configs: [{ targets }] }],
  })
  const prometheus = await startPrometheus(context, (port) => scraping(`127.0.0.1:${port}`))
  const known = (): readonly Sample[] => received.values
  const counters = [
    'prometheus_http_requests_total',
    'go_gc_duration_seconds_count',
    'prometheus_http_request_duration_seconds_bucket',
  ]
  // Some scrapes, and those that came after the metadata.
  await expect
    .poll(
      () =>
        counters.every((name) =>
          known().some(({ series, kind }) => series.metric === name && kind === 'counter'),
        ),
      { timeout: 60_000 },
    )
    .toBe(true)
  expect(known().find(({ series }) => series.metric === 'go_goroutines')?.kind).toBe('gauge')
  await prometheus.reload(scraping())
  const gone = (): readonly Sample[] => known().filter(({ kind }) => kind === 'stale')
  await expect.poll(() => gone().some(({ series }) => series.metric === 'up'), { timeout: 60_000 }).toBe(true)
  await expect
    .poll(() => prometheus.figure('prometheus_remote_storage_samples_pending'), { timeout: 60_000 })
    .toBe(0)
  const theirs = (await prometheus.query('{job="self"}')).flatMap(({ metric, values }) =>
    values
      .filter(([, value]) => Number.isFinite(Number(value)))
      .map(([seconds, value]) => described(metric, Number(value), Math.round(seconds * 1000))),
  )
  const ours = known()
    .filter(({ kind }) => kind !== 'stale')
    .map(ofSample)
  expect(theirs.length).toBeGreaterThan(500)
  expect(ours.toSorted()).toEqual(theirs.toSorted())
  const ended = new Set(gone().map(({ series }) => series.key))
  expect(known().filter(({ series }) => !ended.has(series.key))).toEqual([])
  expect(await prometheus.figure('prometheus_remote_storage_samples_failed_total')).toBe(0)
  expect(problems.values).toEqual([])
})

/** What both take: names that are valid everywhere, values of few digits, since VictoriaMetrics rounds what it stores. */
const label = fc.tuple(
  fc.constantFrom('host', 'job', 'le', 'Zone', 'été', '__proto__'),
  fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...Array.from('abc019 .:/-_=,"\\{}é')) }),
)
const series = fc.record({
  metric: fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,12}$/),
  labels: fc.uniqueArray(label, { maxLength: 5, selector: ([name]) => name }),
  values: fc.array(fc.tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.constantFrom(1, 10, 1000)), {
    minLength: 1,
    maxLength: 4,
  }),
})

it('makes of random requests what VictoriaMetrics stores of them, in both versions', async (context) => {
  const url = await startVictoriaMetrics(context)
  const first = 1_600_000_000_000
  const fields = fc.sample(series, 3000).map(({ metric, labels, values }, at): SeriesFields => ({
    labels: [['__name__', `${metric}_${at}`] as const, ...labels].toSorted(([one], [other]) =>
      Buffer.compare(Buffer.from(one), Buffer.from(other)),
    ),
    samples: values.map(([value, divisor], step) => ({
      value: value / divisor,
      time: first + at * 10_000 + step * 1500,
    })),
  }))
  const { samples, problems } = readOlder(olderRequest(fields))
  expect(problems).toEqual([])
  expect(readNewer(newerRequest(fields)).samples).toEqual(samples)
  const { status } = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    body: encodeSnappy(olderRequest(fields)),
  })
  expect(status).toBe(204)
  // What it took is to be seen a moment later.
  await expect.poll(async () => (await exported(url)).length, { timeout: 60_000 }).toBe(samples.length)
  expect(samples.map(ofSample).toSorted()).toEqual(await exported(url))
})
