// Bodies as collectors send them, handed over in memory: processor time, since others may use the machine; no sockets.
import { createHttpTrapParser } from '@tocsin/protocols/engine'

import { compare } from '../measure.mjs'

const repeats = Number(process.env.BENCH_REPEATS ?? 20)
const hosts = 50
const metrics = 200

const numberOf = (index) => [index * 17, index * 1.37, -index * 1000][index % 3]
const document = (leaf) =>
  Object.fromEntries(
    Array.from({ length: hosts }, (_, host) => [
      `host-${host}`,
      Object.fromEntries(
        Array.from({ length: metrics }, (_, index) => [`metric_${index}_of_host`, leaf(numberOf(index))]),
      ),
    ]),
  )
const total = hosts * metrics

/** Millions of values for each second of processor time. */
function perSecond(read) {
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) {
    const values = read()
    if (values !== total) throw new Error(`${values} values of ${total}`)
  }
  const { user, system } = process.cpuUsage(before)
  return (total * repeats) / ((user + system) / 1e6)
}

const sinkOf = (samples) => ({
  sample: (sample) => samples.push(sample),
  problem: ({ message }) => {
    throw new Error(message)
  },
})

function own(body) {
  const parser = createHttpTrapParser()
  return () =>
    perSecond(() => {
      const samples = []
      parser.parse(body, 0, sinkOf(samples))
      return samples.length
    })
}

const cold = (body) => () =>
  perSecond(() => {
    const samples = []
    createHttpTrapParser().parse(body, 0, sinkOf(samples))
    return samples.length
  })

/** What one writes without a library: digits beyond 2^53, names that come twice, places of faults and turns are lost. */
function walk(value, path, samples) {
  for (const name of Object.keys(value)) {
    const child = value[name]
    const inner = path === '' ? name : `${path}\`${name}`
    if (typeof child !== 'object') samples.push({ name: inner, time: 0, value: child, kind: 'gauge' })
    else if ('_value' in child)
      samples.push({ name: inner, time: child._ts ?? 0, value: child._value, kind: 'gauge' })
    else walk(child, inner, samples)
  }
}
const plain = (body) => () =>
  perSecond(() => {
    const samples = []
    walk(JSON.parse(body.toString()), '', samples)
    return samples.length
  })

async function table(title, text, leaf) {
  const body = Buffer.from(JSON.stringify(document(leaf)))
  return {
    title: `HTTPTrap: ${title}`,
    unit: 'values/s',
    text: `A body of ${total.toLocaleString('en')} values in ${hosts} objects, ${text}; values for each second of processor time.`,
    rows: await compare([
      {
        name: '@tocsin/protocols',
        note: 'createHttpTrapParser, names known from the body before',
        run: own(body),
      },
      { name: '@tocsin/protocols, first body', note: 'a new parser for each body', run: cold(body) },
      { name: 'JSON.parse and a loop', note: 'names joined, no series, nothing checked', run: plain(body) },
    ]),
  }
}

export default [
  await table('numbers', 'each a plain number', (value) => value),
  await table('typed values', 'each with type and time', (value) => ({
    _type: 'n',
    _value: value,
    _ts: 1_700_000_000_000,
  })),
]
