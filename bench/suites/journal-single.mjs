// Records of 100 bytes one by one, left to the operating system; none waits for the one before.
import { join } from 'node:path'

import { openJournal } from '@tocsin/journal'

import { absent, isThere, jlogReads, jlogWrites } from '../jlog.mjs'
import { compare, rate } from '../measure.mjs'
import { key, openLmdb, openSqlite, record } from '../records.mjs'

const total = 1000 * Number(process.env.BENCH_BATCHES ?? 1000)
/** Written before somebody waits for the last of them. */
const window = 10_000

async function windows(write) {
  for (let written = 0; written < total; written += window) await write(Math.min(window, total - written))
}

const journal = (append) => async (folder) => {
  const log = await openJournal(join(folder, 'journal'), { durability: 'os' })
  const result = await rate(total, () =>
    windows(async (count) => {
      let last
      for (let index = 0; index < count; index++) last = log[append](record)
      await last
    }),
  )
  await log.close()
  return result
}

const lmdb = async (folder) => {
  const db = openLmdb(folder)
  let seq = 0
  const result = await rate(total, () =>
    windows(async (count) => {
      let last
      for (let index = 0; index < count; index++) last = db.put(key(++seq), record)
      await last
    }),
  )
  await db.close()
  return result
}

const sqlite = async (folder) => {
  const db = openSqlite(folder, 'OFF')
  const insert = db.prepare('insert into log (body) values (?)')
  const result = await rate(total, () => {
    for (let index = 0; index < total; index++) insert.run(record)
  })
  db.close()
  return result
}

const jlog = isThere
  ? [false, true].map((preCommit) => ({
      name: 'jlog (C)',
      note: preCommit ? 'with its pre-commit buffer of 128 KiB' : 'as it is by default, a write each',
      run: (folder) => jlogWrites(folder, total, record.length, { preCommit }),
    }))
  : []

const read = (folder) => {
  jlogWrites(folder, total, record.length, { preCommit: true })
  return jlogReads(folder, total, record.length)
}

export default [
  {
    title: 'Journal: records one by one, left to the operating system',
    unit: 'records/s',
    text: `Records of 100 bytes, each its own append; who appends waits for the last of ${window.toLocaleString('en')}. With the buffer jlog says that a record is written before the operating system has it.${isThere ? '' : ` ${absent}`}`,
    rows: await compare([
      { name: '@tocsin/journal', note: 'append, a result each', run: journal('append') },
      {
        name: '@tocsin/journal',
        note: 'appendShared, one result for all of a write',
        run: journal('appendShared'),
      },
      ...jlog,
      { name: 'lmdb', note: 'put, a promise each', run: lmdb },
      { name: 'better-sqlite3', note: 'WAL, synchronous = OFF, a transaction each', run: sqlite },
    ]),
  },
  ...(isThere
    ? [
        {
          title: 'jlog: reading',
          unit: 'records/s',
          text: 'The same records in bulk, as they are written, each interval checkpointed; jlog keeps no checksums. Beside the replay of the journal above.',
          rows: await compare([{ name: 'jlog (C)', note: 'a subscriber', run: read }]),
        },
      ]
    : []),
]
