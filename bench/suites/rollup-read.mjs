// Questions to a year of minutes and to a day of many series, warm: the files are in the memory of the system. Answers first are compared.
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { openRollupStore } from '@tocsin/rollup/store'

import { compare, newFolder, removeFolder } from '../measure.mjs'
import { fillDuck, fillOurs, fillSqlite, firstMinute } from '../rollup-fill.mjs'
import { hasWhisper, openDuck, openSqlite, rowColumns, sqliteRows, whisper } from '../rollup-peers.mjs'
import { dayMs, minuteMs, minutesOf, startTime } from '../rollup-series.mjs'

const days = Number(process.env.BENCH_DAYS ?? 365)
const seriesOfDay = Number(process.env.BENCH_SERIES ?? 1000)
const seriesOfYear = Number(process.env.BENCH_SERIES_YEARS ?? 100)
const repeats = 5
const year = { from: startTime, to: startTime + days * dayMs }
const one = 'host:web-0'
const yearOfOne = { kind: 'walk', seriesCount: 1, days }
const dayOfMany = { kind: 'walk', seriesCount: seriesOfDay, days: 1 }

/** The median time of some questions, and of the processor; the first answer is judged. */
async function asked(ask, judge) {
  judge(await ask())
  const times = []
  const used = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now()
    await ask()
    times.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(used)
  return { figure: times.sort((a, b) => a - b)[repeats >> 1], processor: (user + system) / 1000 / repeats }
}

/** To the last digits: some divide the sum, others a rounded one. */
function expectSame(actual, expected, name) {
  if (actual.length !== expected.length)
    throw new Error(`${name}: ${actual.length} of ${expected.length} slots`)
  for (const [index, value] of expected.entries()) {
    const distance = Math.abs(actual[index] - value)
    if (!(distance <= Math.abs(value) * 1e-12))
      throw new Error(`${name}: ${actual[index]} at ${index}, not ${value}`)
  }
}

const averages = ({ sum, count }) => sum.map((value, index) => value / count[index])

/** What an hour, a day or the like of one series says, of its minutes. */
function folded({ sum, count, max }, size) {
  const slots = count.length / size
  const total = (row, slot) => row.subarray(slot * size, (slot + 1) * size).reduce((a, b) => a + b, 0)
  return {
    average: Float64Array.from({ length: slots }, (_, slot) => total(sum, slot) / total(count, slot)),
    max: Float64Array.from({ length: slots }, (_, slot) =>
      max.subarray(slot * size, (slot + 1) * size).reduce((a, b) => Math.max(a, b)),
    ),
  }
}

const concatenated = (columns) => {
  const all = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const column of columns) {
    all.set(column, at)
    at += column.length
  }
  return all
}

const folder = newFolder()
const place = (name) => {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  return path
}

async function open(name, what) {
  process.stderr.write(`  filling: ${name}\n`)
  const path = place(name)
  await fillOurs(join(path, 'ours'), what)
  await fillDuck(path, what)
  fillSqlite(path, what)
  return {
    ours: await openRollupStore(join(path, 'ours')),
    duck: await openDuck(path, 'minutes', ['series', 'minute'], rowColumns),
    sqlite: openSqlite(path, sqliteRows),
  }
}

const close = async ({ ours, duck, sqlite }) => {
  await ours.close()
  await duck.close()
  sqlite.close()
}

const more = { processor: 'processor, ms' }

async function questionsToAYear() {
  const stores = await open('year', yearOfOne)
  const { ours, duck, sqlite } = stores
  const minutes = minutesOf('walk', 0, days * 1440)
  const daily = folded(minutes, 1440)
  const fetched = (period, value) => async () =>
    (await ours.fetch({ select: one, ...year, period, value }))[0].values
  const rows = (sql) => {
    const statement = sqlite.prepare(sql).raw()
    return () => Float64Array.from(statement.all(), ([value]) => value)
  }
  const columns = (sql) => async () => (await duck.query(sql))[0]
  const day = 'minute // 1440'
  const questions = [
    [
      'minutes: average',
      fetched('1m', 'average'),
      'select sum / count from minutes where series = 0 order by minute',
      averages(minutes),
    ],
    [
      'minutes: max',
      fetched('1m', 'max'),
      'select max from minutes where series = 0 order by minute',
      minutes.max,
    ],
    [
      'days: average',
      fetched('1d', 'average'),
      `select sum(sum) / sum(count) from minutes where series = 0 group by ${day} order by ${day}`,
      daily.average,
    ],
    [
      'days: max',
      fetched('1d', 'max'),
      `select max(max) from minutes where series = 0 group by ${day} order by ${day}`,
      daily.max,
    ],
  ]
  const contenders = questions.flatMap(([group, ask, sql, expected]) => [
    {
      group,
      name: '@tocsin/rollup',
      note: 'fetch',
      run: () => asked(ask, (answer) => expectSame(answer, expected, group)),
    },
    {
      group,
      name: 'DuckDB',
      note: 'columns',
      run: () => asked(columns(sql), (answer) => expectSame(answer, expected, group)),
    },
    {
      group,
      name: 'better-sqlite3',
      note: 'rows',
      run: () => asked(rows(sql.replaceAll('//', '/')), (answer) => expectSame(answer, expected, group)),
    },
  ])
  if (hasWhisper()) contenders.splice(3, 0, whisperOfAYear(averages(minutes)))
  const result = await compare(contenders)
  await close(stores)
  return result
}

