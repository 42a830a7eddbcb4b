import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { evaluate, ruleSet, series } from '@tocsin/fault'
import { notify } from '@tocsin/notify'
import { webhookNotifier } from '@tocsin/notify/webhook'
import { map, take, timer } from 'rxjs'

import { receiver } from './receiver.ts'

const secret = randomBytes(24).toString('hex')
const server = receiver(secret).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
console.log(`The receiver listens on ${url}`)

const silent = ruleSet('backup silent').select('__name:backup.heartbeat').absentFor('1s', 1).build()
const policy = { groups: { ops: { notifiers: ['webhook'] } }, routes: [{ group: 'ops' }] }

// A backup that says that it runs, is silent for longer than a second, and comes back.
const heartbeat = series('backup.heartbeat', { host: 'db-1' })
const beats = timer(0, 1500).pipe(
  take(2),
  map(() => ({ series: heartbeat, time: Date.now(), value: 1 })),
)

// Only public addresses are dialled, unless one is allowed: this receiver is on the same machine.
const webhook = webhookNotifier({ url, secret, allow: ['127.0.0.0/8'] })

await beats
  // A beat is never long on its way here: a silence is known a tenth of a second after it is due.
  .pipe(evaluate([silent], { staleAfterMs: 100 }), notify(policy, { notifiers: { webhook } }))
  .forEach((event) => console.log(`notify: ${event.type}`))

console.log('Now somebody who does not know the secret:')
const { status } = await fetch(url, { method: 'POST', body: '{"subject":"all is well"}' })
console.log(`answered with ${status}`)
console.log('Try: answer 503 to the first request in receiver.ts, and see the notification come again.')
server.close()
