// Checks at their times: what the runner costs by itself, and what probes of HTTP and TCP cost beside the blackbox exporter.
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { blackboxVersion, startBlackbox } from '../blackbox.mjs'
import { execArgvFor, newFolder, removeFolder, rounds } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const empty = Number(process.env.BENCH_EMPTY_CHECKS ?? 100_000)
const probed = Number(process.env.BENCH_PROBES ?? 10_000)
/** Before that, what is compiled while it runs is compiled. */
const warmMs = 5000
const measuredMs = Number(process.env.BENCH_MS ?? 15_000)
const child = (name) => fileURLToPath(new URL(`../children/${name}.mjs`, import.meta.url))

/** So many of our checks a minute, in a process of their own. */
async function ours(kind, perMinute, port = 0) {
  const words = [kind, perMinute, port, warmMs, measuredMs].map(String)
  const program = spawn(process.execPath, [...execArgvFor('protocols'), child('checks'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(program, 'exit')
  const said = await text(program.stdout)
  const [status] = await ended
  if (status !== 0) throw new Error(`checks ${kind} ended with ${status}`)
  const result = JSON.parse(said)
  const { notGood, runs, why } = result
  if (notGood > 0) throw new Error(`${notGood} of ${runs} checks ${kind} were not good: ${why}`)
  return result
}

/** The blackbox exporter, asked for so many probes a minute, one after the other at their times. */
async function theirs(kind, perMinute, port) {
  const folder = newFolder()
  const peer = await startBlackbox(folder)
  try {
    const target = kind === 'http' ? `http://127.0.0.1:${port}/` : `127.0.0.1:${port}`
    const everyMs = 60_000 / perMinute
    const ask = async (forMs) => {
      const start = performance.now()
      const asked = []
      while (performance.now() - start < forMs) {
        if (asked.length * everyMs <= performance.now() - start) asked.push(peer.probe(kind, target))
        else await sleep(1)
      }
      const found = await Promise.all(asked)
      if (!found.every(Boolean)) throw new Error(`probes of ${kind} by the blackbox exporter failed`)
      return found.length
    }
    await ask(warmMs)
    const used = peer.processor()
    const runs = await ask(measuredMs)
    return { runs, processor: peer.processor() - used }
  } finally {
    await peer.stop()
    removeFolder(folder)
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const seconds = (value) => value.toFixed(2)

const alone = []
for (let round = 0; round < rounds; round++) {
  process.stderr.write(`  ${empty.toLocaleString('en')} empty checks a minute, round ${round + 1}\n`)
  alone.push(await ours('noop', empty))
}
const ofMinute = (results) => median(results.map(({ processor, wall }) => (processor / wall) * 60))
const lateness = (results) =>
  ['p50', 'p99'].map((part) => milliseconds(median(results.map((result) => result[part]))))

const version = blackboxVersion()
const server = fork(child('checked-server'), [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
process.once('exit', () => server.kill('SIGKILL'))
const [ports] = await once(server, 'message')
const cells = []
for (const kind of ['http', 'tcp']) {
  const contenders = [
    ['`@tocsin/protocols`', ours],
    ...(version === undefined ? [] : [[`blackbox exporter ${version}`, theirs]]),
  ]
  const results = contenders.map(() => [])
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`  ${probed.toLocaleString('en')} checks ${kind} a minute, round ${round + 1}\n`)
    for (const [index, [, run]] of contenders.entries())
      results[index].push(await run(kind, probed, ports[kind]))
  }
  for (const [index, [name]] of contenders.entries()) {
    const per = (result) => (result.processor / result.runs) * 10_000
    const late = index === 0 ? lateness(results[index]) : ['', '']
    const ratio = median(results[index].map(per)) / median(results[0].map(per))
    cells.push([kind, name, seconds(median(results[index].map(per))), ...late, seconds(ratio)])
  }
}
server.kill('SIGKILL')

export default [
  {
    title: `Checks: ${empty.toLocaleString('en')} a minute that do nothing`,
    text: `So many checks with a period of a minute each, which resolve at once: what the runner costs. Lateness is from the tick to the start of the run, in whole milliseconds. Medians of ${rounds} processes, over ${measuredMs / 1000} s each after ${warmMs / 1000} s to warm up.`,
    head: ['processor, s a minute', 'part of a core', 'late, p50, ms', 'p99, ms'],
    cells: [[seconds(ofMinute(alone)), `${((ofMinute(alone) / 60) * 100).toFixed(1)} %`, ...lateness(alone)]],
  },
  {
    title: `Checks: ${probed.toLocaleString('en')} probes a minute beside the blackbox exporter`,
    text: `A server of this machine that answers a few bytes over HTTP, or takes a connection over TCP, looked at so often by ours and by the exporter, which is asked for each probe over a connection that is kept, as Prometheus does. Processor time is that of the contender's process: the exporter's has being asked in it and knows of no times, ours has the times and results in it. Medians of ${rounds} rounds in turn, each with new processes.${version === undefined ? ' The blackbox exporter is not installed here.' : ''}`,
    head: ['', '', 'processor, s per 10,000 probes', 'late, p50, ms', 'p99, ms', 'this / ours'],
    cells,
  },
]
