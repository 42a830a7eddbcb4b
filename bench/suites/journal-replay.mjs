// Reads back records of 100 bytes in order, from files that the operating system still has in memory.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import Database from 'better-sqlite3'
import { ClassicLevel } from 'classic-level'
import { open } from 'lmdb'

import { compare, rate } from '../measure.mjs'

const batchSize = 1000
const batches = Number(process.env.BENCH_BATCHES ?? 200)
const total = batches * batchSize
const record = Buffer.alloc(100, 'x')
const batch = Array.from({ length: batchSize }, () => record)
const key = (seq) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(seq))
  return bytes
}
const complete = (records, bytes) => {
  if (records !== total || bytes !== total * 100) throw new Error(`read ${records} records of ${bytes} bytes`)
}

const journal = async (folder) => {
  const log = await openJournal(join(folder, 'journal'), { durability: 'os' })
  for (let index = 0; index < batches; index++) await log.appendBatch(batch)
  const subscriber = await log.subscriber('bench', { from: 'oldest' })
  let records = 0
  let bytes = 0
  const result = await rate(
    total,
    () =>
      new Promise((resolve, reject) => {
        const reading = subscriber.batches({ maxRecords: batchSize }).subscribe({
          next: (read) => {
            for (const value of read.values) bytes += value.length
            records += read.values.length
            read.ack()
            if (records === total) {
              reading.unsubscribe()
              resolve()
            }
          },
          error: reject,
        })
      }),
  )
  await log.close()
  complete(records, bytes)
  return result
}

const sqlite = async (folder) => {
  const db = new Database(join(folder, 'db'))
  db.pragma('journal_mode = WAL')
  db.exec('create table log (seq integer primary key, body blob)')
  const insert = db.prepare('insert into log (body) values (?)')
  db.transaction(() => {
    for (let index = 0; index < total; index++) insert.run(record)
  })()
  let records = 0
  let bytes = 0
  const result = await rate(total, () => {
    for (const body of db.prepare('select body from log order by seq').pluck().iterate()) {
      records += 1
      bytes += body.length
    }
  })
  db.close()
  complete(records, bytes)
  return result
}

const lmdb = async (folder) => {
  const db = open({ path: join(folder, 'db'), encoding: 'binary', keyEncoding: 'binary' })
  await db.transaction(() => {
    for (let seq = 1; seq <= total; seq++) db.put(key(seq), record)
  })
  let records = 0
  let bytes = 0
  const result = await rate(total, () => {
    for (const { value } of db.getRange({})) {
      records += 1
      bytes += value.length
    }
  })
  await db.close()
  complete(records, bytes)
  return result
}

const level = async (folder) => {
  const db = new ClassicLevel(join(folder, 'db'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await db.open()
  let seq = 0
  for (let index = 0; index < batches; index++) {
    await db.batch(batch.map((value) => ({ type: 'put', key: key(++seq), value })))
  }
  let records = 0
  let bytes = 0
  const result = await rate(total, async () => {
    const values = db.values()
    for (;;) {
      const some = await values.nextv(batchSize)
      if (some.length === 0) break
      for (const value of some) bytes += value.length
      records += some.length
    }
    await values.close()
  })
  await db.close()
  complete(records, bytes)
  return result
}

export default [
  {
    title: 'Journal: replay',
    unit: 'records/s',
    text: 'Records of 100 bytes read back in order from warm files. The journal verifies a checksum per frame.',
    rows: await compare([
      { name: '@tocsin/journal', note: 'a subscriber that acknowledges each batch of 1000', run: journal },
      { name: 'better-sqlite3', note: 'one statement, iterated', run: sqlite },
      { name: 'lmdb', note: 'getRange', run: lmdb },
      { name: 'classic-level', note: 'values().nextv(1000)', run: level },
    ]),
  },
]
