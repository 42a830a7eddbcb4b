// The engine of notify alone, and a restart over a store that holds much.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createNotifyEngine, series } from '@tocsin/notify/engine'

import { compare, execArgvFor, newFolder, rate, removeFolder } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const count = Number(process.env.BENCH_ALERTS ?? 100_000)
const open = Number(process.env.BENCH_OPEN ?? 100_000)
const unsent = Math.round(open * 0.6)

const signalOf = (n) => ({
  type: 'opened',
  id: `s${n}`,
  fault: `f${n}`,
  ruleSet: 'cpu',
  series: series('cpu', { host: `host-${n % 1000}`, n: String(n) }),
  severity: 3,
  openedAt: 1_700_000_000_000,
  time: 1_700_000_000_000,
  cause: { reason: 'above' },
  text: `${n} is above 90`,
})
const signals = Array.from({ length: count }, (_, n) => signalOf(n))
const engine = () => {
  const created = createNotifyEngine({
    policy: { groups: { ops: { notifiers: ['hook'] } }, routes: [{ group: 'ops' }] },
    notifiers: ['hook'],
    random: () => 0.5,
    maxOpenAlerts: 2 * count,
  })
  created.restore([], 1_700_000_000_000)
  return created
}
const feed = (to) => {
  for (const signal of signals) to.step({ type: 'signal', signal }, 1_700_000_000_000)
}

const script = fileURLToPath(new URL('../children/notify-restart.mjs', import.meta.url))
const restart = (folder, mode) => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [...execArgvFor('notify'), script, folder, mode, String(open), String(unsent)],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`notify-restart ended with ${status}`)
  return mode === 'fill' ? undefined : JSON.parse(stdout)
}
const folder = newFolder()
let restarted
try {
  restart(join(folder, 'alerts'), 'fill')
  restarted = restart(join(folder, 'alerts'), 'open')
} finally {
  removeFolder(folder)
}

export default [
  {
    title: 'Notify: the engine alone',
    text: `${count.toLocaleString('en')} alerts in one thread: checked, copied, routed, and a notification planned for each; then the same again, which changes nothing.`,
    unit: 'signals/s',
    rows: await compare([
      {
        name: '`@tocsin/notify/engine`',
        note: 'new alerts',
        group: 'new',
        run: () => {
          const one = engine()
          return rate(count, async () => feed(one))
        },
      },
      {
        name: '`@tocsin/notify/engine`',
        note: 'repeated signals',
        group: 'repeated',
        run: () => {
          const one = engine()
          feed(one)
          return rate(count, async () => feed(one))
        },
      },
    ]),
  },
  {
    title: 'Notify: a restart',
    text: `A store with ${open.toLocaleString('en')} open alerts and ${unsent.toLocaleString('en')} notifications that are not sent yet, left by a process that was killed: from opening it to the answer to the next signal.`,
    head: ['open alerts', 'ready after, ms', 'processor, ms', 'peak memory, MB'],
    cells: [
      [
        restarted.open.toLocaleString('en'),
        milliseconds(restarted.ready),
        milliseconds(restarted.processor),
        restarted.peak.toFixed(0),
      ],
    ],
  },
]
