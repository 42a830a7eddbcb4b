// The program of the story: takes samples into its journal without a pause, and sends them to both. It may be killed at any moment.
import { setTimeout as sleep } from 'node:timers/promises'

import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { toGraphite } from '@tocsin/protocols/sinks/graphite'
import { toInflux } from '@tocsin/protocols/sinks/influx'

import { hosts, sampleOf } from './load.ts'

const [folder = '', graphitePort, influxUrl = '', from, seconds] = process.argv.slice(2)
const last = Number(seconds) * hosts

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
for (const [name, sink] of Object.entries(sinks)) {
  const subscriber = await journal.subscriber(name, { from: 'oldest' })
  subscriber
    .batches({ maxInFlight: 10_000 })
    .pipe(sink)
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
  const first = journal.stats.lastSeq
  const count = hosts - (first % hosts)
  await journal.appendBatch(Array.from({ length: count }, (_, at) => sampleOf(first + at, Number(from))))
  await sleep(50)
}
await new Promise(() => undefined)
