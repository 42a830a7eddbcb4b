import { parseDuration, type Duration, type Sample } from '@tocsin/core'

import type { RollupValue } from '../engine/value.ts'
import type { FetchedSeries, RollupBatch, RollupStore, StoredBatch } from '../rollup-store.ts'
import { expectedSlots, isPromised } from './expected-slots.ts'

/** What of a store is tested. */
export type TestedStore = Pick<RollupStore, 'position' | 'write' | 'fetch' | 'series' | 'flush' | 'close'>

/** Midnight, long ago, so that samples a day later are of the past too. */
export const midnight: number = Date.UTC(2020, 0, 1)

/** One store for one promise, what was written to it, and what it must say of that. */
export class StoreScene {
  readonly #open: () => Promise<TestedStore>
  readonly #kill: ((store: TestedStore) => Promise<void>) | undefined
  #store: TestedStore | undefined
  #seq = 0
  readonly #written: Sample[] = []

  constructor(open: () => Promise<TestedStore>, kill: ((store: TestedStore) => Promise<void>) | undefined) {
    this.#open = open
    this.#kill = kill
  }

  get store(): TestedStore {
    if (this.#store === undefined) throw new Error('the store is not open')
    return this.#store
  }

  async start(): Promise<void> {
    this.#store = await this.#open()
  }

  /** Closes the store, or ends it as a process ends that is killed, and opens it again. */
  async restart(closed = true): Promise<void> {
    const { store } = this
    this.#store = undefined
    await (closed || this.#kill === undefined ? store.close() : this.#kill(store))
    await this.start()
  }

  async leave(): Promise<void> {
    await this.#store?.close().catch(() => undefined)
  }

  /** Samples as the next records of the journal. */
  async write(samples: readonly Sample[]): Promise<StoredBatch> {
    const batch = this.next(samples)
    this.#written.push(...samples)
    return this.store.write(batch)
  }

  /** The batch of the next records. */
  next(samples: readonly Sample[]): RollupBatch {
    const firstSeq = this.#seq + 1
    this.#seq += samples.length
    return { values: samples, position: { journalId: 'scene', firstSeq, lastSeq: this.#seq } }
  }

  /** One value of the windows of a metric, from midnight on; of the only series that has it. */
  async slots(
    metric: string,
    value: RollupValue,
    period: Duration,
    hours = 1,
  ): Promise<readonly (number | string | null)[]> {
    const query = {
      select: `__name:${metric}`,
      from: midnight,
      to: midnight + hours * 3_600_000,
      period,
      value,
    }
    const answer = await this.store.fetch(query)
    expectThat(answer.length === 1, `${answer.length} series came of 1`)
    return answer.flatMap((one) => readSlots(one, metric))
  }

  /** What an exact count of all that was written says, for each of these windows and values. */
  async expectExact(
    metric: string,
    periods: readonly Duration[],
    values: readonly RollupValue[],
    hours = 1,
  ): Promise<void> {
    const samples = this.#written.filter(({ series }) => series.metric === metric)
    for (const period of periods) {
      const range = { from: midnight, to: midnight + hours * 3_600_000, periodMs: parseDuration(period) ?? 0 }
      for (const value of values) {
        const actual = await this.slots(metric, value, period, hours)
        const expected = expectedSlots(samples, { ...range, value })
        expectSlots(actual, expected, `${value} of ${period} windows of ${metric}`, value)
      }
    }
  }
}

/** The slots of a series, if it says the same in each of its columns. */
export function readSlots(
  { values, valid, texts, series: { key } }: FetchedSeries,
  metric: string,
): readonly (number | string | null)[] {
  expectThat(
    values.length === valid.length,
    `${metric}: ${values.length} values, ${valid.length} valid or not`,
  )
  return Array.from(values, (value, index) => {
    const isValid = valid[index] === 1
    const text = texts?.[index]
    if (isValid && typeof text === 'string') return text
    expectThat(
      isValid !== Number.isNaN(value),
      `${key}: slot ${index} is ${value}, and valid is ${valid[index]}`,
    )
    return isValid ? value : null
  })
}

/** Throws what is wrong, as a sentence. */
export function expectThat(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message)
}

/** Throws at the first slot that is not what is promised. */
export function expectSlots(
  actual: readonly (number | string | null)[],
  expected: readonly (number | string | null)[],
  what: string,
  value: RollupValue = 'sum',
): void {
  expectThat(actual.length === expected.length, `${what}: ${actual.length} slots, not ${expected.length}`)
  for (const [index, wanted] of expected.entries()) {
    const got = actual[index] ?? null
    expectThat(isPromised(got, wanted, value), `${what}: slot ${index} is ${got}, not ${wanted}`)
  }
}

/** Throws unless it rejects with this code. */
export async function expectRejected(work: () => Promise<unknown>, code: string): Promise<void> {
  const outcome = await Promise.resolve()
    .then(work)
    .then(() => 'it was taken', failure)
  expectThat(outcome === failure({ code }), `${outcome}, and had to with ${code}`)
}

function failure(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return `it was refused with ${typeof code === 'string' ? code : String(error)}`
}
