// The program's own counters: what one measurement costs, in processor time, since it is taken from the program that is measured.
import { createRequire } from 'node:module'

import { meter } from '@tocsin/protocols/meter'

import { compare } from '../measure.mjs'

const { Counter, Histogram, Registry } = createRequire(import.meta.url)('prom-client')

const count = Number(process.env.BENCH_INCREMENTS ?? 2_000_000)
const methods = ['GET', 'POST', 'PUT', 'DELETE']
const statuses = ['200', '201', '301', '404', '500']

/** Per second of processor time. */
function processorRate(work) {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return count / ((user + system) / 1e6)
}

/** Those of real requests: a text of its own for each, as a parser of HTTP gives. */
const requests = Array.from({ length: 1000 }, (_, at) => ({
  method: methods[at % methods.length],
  status: Buffer.from(statuses[at % statuses.length]).toString('latin1'),
  seconds: ((at * 7919) % 1000) / 250,
}))

function contenders(own, theirs) {
  return [
    { name: '@tocsin/protocols', ...own },
    { name: 'prom-client 15.1.3 (npm)', ...theirs },
  ].map(({ name, note, measure }) => ({
    name,
    note,
    run: () => {
      const take = measure()
      return processorRate(() => {
        for (let at = 0; at < count; at += 1) take(requests[at % requests.length])
      })
    },
  }))
}

function counters() {
  const own = meter()
  const registry = new Registry()
  const ours = own.counter('http_requests', { tags: ['method', 'status'] })
  const peer = new Counter({
    ...{ name: 'http_requests', help: 'requests', labelNames: ['method', 'status'] },
    registers: [registry],
  })
  return { ours, peer }
}

function histograms() {
  const registry = new Registry()
  const ours = meter().histogram('http_seconds', { tags: ['method'] })
  const peer = new Histogram({
    ...{ name: 'http_seconds', help: 'seconds', labelNames: ['method'] },
    registers: [registry],
  })
  return { ours, peer }
}

const table = async (title, text, own, theirs) => ({
  title: `meter: ${title}`,
  unit: '/s',
  text: `${text} A second is one of processor time.`,
  rows: await compare(contenders(own, theirs)),
})

export default [
  await table(
    'increments of a counter with two tags',
    'The tags are given with each increment, in an object of its own; 20 series.',
    {
      note: 'counter.add(1, { method, status })',
      measure: () => {
        const { ours } = counters()
        return ({ method, status }) => ours.add(1, { method, status })
      },
    },
    {
      note: 'counter.inc({ method, status })',
      measure: () => {
        const { peer } = counters()
        return ({ method, status }) => peer.inc({ method, status })
      },
    },
  ),
  await table(
    'increments of a bound counter',
    'The tags were given before.',
    {
      note: 'counter.with({ method, status }).add(1)',
      measure: () => {
        const bound = counters().ours.with({ method: 'GET', status: '200' })
        return () => bound.add(1)
      },
    },
    {
      note: 'counter.labels({ method, status }).inc()',
      measure: () => {
        const bound = counters().peer.labels({ method: 'GET', status: '200' })
        return () => bound.inc()
      },
    },
  ),
  await table(
    'measurements of a histogram with one tag',
    'The tag is given with each; ours has bins of two digits at all sizes, prom-client its 11 buckets.',
    {
      note: 'histogram.observe(seconds, { method })',
      measure: () => {
        const { ours } = histograms()
        return ({ method, seconds }) => ours.observe(seconds, { method })
      },
    },
    {
      note: 'histogram.observe({ method }, seconds)',
      measure: () => {
        const { peer } = histograms()
        return ({ method, seconds }) => peer.observe({ method }, seconds)
      },
    },
  ),
  await table(
    'measurements of a bound histogram',
    'The tag was given before.',
    {
      note: 'histogram.with({ method }).observe(seconds)',
      measure: () => {
        const bound = histograms().ours.with({ method: 'GET' })
        return ({ seconds }) => bound.observe(seconds)
      },
    },
    {
      note: 'histogram.labels({ method }).observe(seconds)',
      measure: () => {
        const bound = histograms().peer.labels({ method: 'GET' })
        return ({ seconds }) => bound.observe(seconds)
      },
    },
  ),
]
