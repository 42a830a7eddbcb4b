// Packets of 33 lines, as a client packs them into 1.4 kB, handed over in memory: parsing and adding up, no sockets.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createStatsdParser } from '@tocsin/protocols/engine'

import { compare, rate } from '../measure.mjs'

const packetCount = 1000
const linesPerPacket = 33
const repeats = Number(process.env.BENCH_REPEATS ?? 20)
const total = packetCount * linesPerPacket * repeats

const line = (number, tagged) => {
  const name = `service.endpoint${number % 50}.latency${number % 20}`
  const bit = [`${number % 997}|ms|@0.5`, `${number % 7}|c`, `${number % 101}.5|g`][number % 3]
  return `${name}:${bit}${tagged ? `|#host:web-${number % 10},env:prod` : ''}`
}
const packets = (tagged) =>
  Array.from({ length: packetCount }, (_, packet) =>
    Buffer.from(
      Array.from({ length: linesPerPacket }, (_, index) =>
        line(packet * linesPerPacket + index, tagged),
      ).join('\n'),
    ),
  )

/** Ours adds up too, since the daemon's handler does: a sum per series. */
const own = (input) => () => {
  const parser = createStatsdParser()
  const sums = new Map()
  let samples = 0
  const sink = {
    sample: ({ series, value }) => {
      samples += 1
      sums.set(series.key, (sums.get(series.key) ?? 0) + value)
    },
    problem: ({ message }) => {
      throw new Error(message)
    },
  }
  return rate(total, () => {
    for (let repeat = 0; repeat < repeats; repeat++) for (const packet of input) parser.parse(packet, 0, sink)
    if (samples !== total) throw new Error(`${samples} samples of ${total} lines`)
  })
}

/** The npm daemon's own packet handler, started with a "server" that hands it out. */
async function daemon() {
  const config = join(tmpdir(), `tocsin-bench-statsd-${process.pid}.js`)
  const server = fileURLToPath(new URL('../statsd-daemon/capture.cjs', import.meta.url))
  writeFileSync(
    config,
    JSON.stringify({
      servers: [{ server }],
      backends: [],
      mgmt_port: 0,
      mgmt_address: '127.0.0.1',
      flushInterval: 3_600_000,
      debug: false,
      log: { backend: 'stdout' },
    }),
  )
  process.argv[2] = config
  const log = console.log
  console.log = () => undefined
  createRequire(import.meta.url)('statsd/stats.js')
  while (globalThis.statsdHandlePacket === undefined) await new Promise((resolve) => setTimeout(resolve, 10))
  console.log = log
  return globalThis.statsdHandlePacket
}

const handlePacket = await daemon()
const theirs = (input) => () =>
  rate(total, () => {
    for (let repeat = 0; repeat < repeats; repeat++) for (const packet of input) handlePacket(packet, {})
  })

const table = async (tagged) => ({
  title: `statsd: parsing ${tagged ? 'with tags' : 'without tags'}`,
  unit: 'lines/s',
  text: `${packetCount} packets of ${linesPerPacket} lines${tagged ? ' with two DogStatsD tags each' : ''}, over and over; timers with a sample rate, counters and gauges.`,
  rows: await compare([
    {
      name: '@tocsin/protocols',
      note: 'createStatsdParser, samples summed per series',
      run: own(packets(tagged)),
    },
    {
      name: 'statsd 0.9.0 (npm)',
      note: "the daemon's packet handler with its tables",
      run: theirs(packets(tagged)),
    },
  ]),
})

export default [await table(false), await table(true)]
