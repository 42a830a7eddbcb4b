// Expositions handed over in memory, and pages made of samples: processor time, since others may use the machine; no sockets.
import parsePrometheusTextFormat from 'parse-prometheus-text-format'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

import { series } from '@tocsin/protocols'
import { createPrometheusParser } from '@tocsin/protocols/engine'
import { expose } from '@tocsin/protocols/prometheus'
import { Subject } from 'rxjs'

import { compare } from '../measure.mjs'

const repeats = Number(process.env.BENCH_REPEATS ?? 20)
const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf']

/** About 190 kB, as a program with histograms and counters of its requests shows them. */
function exposition(isOpenMetrics) {
  const lines = []
  const family = (name, type, suffix = '') => {
    lines.push(`# HELP ${name}${isOpenMetrics ? '' : suffix} What ${name} is, in a few words.`)
    lines.push(`# TYPE ${name}${isOpenMetrics ? '' : suffix} ${type}`)
  }
  for (let index = 0; index < 60; index++) {
    const name = `http_requests_of_service_${index}`
    family(name, 'counter', '_total')
    for (let route = 0; route < 20; route++)
      lines.push(
        `${name}_total{route="/api/v1/users/${route}",code="${200 + (route % 3)}",method="GET"} ${route * 1234 + index}`,
      )
  }
  for (let index = 0; index < 24; index++) {
    const name = `rpc_${index}_duration_seconds`
    family(name, 'histogram')
    for (let route = 0; route < 3; route++) {
      bounds.forEach((bound, at) =>
        lines.push(`${name}_bucket{route="/r/${route}",le="${bound}"} ${at * 1000 + index}`),
      )
      lines.push(`${name}_sum{route="/r/${route}"} ${index * 1.2345678}`)
      lines.push(`${name}_count{route="/r/${route}"} ${11_000 + index}`)
    }
  }
  for (let index = 0; index < 200; index++) {
    family(`process_gauge_${index}`, 'gauge')
    lines.push(`process_gauge_${index} ${index * 1.2345e6}`)
  }
  if (isOpenMetrics) lines.push('# EOF')
  return Buffer.from(`${lines.join('\n')}\n`)
}

/** Millions of bytes for each second of processor time. */
function bytesPerSecond(body, read) {
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) read()
  const { user, system } = process.cpuUsage(before)
  return (body.length * repeats) / (user + system)
}

const plain = exposition(false)
const strict = exposition(true)
const samplesOf = (body) => {
  let samples = 0
  const { failure } = createPrometheusParser({
    format: body === strict ? 'openmetrics' : 'prometheus',
  }).parse(body, 0, {
    sample: () => (samples += 1),
    problem: ({ message }) => {
      throw new Error(message)
    },
  })
  if (failure !== undefined) throw new Error(failure.message)
  return samples
}
const total = samplesOf(plain)

function own(body, parserOf) {
  return () =>
    bytesPerSecond(body, () => {
      const samples = []
      parserOf().parse(body, 0, {
        sample: (sample) => samples.push(sample),
        problem: ({ message }) => {
          throw new Error(message)
        },
      })
      if (samples.length !== total) throw new Error(`${samples.length} samples of ${total}`)
    })
}
const warm = (format) => {
  const parser = createPrometheusParser({ format })
  return () => parser
}

const parsing = {
  title: 'Prometheus: text parsed',
  unit: 'MB/s',
  text: `An exposition of ${Math.round(plain.length / 1000)} kB with ${total.toLocaleString('en')} samples: counters, histograms and gauges with help; MB for each second of processor time.`,
  rows: await compare([
    {
      name: '@tocsin/protocols',
      note: 'createPrometheusParser, series known from the page before',
      run: own(plain, warm('prometheus')),
    },
    {
      name: '@tocsin/protocols, OpenMetrics',
      note: 'the same as OpenMetrics, whose order and sums are checked',
      run: own(strict, warm('openmetrics')),
    },
    {
      name: '@tocsin/protocols, first page',
      note: 'a new parser for each page',
      run: own(plain, () => createPrometheusParser()),
    },
    {
      name: 'parse-prometheus-text-format',
      note: 'values as text, nothing is checked',
      run: () => bytesPerSecond(plain, () => parsePrometheusTextFormat(plain.toString())),
    },
  ]),
}

const [routes, codes] = [100, 20]
const pages = Math.max(2, Math.round(repeats / 2))

/** Pages for each second of processor time, between which a part of the series changes. */
async function pagesPerSecond(change, page) {
  let used = 0
  for (let count = 0; count < pages; count++) {
    change(count)
    const before = process.cpuUsage()
    const text = await page()
    const { user, system } = process.cpuUsage(before)
    used += user + system
    if (text.length < 100_000) throw new Error(`a page of ${text.length} bytes`)
  }
  return pages / (used / 1e6)
}

/** `every` series changes between two pages. */
const theirs = (every) => () => {
  const registry = new Registry()
  const labelNames = ['route', 'code']
  const registers = [registry]
  const counter = new Counter({ name: 'requests_total', help: 'Requests.', labelNames, registers })
  const gauge = new Gauge({ name: 'in_flight', help: 'Requests in flight.', labelNames, registers })
  const histogram = new Histogram({ name: 'seconds', help: 'How long.', labelNames: ['route'], registers })
  return pagesPerSecond(
    (page) => {
      for (let route = 0; route < routes; route++) {
        if (page > 0 && route % every !== 0) continue
        histogram.observe({ route: `/r/${route}` }, route / 50)
        for (let code = 0; code < codes; code++) {
          const labels = { route: `/r/${route}`, code: String(code) }
          counter.inc(labels)
          gauge.set(labels, page * 1.5 + code)
        }
      }
    },
    () => registry.metrics(),
  )
}

const ours = (every) => async () => {
  const samples = new Subject()
  const page = expose(samples)
  const subscription = page.subscribe()
  const request = {
    method: 'GET',
    url: '/metrics',
    header: () => undefined,
    peer: 'bench',
    body: { resume: () => undefined },
  }
  const all = Array.from({ length: routes }, (_, route) => {
    const tags = Array.from({ length: codes }, (_, code) => ({ route: `/r/${route}`, code: String(code) }))
    return {
      took: series('seconds', { route: `/r/${route}` }),
      requests: tags.map((one) => series('requests', one)),
      inFlight: tags.map((one) => series('in.flight', one)),
    }
  })
  const figure = await pagesPerSecond(
    (number) => {
      for (let route = 0; route < routes; route++) {
        if (number > 0 && route % every !== 0) continue
        const { took, requests, inFlight } = all[route]
        samples.next({ series: took, time: number, value: route / 50, kind: 'observation' })
        for (const one of requests) samples.next({ series: one, time: number, value: 1, kind: 'delta' })
        inFlight.forEach((one, code) =>
          samples.next({ series: one, time: number, value: number * 1.5 + code, kind: 'gauge' }),
        )
      }
    },
    async () => (await page.respond(request)).body,
  )
  subscription.unsubscribe()
  return figure
}

const showing = async (every, text) => ({
  title: `Prometheus: a page shown, ${text}`,
  unit: 'pages/s',
  text: `${routes * codes} counters, as many gauges, ${routes} histograms of 11 bounds; pages for each second of processor time, in text 0.0.4, as bytes ours and as a string theirs.`,
  rows: await compare([
    { name: '@tocsin/protocols', note: 'expose', run: ours(every) },
    { name: 'prom-client', note: 'registry.metrics()', run: theirs(every) },
  ]),
})

export default [
  parsing,
  await showing(1, 'all series having changed'),
  await showing(10, 'a tenth of the series having changed'),
]
