// The listener beside the daemon of npm, each a process, over UDP on loopback: processor time a line, and what is lost at the rate that
// is too much for the daemon. A third process sends in bursts of so many datagrams, so many times.
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { compare, execArgvFor, newFolder, removeFolder, rounds } from '../measure.mjs'

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
const forms = [
  { group: 'packed', linesEach: 22, perBurst: 20 },
  { group: 'single', linesEach: 1, perBurst: 100 },
]
const everyMs = 5
const bursts = Number(process.env.BENCH_BURSTS ?? 300)
const warmUpBursts = 100
/** Most datagrams of a burst that is tried, and how often the distance to the right number is halved. */
const mostTried = 4000
const steps = 3

const sender = fork(file('children/statsd-sender.mjs'), [], { stdio })
await once(sender, 'message')
const ask = async (child, question = {}) => {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer
}

async function startOurs() {
  const child = fork(file('children/statsd-receiver.mjs'), [], { stdio, execArgv: execArgvFor('protocols') })
  const [{ port }] = await once(child, 'message')
  return { port, told: () => ask(child), end: () => child.kill('SIGKILL') }
}

/** A port of TCP and of UDP that nobody has. */
async function freePort() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}

/** The daemon as it is, but that nothing is flushed meanwhile; it tells its counters over its own port. */
async function startDaemon() {
  const folder = newFolder()
  const [port, managed] = [await freePort(), await freePort()]
  const config = join(folder, 'config.js')
  const server = { server: './servers/udp', address: '127.0.0.1', port }
  const management = { mgmt_port: managed, mgmt_address: '127.0.0.1' }
  writeFileSync(
    config,
    JSON.stringify({ servers: [server], backends: [], flushInterval: 3_600_000, ...management }),
  )
  const daemon = createRequire(import.meta.url).resolve('statsd/stats.js')
  const child = fork(daemon, [config], { stdio, execArgv: ['--require', file('statsd-daemon/tell.cjs')] })
  const lines = async () => {
    const socket = connect(managed, '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
      if (text.includes('END')) socket.end()
    })
    socket.write('counters\n')
    await once(socket, 'close')
    return Number(/metrics_received'?: (\d+)/.exec(text)[1])
  }
  // It says nowhere when it is ready.
  for (let tries = 0; tries < 100; tries++) {
    const isReady = await lines().then(
      () => true,
      () => false,
    )
    if (isReady) break
    await pause(50)
  }
  return {
    port,
    told: async () => ({ ...(await ask(child)), lines: await lines() }),
    end: () => {
      child.kill('SIGKILL')
      removeFolder(folder)
    },
  }
}

/** Sends to a receiver, and waits until nothing more comes. */
async function send(start, form, perBurst = form.perBurst) {
  const receiver = await start()
  try {
    const sending = { port: receiver.port, linesEach: form.linesEach, everyMs }
    // So that its code is compiled, and its names are there.
    await ask(sender, { ...sending, perBurst: form.perBurst, bursts: warmUpBursts })
    const before = await settled(receiver)
    const { lines: sent, seconds } = await ask(sender, { ...sending, perBurst, bursts })
    const after = await settled(receiver)
    const lines = after.lines - before.lines
    const processor = (after.user + after.system - before.user - before.system) / 1e6
    return { rate: sent / seconds, lost: 1 - lines / sent, lines, processor }
  } finally {
    receiver.end()
  }
}

async function settled(receiver) {
  let told = await receiver.told()
  for (let looks = 0; looks < 100; looks++) {
    await pause(100)
    const next = await receiver.told()
    if (next.lines === told.lines) return next
    told = next
  }
  return told
}

const cost = (start, form) => async () => {
  const { lines, processor } = await send(start, form)
  return { figure: lines / processor, secondsPerMillion: (processor / lines) * 1e6 }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** What so many runs say, of which one may have met a busy machine. */
async function sendOften(start, form, perBurst, times) {
  const runs = []
  for (let run = 0; run < times; run++) runs.push(await send(start, form, perBurst))
  return { rate: median(runs.map(({ rate }) => rate)), lost: median(runs.map(({ lost }) => lost)) }
}

/** How many datagrams a burst has of which the daemon loses a tenth: twice as many until it is too much, then halves between. */
async function tooMuch(form) {
  const isTooMuch = async (perBurst) => (await sendOften(startDaemon, form, perBurst, 3)).lost >= 0.1
  let low = form.perBurst
  let high = low
  while (high < mostTried && !(await isTooMuch(high))) {
    low = high
    high *= 2
  }
  for (let step = 0; step < steps && high - low > high / 20; step++) {
    const middle = Math.round((low + high) / 2)
    if (await isTooMuch(middle)) high = middle
    else low = middle
  }
  return high
}

const percent = (part) => `${(part * 100).toFixed(part < 0.001 ? 3 : 1)} %`

async function losses(form) {
  const perBurst = await tooMuch(form)
  const cells = []
  for (const [name, start] of [
    ['@tocsin/protocols', startOurs],
    ['statsd 0.9.0 (npm)', startDaemon],
  ]) {
    const { rate, lost } = await sendOften(start, form, perBurst, rounds)
    cells.push([...[form.group, name, String(perBurst)], ...[`${(rate / 1000).toFixed(0)} k`, percent(lost)]])
  }
  return cells
}

const contenders = forms.flatMap((form) => [
  {
    group: form.group,
    name: '@tocsin/protocols',
    note: 'statsd(), summed by series',
    run: cost(startOurs, form),
  },
  { group: form.group, name: 'statsd 0.9.0 (npm)', note: 'the daemon', run: cost(startDaemon, form) },
])

const tables = [
  {
    title: 'statsd: over UDP',
    unit: 'lines/s of processor',
    text: `Lines with two tags over loopback, ${forms[0].linesEach} in a datagram of 1.4 kB or one; processor time of the receiver with that of the system for it.`,
    groups: 'lines',
    more: { secondsPerMillion: 's of processor a million lines' },
    rows: await compare(contenders),
  },
  {
    title: 'statsd: lost over UDP',
    text: `At the rate at which the daemon loses a tenth: bursts every ${everyMs} ms, each receiver with the buffer that it asks the system for; median of ${rounds}.`,
    head: ['lines', '', 'datagrams a burst', 'lines/s sent', 'lost'],
    cells: [...(await losses(forms[0])), ...(await losses(forms[1]))],
  },
]

sender.disconnect()

export default tables
