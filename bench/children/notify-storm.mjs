// A program with notify: gets so many alerts at once, the urgent ones spread among them, and tells what that took.
import { notify, memoryNotifyStore, series } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import { webhookNotifier } from '@tocsin/notify/webhook'
import { Subject } from 'rxjs'

const [url, folder, ...numbers] = process.argv.slice(2)
const [total, urgent] = numbers.map(Number)
const now = () => performance.timeOrigin + performance.now()
const policy = { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops' }] }
const store = folder === 'memory' ? memoryNotifyStore() : await openNotifyStore(folder)
const hook = webhookNotifier({ url, allow: ['127.0.0.0/8'] })
const signals = new Subject()
let delivered = 0
let ended
const done = new Promise((resolve) => (ended = resolve))
signals.pipe(notify(policy, { store, notifiers: { hook } })).subscribe(({ type }) => {
  if (type === 'delivered' && ++delivered === total) ended()
})
const opened = (n, severity) => ({
  type: 'opened',
  id: `s${n}`,
  fault: `f${n}`,
  ruleSet: 'cpu',
  series: series('cpu', { host: `host-${n % 100}`, n: String(n) }),
  severity,
  openedAt: Date.now(),
  time: Date.now(),
  cause: { reason: 'above' },
  text: `${n} is above 90`,
})
process.once('message', async () => {
  const used = process.cpuUsage()
  const sent = []
  const every = Math.floor(total / urgent)
  for (let n = 0; n < total; n++) {
    const isUrgent = n % every === every - 1
    if (isUrgent) sent.push([n, now()])
    signals.next(opened(n, isUrgent ? 1 : 5))
    // As a socket would give them.
    if (n % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  const { user, system } = process.cpuUsage(used)
  const peak = process.resourceUsage().maxRSS / 1024
  process.send({ sent, processor: (user + system) / 1e6, peak })
})
process.send({ ready: true })
process.on('disconnect', () => process.exit())
