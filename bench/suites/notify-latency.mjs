// One alert at a time, from the fault to the receiver of webhooks.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { memoryNotifyStore, notify, series } from '@tocsin/notify'
import { openNotifyStore } from '@tocsin/notify/store'
import { webhookNotifier } from '@tocsin/notify/webhook'
import { Subject } from 'rxjs'

import { alertmanagerVersion, startAlertmanager } from '../alertmanager.mjs'
import { compare } from '../measure.mjs'

const samples = Number(process.env.BENCH_SAMPLES ?? 200)
const receiverFile = fileURLToPath(new URL('../children/webhook-receiver.mjs', import.meta.url))
const now = () => performance.timeOrigin + performance.now()

async function measured(start) {
  const receiver = fork(receiverFile, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const [{ port }] = await once(receiver, 'message')
    const { send, stop } = await start(`http://127.0.0.1:${port}/`)
    const times = []
    try {
      for (let n = 0; n < samples; n++) {
        const ready = once(receiver, 'message')
        receiver.send({ reset: true, wanted: 1 })
        // On a busy machine it may hear of this later than of the alert, which it would then forget.
        await ready
        await sleep(5)
        const coming = once(receiver, 'message')
        const sent = now()
        await send(n)
        const [{ arrivals }] = await coming
        times.push(arrivals[0][1] - sent)
      }
    } finally {
      await stop()
    }
    times.sort((a, b) => a - b)
    return { figure: times[times.length >> 1], p99: times[Math.ceil(times.length * 0.99) - 1] }
  } finally {
    receiver.kill('SIGKILL')
  }
}

const ours = (open) => (folder) =>
  measured(async (url) => {
    const store = await open(folder)
    const signals = new Subject()
    const policy = { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops' }] }
    const hook = webhookNotifier({ url, allow: ['127.0.0.0/8'] })
    const running = signals.pipe(notify(policy, { store, notifiers: { hook } })).subscribe()
    return {
      send: (n) =>
        signals.next({
          type: 'opened',
          id: `s${n}`,
          fault: `f${n}`,
          ruleSet: 'cpu',
          series: series('cpu', { n: String(n) }),
          severity: 1,
          openedAt: Date.now(),
          time: Date.now(),
          cause: { reason: 'above' },
        }),
      stop: async () => {
        running.unsubscribe()
        await store.close?.()
      },
    }
  })

const version = alertmanagerVersion()

export default [
  {
    title: 'Notify: from the fault to the receiver',
    text: `One alert after the other, ${samples} in a round, from the fault event (or the request to Alertmanager) to the moment at which a receiver of webhooks on the loopback has it whole.${version === undefined ? ' Alertmanager is not installed here.' : ''}`,
    unit: 'ms',
    more: { p99: 'p99' },
    rows: await compare([
      { name: '`@tocsin/notify`', note: 'in memory', run: ours(() => memoryNotifyStore()) },
      {
        name: '`@tocsin/notify`',
        note: 'synced',
        run: ours((folder) => openNotifyStore(join(folder, 'alerts'))),
      },
      ...(version === undefined
        ? []
        : [
            {
              name: `Alertmanager ${version}`,
              note: 'in memory',
              run: (folder) =>
                measured(async (url) => {
                  const peer = await startAlertmanager(folder, url)
                  return { send: (n) => peer.post([[n, 1]]), stop: () => peer.stop() }
                }),
            },
          ]),
    ]),
  },
]
