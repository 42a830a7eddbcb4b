// Samples to Graphite, per second of the sender's processor time: named, encoded, written to a receiver that forgets them, acknowledged.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

import { series } from '@tocsin/protocols'
import { toGraphite } from '@tocsin/protocols/sinks/graphite'
import { from, map } from 'rxjs'

import { compare } from '../measure.mjs'

const perBatch = 1000
const total = Number(process.env.BENCH_SAMPLES ?? 1_000_000)
const all = Array.from({ length: 2000 }, (_, at) =>
  series('servers.cpu.user', { host: `web-${at % 200}`, core: `${at % 10}` }),
)
const batches = Array.from({ length: total / perBatch }, (_, batch) =>
  Array.from({ length: perBatch }, (__, at) => ({
    series: all[(batch * perBatch + at) % all.length],
    time: (1_700_000_000 + batch) * 1000,
    value: (at % 997) / 10,
    kind: 'gauge',
  })),
)

/** Samples per second of this process's processor time, while another takes what is sent. */
async function perProcessor(work) {
  const receiver = fork(fileURLToPath(new URL('../graphite/discard.mjs', import.meta.url)))
  const [{ port }] = await once(receiver, 'message')
  const had = once(receiver, 'message')
  const before = process.cpuUsage()
  await work(port)
  const { user, system } = process.cpuUsage(before)
  const [{ bytes }] = await had
  receiver.kill()
  if (bytes < total * 20) throw new Error(`the receiver had ${bytes} bytes`)
  return total / ((user + system) / 1e6)
}

const sink = (protocol) => () =>
  perProcessor(async (port) => {
    let acknowledged = 0
    await new Promise((resolve, reject) => {
      from(batches)
        .pipe(
          map((values) => ({ values, ack: () => (acknowledged += 1) })),
          toGraphite({ port, protocol }),
        )
        .subscribe({
          next: ({ type, message }) => (type === 'delivered' ? undefined : reject(new Error(message))),
          complete: resolve,
          error: reject,
        })
    })
    if (acknowledged !== batches.length) throw new Error(`${acknowledged} of ${batches.length} acknowledged`)
  })

/** What one writes in an afternoon: names made each time, and nobody knows what arrived. */
const afternoon = () =>
  perProcessor(async (port) => {
    const socket = connect(port, '127.0.0.1')
    for (const batch of batches) {
      let lines = ''
      for (const {
        series: { metric, tags },
        time,
        value,
      } of batch) {
        const pairs = Object.entries(tags).map(([category, tag]) => `;${category}=${tag}`)
        lines += `${metric}${pairs.join('')} ${value} ${Math.floor(time / 1000)}\n`
      }
      if (!socket.write(lines)) await once(socket, 'drain')
    }
    socket.end()
    await once(socket, 'close')
  })

export default [
  {
    title: 'Graphite: sending',
    unit: 'samples/s of processor',
    text: `${total} samples of ${all.length} series with two tags, over one connection; the processor time of the sender.`,
    rows: await compare([
      {
        name: '@tocsin/protocols',
        note: "toGraphite({ protocol: 'pickle' }), acknowledged",
        run: sink('pickle'),
      },
      {
        name: '@tocsin/protocols',
        note: "toGraphite({ protocol: 'plain' }), acknowledged",
        run: sink('plain'),
      },
      { name: 'a loop', note: 'lines over node:net, no acknowledgement', run: afternoon },
    ]),
  },
]
