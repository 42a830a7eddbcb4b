// 100-byte records in batches of 1000, each batch acknowledged before the next. Durable means synced to the disk.
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'
import SonicBoom from 'sonic-boom'

import { compare, rate } from '../measure.mjs'
import { batch, batchSize, key, openLevel, openLmdb, openSqlite, record } from '../records.mjs'

const batches = Number(process.env.BENCH_BATCHES ?? 300)
const total = batches * batchSize

const journal = (durability) => async (folder) => {
  const log = await openJournal(join(folder, 'journal'), { durability })
  const result = await rate(total, async () => {
    for (let index = 0; index < batches; index++) await log.appendBatch(batch)
  })
  await log.close()
  return result
}

const sqlite = (synchronous) => async (folder) => {
  const db = openSqlite(folder, synchronous)
  const insert = db.prepare('insert into log (body) values (?)')
  const append = db.transaction((records) => records.forEach((body) => insert.run(body)))
  const result = await rate(total, () => {
    for (let index = 0; index < batches; index++) append(batch)
  })
  db.close()
  return result
}

const lmdb = (durable) => async (folder) => {
  const db = openLmdb(folder)
  let seq = 0
  const result = await rate(total, async () => {
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
  const db = await openLevel(folder)
  let seq = 0
  const result = await rate(total, async () => {
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

// It acknowledges nothing: a batch is let go when its buffer takes more, and the time ends when the file is closed.
const sonic = (options) => async (folder) => {
  const dest = join(folder, 'log')
  const stream = new SonicBoom({ dest, contentMode: 'buffer', ...options })
  if (!options.sync) await once(stream, 'ready')
  const result = await rate(total, async () => {
    for (let index = 0; index < batches; index++) {
      let room = true
      for (const body of batch) room = stream.write(body)
      if (!room && !options.sync) await once(stream, 'drain')
    }
    const closed = once(stream, 'close')
    stream.end()
    await closed
  })
  const { size } = statSync(dest)
  if (size !== total * record.length) throw new Error(`sonic-boom wrote ${size} bytes`)
  return result
}

export default [
  {
    title: 'Journal: append, durable before acknowledged',
    unit: 'records/s',
    text: 'Records of 100 bytes in batches of 1000; the next batch starts when the last one is on the disk.',
    rows: await compare([
      { name: '@tocsin/journal', note: "durability 'commit' (the default)", run: journal('commit') },
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
    text: 'The same batches; a power cut may lose what was acknowledged, the end of the process does not. sonic-boom is a writer for log files and promises less than that: without checksums or acknowledgements, what its buffer holds is lost when the process is killed. It is here as the price of bare writing.',
    rows: await compare([
      { name: '@tocsin/journal', note: "durability 'os'", run: journal('os') },
      { name: 'better-sqlite3', note: 'WAL, synchronous = OFF', run: sqlite('OFF') },
      { name: 'lmdb', note: 'committed, not flushed', run: lmdb(false) },
      { name: 'classic-level', note: 'a batch with sync: false', run: level(false) },
      { name: 'sonic-boom', note: 'unsafe: sync: false', run: sonic({ sync: false }) },
      {
        name: 'sonic-boom',
        note: 'unsafe: sync: false, buffer of 64 KiB',
        run: sonic({ sync: false, minLength: 65_536, maxWrite: 131_072 }),
      },
      { name: 'sonic-boom', note: 'unsafe: sync: true, a write per record', run: sonic({ sync: true }) },
      {
        name: 'sonic-boom',
        note: 'unsafe: sync: true, buffer of 64 KiB',
        run: sonic({ sync: true, minLength: 65_536, maxWrite: 131_072 }),
      },
    ]),
  },
]
