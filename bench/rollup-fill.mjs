// Stores of rollups and their peers, filled with the same minutes.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { openRollupStore } from '@tocsin/rollup/store'

import { insertRows, openDuck, openSqlite, rowColumns, sqliteRows } from './rollup-peers.mjs'
import {
  createBatches,
  createFeed,
  dayMs,
  minuteMs,
  minutesOf,
  named,
  startTime,
  stepMs,
} from './rollup-series.mjs'

const batchSize = 10_000
const minutesPerDay = dayMs / minuteMs
export const firstMinute = startTime / minuteMs

/** A store whose samples lie back so far that nothing of them is waited for: all days but the last are packed when it is closed. */
export async function fillOurs(folder, { kind, seriesCount, days, periodMs = stepMs }) {
  const store = await openRollupStore(folder, { rawHorizonMs: 0 })
  const feed = createFeed({ kind, seriesCount, batchSize, periodMs })
  const batchOf = createBatches(kind, named(seriesCount), batchSize)
  const samples = (seriesCount * days * dayMs) / periodMs
  for (let written = 0; written < samples; written += batchSize) {
    const batch = batchOf(feed())
    const left = samples - written
    if (left < batchSize) {
      batch.values = batch.values.slice(0, left)
      batch.position = { ...batch.position, lastSeq: batch.position.firstSeq + left - 1 }
    }
    await store.write(batch)
  }
  await store.flush()
  if (store.stats.samples !== samples) throw new Error(`${store.stats.samples} of ${samples} samples`)
  await store.close()
}

/** Each series with its minutes, as columns. */
function* minutes({ kind, seriesCount, days, periodMs }) {
  const count = days * minutesPerDay
  const minute = Int32Array.from({ length: count }, (_, index) => firstMinute + index)
  for (let number = 0; number < seriesCount; number++) {
    const rows = minutesOf(kind, number, count, periodMs)
    yield {
      series: new Int32Array(count).fill(number),
      minute,
      rows: rowColumns.map((name) => rows[name]),
      count,
    }
  }
}

export async function fillDuck(folder, what) {
  const db = await openDuck(folder, 'minutes', ['series', 'minute'], rowColumns)
  for (const { series, minute, rows, count } of minutes(what))
    await db.append([series, minute, ...rows], count)
  await db.close()
}

export function fillSqlite(folder, what) {
  const db = openSqlite(folder, sqliteRows)
  const insert = db.prepare(insertRows)
  const fill = db.transaction(({ series, minute, rows, count }) => {
    for (let index = 0; index < count; index++)
      insert.run(series[index], minute[index], ...rows.map((row) => row[index]))
  })
  for (const one of minutes(what)) fill(one)
  db.exec('vacuum')
  db.close()
}

/** Bytes of the files in a folder whose names end so. */
export const bytesOf = (folder, end = '') =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(end))
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
