import type { Sample } from '@tocsin/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { RollupInput } from '../../src/engine/reading.ts'
import { RollupError } from '../../src/errors.ts'
import type { FetchedSeries, RollupBatch, RollupQuery } from '../../src/rollup-store.ts'
import { anyRollupSteps } from '../../src/testing/any-rollup-steps.ts'
import { storeConformance } from '../../src/testing/store-conformance.ts'
import { NaiveStore, NaiveStores } from '../support/naive-store.ts'

/** Which promises a store of this kind breaks. */
async function broken(spoil: (store: NaiveStore) => void): Promise<string[]> {
  const stores = new NaiveStores()
  const open = async (name: string): Promise<NaiveStore> => {
    const store = await stores.open(name)
    spoil(store)
    return store
  }
  const names: string[] = []
  for (const { name, run } of storeConformance({ open, kill: (store) => store.close() })) {
    await run().catch(() => names.push(name))
  }
  return names
}

describe('the promises of a store', () => {
  const stores = new NaiveStores()
  const subject = { open: stores.open, kill: (store: NaiveStore) => store.close() }

  it.each(storeConformance(subject).map(({ name, run }) => [name, run] as const))(
    'are kept by one that counts everything anew: %s',
    (_, run) => run(),
  )

  it('have what only a kill shows left out where nothing can be killed', () => {
    const names = (kill: boolean): string[] =>
      storeConformance(kill ? subject : { open: stores.open }).map(({ name }) => name)
    expect(names(true).filter((name) => !names(false).includes(name))).toEqual([
      'has everything that it acknowledged when its process was killed',
    ])
  })

  it.each<[string, (store: NaiveStore) => void, string]>([
    [
      'forgets what was not flushed',
      (store) => {
        let flushed = store.samples.length
        store.flush = async () => void (flushed = store.samples.length)
        store.close = async () => void store.samples.splice(flushed)
      },
      'has everything that it acknowledged when its process was killed',
    ],
    [
      'counts what comes again',
      (store) => {
        const write = store.write.bind(store)
        store.write = async (batch: RollupBatch) => {
          const stored = await write(batch)
          if (stored.skipped > 0) store.samples.push(...batch.values)
          return stored
        }
      },
      'counts records once that come again, in whole or in part',
    ],
    [
      'passes over records in silence',
      (store) => {
        const write = store.write.bind(store)
        store.write = (batch: RollupBatch) =>
          write({ ...batch, gaps: [{ fromSeq: 0, toSeq: 1e9, reason: '' }] })
      },
      'refuses a batch behind records that it does not have, and takes it when they are given up',
    ],
    [
      'adds doubles',
      (store) => {
        const count = store.count.bind(store)
        store.count = (samples, query, periodMs) =>
          query.value === 'sum' && samples.length > 0
            ? count(samples, query, periodMs).map((slot, index) =>
                slot === null ? null : plainSum(samples, query.from + index * periodMs, periodMs),
              )
            : count(samples, query, periodMs)
      },
      'adds decimals as they are written',
    ],
    [
      'leaves out what comes late',
      (store) => {
        let newest = 0
        store.takes = ({ time, value }) => {
          const isLate = time < newest || time > Date.now() || !Number.isFinite(value)
          newest = isLate ? newest : time
          return !isLate
        }
      },
      'puts what comes late into its windows of every length',
    ],
    [
      'takes everything',
      (store) => void (store.takes = ({ value }) => typeof value === 'number'),
      'refuses bad samples, and stores the others of their batch',
    ],
    [
      'counts a moment as often as it comes',
      (store) => {
        const count = store.count.bind(store)
        store.count = (samples, query, periodMs) => count(samples.map(asEvent), query, periodMs)
      },
      'counts one value of a series and moment, the largest, and each event',
    ],
    [
      'says that empty slots are 0',
      (store) => void (store.fetch = filled(store)),
      'adds decimals as they are written',
    ],
    [
      'goes on when it is closed',
      (store) => void (store.close = async () => undefined),
      'is closed for good',
    ],
    [
      'knows no journal',
      (store) => {
        const write = store.write.bind(store)
        store.write = (batch: RollupBatch) =>
          write({ ...batch, position: { ...batch.position, journalId: 'scene' } })
      },
      'refuses a batch that is none, and one of another journal',
    ],
    [
      'answers what it was not asked',
      (store) => {
        const series = store.series.bind(store)
        store.series = () => series()
      },
      'finds series by their tags',
    ],
  ])('find out one that %s', async (_, spoil, promise) => {
    expect(await broken(spoil)).toContain(promise)
  })

  it('say which promise is broken, and what was seen', async () => {
    const open = async (): Promise<NaiveStore> => {
      const store = await stores.open('broken')
      store.series = () => [{ key: 'a', metric: 'a', tags: {} }]
      return store
    }
    await expect(storeConformance({ open })[0]?.run()).rejects.toThrow('is empty at first: it had series')
  })

  it('need a store to open', () => {
    const nothing = {} as Parameters<typeof storeConformance>[0]
    expect(() => storeConformance(nothing)).toThrow(RollupError)
  })
})

const plainSum = (samples: readonly RollupInput[], from: number, periodMs: number): number =>
  samples
    .filter(({ time }) => time >= from && time < from + periodMs)
    .reduce((sum, { value }) => sum + (value as number), 0)

const asEvent = (sample: RollupInput): RollupInput =>
  sample.kind === 'gauge' ? { ...sample, kind: 'observation' } : sample

const filled =
  (store: NaiveStore) =>
  async (query: RollupQuery): Promise<readonly FetchedSeries[]> => {
    const answer = await NaiveStore.prototype.fetch.call(store, query)
    return answer.map((one) => ({
      ...one,
      values: one.values.map((value) => (Number.isNaN(value) ? 0 : value)),
    }))
  }

describe('any steps of a store', () => {
  it('bring every sample in the end, each batch next to what came before', () => {
    fc.assert(
      fc.property(anyRollupSteps(), ({ samples, steps }) => {
        const brought: Sample[] = []
        for (const step of steps) {
          if (step.type !== 'write') continue
          const { values, position } = step.batch
          expect(position.firstSeq).toBeLessThanOrEqual(brought.length + 1)
          expect(position.lastSeq - position.firstSeq + 1).toBe(values.length)
          brought.splice(position.firstSeq - 1, values.length, ...(values as readonly Sample[]))
        }
        expect(brought).toEqual(samples)
      }),
    )
  })

  it('hold flushes, restarts with and without an end, and batches that come again', () => {
    const steps = fc.sample(anyRollupSteps(), { seed: 1, numRuns: 200 }).flatMap((run) => run.steps)
    const ends = steps.map((step) => (step.type === 'restart' ? `restart ${step.closed}` : step.type))
    expect(new Set(ends)).toEqual(new Set(['write', 'flush', 'restart true', 'restart false']))
    const firsts = steps.flatMap((step) => (step.type === 'write' ? [step.batch.position.firstSeq] : []))
    expect(firsts.some((first, index) => first > 1 && first <= (firsts[index - 1] ?? 0))).toBe(true)
  })
})
