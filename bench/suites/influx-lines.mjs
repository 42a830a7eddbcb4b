// Lines as clients write them, handed over in memory: processor time, since others may use the machine; no sockets.
import { createInfluxParser } from '@tocsin/protocols/engine'

import { compare } from '../measure.mjs'

const lines = 20_000
const repeats = Number(process.env.BENCH_REPEATS ?? 50)

const body = Buffer.from(
  Array.from(
    { length: lines },
    (_, at) =>
      `cpu,host=web-${at % 200},core=${at % 10} user=${(at % 997) / 10},system=${at * 17}i ${1_700_000_000_000_000_000n + BigInt(at) * 1_000_000n}\n`,
  ).join(''),
)

/** Lines for each second of processor time. */
function perSecond(read) {
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) {
    const values = read()
    if (values !== 2 * lines) throw new Error(`${values} values of ${2 * lines}`)
  }
  const { user, system } = process.cpuUsage(before)
  return (lines * repeats) / ((user + system) / 1e6)
}

function reading(create) {
  const parser = create()
  return () => {
    let values = 0
    const sum = new Float64Array(1)
    parser().parse(body, 0, {
      sample: ({ value }) => {
        values += 1
        sum[0] += value
      },
      problem: ({ message }) => {
        throw new Error(message)
      },
    })
    return Number.isFinite(sum[0]) ? values : 0
  }
}

const warm = () => {
  const parser = createInfluxParser()
  return () => parser
}
const cold = () => () => createInfluxParser()

/** What one writes in an afternoon: no escapes, no texts, no digits beyond 2^53, nothing checked. */
function split() {
  let values = 0
  const sum = new Float64Array(1)
  const take = ({ value }) => {
    values += 1
    sum[0] += value
  }
  for (const line of body.toString().split('\n')) {
    if (line === '') continue
    const [head, fields, time] = line.split(' ')
    const [measurement, ...pairs] = head.split(',')
    const tags = Object.fromEntries(pairs.map((pair) => pair.split('=')))
    for (const field of fields.split(',')) {
      const [key, value] = field.split('=')
      take({ name: `${measurement}.${key}`, tags, time: Number(time) / 1e6, value: Number.parseFloat(value) })
    }
  }
  return Number.isFinite(sum[0]) ? values : 0
}

export default [
  {
    title: 'InfluxDB line protocol',
    unit: 'lines/s',
    text: `A body of ${lines.toLocaleString('en')} lines with two tags, two fields and a time, of ${200 * 10} series headers; lines for each second of processor time.`,
    rows: await compare([
      {
        name: '@tocsin/protocols',
        note: 'createInfluxParser, names known from the body before',
        run: () => perSecond(reading(warm)),
      },
      {
        name: '@tocsin/protocols, first body',
        note: 'a new parser for each body',
        run: () => perSecond(reading(cold)),
      },
      { name: 'split', note: 'nothing checked, no series', run: () => perSecond(split) },
    ]),
  },
]
