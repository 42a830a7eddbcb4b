import type { FileSystem, Sample } from '@tocsin/core'
import { memoryFileSystem, type MemoryFileSystem } from '../../src/testing/index.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openRollupStore, type RollupStore, type RollupValue } from '../../src/store.ts'
import { exactSlot, isPromised } from '../support/oracle.ts'
import { day, hour, minute, sample, samplesWithin } from '../support/samples.ts'

const directory = '/rollups'

/** One step of a life. Crashes come `ticks` steps of work after something was begun. */
type Step =
  | { readonly do: 'write'; readonly count: number; readonly again: number }
  | { readonly do: 'flush' }
  | { readonly do: 'reopen' }
  | {
      readonly do: 'crash'
      readonly during: 'write' | 'flush'
      readonly ticks: number
      readonly kept: readonly number[]
    }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    count: fc.integer({ min: 1, max: 8 }),
    again: fc.nat({ max: 6 }),
  }),
  fc.record({ do: fc.constant('flush' as const) }),
  fc.record({ do: fc.constant('reopen' as const) }),
  fc.record({
    do: fc.constant('crash' as const),
    during: fc.constantFrom('write' as const, 'flush' as const),
    ticks: fc.nat({ max: 150 }),
    kept: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 5 }),
  }),
)

/** What a disk keeps of writes that were not synced: nothing, all, or the front part of them. */
function keeping(kept: readonly number[]): (bytes: Uint8Array) => Uint8Array | undefined {
  let at = 0
  return (bytes) => {
    const part = kept[at++ % kept.length] ?? 0
    return part === 0 ? undefined : bytes.subarray(0, Math.ceil((bytes.length * part) / 3))
  }
}

interface Life {
  readonly store: RollupStore
  /** Writes that were resolved, and then were not there any more. */
  readonly lost: number
}

/** Lives through the steps, then writes what is missing. `disk` may make the disk worse. */
async function live(
  samples: readonly Sample[],
  steps: readonly Step[],
  disk: (fileSystem: MemoryFileSystem) => FileSystem = (fileSystem) => fileSystem,
): Promise<Life> {
  let memory = memoryFileSystem()
  const open = (): Promise<RollupStore> =>
    openRollupStore(directory, { fileSystem: disk(memory), flushBytes: 300 })
  let store = await open()
  let lost = 0
  let acknowledged = 0

  const write = async (count: number, again: number): Promise<void> => {
    const seq = store.position?.seq ?? 0
    const firstSeq = Math.max(1, seq + 1 - again)
    const values = samples.slice(firstSeq - 1, seq + count)
    if (values.length === 0) return
    const lastSeq = firstSeq + values.length - 1
    await store.write({ position: { journalId: 'j', firstSeq, lastSeq }, values })
    acknowledged = Math.max(acknowledged, lastSeq)
  }
  for (const one of steps) {
    if (one.do === 'write') await write(one.count, one.again)
    else if (one.do === 'flush') await store.flush()
    else if (one.do === 'reopen') {
      await store.close()
      store = await open()
    } else {
      const begun = one.during === 'write' ? write(5, 2) : store.flush()
      for (let tick = 0; tick < one.ticks; tick += 1) await Promise.resolve()
      const [durable, rest] = [acknowledged, memory.powerCut(keeping(one.kept))]
      await begun
      acknowledged = durable
      memory = rest
      store = await open()
      lost += Math.max(0, durable - (store.position?.seq ?? 0))
    }
  }
  while ((store.position?.seq ?? 0) < samples.length) await write(20, 3)
  return { store, lost }
}

const levels = [
  ['1m', minute],
  ['5m', 5 * minute],
  ['30m', 30 * minute],
  ['1h', hour],
  ['1d', day],
] as const

/** Values that differ from exact arithmetic over each sample once. */
async function differences(
  store: RollupStore,
  samples: readonly Sample[],
  values: readonly RollupValue[],
): Promise<string[]> {
  const found: string[] = []
  for (const [period, periodMs] of levels) {
    for (const value of values) {
      const fetched = await store.fetch({ select: '__name:*', from: 0, to: 2 * hour, period, value })
      for (const key of new Set(samples.map((one) => one.series.key))) {
        const own = samples.filter((one) => one.series.key === key)
        const slots = fetched.find(({ series }) => series.key === key)?.values ?? []
        for (let slot = 0; slot < Math.ceil((2 * hour) / periodMs); slot += 1) {
          const expected = exactSlot(own, slot, periodMs, value)
          const actual = slots[slot] ?? null
          if (!isPromised(actual, expected, value))
            found.push(`${key} ${period} ${slot} ${value}: ${String(actual)}, not ${String(expected)}`)
        }
      }
    }
  }
  return found
}

const inOrder = samplesWithin(2 * hour, 50)
const inAnyOrder = inOrder.chain((samples) =>
  fc.shuffledSubarray(samples, { minLength: samples.length, maxLength: samples.length }),
)
const steps = fc.array(step, { maxLength: 12 })

describe('a store that loses power at any moment', () => {
  it('holds each journal record exactly once, and everything that it was acknowledged for', async () => {
    await fc.assert(
      fc.asyncProperty(inOrder, steps, async (samples, script) => {
        const { store, lost } = await live(samples, script)
        expect(lost).toBe(0)
        const values = ['count', 'sum', 'stddev', 'last', 'rate', 'increase', 'resets', 'changes'] as const
        expect(await differences(store, samples, values)).toEqual([])
      }),
      { numRuns: Number(process.env['FC_NUM_RUNS'] ?? 60) },
    )
  })

  it('does so too where samples come in any order', async () => {
    await fc.assert(
      fc.asyncProperty(inAnyOrder, steps, async (samples, script) => {
        const { store, lost } = await live(samples, script)
        expect(lost).toBe(0)
        // The order of a counter or text between flushes can be lost, and is then marked; everything else is exact.
        const values = ['count', 'sum', 'average', 'stddev', 'min', 'max', 'first', 'last'] as const
        expect(await differences(store, samples, values)).toEqual([])
      }),
      { numRuns: Number(process.env['FC_NUM_RUNS'] ?? 60) },
    )
  })
})

describe('the tests above', () => {
  const samples = Array.from({ length: 20 }, (_, index) => sample('a', index * 1000, 1))

  it('find out a disk that says synced and is not', async () => {
    const lying = (memory: MemoryFileSystem): FileSystem => ({
      ...memory,
      open: async (path, mode) => ({ ...(await memory.open(path, mode)), sync: async () => undefined }),
    })
    const script: Step[] = [
      { do: 'write', count: 5, again: 0 },
      { do: 'crash', during: 'write', ticks: 0, kept: [0] },
    ]
    // Nothing is left of the manifest either, so opening may fail outright; that is being found out as well.
    const found = await live(samples, script, lying).then(
      ({ lost }) => lost > 0,
      () => true,
    )
    expect(found).toBe(true)
    expect((await live(samples, script)).lost).toBe(0)
  })

  it('find out a sample that is in twice', async () => {
    const { store } = await live(samples, [])
    const again = { position: { journalId: 'j', firstSeq: 21, lastSeq: 21 }, values: samples.slice(0, 1) }
    await store.write(again)
    expect(await differences(store, samples, ['count'])).not.toEqual([])
  })
})
