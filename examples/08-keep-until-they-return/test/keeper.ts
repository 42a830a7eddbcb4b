// The program of the story: takes samples into its journal without a pause, and sends them to both. It may be killed at any moment.
import { setTimeout as sleep } from 'node:timers/promises'

import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import type { Batch, Sample } from '@tocsin/protocols'
import { alignakRules, filterSamples, type FilterRule } from '@tocsin/protocols/operators'
import { toGraphite } from '@tocsin/protocols/sinks/graphite'
import { toInflux } from '@tocsin/protocols/sinks/influx'

import { roundOf, width } from './load.ts'

const [folder = '', graphitePort, influxUrl = '', from, seconds] = process.argv.slice(2)
const last = Number(seconds) * width

await using journal = await openJournal(folder, { codec: sampleCodec() })
const common = { gatherMs: 100, maxDelayMs: 1000 }
const sinks = {
  graphite: toGraphite({
    ...common,
    port: Number(graphitePort),
    protocol: 'pickle',
    naming: 'dotted',
    settleMs: 4000,
  }),
  influx: toInflux({ ...common, url: influxUrl, version: 1, database: 'tocsin' }),
}
const rules: Readonly<Record<keyof typeof sinks, readonly FilterRule[]>> = {
  graphite: alignakRules({ prefix: 'alignak' }),
  influx: [{ change: 'and(host:/./)', keepTags: ['realm', 'host', 'service'] }],
}
for (const name of ['graphite', 'influx'] as const) {
  const subscriber = await journal.subscriber(name, { from: 'oldest' })
  subscriber
    .batches({ maxInFlight: 10_000 })
    .pipe(filterSamples<Batch<Sample>>(rules[name]), sinks[name])
    .subscribe({
      error: (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    })
}

const report = (): void => {
  const cursors = Object.fromEntries(
    journal
      .subscribers()
      .map(({ name, lagRecords, ackedSeq }) => [name, { lag: lagRecords, acked: ackedSeq }]),
  )
  process.send?.({ written: journal.stats.lastSeq, cursors })
}
setInterval(report, 50)

// It goes on where it was killed: what is in the journal is there.
while (journal.stats.lastSeq < last) {
  const written = journal.stats.lastSeq
  const round = roundOf(Math.floor(written / width), Number(from))
  await journal.appendBatch(round.slice(written % width))
  await sleep(50)
}
await new Promise(() => undefined)
