import { createSocket } from 'node:dgram'
import { join } from 'node:path'

import { ackAfter, openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { statsd } from '@tocsin/protocols/statsd'
import type { Sample } from '@tocsin/protocols'
import { openRollupStore } from '@tocsin/rollup/store'
import { firstValueFrom, lastValueFrom, take } from 'rxjs'

const data = process.argv[2] ?? join(import.meta.dirname, 'data')
await using journal = await openJournal<Sample>(join(data, 'journal'), { codec: sampleCodec() })
await using rollups = await openRollupStore(join(data, 'rollups'))
console.log(`${journal.stats.lastSeq} samples of earlier runs are in ${data}`)

// Collect: subscribing binds the port, unsubscribing closes it.
const source = statsd({ port: 0 })
const collecting = source.pipe(journal.write()).subscribe()
const { port } = await firstValueFrom(source.listening)
console.log(`statsd listens on 127.0.0.1:${port}, UDP`)

// What a shop would send: three orders, and how long two checkouts took.
const client = createSocket('udp4')
const lines = [
  'orders:3|c|#shop:berlin',
  'checkout.ms:120|ms|#shop:berlin',
  'checkout.ms:180|ms|#shop:berlin',
]
client.send(lines.join('\n'), port, '127.0.0.1', () => client.close())

// Store: a named reader, which goes on where it was, also after a restart or a crash. A service would not `take(1)`.
const storage = await journal.subscriber('storage', { from: 'oldest' })
await lastValueFrom(
  storage.batches().pipe(
    take(1),
    ackAfter((batch) => rollups.write(batch)),
  ),
)
collecting.unsubscribe()

// Query: what this run and earlier ones have stored.
const to = Date.now() + 1
const hour = { from: to - 3_600_000, to, period: '1m' } as const
const [orders] = await rollups.fetch({ ...hour, select: '__name:orders', value: 'sum' })
const [checkout] = await rollups.fetch({ ...hour, select: '__name:checkout.ms', value: 'average' })
orders?.values.forEach((count, slot) => {
  const minute = new Date(orders.start + slot * orders.periodMs).toISOString().slice(11, 16)
  if (orders.valid[slot] === 1)
    console.log(`${minute} UTC: ${count} orders, checkout ${checkout?.values[slot]} ms on average`)
})
console.log('Run it again: the orders of this run are still there.')
