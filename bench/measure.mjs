// Runs contenders in turn, A B C A B C …, so that a slow minute of the machine meets all of them; reports medians.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const rounds = Number(process.env.BENCH_ROUNDS ?? 5)

/**
 * Options of node for a program whose processor time is measured: none where `npm run bench` has built the package, so that it runs as it
 * is published, and else what runs its sources.
 */
export const execArgvFor = (name) =>
  existsSync(new URL(`../packages/${name}/dist/index.js`, import.meta.url)) ? [] : process.execArgv

/** An empty folder on the disk that is measured. */
export const newFolder = () => mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'tocsin-bench-'))

export const removeFolder = (folder) => rmSync(folder, { recursive: true, force: true })

const spread = (values) => {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: sorted[sorted.length >> 1], low: sorted[0], high: sorted.at(-1) }
}

/**
 * @param {readonly { name: string, note: string, group?: string, run: (folder: string) => Promise<number | object> | number }[]} contenders
 *   `run` gives one figure, or `{ figure, ...others }`; it gets an empty folder of its own.
 */
export async function compare(contenders) {
  const results = contenders.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? '  warm-up' : ` ${round}`)
    for (const [index, contender] of contenders.entries()) {
      const folder = newFolder()
      try {
        const result = await contender.run(folder)
        // The first round warms up.
        if (round > 0) results[index].push(typeof result === 'number' ? { figure: result } : result)
      } finally {
        removeFolder(folder)
      }
    }
  }
  process.stderr.write(` of ${rounds}\n`)
  return contenders.map(({ name, note, group }, index) => {
    const of = (key) => spread(results[index].map((result) => result[key]))
    const { figure, ...others } = results[index][0]
    const more = Object.fromEntries(Object.keys(others).map((key) => [key, of(key).median]))
    return { name, note, group, more, ...of('figure') }
  })
}

/** Things per second of one timed run. */
export async function rate(count, work) {
  const start = process.hrtime.bigint()
  await work()
  return count / (Number(process.hrtime.bigint() - start) / 1e9)
}

/** Counts how long things take, in steps of a microsecond and up to a second, at the same small cost for each. */
export function createLatencies() {
  const counts = new Uint32Array(1_000_001)
  let total = 0
  return {
    get total() {
      return total
    },
    add: (ms) => {
      counts[Math.min(1_000_000, Math.max(0, Math.round(ms * 1000)))] += 1
      total += 1
    },
    /** The time in ms that this part of them took at most. */
    quantile: (part) => {
      let seen = 0
      const micros = counts.findIndex((count) => (seen += count) >= part * total)
      return micros / 1000
    },
  }
}

/** So many producers do one thing after the other until the time is over; things per second, and how long each took. */
export async function produce(producers, ms, once) {
  const latencies = createLatencies()
  const start = performance.now()
  const end = start + ms
  await Promise.all(
    Array.from({ length: producers }, async () => {
      for (let before = performance.now(); before < end;) {
        await once()
        const now = performance.now()
        latencies.add(now - before)
        before = now
      }
    }),
  )
  const figure = latencies.total / ((performance.now() - start) / 1000)
  return { figure, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
}
