import { once } from 'node:events'
import { join } from 'node:path'

import { jsonCodec, openJournal } from '@tocsin/journal'
import { follow } from '@tocsin/journal/link'
import { merge } from 'rxjs'

import { certificatesOf } from './certificates.ts'

const [data = '', name = '', ...collectors] = process.argv.slice(2)
const tls = certificatesOf(join(data, 'certificates'), name)

// Its own journal says how far it is with each collector, so it may be killed at any moment.
await using journal = await openJournal(join(data, name), { codec: jsonCodec<string>() })
const links = collectors.map((collector) => {
  const [peer = '', port = ''] = collector.split(':')
  const link = follow({ connect: `127.0.0.1:${port}`, peer, tls, subscriber: name, into: journal })
  link.problems.subscribe({
    next: ({ message }) => console.log(`  ${name}: ${message}`),
    error: console.error,
  })
  return link
})
const following = merge(...links).subscribe({
  error: (error: unknown) => console.log(`  ${name} cannot go on: ${String(error)}`),
})
await once(process, 'message')
following.unsubscribe()
process.disconnect()
