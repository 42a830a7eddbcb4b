import { createInterface } from 'node:readline'

import { Subject } from 'rxjs'

import { notify } from '../../src/index.ts'
import type { CommandInput, FaultSignal, Notifier, NotifyStore } from '../../src/index.ts'
import { openNotifyStore } from '../../src/store.ts'
import { webhookNotifier } from '../../src/webhook.ts'
import { limits, placesBySeverity, policy } from './plan.ts'
import type { ChildLine, ChildPlan, Sabotage } from './plan.ts'

const { directory, url, sabotage } = JSON.parse(process.argv[2] ?? '{}') as ChildPlan

// A pipe takes what is written before the call returns, so nothing that was told dies with this process.
const print = (line: ChildLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** A store that forgets now and then what it acknowledged. */
function forgetful(store: NotifyStore): NotifyStore {
  let appends = 0
  return {
    load: () => store.load(),
    append: (changes) => ((appends += 1) % 5 === 0 ? Promise.resolve() : store.append(changes)),
    release: () => store.release(),
    openAlerts: () => store.openAlerts(),
  }
}

/** A way to people that says that it told them when it did not, or tells them twice. */
function dishonest(notifier: Notifier, how: Sabotage): Notifier {
  let attempts = 0
  return {
    send: async (notification, signal) => {
      attempts += 1
      if (how === 'lies' && attempts % 5 === 0) return
      await notifier.send(notification, signal)
      if (how === 'twice' && attempts % 5 === 0) await notifier.send(notification, signal)
    },
  }
}

const store = await openNotifyStore(directory, { compactBytes: 20_000 })
const signals = new Subject<FaultSignal>()
const commands = new Subject<CommandInput>()
const notifiers = Object.fromEntries(
  placesBySeverity(1).map((place) => {
    const webhook = webhookNotifier({ url: `${url}/${place}`, allow: ['127.0.0.0/8'] })
    return [place, sabotage === undefined ? webhook : dishonest(webhook, sabotage)]
  }),
)
let isFinished = false
signals
  .pipe(
    notify(policy, {
      ...limits,
      store: sabotage === 'forgets' ? forgetful(store) : store,
      notifiers,
      commands,
      problems: { next: (problem) => print({ problem: `${problem.reason}: ${problem.message}` }) },
    }),
  )
  .subscribe({
    next: (event) => print({ event }),
    error: (error: unknown) => print({ problem: String(error) }),
    complete: () => {
      isFinished = true
      void store.close().then(() => process.exit())
    },
  })
print({ opened: store.recovery })

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const { signal, command } = JSON.parse(line) as { signal?: FaultSignal; command?: CommandInput }
    if (signal !== undefined) signals.next(signal)
    else if (command !== undefined) commands.next(command)
    else signals.complete()
  })
  // Whoever started it is gone.
  .on('close', () => {
    if (!isFinished) process.exit(1)
  })
