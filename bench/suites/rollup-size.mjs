// What a minute of a series takes on the disk, by what the series is like.
import { bytesOf, fillDuck, fillOurs, fillSqlite } from '../rollup-fill.mjs'
import { newFolder, removeFolder } from '../measure.mjs'
import { kinds } from '../rollup-series.mjs'

const seriesCount = 4
const days = Number(process.env.BENCH_DAYS ?? 66)

async function bytesPerMinute(fill, kind) {
  const folder = newFolder()
  try {
    await fill(folder, { kind, seriesCount, days })
    // What is kept of samples for those that come late is bounded by time and not by the history.
    const bytes = bytesOf(folder) - bytesOf(folder, '.log')
    return bytes / (seriesCount * days * 1440)
  } finally {
    removeFolder(folder)
  }
}

const cells = []
for (const [kind, { text }] of Object.entries(kinds)) {
  process.stderr.write(`  ${kind}\n`)
  const ours = await bytesPerMinute(fillOurs, kind)
  const duck = await bytesPerMinute(fillDuck, kind)
  const sqlite = await bytesPerMinute(fillSqlite, kind)
  const shown = [ours, duck, sqlite].map((one) => one.toFixed(2))
  cells.push([text, ...shown, (duck / ours).toFixed(2), (sqlite / ours).toFixed(1)])
}

export default [
  {
    title: 'Rollups: bytes of a minute',
    text: `6 samples a minute, ${seriesCount} series, ${days} days; all files of a closed store, its log of the last hour aside. Ours holds count, sum, variance, minimum, maximum, first and last, so that any of them is exact (of a counter: count, first, last, growth, resets), and the windows of 5 minutes to a day besides. The peers hold the first seven as doubles, and minutes alone; DuckDB packs decimals well (ALP). rrdtool takes 8 bytes for each function, whisper 12 for its only one, of every minute of the span that was set, whatever the values.`,
    head: ['', '@tocsin/rollup', 'DuckDB', 'better-sqlite3', 'DuckDB / ours', 'better-sqlite3 / ours'],
    cells,
  },
]
