// 100-byte records in batches of 1000, each batch acknowledged before the next. Durable means synced to the disk.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import Database from 'better-sqlite3'
import { ClassicLevel } from 'classic-level'
import { open } from 'lmdb'

import { compare, rate } from '../measure.mjs'

const batchSize = 1000
const batches = Number(process.env.BENCH_BATCHES ?? 100)
const record = Buffer.alloc(100, 'x')
const batch = Array.from({ length: batchSize }, () => record)
const key = (seq) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(seq))
  return bytes
}

const journal = (durability) => async (folder) => {
  const log = await openJournal(join(folder, 'journal'), { durability })
  const result = await rate(batches * batchSize, async () => {
    for (let index = 0; index < batches; index++) await log.appendBatch(batch)
  })
  await log.close()
  return result
}

const sqlite = (synchronous) => async (folder) => {
  const db = new Database(join(folder, 'db'))
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${synchronous}`)
  db.exec('create table log (seq integer primary key, body blob)')
  const insert = db.prepare('insert into log (body) values (?)')
  const append = db.transaction((records) => records.forEach((body) => insert.run(body)))
  const result = await rate(batches * batchSize, () => {
    for (let index = 0; index < batches; index++) append(batch)
  })
  db.close()
  return result
}

const lmdb = (durable) => async (folder) => {
  const db = open({ path: join(folder, 'db'), encoding: 'binary', keyEncoding: 'binary' })
  let seq = 0
  const result = await rate(batches * batchSize, async () => {
    for (let index = 0; index < batches; index++) {
      await db.transaction(() => {
        for (const body of batch) db.put(key(++seq), body)
      })
      if (durable) await db.flushed
    }
  })
  await db.close()
  return result
}

const level = (sync) => async (folder) => {
  const db = new ClassicLevel(join(folder, 'db'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await db.open()
  let seq = 0
  const result = await rate(batches * batchSize, async () => {
    for (let index = 0; index < batches; index++) {
      await db.batch(
        batch.map((value) => ({ type: 'put', key: key(++seq), value })),
        { sync },
      )
    }
  })
  await db.close()
  return result
}

export default [
  {
    title: 'Journal: append, durable before acknowledged',
    unit: 'records/s',
    text: 'Records of 100 bytes in batches of 1000; the next batch starts when the last one is on the disk.',
    rows: await compare([
      {
        name: '@tocsin/journal',
        note: "durability 'commit' (the default): write and fdatasync",
        run: journal('commit'),
      },
      {
        name: 'better-sqlite3',
        note: 'WAL, synchronous = FULL, a transaction per batch',
        run: sqlite('FULL'),
      },
      { name: 'lmdb', note: 'a transaction per batch, then flushed', run: lmdb(true) },
      { name: 'classic-level', note: 'a batch with sync: true', run: level(true) },
    ]),
  },
  {
    title: 'Journal: append, left to the operating system',
    unit: 'records/s',
    text: 'The same batches; a power cut may lose what was acknowledged.',
    rows: await compare([
      { name: '@tocsin/journal', note: "durability 'os'", run: journal('os') },
      { name: 'better-sqlite3', note: 'WAL, synchronous = OFF', run: sqlite('OFF') },
      { name: 'lmdb', note: 'committed, not flushed', run: lmdb(false) },
      { name: 'classic-level', note: 'a batch with sync: false', run: level(false) },
    ]),
  },
]
