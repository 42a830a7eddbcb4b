// Runs contenders in turn, A B C A B C …, so that a slow minute of the machine meets all of them; reports medians.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const rounds = Number(process.env.BENCH_ROUNDS ?? 5)

/**
 * @param {readonly { name: string, unit: string, run: (folder: string) => Promise<number> | number }[]} contenders
 *   `run` gives things done per second; it gets an empty folder of its own.
 */
export async function compare(contenders) {
  const results = contenders.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'tocsin-bench-'))
      try {
        const perSecond = await contender.run(folder)
        // The first round warms up.
        if (round > 0) results[index].push(perSecond)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }
  }
  return contenders.map(({ name, note }, index) => {
    const sorted = results[index].sort((a, b) => a - b)
    return { name, note, median: sorted[sorted.length >> 1], low: sorted[0], high: sorted.at(-1) }
  })
}

/** Things per second of one timed run. */
export async function rate(count, work) {
  const start = process.hrtime.bigint()
  await work()
  return count / (Number(process.hrtime.bigint() - start) / 1e9)
}
