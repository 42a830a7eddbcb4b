import type { RollupStore } from '@tocsin/rollup/store'

import { Refused } from '../refused.ts'
import { TookTooLong, withinTime } from './time-limit.ts'
import type { SeriesName } from '../wire.ts'

/** Answers of queries that are kept until a series is new. */
const keptAnswers = 16
/** A query that somebody wrote may be one that never ends; samples wait meanwhile. */
const longestMs = 500

/** The series that are stored. Their number only grows, so that an answer holds until it changes. */
export class SeriesIndex {
  readonly #rollups: Pick<RollupStore, 'series' | 'stats'>
  #count = -1
  #byKey: ReadonlyMap<string, SeriesName> = new Map()
  #categories = new Map<string, Set<string>>()
  readonly #answers = new Map<string, readonly SeriesName[]>()

  constructor(rollups: Pick<RollupStore, 'series' | 'stats'>) {
    this.#rollups = rollups
  }

  get count(): number {
    return this.#rollups.stats.series
  }

  /** By key. */
  all(): ReadonlyMap<string, SeriesName> {
    this.#renew()
    return this.#byKey
  }

  /** The tag categories that series of a metric have. */
  categoriesOf(metric: string): ReadonlySet<string> {
    this.#renew()
    return this.#categories.get(metric) ?? new Set()
  }

  /** What a tag query selects, all where it is empty; the same array until a series is new. */
  select(query: string): readonly SeriesName[] {
    return this.#select(query, (select) => this.#rollups.series(select))
  }

  /** The same for a query that came from outside: refused where it cannot be read, or takes too long. */
  ask(query: string): readonly SeriesName[] {
    try {
      return this.#select(query, (select) => withinTime(longestMs, () => this.#rollups.series(select)))
    } catch (error) {
      throw refusalOf(error)
    }
  }

  #select(query: string, find: (select: string | undefined) => readonly SeriesName[]): readonly SeriesName[] {
    this.#renew()
    const kept = this.#answers.get(query)
    if (kept !== undefined) return kept
    const answer = find(query.trim() === '' ? undefined : query)
    this.#answers.set(query, answer)
    if (this.#answers.size > keptAnswers) this.#answers.delete([...this.#answers.keys()][0] ?? '')
    return answer
  }

  #renew(): void {
    const { count } = this
    if (count === this.#count) return
    this.#byKey = new Map(this.#rollups.series().map((series) => [series.key, series]))
    this.#categories = new Map()
    for (const { metric, tags } of this.#byKey.values()) {
      const categories = this.#categories.get(metric) ?? new Set()
      for (const category of Object.keys(tags)) categories.add(category)
      this.#categories.set(metric, categories)
    }
    this.#count = count
    this.#answers.clear()
  }
}

/** What is wrong with a query, in the parser's words and without what is for programs. */
function refusalOf(error: unknown): unknown {
  if (error instanceof TookTooLong) {
    return new Refused(400, `The query takes longer than ${longestMs} ms; write it simpler.`, {
      reason: 'slow-query',
    })
  }
  const { code, facts, message } = error as { code?: unknown; facts?: { offset?: unknown }; message: string }
  if (code !== 'ROLLUP_BAD_QUERY') return error
  const sentence = message.replace(/^ROLLUP_BAD_QUERY: ("select" is no tag query: )?/, '')
  const offset = facts?.offset
  return new Refused(400, sentence, {
    reason: 'bad-query',
    ...(typeof offset === 'number' && { offset }),
  })
}
