// Rules over samples of the past: from a journal, and from the minutes of a store of rollups.
import { join } from 'node:path'

import { replay, series as seriesOf } from '@tocsin/fault'
import { openJournal } from '@tocsin/journal'
import { sampleCodec } from '@tocsin/journal/samples'
import { openRollupStore } from '@tocsin/rollup/store'
import { count as countOf, lastValueFrom } from 'rxjs'

import { badOf, createFaultFeed, fiveRules, named, processorSeconds } from '../fault-series.mjs'
import { compare, newFolder, removeFolder } from '../measure.mjs'
import { fillOurs } from '../rollup-fill.mjs'
import { dayMs, minuteMs, startTime } from '../rollup-series.mjs'

const total = Number(process.env.BENCH_REPLAY_SAMPLES ?? 2_000_000)
const days = Number(process.env.BENCH_DAYS ?? 10)
const yearDays = 365
const journalSeries = 10_000
const batchSize = 10_000
/** The store holds fewer series, since filling it is not what is measured; each is read so often, under a name of its own. */
const storedSeries = Number(process.env.BENCH_SERIES_YEARS ?? 100)
const copies = 10

async function timed(samples, work) {
  const start = performance.now()
  const used = processorSeconds()
  await work()
  const processor = (processorSeconds() - used) * 1000
  const wall = performance.now() - start
  return { samples, wall, processor }
}

async function fromJournal(folder) {
  process.stderr.write('  writing the journal\n')
  const journal = await openJournal(join(folder, 'journal'), { durability: 'os', codec: sampleCodec() })
  const next = createFaultFeed(named(journalSeries), { batchSize })
  for (let written = 0; written < total;) {
    const { samples } = next()
    await journal.appendBatch(samples)
    written += samples.length
  }
  await journal.flush()
  const read = () => journal.readFrom('oldest', { maxRecords: batchSize })
  const perSecond = async (work) => {
    const { wall, processor } = await timed(total, work)
    return { figure: total / (wall / 1000), perMillion: (processor / total) * 1000 }
  }
  const rows = await compare([
    {
      name: '`@tocsin/fault`',
      note: 'replay with five rules from a journal',
      run: () =>
        perSecond(async () => {
          const opened = await lastValueFrom(
            replay(read(), fiveRules, { open: [], maxInstances: journalSeries }).pipe(countOf()),
          )
          if (opened < badOf(journalSeries)) throw new Error(`${opened} events`)
        }),
    },
    {
      name: '`@tocsin/journal`',
      note: 'reading alone, samples decoded',
      run: () => perSecond(() => lastValueFrom(read())),
    },
  ])
  await journal.close()
  return rows
}

/** The minutes of a day after the other, as the columns that a store gives; each series once for each copy, under a name of its own. */
async function* columnsOf(store, spent) {
  const names = new Map()
  const nameOf = ({ key, metric, tags }, copy) => {
    const name = `${key} ${copy}`
    if (!names.has(name)) names.set(name, seriesOf(metric, { ...tags, copy: String(copy) }))
    return names.get(name)
  }
  for (let day = 0; day < days; day++) {
    const from = startTime + day * dayMs
    const used = processorSeconds()
    const columns = []
    for (let copy = 0; copy < copies; copy++) {
      const found = await store.fetch({
        select: '__name:service.load',
        from,
        to: from + dayMs,
        period: '1m',
        value: 'average',
      })
      for (const column of found) columns.push({ ...column, series: nameOf(column.series, copy) })
    }
    spent.fetching += processorSeconds() - used
    yield columns
  }
}

/** The same as samples, in batches of one minute of all series; the samples are used again. */
async function* batchesOf(store, spent) {
  const samples = []
  for await (const columns of columnsOf(store, spent)) {
    for (let index = samples.length; index < columns.length; index++)
      samples.push({ series: columns[index].series, time: 0, value: 0, kind: 'gauge' })
    for (let minute = 0; minute < dayMs / minuteMs; minute++) {
      for (const [index, { series, start, values }] of columns.entries()) {
        const sample = samples[index]
        sample.series = series
        sample.time = start + (minute + 1) * minuteMs
        sample.value = values[minute]
      }
      yield { values: samples, ack: () => undefined }
    }
  }
}

async function fromStore(folder) {
  process.stderr.write('  filling the store\n')
  const path = join(folder, 'store')
  await fillOurs(path, { kind: 'walk', seriesCount: storedSeries, days, periodMs: minuteMs })
  const store = await openRollupStore(path)
  const rules = [
    { id: 'load', select: '__name:service.load', rules: [{ when: { above: 99, until: 90 }, severity: 1 }] },
  ]
  process.stderr.write('  replaying it\n')
  const samples = storedSeries * copies * days * (dayMs / minuteMs)
  const cells = []
  const found = []
  for (const [name, source] of [
    ['columns', columnsOf],
    ['samples in batches', batchesOf],
  ]) {
    const spent = { fetching: 0 }
    let events = 0
    const { wall, processor } = await timed(samples, async () => {
      events = await lastValueFrom(replay(source(store, spent), rules, { open: [] }).pipe(countOf()))
    })
    found.push(events)
    const inYear = (seconds) => ((seconds * yearDays) / days).toFixed(0)
    cells.push([
      name,
      (samples / 1e6).toFixed(1),
      (wall / 1000).toFixed(1),
      (processor / 1000).toFixed(1),
      spent.fetching.toFixed(1),
      (samples / wall / 1000).toFixed(2),
      events.toLocaleString('en'),
      inYear(processor / 1000),
      inYear(spent.fetching),
    ])
  }
  await store.close()
  if (found[0] === 0 || found[0] !== found[1]) throw new Error(`${found.join(' and ')} events`)
  return cells
}

const folder = newFolder()
let tables
try {
  tables = [
    {
      title: 'Fault: replay from a journal',
      text: `${total.toLocaleString('en')} samples of ${journalSeries.toLocaleString('en')} series in batches of ${batchSize.toLocaleString('en')}, judged by the five rules.`,
      unit: 'samples/s',
      more: { perMillion: 'processor, s per million samples' },
      rows: await fromJournal(folder),
    },
    {
      title: `Fault: ${days} days of minutes from a store`,
      text: `The average of each minute of ${(storedSeries * copies).toLocaleString('en')} series, fetched a day at a time and judged by a rule of one threshold with hysteresis. The store holds ${storedSeries} series, and each is fetched ${copies} times, under another name. One run of ${days} days; what a year of ${yearDays} days takes is extrapolated by ${(yearDays / days).toFixed(1)}.`,
      head: [
        'given as',
        'million samples',
        'all, s',
        'processor, s',
        'of these fetching, s',
        'million samples/s',
        'events',
        'a year: processor, s',
        'of these fetching, s',
      ],
      cells: await fromStore(folder),
    },
  ]
} finally {
  removeFolder(folder)
}

export default tables
