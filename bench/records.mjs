// What every contender of the journal stores, and the peers as their manuals open them.
import { join } from 'node:path'

import Database from 'better-sqlite3'
import { ClassicLevel } from 'classic-level'
import { open } from 'lmdb'

export const record = Buffer.alloc(100, 'x')
export const batchSize = 1000
export const batch = Array.from({ length: batchSize }, () => record)

/** Keys in the order of the numbers. */
export const key = (seq) => {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeUInt32BE(Math.floor(seq / 2 ** 32), 0)
  bytes.writeUInt32BE(seq >>> 0, 4)
  return bytes
}

export function openSqlite(folder, synchronous) {
  const db = new Database(join(folder, 'db'))
  db.pragma('journal_mode = WAL')
  db.pragma(`synchronous = ${synchronous}`)
  db.exec('create table if not exists log (seq integer primary key, body blob)')
  return db
}

export const openLmdb = (folder, options) =>
  open({ path: join(folder, 'db'), encoding: 'binary', keyEncoding: 'binary', ...options })

export async function openLevel(folder) {
  const db = new ClassicLevel(join(folder, 'db'), { keyEncoding: 'buffer', valueEncoding: 'buffer' })
  await db.open()
  return db
}
