// How long a store holds the event loop of its process, and what it takes of its memory, while many series are active.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { newFolder, removeFolder, rounds } from '../measure.mjs'
import { milliseconds } from '../render.mjs'

const minutes = Number(process.env.BENCH_MINUTES ?? 12)
const flushes = 4

function measured(child, ...numbers) {
  const folder = newFolder()
  try {
    const script = fileURLToPath(new URL(`../children/${child}.mjs`, import.meta.url))
    const args = ['--expose-gc', ...process.execArgv, script, folder, ...numbers]
    const { status, stdout, signal } = spawnSync(process.execPath, args.map(String), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (status !== 0) throw new Error(`${child} ended with ${status ?? signal}`)
    return JSON.parse(stdout)
  } finally {
    removeFolder(folder)
  }
}

const shown = {
  longestStep: ['longest own step, ms', milliseconds],
  longestTurn: ['longest turn of the loop, ms', milliseconds],
  longestCollection: ['longest garbage collection, ms', milliseconds],
  collecting: ['garbage collection in all, ms', milliseconds],
  delay999: ['loop delay, p99.9, ms', milliseconds],
  delayMost: ['loop delay, most, ms', milliseconds],
  p50: ['write, p50, ms', milliseconds],
  p99: ['write, p99, ms', milliseconds],
  rate: ['samples/s meanwhile', (value) => `${(value / 1000).toFixed(0)} k`],
  processor: ['processor, s per million samples', milliseconds],
  bytesPerSeries: ['memory of an active series, bytes', (value) => value.toFixed(0)],
}

const counts = [1000, 10_000, 100_000]
const columns = counts.map((count) => {
  process.stderr.write(`  ${count} series\n`)
  return Array.from({ length: rounds }, () => measured('rollup-steps', count, minutes, flushes))
})
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const cells = Object.entries(shown).map(([name, [title, format]]) => [
  title,
  ...columns.map((results) => format(median(results.map((result) => result[name])))),
])

/** Series, and days of a sample a minute. */
const stored = [
  { title: '1,000 series, 1 day', seriesCount: 1000, days: 1 },
  { title: '1 series, 365 days', seriesCount: 1, days: 365 },
]
const kept = stored.map(({ title, seriesCount, days }) => {
  process.stderr.write(`  ${title}\n`)
  return Array.from({ length: rounds }, () => measured('rollup-upkeep', seriesCount, days))
})
const works = {
  compaction: 'sealing it, longest own step, ms',
  reading: 'reading its minutes, longest own step, ms',
  folding: 'time averages of 2m, longest own step, ms',
}
const steps = Object.entries(works).map(([name, title]) => [
  title,
  ...kept.map((results) => milliseconds(median(results.map((result) => result[name].longestStep)))),
])

export default [
  {
    title: 'Rollups: steps, writing and memory',
    text: `${minutes} minutes of 6 samples a minute of each series, in batches of at most 10,000 one after the other, while ${flushes} flushes write what has closed and put segments together. A turn of the loop is an own step and what garbage collection took of it, and what the process only waited for a processor. Medians of ${rounds} processes. Memory: heap and buffers after a collection, beyond what the series' names take of the program that has them.`,
    head: ['', ...counts.map((count) => `${count.toLocaleString('en')} series`)],
    cells,
  },
  {
    title: 'Rollups: steps of compaction and of questions',
    text: `The own steps of putting segments together, with the longer windows of each day, and of questions. Medians of ${rounds} processes.`,
    head: ['', ...stored.map(({ title }) => title)],
    cells: steps,
  },
]