function whisperOfAYear(values) {
  const path = place('whisper')
  writeFileSync(join(path, 'values'), values)
  whisper(path, 'fill', year.from / 1000, year.to / 1000)
  const expected = values.reduce((sum, value) => sum + value, 0)
  return {
    group: 'minutes: average',
    name: 'whisper',
    note: 'fetch, in Python',
    run: () => {
      const { ms, sum, count } = whisper(path, 'fetch', repeats, year.from / 1000, year.to / 1000)
      if (count !== values.length || Math.abs(sum - expected) > 1e-9 * Math.abs(expected))
        throw new Error(`whisper: ${count} values of ${values.length}`)
      return { figure: ms }
    },
  }
}

async function questionsToMany() {
  const stores = await open('many', dayOfMany)
  const { ours, duck, sqlite } = stores
  const expected = concatenated(
    Array.from({ length: seriesOfDay }, (_, number) => averages(minutesOf('walk', number, 1440))),
  )
  const sql = 'select sum / count from minutes order by series, minute'
  const statement = sqlite.prepare(sql).raw()
  // Ours come by the names of the series.
  const numberOf = ({ series }) => Number(series.tags.host.slice('web-'.length))
  const contenders = [
    {
      name: '@tocsin/rollup',
      note: 'fetch',
      run: () =>
        asked(
          () =>
            ours.fetch({
              select: '__name:service.load',
              from: startTime,
              to: startTime + dayMs,
              period: '1m',
              value: 'average',
            }),
          (answer) =>
            expectSame(
              concatenated(answer.toSorted((a, b) => numberOf(a) - numberOf(b)).map(({ values }) => values)),
              expected,
              'a day of many',
            ),
        ),
    },
    {
      name: 'DuckDB',
      note: 'columns',
      run: () =>
        asked(
          async () => (await duck.query(sql))[0],
          (answer) => expectSame(answer, expected, 'a day of many'),
        ),
    },
    {
      name: 'better-sqlite3',
      note: 'rows',
      run: () =>
        asked(
          () => Float64Array.from(statement.all(), ([value]) => value),
          (answer) => expectSame(answer, expected, 'a day of many'),
        ),
    },
  ]
  const result = await compare(contenders)
  await close(stores)
  return result
}

async function opening() {
  process.stderr.write('  filling: years\n')
  const path = place('years')
  const what = { kind: 'walk', seriesCount: seriesOfYear, days, periodMs: minuteMs }
  await fillOurs(join(path, 'ours'), what)
  await fillDuck(path, what)
  const child = (file, ...args) => {
    const script = fileURLToPath(new URL(`../children/${file}`, import.meta.url))
    const ended = spawnSync(process.execPath, [...process.execArgv, script, ...args.map(String)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (ended.status !== 0) throw new Error(`${file} ended with ${ended.status ?? ended.signal}`)
    const { ms, firstMs, slots } = JSON.parse(ended.stdout)
    if (slots !== 1440) throw new Error(`${file}: ${slots} of 1440 slots`)
    return { figure: ms, first: firstMs }
  }
  const lastDay = year.to - dayMs
  return await compare([
    {
      name: '@tocsin/rollup',
      note: 'openRollupStore',
      run: () => child('open-rollups.mjs', join(path, 'ours'), one, lastDay),
    },
    { name: 'DuckDB', note: 'connect', run: () => child('open-duck.mjs', path, lastDay / minuteMs) },
  ])
}

let tables
try {
  tables = [
    {
      title: 'Rollups: questions to a year of one series',
      unit: 'ms',
      text: `${(days * 1440).toLocaleString('en')} minutes of a random walk; the store is open and was asked before. An answer is one array of doubles.`,
      groups: 'asked for',
      more,
      rows: await questionsToAYear(),
    },
    {
      title: `Rollups: a day of ${seriesOfDay.toLocaleString('en')} series`,
      unit: 'ms',
      text: 'The average of each minute of each.',
      more,
      rows: await questionsToMany(),
    },
    {
      title: `Rollups: opening ${seriesOfYear} series of a year`,
      unit: 'ms',
      text: `${((seriesOfYear * days * 1440) / 1e6).toFixed(1)} million minutes, closed well; in a process that was just started and has loaded the library.`,
      more: { first: 'then one day of one series, ms' },
      rows: await opening(),
    },
  ]
} finally {
  removeFolder(folder)
}

export default tables
