import { compileTagQuery, parseDuration, parseTagQuery, type Sample, type Series } from '@tocsin/core'

import { readSample, type RollupInput } from '../../src/engine/reading.ts'
import { rollupValues, type RollupValue } from '../../src/engine/value.ts'
import { RollupError } from '../../src/errors.ts'
import type { FetchedSeries, RollupBatch, RollupPosition, RollupQuery } from '../../src/rollup-store.ts'
import { expectedSlots } from '../../src/testing/expected-slots.ts'
import type { TestedStore } from '../../src/testing/store-scene.ts'
import { checkBatch, checkJournal, checkLeap } from '../../src/write/check-batch.ts'

/** What a place keeps. */
interface Kept {
  readonly samples: RollupInput[]
  position: RollupPosition | undefined
}

/** Stores that keep all samples and count anew for each question; what one keeps is there when its name is opened again. */
export class NaiveStores {
  readonly #places = new Map<string, Kept>()

  readonly open = async (name: string): Promise<NaiveStore> => {
    const kept = this.#places.get(name) ?? { samples: [], position: undefined }
    this.#places.set(name, kept)
    return new NaiveStore(kept)
  }
}

/** Its parts can be spoiled one by one. */
export class NaiveStore implements TestedStore {
  readonly #kept: Kept
  #closed = false

  constructor(kept: Kept) {
    this.#kept = kept
  }

  get position(): RollupPosition | undefined {
    return this.#kept.position
  }

  get samples(): RollupInput[] {
    return this.#kept.samples
  }

  async write(batch: RollupBatch): Promise<Awaited<ReturnType<TestedStore['write']>>> {
    this.#expectOpen()
    checkBatch(batch)
    checkJournal(batch, this.position)
    checkLeap(batch, this.position)
    const { firstSeq, lastSeq, journalId } = batch.position
    const skipped = Math.max(0, (this.position?.seq ?? firstSeq - 1) - firstSeq + 1)
    const fresh = batch.values.slice(skipped).filter((one) => this.takes(one))
    this.samples.push(...fresh.map((one) => ({ ...one })))
    const position = { journalId, seq: Math.max(lastSeq, this.position?.seq ?? 0) }
    this.#kept.position = position
    return { type: 'stored', position, count: fresh.length, skipped: Math.min(skipped, batch.values.length) }
  }

  /** Good samples of the past. */
  takes(sample: RollupInput): boolean {
    return readSample(sample).kind !== 'refused' && sample.time <= Date.now()
  }

  async fetch(query: RollupQuery): Promise<readonly FetchedSeries[]> {
    this.#expectOpen()
    const periodMs = parseDuration(query.period) ?? 0
    if (periodMs === 0 || periodMs % 60_000 !== 0 || !rollupValues.includes(query.value)) throw badQuery()
    return this.series(query.select).map((one) => this.#answer(one, query, periodMs))
  }

  #answer(one: Series, query: RollupQuery, periodMs: number): FetchedSeries {
    const samples = this.ofOneKind(this.samples.filter(({ series: { key } }) => key === one.key))
    const slots = this.count(samples, query, periodMs)
    const values = Float64Array.from(slots, (slot) => (typeof slot === 'number' ? slot : NaN))
    const texts = slots.map((slot) => (typeof slot === 'string' ? slot : null))
    return {
      series: one,
      start: query.from,
      periodMs,
      values,
      valid: Uint8Array.from(slots, (slot) => Number(slot !== null)),
      ...(texts.some((text) => text !== null) && { texts }),
    }
  }

  count(
    samples: readonly RollupInput[],
    { from, to, value }: { readonly from: number; readonly to: number; readonly value: RollupValue },
    periodMs: number,
  ): readonly (number | string | null)[] {
    return expectedSlots(samples, { from, to, periodMs, value })
  }

  /** Of each minute, the samples of the family that came first. */
  ofOneKind(samples: readonly RollupInput[]): readonly RollupInput[] {
    const families = new Map<number, string>()
    return samples.filter((one) => {
      const minute = Math.floor(one.time / 60_000)
      const family = readSample(one).kind
      if (!families.has(minute)) families.set(minute, family)
      return families.get(minute) === family
    })
  }

  series(select?: string): readonly Series[] {
    const all = new Map((this.samples as readonly Sample[]).map(({ series }) => [series.key, series]))
    const matches = select === undefined ? () => true : compiled(select)
    return [...all.values()].filter(matches).sort((a, b) => (a.key < b.key ? -1 : 1))
  }

  async flush(): Promise<void> {
    // Everything is kept as it came.
  }

  async close(): Promise<void> {
    this.#closed = true
  }

  #expectOpen(): void {
    if (this.#closed) throw new RollupError('ROLLUP_CLOSED', 'the store is closed')
  }
}

const badQuery = (): RollupError => new RollupError('ROLLUP_BAD_QUERY', 'it cannot be answered')

function compiled(select: string): (series: Series) => boolean {
  const query = parseTagQuery(select)
  if (!query.ok) throw badQuery()
  return compileTagQuery(query.value)
}
