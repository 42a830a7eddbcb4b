// Lines and pickles of 200 machines, per second of processor time: handed over in memory, and over TCP with all that a listener does.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createGraphiteParser, createPickleParser } from '@tocsin/protocols/engine'
import { graphite, graphitePickle } from '@tocsin/protocols/graphite'
import { firstValueFrom } from 'rxjs'

import { compare, newFolder, removeFolder } from '../measure.mjs'

const points = 20_000
const repeats = Number(process.env.BENCH_REPEATS ?? 50)
const total = points * repeats
const folder = newFolder()
const script = (name) => fileURLToPath(new URL(`../graphite/${name}`, import.meta.url))

const text = Array.from(
  { length: points },
  (_, at) => `servers.web-${at % 200}.cpu.core${at % 10}.user ${(at % 997) / 10} ${1_700_000_000 + at}\n`,
).join('')
const lines = Buffer.from(text)
const linesFile = join(folder, 'lines')
writeFileSync(linesFile, lines)

/** What a program says, or nothing where it is not here. */
function said(program, words, options) {
  try {
    return execFileSync(program, words, { stdio: ['pipe', 'pipe', 'ignore'], maxBuffer: 2 ** 28, ...options })
  } catch {
    return undefined
  }
}

const framed = said('python3', [script('pickles.py')], { input: lines })
const picklesFile = join(folder, 'pickles')
if (framed !== undefined) writeFileSync(picklesFile, framed)

/** Things per second of this process's processor time. */
async function perProcessor(count, work) {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return count / ((user + system) / 1e6)
}

/** Sums for each name, as the contenders all make them. */
function summing() {
  const sums = new Map()
  let taken = 0
  return {
    add: (key, value) => {
      taken += 1
      sums.set(key, (sums.get(key) ?? 0) + value)
    },
    get taken() {
      return taken
    },
    check: () => {
      if (taken !== total) throw new Error(`${taken} of ${total}`)
    },
  }
}

const own = (parser, messages) => () => {
  const sums = summing()
  const sink = {
    sample: ({ series, value }) => sums.add(series.key, value),
    problem: ({ message }) => {
      throw new Error(message)
    },
  }
  return perProcessor(total, () => {
    for (let repeat = 0; repeat < repeats; repeat++)
      for (const message of messages) parser.parse(message, 0, sink)
    sums.check()
  })
}

const splitLines = (whole, add) => {
  for (const line of whole.split('\n')) {
    if (line === '') continue
    const [name, value, time] = line.trim().split(/\s+/)
    if (Number.isNaN(Number(time))) throw new Error(line)
    add(name, Number(value))
  }
}
const split = () => {
  const sums = summing()
  return perProcessor(total, () => {
    for (let repeat = 0; repeat < repeats; repeat++) splitLines(lines.toString(), sums.add)
    sums.check()
  })
}

/** carbon's receivers, with Debian's Python, which has it. */
const carbon = (form, file) => () =>
  Number(said('/usr/bin/python3', [script('receivers.py'), form, file]) ?? Number.NaN)
const carbonRows = (form, file) =>
  Number.isNaN(carbon(form, file)())
    ? []
    : [{ name: 'carbon 1.1.7', note: `its receiver of ${form}, in Python`, run: carbon(form, file) }]

const listened = (source, file) => async () => {
  const sums = summing()
  const done = new Promise((resolve, reject) => {
    source.problems.subscribe(({ message }) => reject(new Error(message)))
    const subscription = source.subscribe(({ series, value }) => {
      sums.add(series.key, value)
      if (sums.taken === total) resolve(subscription.unsubscribe())
    })
  })
  const { port } = await firstValueFrom(source.listening)
  return perProcessor(total, () => {
    spawn(process.execPath, [script('send.mjs'), String(port), file, String(repeats)], { stdio: 'inherit' })
    return done
  })
}

/** What one writes in an afternoon: no limits, no tags, no problems. */
const afternoon = async () => {
  const sums = summing()
  const server = createServer((socket) => {
    let rest = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      const whole = rest + chunk
      const end = whole.lastIndexOf('\n') + 1
      rest = whole.slice(end)
      splitLines(whole.slice(0, end), sums.add)
    })
    socket.on('end', () => server.close())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const figure = await perProcessor(total, async () => {
    const words = [script('send.mjs'), String(server.address().port), linesFile, String(repeats)]
    spawn(process.execPath, words, { stdio: 'inherit' })
    await once(server, 'close')
  })
  sums.check()
  return figure
}

const frames = []
if (framed !== undefined) {
  for (let at = 0; at < framed.length; at += 4 + framed.readUInt32BE(at))
    frames.push(framed.subarray(at + 4, at + 4 + framed.readUInt32BE(at)))
}

const table = async (title, what, note, contenders) => ({
  title: `Graphite: ${title}`,
  unit: `${what}/s of processor`,
  text: note,
  rows: await compare(contenders),
})

const tables = [
  await table('parsing lines', 'lines', `${total} lines of ${points} points, in memory, summed by name.`, [
    { name: '@tocsin/protocols', note: 'createGraphiteParser', run: own(createGraphiteParser(), [lines]) },
    { name: 'a loop', note: 'split at LF and at blanks, no checks', run: split },
    ...carbonRows('lines', linesFile),
  ]),
  await table(
    'lines over TCP',
    'lines',
    'The same over one connection; the processor time of the receiver.',
    [
      { name: '@tocsin/protocols', note: 'graphite()', run: listened(graphite({ port: 0 }), linesFile) },
      { name: 'a loop', note: 'node:net and the loop above', run: afternoon },
    ],
  ),
]
if (frames.length > 0) {
  tables.push(
    await table(
      'parsing pickles',
      'points',
      'Pickles of 500 points in protocol 2, as carbon sends them, in memory.',
      [
        { name: '@tocsin/protocols', note: 'createPickleParser', run: own(createPickleParser(), frames) },
        ...carbonRows('pickles', picklesFile),
      ],
    ),
    await table('pickles over TCP', 'points', 'The same over one connection.', [
      {
        name: '@tocsin/protocols',
        note: 'graphitePickle()',
        run: listened(graphitePickle({ port: 0 }), picklesFile),
      },
    ]),
  )
}

removeFolder(folder)

export default tables
