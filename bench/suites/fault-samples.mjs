// What a sample costs: many series, five rules, beside json-rules-engine and Prometheus with rules as alike as they can be.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { createFaultEngine } from '@tocsin/fault/engine'
import { Engine as JsonRulesEngine } from 'json-rules-engine'

import { badOf, createFaultFeed, fiveRules, isBad, named, processorSeconds, rules } from '../fault-series.mjs'
import { compare, execArgvFor, newFolder, removeFolder, rounds } from '../measure.mjs'
import { prometheusVersion, startPrometheus } from '../prometheus.mjs'

const count = Number(process.env.BENCH_FAULT_SERIES ?? 200_000)
const passes = Number(process.env.BENCH_FAULT_PASSES ?? 5)
const peerSamples = Number(process.env.BENCH_PEER_SAMPLES ?? 20_000)
const evaluations = 2
const intervalSeconds = 5
/** The window is full then. */
const warmPasses = 14
const series = named(count)
/** Samples per processor second, and the reverse, in ms per million of the unit that is shown as ms. */
const figures = (samples, seconds) => ({ figure: samples / seconds, perMillion: (seconds / samples) * 1e6 })

function ours(options, give) {
  let engine
  let next
  const pass = () => {
    let seconds = 0
    for (let given = 0; given < count;) {
      const { samples, now } = next()
      const used = processorSeconds()
      give(engine, samples, now)
      seconds += processorSeconds() - used
      given += samples.length
    }
    return seconds
  }
  return () => {
    if (engine === undefined) {
      engine = createFaultEngine(fiveRules, { maxInstances: count })
      next = createFaultFeed(series, options)
      for (let index = 0; index < warmPasses; index++) pass()
    }
    let seconds = 0
    for (let index = 0; index < passes; index++) seconds += pass()
    if (engine.stats.open !== badOf(count)) throw new Error(`${engine.stats.open} faults are open`)
    return figures(passes * count, seconds)
  }
}

/** It keeps no state: how long a value was above, its average and the age of the last sample are given to it. */
function jsonRules() {
  const engine = new JsonRulesEngine()
  const is = (fact, operator, value) => ({ fact, operator, value })
  const conditions = [
    [is('value', 'greaterThan', 90)],
    [is('value', 'greaterThan', 80)],
    [is('value', 'greaterThan', 70), is('heldMs', 'greaterThanInclusive', 300_000)],
    [is('average', 'greaterThan', 60)],
    [is('ageMs', 'greaterThanInclusive', 300_000)],
  ]
  for (const [index, all] of conditions.entries()) {
    engine.addRule({ conditions: { all }, event: { type: `r${index}`, params: rules[index] } })
  }
  const next = createFaultFeed(series.slice(0, peerSamples), { batchSize: peerSamples })
  return async () => {
    const { samples } = next()
    let violated = 0
    const used = processorSeconds()
    for (const { value } of samples) {
      const { events } = await engine.run({ value, average: value, heldMs: 0, ageMs: 0 })
      if (events.length > 0) violated += 1
    }
    const seconds = processorSeconds() - used
    if (violated !== badOf(peerSamples)) throw new Error(`${violated} samples violated a rule`)
    return figures(samples.length, seconds)
  }
}

const expressions = [
  ['load > 90'],
  ['load > 80'],
  ['load > 70', '5m'],
  ['avg_over_time(load[2m]) > 60'],
  ['load offset 5m unless load'],
]

/** Writes what is due and then counts what the evaluation of all series takes; it stands still between the rounds. */
async function prometheus(folder) {
  const peer = await startPrometheus(folder, expressions, intervalSeconds)
  const labels = series.map(({ tags }) => [['__name__', 'load'], ...Object.entries(tags).sort()])
  const valueOf = (number) => (isBad(number) ? 95 : number % 50)
  const stepMs = 10_000
  let written = Date.now() - 13 * stepMs
  // So that absence has something to compare with.
  await peer.write(labels, [written - 200_000], valueOf)
  peer.pause()
  const run = async () => {
    peer.resume()
    const times = []
    for (; written < Date.now() + (evaluations + 2) * intervalSeconds * 1000; written += stepMs) {
      times.push(written)
    }
    const used = peer.processor()
    await peer.write(labels, times, valueOf)
    const writing = peer.processor() - used
    const seconds = await peer.evaluations(evaluations)
    const alerting = await peer.alerting(({ host, disk }) => `${host} ${disk}`)
    if (alerting !== badOf(count)) throw new Error(`${alerting} series have an alert`)
    peer.pause()
    return {
      ...figures(evaluations * count, seconds),
      writing: (writing / Math.max(1, times.length * count)) * 1e6,
    }
  }
  return { run, peak: () => peer.peak(), stop: () => peer.stop() }
}

