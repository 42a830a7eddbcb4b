import { evaluate, ruleSet, series } from '@tocsin/fault'
import { memoryNotifyStore, notify } from '@tocsin/notify'
import type { Command, NotifyEvent } from '@tocsin/notify'
import { emailNotifier } from '@tocsin/notify/email'
import { filter, firstValueFrom, lastValueFrom, share, Subject, tap } from 'rxjs'

import { startMailServer } from './mail-server.ts'

const server = await startMailServer()
// On the same machine, which must be allowed; it asks for no password, so that nothing need be encrypted.
const smtp = { host: '127.0.0.1', port: server.port, allow: ['127.0.0.0/8'] }
const mail = emailNotifier({ smtp, from: 'tocsin@example.com', to: 'ann@example.com' })

const disk = ruleSet('disk').select('__name:disk.used').above(95, 1).above(80, 3).build()
const policy = {
  groups: { oncall: { notifiers: ['mail'] } },
  routes: [{ group: 'oncall', severities: [1] }],
}

const used = series('disk.used', { host: 'db-1' })
const samples = new Subject<{ series: typeof used; time: number; value: number }>()
const commands = new Subject<Command>()
const store = memoryNotifyStore() // openNotifyStore('./alerts') keeps alerts over a restart
const events = samples.pipe(
  evaluate([disk]),
  notify(policy, { notifiers: { mail }, commands, store }),
  tap((event) => console.log(`  ${event.type}${'reason' in event ? `: ${event.reason}` : ''}`)),
  share(),
)

/** Brings a sample, and waits for what comes of it. */
async function measure(value: number, until: NotifyEvent['type']): Promise<void> {
  console.log(`The disk is ${value} % full.`)
  const done = firstValueFrom(events.pipe(filter(({ type }) => type === until)))
  samples.next({ series: used, time: Date.now(), value })
  await done
}

const running = lastValueFrom(events)
await measure(85, 'created')
await measure(97, 'delivered')
console.log('Ann acknowledges: she knows of it, and needs no further mail.')
commands.next({ type: 'acknowledge', alert: store.openAlerts()[0]?.id ?? '', by: 'ann' })
await measure(88, 'severity')
await measure(98, 'severity')
await measure(60, 'delivered')
samples.complete()
await running
console.log('Try: take the acknowledgement out of main.ts, and count the mails.')
server.close()
