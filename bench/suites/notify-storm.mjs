// Many alerts at once, a few of them urgent, to one receiver of webhooks: what it costs, and how long the urgent ones wait.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { alertmanagerVersion, startAlertmanager } from '../alertmanager.mjs'
import { execArgvFor, newFolder, removeFolder, rounds } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const storms = (process.env.BENCH_STORMS ?? '5000,20000,100000').split(',').map(Number)
/** Alertmanager takes some 40 kB and a connection for each group. */
const mostForAlertmanager = Number(process.env.BENCH_ALERTMANAGER_MOST ?? 20_000)
const urgent = 100
const child = (name) => fileURLToPath(new URL(`../children/${name}.mjs`, import.meta.url))
const now = () => performance.timeOrigin + performance.now()

async function withReceiver(work) {
  const receiver = fork(child('webhook-receiver'), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  try {
    const [{ port }] = await once(receiver, 'message')
    return await work(`http://127.0.0.1:${port}/`, async (wanted) => {
      receiver.send({ wanted })
      return (await once(receiver, 'message'))[0]
    })
  } finally {
    receiver.kill('SIGKILL')
  }
}

/** How long the urgent ones took. */
function waits(sent, arrivals) {
  const arrived = new Map(arrivals)
  const all = sent.map(([n, time]) => arrived.get(n) - time).toSorted((a, b) => a - b)
  return { p50: all[all.length >> 1], p99: all[Math.ceil(all.length * 0.99) - 1] }
}

const ours = (where) => (total) =>
  withReceiver(async (url, arrivalsOf) => {
    const folder = newFolder()
    const program = fork(
      child('notify-storm'),
      [url, where === 'memory' ? where : join(folder, 'alerts'), total, urgent],
      {
        execArgv: execArgvFor('notify'),
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    )
    try {
      await once(program, 'message')
      const start = now()
      program.send({ go: true })
      const [[{ sent, processor, peak }], { arrivals, connections }] = await Promise.all([
        once(program, 'message'),
        arrivalsOf(total),
      ])
      const wall = Math.max(...arrivals.map(([, time]) => time)) - start
      return { ...waits(sent, arrivals), wall, processor: (processor / total) * 1e6, peak, connections }
    } finally {
      program.kill('SIGKILL')
      removeFolder(folder)
    }
  })

const theirs = (total) =>
  withReceiver(async (url, arrivalsOf) => {
    const folder = newFolder()
    const peer = await startAlertmanager(folder, url)
    try {
      const used = peer.processor()
      const start = now()
      const sent = []
      const every = Math.floor(total / urgent)
      const coming = arrivalsOf(total)
      for (let from = 0; from < total; from += 1000) {
        const batch = Array.from({ length: Math.min(1000, total - from) }, (_, index) => {
          const n = from + index
          const isUrgent = n % every === every - 1
          if (isUrgent) sent.push([n, now()])
          return [n, isUrgent ? 1 : 5]
        })
        await peer.post(batch)
      }
      const { arrivals, connections } = await coming
      const wall = Math.max(...arrivals.map(([, time]) => time)) - start
      const processor = ((peer.processor() - used) / total) * 1e6
      return { ...waits(sent, arrivals), wall, processor, peak: peer.peak(), connections }
    } finally {
      await peer.stop()
      removeFolder(folder)
    }
  })

const version = alertmanagerVersion()
const contenders = [
  ['`@tocsin/notify`, synced', ours('disk'), Infinity],
  ['`@tocsin/notify`, in memory', ours('memory'), Infinity],
  ...(version === undefined ? [] : [[`Alertmanager ${version}`, theirs, mostForAlertmanager]]),
]
const shown = {
  processor: (value) => value.toFixed(0),
  p50: milliseconds,
  p99: milliseconds,
  wall: (value) => (value / 1000).toFixed(2),
  peak: (value) => value.toFixed(0),
  connections: (value) => value.toFixed(0),
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const cells = []
for (const total of storms) {
  const taken = contenders.filter(([, , most]) => total <= most)
  const results = taken.map(() => [])
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`  ${total} alerts, round ${round + 1}\n`)
    for (const [index, [, run]] of taken.entries()) results[index].push(await run(total))
  }
  for (const [index, [name]] of taken.entries()) {
    cells.push([
      total.toLocaleString('en'),
      name,
      ...Object.entries(shown).map(([key, format]) =>
        format(median(results[index].map((result) => result[key]))),
      ),
    ])
  }
}

export default [
  {
    title: 'Notify: a storm',
    text: `So many alerts at once to one receiver of webhooks that answers at once, ${urgent} of severity 1 spread over them, each told by itself. Processor time is that of the contender's process per delivered alert: Alertmanager's has its HTTP interface in it, and nothing of it is durable; ours has the fault events in it. The wait of severity 1 counts from when the alert was handed over to when the receiver had it. Medians of ${rounds} rounds in turn, each with new processes.${version === undefined ? ' Alertmanager is not installed here.' : ''}`,
    head: [
      'alerts',
      '',
      'processor, µs per alert',
      'severity 1, p50, ms',
      'p99, ms',
      'all told, s',
      'peak memory, MB',
      'connections',
    ],
    cells,
  },
]
