import { series, type Batch, type Sample } from '@tocsin/core'
import fc from 'fast-check'
import { firstValueFrom, from, Subject, toArray } from 'rxjs'
import { expect, it } from 'vitest'

import { createInfluxParser } from '../../../src/influx/influx-parser.ts'
import { createInfluxLines } from '../../../src/sinks/influx/influx-lines.ts'
import { toInflux } from '../../../src/sinks/influx/to-influx.ts'
import { collect } from '../../collect.ts'
import { needProgram } from '../../programs.ts'
import { createInfluxd } from './influxd.ts'

const firstMs = 1_700_000_000_000
const quick = { version: 1, database: 'tocsin', gatherMs: 5, minDelayMs: 10, maxDelayMs: 200 } as const

it('each sample is in the influxd once and in its order, which is killed under load again and again', async (context) => {
  needProgram(context, 'influxd', 'influxdb')
  const server = await createInfluxd()
  const [perBatch, batches, kills] = [20, 1500, 4]
  const given = new Subject<Batch<Sample>>()
  let [acked, failed, next] = [0, 0, 0]
  const metric = series('load', { host: 'a b,c' })
  const done = firstValueFrom(
    given.pipe(toInflux({ ...quick, url: server.url, maxRequestSamples: 100 }), toArray()),
  )
  const give = (): void => {
    if (next === batches) {
      given.complete()
      return
    }
    const values = Array.from({ length: perBatch }, (_, at): Sample => {
      const number = next * perBatch + at
      return { series: metric, time: firstMs + number, value: number, kind: 'gauge' }
    })
    next += 1
    given.next({
      values,
      ack: () => {
        acked += 1
        // As a journal does, which gives the next where one is acknowledged.
        setImmediate(give)
      },
    })
  }
  // It is not there yet, and neither is the database: both are waited for.
  for (let index = 0; index < 16; index += 1) give()
  await new Promise((resolve) => setTimeout(resolve, 300))
  await server.start()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(acked).toBe(0)
  await server.query('CREATE DATABASE tocsin')
  for (let kill = 1; kill <= kills; kill += 1) {
    while (acked < (batches * kill) / (kills + 1)) await new Promise((resolve) => setTimeout(resolve, 5))
    await server.kill()
    const before = acked
    await new Promise((resolve) => setTimeout(resolve, 500))
    // What was answered before its end may be acknowledged late; nothing is while it is away.
    expect(acked - before).toBeLessThanOrEqual(16)
    await server.start()
  }
  const events = await done
  for (const event of events) if (event.type === 'failed') failed += 1
  expect(events.filter(({ type }) => type === 'refused')).toEqual([])
  expect([acked, failed >= kills]).toEqual([batches, true])
  const rows = await server.query('SELECT value FROM load')
  expect(rows.length).toBe(perBatch * batches)
  const wrong = rows.filter(([time, value], at) => time !== firstMs + at || value !== at)
  expect(wrong).toEqual([])
})

it('what an influxd refuses is refused by name, and nothing else', async (context) => {
  needProgram(context, 'influxd', 'influxdb')
  const server = await createInfluxd()
  await server.start()
  await server.query('CREATE DATABASE tocsin WITH DURATION 1h')
  const now = Date.now()
  const sample = (metric: string, value: number | string, at: number): Sample =>
    ({
      series: series(metric),
      time: now + at,
      value,
      kind: typeof value === 'string' ? 'text' : 'gauge',
    }) as Sample
  const batch = (values: readonly Sample[]): Batch<Sample> => ({ values, ack: () => undefined })
  const sink = toInflux({ ...quick, url: server.url })
  await firstValueFrom(from([batch([sample('a', 1, 0), sample('b', 'x', 0)])]).pipe(sink, toArray()))
  const values = Array.from({ length: 200 }, (_, at) => {
    if (at % 50 === 7) return sample('a', 'no number', at)
    if (at % 50 === 9) return sample('b', at, at)
    return at % 50 === 11 ? sample('a', at, at - 86_400_000) : sample('a', at, at)
  })
  const events = await firstValueFrom(from([batch(values)]).pipe(sink, toArray()))
  const refused = events.flatMap((event) => (event.type === 'refused' ? event.refusals : []))
  expect(refused.map(({ sample: one }) => values.indexOf(one) % 50).sort((a, b) => a - b)).toEqual(
    [7, 9, 11].flatMap((at) => Array<number>(4).fill(at)),
  )
  expect(await server.query('SELECT count(value) FROM a')).toMatchObject([[0, 200 - 12]])
})

const piece = fc.constantFrom('a', 'b1', '.', ' ', ',', '=', '\\', '"', '#', 'é', '𝄞', '\\n', '\n')
const part = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''))

it('an influxd has what we read of the lines that we write', async (context) => {
  needProgram(context, 'influxd', 'influxdb')
  const server = await createInfluxd()
  await server.start()
  await server.query('CREATE DATABASE tocsin')
  const lines = createInfluxLines({ version: 1, fields: 'value', integers: 'exact' })
  const drawn = fc.sample(
    fc.tuple(
      part,
      part,
      fc.oneof(
        part,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt(2n ** 53n, 2n ** 63n - 1n),
      ),
    ),
    2000,
  )
  const samples = drawn.flatMap(([key, text, given], at) => {
    const tags = { key: `k${text}`, [`${key}k`]: `${at}` }
    const time = firstMs + at
    const metric = series(`m.${typeof given}`, tags)
    const sample: Sample =
      typeof given === 'string'
        ? { series: metric, time, value: given, kind: 'text' }
        : {
            series: metric,
            time,
            value: Number(given),
            kind: 'gauge',
            ...(typeof given === 'bigint' && { exact: given }),
          }
    return typeof lines.weigh(sample) === 'number' ? [sample] : []
  })
  expect(samples.length).toBeGreaterThan(500)
  const batch: Batch<Sample> = { values: samples, ack: () => undefined }
  const events = await firstValueFrom(from([batch]).pipe(toInflux({ ...quick, url: server.url }), toArray()))
  expect(events.map(({ type }) => type)).toEqual(['delivered'])
  const text = samples.map((sample) => `${lines.lineOf(sample)?.text ?? ''}\n`).join('')
  const back = collect(createInfluxParser({ precision: 'ms' }), text).samples
  expect(back.length).toBe(samples.length)
  const stored = new Map<number, readonly [string, string]>()
  for (const type of ['string', 'number', 'bigint'])
    for (const [time, key, value] of await server.query(`SELECT "key"::tag, value FROM "m.${type}"`))
      stored.set(Number(time), [String(key), typeof value === 'string' ? value : String(Number(value))])
  for (const sample of back)
    expect(stored.get(sample.time)).toEqual([
      sample.series.tags['key'],
      typeof sample.value === 'object' ? 'none' : String(sample.value),
    ])
})
