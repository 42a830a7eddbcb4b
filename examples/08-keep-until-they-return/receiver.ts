// Stands in for carbon or for InfluxDB: takes what they take, and writes it down. It may be killed at any moment.
import { appendFileSync } from 'node:fs'

import { graphite } from '@tocsin/protocols/graphite'
import { influx } from '@tocsin/protocols/influx'

const [kind, port, path = ''] = process.argv.slice(2)
const source = kind === 'graphite' ? graphite({ port: Number(port) }) : influx({ port: Number(port) })
const stop = (error: unknown) => {
  console.error(error)
  process.exit(1)
}
source.listening.subscribe({ next: () => process.send?.('listening'), error: stop })
source.batches().subscribe({
  next(batch) {
    const lines = batch.values.map(
      ({ series, time, value }) => `${series.key} ${time} ${JSON.stringify(value)}\n`,
    )
    appendFileSync(path, lines.join(''))
    // InfluxDB is answered now; to Graphite nobody ever answers.
    batch.ack()
  },
  error: stop,
})