/** Bytes that a series takes of an engine, in a process of its own, with rules of these terms. */
function bytesWith(terms) {
  const script = fileURLToPath(new URL('../children/fault-memory.mjs', import.meta.url))
  const args = ['--expose-gc', ...execArgvFor('fault'), script, String(count), terms]
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`fault-memory ended with ${status}`)
  return JSON.parse(stdout)
}

const version = prometheusVersion()
const folder = newFolder()
const peer = version === undefined ? undefined : await prometheus(folder)
let rows
let peak
try {
  rows = await compare([
    {
      name: '`@tocsin/fault/engine`',
      note: 'batches of 10,000, in turn',
      run: ours({}, (engine, samples, now) => engine.batch(samples, now)),
    },
    {
      name: '`@tocsin/fault/engine`',
      note: 'batches of 10,000, shuffled',
      run: ours({ isShuffled: true }, (engine, samples, now) => engine.batch(samples, now)),
    },
    {
      name: '`@tocsin/fault/engine`',
      note: 'single samples, in turn',
      run: ours({}, (engine, samples, now) => {
        for (const sample of samples) engine.sample(sample, now)
      }),
    },
    {
      name: 'json-rules-engine',
      note: `${peerSamples.toLocaleString('en')} single samples`,
      run: jsonRules(),
    },
    ...(peer === undefined
      ? []
      : [{ name: `Prometheus ${version}`, note: 'evaluation of all series', run: peer.run }]),
  ])
  peak = peer?.peak()
} finally {
  await peer?.stop()
  removeFolder(folder)
}

const bytes = {
  rules: bytesWith('five'),
  values: bytesWith('last,last'),
  average: bytesWith('average,last'),
  extremes: bytesWith('average,min,max'),
  extremeValues: bytesWith('last,last,last'),
}
const panes = 12
const perRule = bytes.rules.perSeries / rules.length
const paneOf = (windowed, plain) => (windowed.perSeries - plain.perSeries) / panes

export default [
  {
    title: 'Fault: samples',
    text: `${count.toLocaleString('en')} series that are known, one sample every 10 s of each, five rules: two thresholds, one that holds for 5 minutes, the average of 2 minutes, absence for 5 minutes; one series in a thousand is bad, and each contender must find just these. Samples per second of processor time, of all threads; garbage collection is in it. json-rules-engine keeps no state: averages, holds and ages are given to it. Prometheus evaluates all series with five alerting rules that say the same; what it takes to write the samples is not in its figure, but beside it.${version === undefined ? ' Prometheus is not installed here.' : ''}`,
    unit: 'samples per processor second',
    more: {
      perMillion: 'processor, s per million samples',
      writing: 'to write a million samples, s',
    },
    rows,
  },
  {
    title: 'Fault: memory',
    text: `Heap, external memory and buffers after a collection, in a process of its own, beyond those of the series and samples, after ${panes + 2} samples of each of ${count.toLocaleString('en')} series. A pane is a twelfth of what a window adds to a series whose rules look at its last sample instead.${peak === undefined ? '' : ` The whole process of Prometheus took ${peak.toFixed(0)} MB at most.`}`,
    head: ['', 'bytes'],
    cells: [
      ['a series with the five rules', bytes.rules.perSeries.toFixed(0)],
      ['a rule and series', perRule.toFixed(1)],
      ['a pane with an average', paneOf(bytes.average, bytes.values).toFixed(1)],
      ['a pane with average, minimum and maximum', paneOf(bytes.extremes, bytes.extremeValues).toFixed(1)],
    ],
  },
]
