import type { RollupStore } from '@tocsin/rollup/store'

import { Refused } from '../refused.ts'
import type { SeriesName } from '../wire.ts'

/** Answers of queries that are kept until a series is new. */
const keptAnswers = 16

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
    this.#renew()
    const kept = this.#answers.get(query)
    if (kept !== undefined) return kept
    const answer = this.#ask(query.trim() === '' ? undefined : query)
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

  #ask(query: string | undefined): readonly SeriesName[] {
    try {
      return this.#rollups.series(query)
    } catch (error) {
      throw badQuery(error)
    }
  }
}

/** What is wrong with a query, in the parser's words and without what is for programs. */
function badQuery(error: unknown): unknown {
  const { code, facts, message } = error as { code?: unknown; facts?: { offset?: unknown }; message: string }
  if (code !== 'ROLLUP_BAD_QUERY') return error
  const sentence = message.replace(/^ROLLUP_BAD_QUERY: ("select" is no tag query: )?/, '')
  const offset = facts?.offset
  return new Refused(400, sentence, {
    reason: 'bad-query',
    ...(typeof offset === 'number' && { offset }),
  })
}
