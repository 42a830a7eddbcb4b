// Reads back records of 100 bytes in order, from files that the operating system still has in memory. Every record is touched.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'

import { compare, newFolder, rate, removeFolder } from '../measure.mjs'
import { batch, batchSize, key, openLevel, openLmdb, openSqlite, record } from '../records.mjs'

const batches = Number(process.env.BENCH_BATCHES ?? 1000)
const total = batches * batchSize

/** Records per second of one reading, which gives every record once. */
async function reading(read) {
  let records = 0
  let bytes = 0
  let first = 0
  const touch = (value) => {
    records += 1
    bytes += value.length
    first += value[0]
  }
  const result = await rate(total, () => read(touch, () => records))
  if (records !== total || bytes !== total * record.length || first !== total * record[0]) {
    throw new Error(`read ${records} records of ${bytes} bytes`)
  }
  return result
}

async function journal(folder) {
  const log = await openJournal(join(folder, 'journal'), { durability: 'os' })
  for (let index = 0; index < batches; index++) await log.appendBatch(batch)
  await log.flush()
  // What every subscriber has read is removed; this one never reads.
  await log.subscriber('kept', { from: 'oldest' })
  const drain = (observable, touch, count) =>
    new Promise((resolve, reject) => {
      const subscription = observable.subscribe({
        next: ({ values, ack }) => {
          for (let index = 0; index < values.length; index++) touch(values[index])
          ack()
          if (count() < total) return
          // The first batch may come before "subscribe" returns.
          queueMicrotask(() => subscription.unsubscribe())
          resolve()
        },
        error: reject,
      })
    })
  let subscribers = 0
  const subscribed = (maxRecords) => async () => {
    const name = `bench-${++subscribers}`
    const subscriber = await log.subscriber(name, { from: 'oldest' })
    return await reading((touch, count) => drain(subscriber.batches({ maxRecords }), touch, count))
  }
  const cursorless = (maxRecords) => () =>
    reading((touch, count) => drain(log.readFrom('oldest', { maxRecords }), touch, count))
  const name = '@tocsin/journal'
  return [
    { name, note: 'a subscriber that acknowledges each batch of 1000', run: subscribed(1000) },
    { name, note: 'the same with batches of 10,000', run: subscribed(10_000) },
    { name, note: 'readFrom, batches of 1000', run: cursorless(1000) },
    { name, note: 'readFrom, batches of 10,000', run: cursorless(10_000) },
  ]
}

function sqlite(folder) {
  const db = openSqlite(folder, 'NORMAL')
  const insert = db.prepare('insert into log (body) values (?)')
  db.transaction(() => {
    for (let index = 0; index < total; index++) insert.run(record)
  })()
  const run = () =>
    reading((touch) => {
      for (const body of db.prepare('select body from log order by seq').pluck().iterate()) touch(body)
    })
  return [{ name: 'better-sqlite3', note: 'one statement, iterated', run }]
}

async function lmdb(folder) {
  const db = openLmdb(folder)
  await db.transaction(() => {
    for (let seq = 1; seq <= total; seq++) db.put(key(seq), record)
  })
  const run = () =>
    reading((touch) => {
      for (const { value } of db.getRange({})) touch(value)
    })
  return [{ name: 'lmdb', note: 'getRange', run }]
}

async function level(folder) {
  const db = await openLevel(folder)
  let seq = 0
  for (let index = 0; index < batches; index++) {
    await db.batch(batch.map((value) => ({ type: 'put', key: key(++seq), value })))
  }
  const run = () =>
    reading(async (touch) => {
      const values = db.values()
      for (;;) {
        const some = await values.nextv(batchSize)
        if (some.length === 0) break
        for (const value of some) touch(value)
      }
      await values.close()
    })
  return [{ name: 'classic-level', note: 'values().nextv(1000)', run }]
}

const folders = []
const filled = async (fill) => {
  const folder = newFolder()
  folders.push(folder)
  return await fill(folder)
}
process.stderr.write('  writing what is read\n')
const contenders = []
for (const fill of [journal, sqlite, lmdb, level]) contenders.push(...(await filled(fill)))
const rows = await compare(contenders)
folders.forEach(removeFolder)

export default [
  {
    title: 'Journal: replay',
    unit: 'records/s',
    text: 'Records of 100 bytes, written in batches of 1000, read back in order from warm files; every record is touched. The journal verifies the checksums of every frame; lmdb and SQLite keep none.',
    rows,
  },
]
