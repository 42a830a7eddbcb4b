import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { jsonCodec, openJournal } from '@tocsin/journal'
import { serveJournal } from '@tocsin/journal/link'

import { certificatesOf } from './certificates.ts'
import { records } from './messages.ts'
import type { FromCollector } from './messages.ts'

const [data = '', name = ''] = process.argv.slice(2)
const tell = (message: FromCollector) => process.send?.(message)

await using journal = await openJournal(join(data, name), { codec: jsonCodec<string>() })
const server = serveJournal(journal, {
  listen: 0,
  tls: certificatesOf(join(data, 'certificates'), name),
  allow: { north: {}, south: {} },
})
server.listening.subscribe({ next: ({ port }) => tell({ port }), error: console.error })
const serving = server.subscribe({
  error: (error: unknown) => console.log(`  ${name} cannot serve: ${String(error)}`),
})

// How far each follower is behind is known here also while its link is cut.
const report = () =>
  tell({
    head: journal.stats.lastSeq,
    lags: Object.fromEntries(journal.subscribers().map(({ name, lagRecords }) => [name, lagRecords])),
  })
const reports = setInterval(report, 50)

await once(process, 'message')
while (journal.stats.lastSeq < records) {
  await journal.append(`${name} ${journal.stats.lastSeq + 1}`)
  await sleep(10)
}
await once(process, 'message')
clearInterval(reports)
serving.unsubscribe()
process.disconnect()
