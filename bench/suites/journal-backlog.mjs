// A backlog of 2 GiB: how long opening it takes, and what a subscriber takes of memory that has all of it before it.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { compare, newFolder, removeFolder } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const backlogBytes = Number(process.env.BENCH_BACKLOG_BYTES ?? 2 * 1024 ** 3)
/** What a killed process leaves behind on top, so that there is a tail to scan. */
const tailBytes = 12 * 1024 ** 2
const heapMiB = 64

const child = (file, args, { flags = [], signal = null } = {}) => {
  const path = fileURLToPath(new URL(`../children/${file}`, import.meta.url))
  const ended = spawnSync(process.execPath, [...flags, path, ...args.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (ended.signal !== signal || (signal === null && ended.status !== 0)) {
    throw new Error(`${file} ended with ${ended.status ?? ended.signal}`)
  }
  return signal === null ? JSON.parse(ended.stdout) : undefined
}

let known = 0
const opened = (file, folder) => {
  const { ms, lastSeq } = child(file, [folder])
  if (lastSeq < known) throw new Error(`${lastSeq} of ${known} records are there`)
  return ms
}
/** Lets the operating system forget the files, where there is a tool for that. */
const forget = (folder) =>
  readdirSync(folder, { withFileTypes: true }).every(
    (entry) =>
      !entry.isFile() ||
      spawnSync('dd', [`if=${join(folder, entry.name)}`, 'iflag=nocache', 'count=0', 'status=none'])
        .status === 0,
  )

const folder = newFolder()
const journal = join(folder, 'journal')
const peer = join(folder, 'lmdb')
const gib = `${(backlogBytes / 1024 ** 3).toFixed(1)} GiB`

async function opening() {
  const rows = [
    { name: '@tocsin/journal', note: 'closed, files in memory', run: () => opened('open.mjs', journal) },
    {
      name: '@tocsin/journal',
      note: 'closed, files on the disk only',
      run: () => {
        forget(journal)
        return opened('open.mjs', journal)
      },
    },
    {
      name: '@tocsin/journal',
      note: `killed (kill -9) with ${tailBytes / 1024 ** 2} MiB that no sync had come for`,
      run: () => {
        child('fill.mjs', [journal, tailBytes, 'kill'], { signal: 'SIGKILL' })
        return opened('open.mjs', journal)
      },
    },
    {
      name: 'lmdb',
      note: 'closed, files in memory, last key read',
      run: () => opened('open-lmdb.mjs', peer),
    },
  ]
  const canForget = forget(journal)
  return await compare(rows.filter(({ note }) => canForget || !note.includes('on the disk only')))
}

const mebi = (bytes) => (bytes / 1024 ** 2).toFixed(0)

function reading() {
  process.stderr.write(`  reading ${gib} with a heap of ${heapMiB} MiB\n`)
  const start = performance.now()
  const { points, peak } = child('read-behind.mjs', [journal], { flags: [`--max-old-space-size=${heapMiB}`] })
  const seconds = milliseconds((performance.now() - start) / 1000)
  const cells = points.map(({ records, rss, heapUsed, arrayBuffers }) => [
    `${(records / 1e6).toFixed(1)} M`,
    ...[rss, heapUsed, arrayBuffers].map(mebi),
  ])
  cells.push(['highest of the process', mebi(peak), '', ''])
  return { cells, seconds }
}

process.stderr.write(`  writing ${gib} into a journal\n`)
known = child('fill.mjs', [journal, backlogBytes, 'close'])
process.stderr.write(`  writing ${gib} into lmdb\n`)
child('fill-lmdb.mjs', [peer, backlogBytes])
spawnSync('sync')

let tables
try {
  const rows = await opening()
  removeFolder(peer)
  const { cells, seconds } = reading()
  tables = [
    {
      title: `Journal: opening a backlog of ${gib}`,
      unit: 'ms',
      text: 'Records of 100 bytes, written with durability \'os\'. Until "openJournal" resolves, in a process that was just started.',
      rows,
    },
    {
      title: `Journal: memory of a subscriber that is ${gib} behind`,
      text: `It reads everything in ${seconds} s, touches every record and acknowledges every batch, in a process with \`--max-old-space-size=${heapMiB}\`.`,
      head: ['records read', 'resident, MiB', 'JavaScript heap, MiB', 'buffers, MiB'],
      cells,
    },
  ]
} finally {
  removeFolder(folder)
}

export default tables
