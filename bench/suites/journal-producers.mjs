// Producers that each wait until their own record of 100 bytes is on the disk, and the disk alone.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'

import { syncedAppends, synchronousWrites } from '../disk.mjs'
import { compare, produce } from '../measure.mjs'
import { key, openLevel, openLmdb, openSqlite, record } from '../records.mjs'

const ms = Number(process.env.BENCH_MS ?? 700)
const counts = [1, 16, 256, 4096]
/** What a frame with one record of 100 bytes takes on the disk. */
const frameBytes = 168

const journal = (producers) => async (folder) => {
  const log = await openJournal(join(folder, 'journal'))
  const result = await produce(producers, ms, () => log.append(record))
  await log.close()
  return result
}

const lmdb = (producers) => async (folder) => {
  const db = openLmdb(folder, { separateFlushed: true })
  let seq = 0
  const result = await produce(producers, ms, () => db.put(key(++seq), record).flushed)
  await db.close()
  return result
}

const level = (producers) => async (folder) => {
  const db = await openLevel(folder)
  let seq = 0
  const result = await produce(producers, ms, () => db.put(key(++seq), record, { sync: true }))
  await db.close()
  return result
}

const sqlite = async (folder) => {
  const db = openSqlite(folder, 'FULL')
  const insert = db.prepare('insert into log (body) values (?)')
  const result = await produce(1, ms, () => insert.run(record))
  db.close()
  return result
}

const contenders = counts.flatMap((count) => {
  const group = String(count)
  return [
    { name: '@tocsin/journal', note: 'append', group, run: journal(count) },
    { name: 'lmdb', note: 'put, then flushed', group, run: lmdb(count) },
    { name: 'classic-level', note: 'put with sync: true', group, run: level(count) },
    ...(count === 1
      ? [{ name: 'better-sqlite3', note: 'WAL, synchronous = FULL; blocks the process', group, run: sqlite }]
      : []),
  ]
})

const alone = async (folder) => {
  const { p50, p99 } = await journal(1)(folder)
  return { figure: p50, p99 }
}

const waiting = await compare(contenders)
const bare = await compare([
  { name: '@tocsin/journal', note: 'append, one producer', run: alone },
  {
    name: 'fs.write',
    note: 'with O_DSYNC, into a file of zeros',
    run: (folder) => synchronousWrites(folder, ms, frameBytes),
  },
  {
    name: 'fs.write, fs.fdatasync',
    note: 'at the end of a growing file',
    run: (folder) => syncedAppends(folder, ms, frameBytes),
  },
])
const slower = (bare[0].median / bare[1].median).toFixed(2)

export default [
  {
    title: 'Journal: producers that wait for the disk',
    unit: 'records/s',
    groups: 'producers',
    more: { p50: 'p50, ms', p99: 'p99, ms' },
    text: 'Each producer appends its next record of 100 bytes when the last one is on the disk. Read the times beside those of the disk itself, above and in the next table.',
    rows: waiting,
  },
  {
    title: 'Journal: one producer and the bare disk',
    unit: 'ms',
    more: { p99: 'p99, ms' },
    text: `The time until one record of 100 bytes is on the disk, at the median of each round, beside bare writes of the ${frameBytes} bytes that it takes there, from the same thread pool. Ours takes ${slower} times as long as the bare write with O_DSYNC.`,
    rows: bare,
  },
]
