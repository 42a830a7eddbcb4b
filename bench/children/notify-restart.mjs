// Opens a store of many open alerts and unsent notifications, and tells when notify can take the next signal.
import { notify } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import { Subject } from 'rxjs'

const [folder, mode, ...numbers] = process.argv.slice(2)
const policy = { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops', severities: [1, 2, 3] }] }
const [open, unsent] = numbers.map(Number)
const hook = { send: () => new Promise(() => undefined) }
const signal = (n, severity) => ({
  type: 'opened',
  id: `s${n}`,
  fault: `f${n}`,
  ruleSet: 'cpu',
  series: { key: `cpu|ST[n:${n}]`, metric: 'cpu', tags: { n: String(n) } },
  severity,
  openedAt: Date.now(),
  time: Date.now(),
  cause: { reason: 'above' },
  text: `${n} is above 90`,
})

if (mode === 'fill') {
  const store = await openNotifyStore(folder)
  const signals = new Subject()
  let created = 0
  await new Promise((resolve) => {
    signals
      .pipe(notify(policy, { store, notifiers: { hook }, maxOpenAlerts: 2 * open }))
      .subscribe(({ type }) => {
        if (type === 'created' && ++created === open) resolve()
      })
    for (let n = 0; n < open; n++) signals.next(signal(n, n < unsent ? 3 : 5))
  })
  process.exit(0)
}
const started = performance.now()
const used = process.cpuUsage()
const store = await openNotifyStore(folder)
const signals = new Subject()
await new Promise((resolve) => {
  signals.pipe(notify(policy, { store, notifiers: { hook }, maxOpenAlerts: 2 * open })).subscribe((event) => {
    if (event.type === 'created') resolve()
  })
  signals.next(signal('last', 1))
})
const { user, system } = process.cpuUsage(used)
console.log(
  JSON.stringify({
    ready: performance.now() - started,
    processor: (user + system) / 1000,
    peak: process.resourceUsage().maxRSS / 1024,
    open: store.openAlerts().length,
  }),
)
process.exit(0)
