// The stores beside ours, each used as fast as its interface lets one: DuckDB takes and gives whole columns, SQLite prepared
// statements in transactions, rrdtool and whisper one process that stays.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER } from '@duckdb/node-api'
import Database from 'better-sqlite3'

const chunkRows = 2048
const rowColumns = ['count', 'sum', 'variance', 'min', 'max', 'first', 'last']

/** DuckDB with a table, its columns doubles except the whole numbers named first. */
export async function openDuck(folder, table, wholes, doubles, doubleType = 'double') {
  const instance = await DuckDBInstance.create(join(folder, 'duck.db'))
  const connection = await instance.connect()
  const columns = [
    ...wholes.map((name) => `${name} integer`),
    ...doubles.map((name) => `${name} ${doubleType}`),
  ]
  await connection.run(`create table if not exists ${table} (${columns.join(', ')})`)
  const types = [...wholes.map(() => INTEGER), ...doubles.map(() => DOUBLE)]
  return {
    connection,
    /** Rows `from` to `to` of typed arrays; they are there when the appender is closed, on the disk when that is committed. */
    append: (arrays, rows) => {
      const appender = connection.createAppender(table)
      return appender.then((open) => {
        for (let from = 0; from < rows; from += chunkRows) {
          const count = Math.min(chunkRows, rows - from)
          const chunk = DuckDBDataChunk.create(types, count)
          for (const [index, array] of arrays.entries()) {
            const vector = chunk.getColumnVector(index)
            vector.items.set(array.subarray(from, from + count))
            vector.flush()
          }
          open.appendDataChunk(chunk)
        }
        open.closeSync()
      })
    },
    /** The columns of an answer, all doubles. */
    query: async (sql) => {
      const chunks = await (await connection.run(sql)).fetchAllChunks()
      const rows = chunks.reduce((sum, { rowCount }) => sum + rowCount, 0)
      const answer = Array.from({ length: chunks[0]?.columnCount ?? 0 }, () => new Float64Array(rows))
      let at = 0
      for (const chunk of chunks) {
        for (const [index, column] of answer.entries()) column.set(chunk.getColumnVector(index).items, at)
        at += chunk.rowCount
      }
      return answer
    },
    /** Everything into the one file, packed. */
    close: async () => {
      await connection.run('checkpoint')
      connection.closeSync()
      instance.closeSync()
    },
  }
}

export function openSqlite(folder, schema) {
  const db = new Database(join(folder, 'sqlite.db'))
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  db.exec(schema)
  return db
}

/** Minutes as rows; without its own row numbers, so that they take no room. */
export const sqliteRows = `create table if not exists minutes (series integer, minute integer, ${rowColumns.join(' real, ')} real, primary key (series, minute)) without rowid`

export const insertRows = `insert into minutes values (${Array.from({ length: rowColumns.length + 2 }, () => '?').join(', ')})`

/** The columns of a minute as all stores keep them, behind the number of the series and of the minute. */
export { rowColumns }

export const hasRrdtool = () => spawnSync('rrdtool', ['--version']).status === 0

const python = '/usr/bin/python3'
export const hasWhisper = () => spawnSync(python, ['-c', 'import whisper']).status === 0

/** `rrdtool -`: commands on its input, an `OK` or `ERROR` on its output for each. */
export function openRrdtool(folder) {
  const child = spawn('rrdtool', ['-'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] })
  let waiting = 0
  let done = () => undefined
  let failed = ''
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      if (line.startsWith('ERROR')) failed = line
      if (line.startsWith('OK') || line.startsWith('ERROR')) waiting -= 1
    }
    if (waiting === 0) done()
  })
  return {
    /** Resolves with the seconds of processor that the last of them reports, none where it does not. */
    run: async (commands) => {
      waiting = commands.length
      const finished = new Promise((resolve) => (done = resolve))
      child.stdin.write(`${commands.join('\n')}\n`)
      await finished
      if (failed !== '') throw new Error(failed)
    },
    close: () => new Promise((resolve) => child.once('close', resolve).stdin.end('quit\n')),
  }
}

/** Runs the task of `rollup-whisper.py`, which gives its figures as JSON. */
export function whisper(folder, task, ...rest) {
  const script = fileURLToPath(new URL('rollup-whisper.py', import.meta.url))
  const { status, stdout } = spawnSync(python, [script, folder, task, ...rest.map(String)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) throw new Error(`whisper ended with ${status}`)
  return JSON.parse(stdout)
}
