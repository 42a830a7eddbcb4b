// statsd packets in memory through all five packages in one process: parsed, journaled durably, rolled up durably, judged, notified.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { memoryNotifyStore } from '@tocsin/notify'
import { createStatsdParser } from '@tocsin/protocols/engine'
import { openRollupStore } from '@tocsin/rollup/store'
import { Subject } from 'rxjs'

import { compare, rate } from '../measure.mjs'

const { pipeline } = await import('../../examples/observatory/pipeline.ts')
const { rules } = await import('../../examples/observatory/rules.ts')
const { policy } = await import('../../examples/observatory/policy.ts')

const seriesCount = 1000
const linesPerPacket = 33
const packetsPerBatch = 30
const batches = Number(process.env.BENCH_BATCHES ?? 200)
const total = batches * packetsPerBatch * linesPerPacket

const packets = Array.from({ length: 1000 }, (_, packet) =>
  Buffer.from(
    Array.from({ length: linesPerPacket }, (_, index) => {
      const number = packet * linesPerPacket + index
      return `service.metric${number % seriesCount}:${number % 101}|g|#host:web-${number % 10}`
    }).join('\n'),
  ),
)

async function run(folder) {
  const journal = await openJournal(join(folder, 'journal'), { codec: sampleCodec() })
  const rollups = await openRollupStore(join(folder, 'rollups'))
  const collected = new Subject()
  const parts = {
    collected,
    journal,
    rollups,
    rules,
    policy: policy(['none']),
    alerts: memoryNotifyStore(),
    notifiers: { none: { send: async () => undefined } },
  }
  const running = pipeline(parts).subscribe({
    error: (error) => {
      throw error
    },
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  const parser = createStatsdParser()
  let packet = 0
  const result = await rate(total, async () => {
    for (let batch = 0; batch < batches; batch++) {
      const samples = []
      const sink = { sample: (sample) => samples.push(sample), problem: () => undefined }
      for (let index = 0; index < packetsPerBatch; index++)
        parser.parse(packets[packet++ % packets.length], Date.now(), sink)
      collected.next({ values: samples, ack: () => undefined })
      // As a socket would: the loop turns between reads, and no more waits than the journal takes.
      do await new Promise((resolve) => setImmediate(resolve))
      while (journal.stats.pending > 20_000)
    }
    while (rollups.position?.seq !== total) {
      await new Promise((resolve) => setImmediate(resolve))
      if (journal.stats.dropped > 0) throw new Error(`${journal.stats.dropped} samples were dropped`)
    }
  })
  running.unsubscribe()
  await rollups.close()
  await journal.close()
  return result
}

export default [
  {
    title: 'The whole pipeline in one process',
    unit: 'samples/s',
    text: `statsd packets parsed, journaled (durable before anything else sees them), rolled up into the store (durable, with its position) and judged by the observatory's rules; ${seriesCount} series, until the last sample is in the store.`,
    rows: await compare([{ name: 'all five packages', note: 'examples/observatory/pipeline.ts', run }]),
  },
]
