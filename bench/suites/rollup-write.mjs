// Samples into stores of rollups: each batch is on the disk before the next one starts, except where the note says that it is not.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { openRollupStore } from '@tocsin/rollup/store'

import { compare, createLatencies } from '../measure.mjs'
import {
  hasRrdtool,
  hasWhisper,
  insertRows,
  openDuck,
  openRrdtool,
  openSqlite,
  sqliteRows,
  whisper,
} from '../rollup-peers.mjs'
import { createBatches, createFeed, minuteMs, named, stepMs } from '../rollup-series.mjs'

const kind = 'walk'
const total = Number(process.env.BENCH_SAMPLES ?? 2_000_000)
/** Files of their own for each series take so long that fewer samples must do. */
const most = { rrdtool: 100_000, whisper: 200_000 }

/** Times of the batches, the samples per second of them all, and the seconds of processor that a million takes. */
async function timed(batchSize, count, write) {
  const latencies = createLatencies()
  const used = process.cpuUsage()
  const start = performance.now()
  for (let batch = 0, before = start; batch < count; batch++) {
    await write(batch)
    const now = performance.now()
    latencies.add(now - before)
    before = now
  }
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(used)
  const samples = batchSize * count
  return { figure: samples / seconds, p99: latencies.quantile(0.99), processor: (user + system) / samples }
}

function contenders(seriesCount, batchSize) {
  const count = Math.ceil(total / batchSize)
  const series = named(seriesCount)
  const feed = () => createFeed({ kind, seriesCount, batchSize })
  /** Tells what a store writes from what it costs to make it up. */
  const each = async (write) => {
    const next = feed()
    return timed(batchSize, count, () => write(next()))
  }

  const ours = async (folder) => {
    const store = await openRollupStore(folder)
    const batchOf = createBatches(kind, series, batchSize)
    const result = await each((columns) => store.write(batchOf(columns)))
    if (store.stats.samples !== count * batchSize) throw new Error(`${store.stats.samples} samples`)
    await store.close()
    return result
  }

  const duck = async (folder) => {
    const db = await openDuck(folder, 'samples', ['series'], ['time', 'value'])
    const result = await each(({ series, time, value }) => db.append([series, time, value], batchSize))
    await db.close()
    return result
  }

  const sqlite = async (folder) => {
    const db = openSqlite(folder, 'create table samples (series integer, time integer, value real)')
    const insert = db.prepare('insert into samples values (?, ?, ?)')
    const write = db.transaction(({ series, time, value }) => {
      for (let index = 0; index < batchSize; index++) insert.run(series[index], time[index], value[index])
    })
    const result = await each(write)
    db.close()
    return result
  }

  const sqliteMinutes = async (folder) => {
    const db = openSqlite(folder, sqliteRows)
    // Sums of squares where the variance would be: it is counted when it is read.
    const insert = db.prepare(
      `${insertRows} on conflict do update set count = count + 1, sum = sum + excluded.sum, variance = variance + excluded.variance, min = min(min, excluded.min), max = max(max, excluded.max), last = excluded.last`,
    )
    const write = db.transaction(({ series, time, value }) => {
      for (let index = 0; index < batchSize; index++) {
        const one = value[index]
        insert.run(series[index], Math.floor(time[index] / minuteMs), 1, one, one * one, one, one, one, one)
      }
    })
    const result = await each(write)
    db.close()
    return result
  }

  const rrd = async (folder) => {
    const tool = openRrdtool(folder)
    const next = feed()
    const begin = next().time[0] / 1000 - stepMs / 1000
    const functions = ['AVERAGE', 'MIN', 'MAX', 'LAST'].map((name) => `RRA:${name}:0.5:6:1440`).join(' ')
    await tool.run(
      series.map(
        (_, number) =>
          `create ${number}.rrd -b ${begin} -s 10 DS:v:GAUGE:20:U:U RRA:LAST:0.5:1:360 ${functions}`,
      ),
    )
    const again = feed()
    const few = Math.min(count, Math.ceil(most.rrdtool / batchSize))
    const result = await timed(batchSize, few, () => {
      const { series: numbers, time, value } = again()
      const points = new Map()
      for (let index = 0; index < batchSize; index++) {
        const before = points.get(numbers[index]) ?? ''
        points.set(numbers[index], `${before} ${time[index] / 1000}:${value[index]}`)
      }
      return tool.run([...points].map(([number, text]) => `update ${number}.rrd${text}`))
    })
    await tool.close()
    // What it takes of a processor is that of its own process.
    return { figure: result.figure, p99: result.p99 }
  }

  const graphite = (folder) => {
    const next = feed()
    const few = Math.min(count, Math.ceil(most.whisper / batchSize))
    const [times, values] = [new Float64Array(batchSize * few), new Float64Array(batchSize * few)]
    for (let batch = 0; batch < few; batch++) {
      const { time, value } = next()
      times.set(
        time.map((one) => one / 1000),
        batch * batchSize,
      )
      values.set(value, batch * batchSize)
    }
    writeFileSync(join(folder, 'times'), times)
    writeFileSync(join(folder, 'values'), values)
    const { seconds, processor } = whisper(folder, 'write', seriesCount, batchSize)
    const samples = batchSize * few
    return { figure: samples / seconds, processor: (processor * 1e6) / samples }
  }

  const files = seriesCount <= 1000
  return [
    { name: '@tocsin/rollup', note: 'write: in a log, and in the windows', run: ours },
    { name: 'DuckDB', note: 'columns of samples as they come, a commit per batch', run: duck },
    {
      name: 'better-sqlite3',
      note: 'rows of samples as they come; WAL, FULL, a transaction per batch',
      run: sqlite,
    },
    {
      name: 'better-sqlite3',
      note: 'an upsert of the minute of each; WAL, FULL, a transaction per batch',
      run: sqliteMinutes,
    },
    ...(files && hasRrdtool()
      ? [{ name: 'rrdtool', note: 'not durable; 4 functions of a minute, for a day', run: rrd }]
      : []),
    ...(files && hasWhisper()
      ? [{ name: 'whisper', note: 'not durable; the average of a minute, for a day', run: graphite }]
      : []),
  ]
}

const absent = [...(hasRrdtool() ? [] : ['rrdtool']), ...(hasWhisper() ? [] : ['whisper (python3-whisper)'])]
if (absent.length > 0) process.stderr.write(`  skipped, not installed here: ${absent.join(', ')}\n`)

const table = async (seriesCount, batchSize, text) => ({
  title: `Rollups: samples of ${seriesCount.toLocaleString('en')} series`,
  unit: 'samples/s',
  text: `A sample of each series every 10 s, in batches of ${batchSize.toLocaleString('en')}; ${text}`,
  more: { p99: 'p99 of a batch, ms', processor: 'processor, s per million' },
  rows: await compare(contenders(seriesCount, batchSize)),
})

export default [
  await table(
    1000,
    5000,
    'ours finds the series by their names and takes the samples as objects, the others get numbers and columns. Only ours and the upsert keep windows; DuckDB counts them anew whenever they are read.',
  ),
  await table(
    100_000,
    10_000,
    'the same, where most samples are of a series that was not touched for a while.',
  ),
]
