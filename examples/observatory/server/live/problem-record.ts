import type { Problem } from '@tocsin/protocols'

import type { Status } from '../wire.ts'

const most = 20

/** The latest problem of each part and reason, and how many there were. */
export class ProblemRecord {
  #total = 0
  /** By the order in which they came last. */
  readonly #latest = new Map<string, Problem<string>>()
  readonly #counts = new Map<string, number>()

  next(problem: Problem<string>): void {
    const name = JSON.stringify([problem.from, problem.reason])
    this.#total += problem.count
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + problem.count)
    this.#latest.delete(name)
    this.#latest.set(name, problem)
    if (this.#latest.size <= most) return
    const [oldest = ''] = this.#latest.keys()
    this.#latest.delete(oldest)
    this.#counts.delete(oldest)
  }

  /** Newest first. */
  read(): Status['problems'] {
    const latest = [...this.#latest].reverse().map(([name, { time, from, reason, message }]) => {
      return { time, from, reason, message: message.slice(0, 500), count: this.#counts.get(name) ?? 1 }
    })
    return { total: this.#total, latest }
  }
}
