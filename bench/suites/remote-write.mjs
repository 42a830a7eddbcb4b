// A request of 10,000 series as Prometheus writes it, handed over in memory: processor time, since others may use the machine; no sockets.
import { createRemoteWriteParser, decodeSnappy, encodeSnappy } from '@tocsin/protocols/engine'
import protobuf from 'protobufjs'
import { uncompress } from 'snappyjs'

import { compare } from '../measure.mjs'
import { createWriteRequest } from '../remote-write.mjs'

const repeats = Number(process.env.BENCH_REPEATS ?? 30)
const count = 10_000
const time = 1_700_000_000_000

const labels = Array.from({ length: count }, (_, index) => [
  ['__name__', `http_request_duration_seconds_${index % 20}`],
  ['code', String(200 + (index % 5))],
  ['handler', '/api/v1/query_range'],
  ['instance', `host-${index % 500}.example.com:9100`],
  ['job', 'node-exporter'],
  ['shard', String(index)],
])
const plain = decodeSnappy(
  createWriteRequest(labels, 0, count, [time], (number) => number * 1.5),
  2 ** 30,
)
const packed = Buffer.from(encodeSnappy(plain))

const { root } = protobuf.parse(`syntax = "proto3"; package prometheus;
message WriteRequest { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }`)
const message = root.lookupType('prometheus.WriteRequest')

/** Milliseconds of processor time for each request. */
function perRequest(read) {
  // Names are known from the request before.
  read()
  const before = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) {
    const samples = read()
    if (samples !== count) throw new Error(`${samples} samples of ${count}`)
  }
  const { user, system } = process.cpuUsage(before)
  return repeats / ((user + system) / 1e6)
}

const sinkOf = (samples) => ({
  sample: (sample) => samples.push(sample),
  problem: ({ message: said }) => {
    throw new Error(said)
  },
})

function take(parser) {
  const samples = []
  parser.parse(decodeSnappy(packed, 2 ** 25), time, sinkOf(samples))
  return samples.length
}

const warm = createRemoteWriteParser()

/** What one writes without this package: messages as they come, no series, nothing checked. */
function peer() {
  const samples = []
  for (const { labels: own, samples: values } of message.decode(uncompress(packed)).timeseries)
    for (const { value, timestamp } of values)
      samples.push({ labels: own, time: Number(timestamp), value, kind: 'gauge' })
  return samples.length
}

export default [
  {
    title: 'Remote write: a request of 10,000 series',
    unit: 'requests/s',
    text: `Each series has 6 labels and a sample; ${packed.length.toLocaleString('en')} bytes, ${plain.length.toLocaleString('en')} unpacked. Requests for each second of processor time, unpacking included.`,
    rows: await compare([
      {
        name: '@tocsin/protocols',
        note: 'createRemoteWriteParser, series known from the request before',
        run: () => perRequest(() => take(warm)),
      },
      {
        name: '@tocsin/protocols, first request',
        note: 'a new parser for each request',
        run: () => perRequest(() => take(createRemoteWriteParser())),
      },
      {
        name: 'protobufjs and snappyjs',
        note: 'messages, no series, nothing checked',
        run: () => perRequest(peer),
      },
    ]),
  },
]
