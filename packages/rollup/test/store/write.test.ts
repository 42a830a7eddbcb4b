import type { FileSystem, Sample } from '@tocsin/core'
import { config } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'

import type { RollupProblem } from '../../src/index.ts'
import type { RollupBatch, RollupStore, StoredBatch } from '../../src/store.ts'
import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { fullDays } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { batchOf, LivingStore } from './living/living-store.ts'

const four = [1, 2, 4, 8].map((value) => sample('a', value, value))

async function opened(options: ConstructorParameters<typeof LivingStore>[0] = {}): Promise<LivingStore> {
  const living = new LivingStore(options)
  await living.open()
  return living
}

async function sum(store: RollupStore, to = hour): Promise<number | undefined> {
  const query = { select: '__name:*', from: 0, to, period: '1h', value: 'sum' } as const
  return (await store.fetch(query))[0]?.values[0]
}

describe('write', () => {
  it('fails while the disk takes no segments and memory is full, and goes on when it does', async () => {
    const { store, memory, problems } = await opened({ flushBytes: 20_000 })
    const repair = memory.fail('rename', 'EIO')
    const minutes = Array.from({ length: 2000 }, (_, at) => sample('a', at * minute, 1))
    let stored = 0
    const writeOn = async (): Promise<void> => {
      while (stored < minutes.length) {
        await store.write(batchOf(minutes, stored, stored + 20))
        stored += 20
      }
    }
    await expect(writeOn()).rejects.toMatchObject({ code: 'ROLLUP_IO' })
    expect(stored).toBeLessThan(minutes.length)
    expect(problems).toContain('flush-failed')
    repair()
    await writeOn()
    expect(await sum(store, 2000 * minute)).toBe(60)
    await store.close()
  })

  it('skips records that are in the store, whole batches and parts of batches', async () => {
    const { store } = await opened()
    const batch = (first: number, last: number): Promise<StoredBatch> =>
      store.write(batchOf(four, first - 1, last))
    const at = (seq: number): object => ({ type: 'stored', position: { journalId: 'j', seq } })
    expect(await batch(1, 2)).toEqual({ ...at(2), count: 2, skipped: 0 })
    expect(await batch(1, 2)).toEqual({ ...at(2), count: 0, skipped: 2 })
    expect(await batch(2, 3)).toEqual({ ...at(3), count: 1, skipped: 1 })
    await store.flush()
    expect(await Promise.all([batch(1, 4), batch(2, 2)])).toEqual([
      { ...at(4), count: 1, skipped: 3 },
      { ...at(4), count: 0, skipped: 1 },
    ])
    expect(await sum(store)).toBe(15)
    expect(store.stats).toMatchObject({ samples: 4, skipped: 2 + 1 + 3 + 1 })
  })

  it('moves on over records that are gone, where it is told of them, and only there', async () => {
    const { store } = await opened()
    const gone = { position: { journalId: 'j', firstSeq: 1, lastSeq: 7 }, values: [] }
    const position = { journalId: 'j', seq: 7 }
    expect(await store.write(gone)).toEqual({ type: 'stored', position, count: 0, skipped: 0 })
    const leap: RollupBatch = {
      position: { journalId: 'j', firstSeq: 10, lastSeq: 10 },
      values: four.slice(0, 1),
    }
    await expect(store.write(leap)).rejects.toMatchObject({
      code: 'ROLLUP_GAP',
      facts: { expected: 8, got: 10 },
    })
    const gaps = [{ fromSeq: 8, toSeq: 9 }] as never
    expect(await store.write({ ...leap, gaps })).toMatchObject({ count: 1 })
    expect(store.position?.seq).toBe(10)
  })

  it('begins with whatever record comes first', async () => {
    const { store } = await opened()
    await store.write({ position: { journalId: 'j', firstSeq: 900, lastSeq: 900 }, values: four.slice(0, 1) })
    expect(store.position).toEqual({ journalId: 'j', seq: 900 })
  })

  const good = batchOf(four, 0, 1)
  it.each([
    ['nothing', undefined],
    ['no position', { values: [] }],
    ['no journal', { ...good, position: { firstSeq: 1, lastSeq: 1 } }],
    ['no name of a journal', { ...good, position: { journalId: '', firstSeq: 1, lastSeq: 1 } }],
    ['no values', { position: good.position }],
    ['null for values', { ...good, values: null }],
    ['more values than numbers', { ...good, values: four }],
    ['no numbers', { ...good, position: { journalId: 'j' } }],
    ['numbers the wrong way round', { ...good, position: { journalId: 'j', firstSeq: 5, lastSeq: 3 } }],
    ['no whole numbers', { ...good, position: { journalId: 'j', firstSeq: 0.5, lastSeq: 1 } }],
  ])('refuses %s as a batch, and goes on with others', async (_name, batch) => {
    const { store } = await opened()
    const bad = store.write(batch as never)
    const next = store.write(good)
    await expect(bad).rejects.toMatchObject({ code: 'ROLLUP_BAD_BATCH', retryable: false })
    await next
    expect(await sum(store)).toBe(1)
  })

  it('refuses another journal, also after opening again', async () => {
    const living = await opened()
    await living.store.write(good)
    const other = { ...good, position: { journalId: 'other', firstSeq: 2, lastSeq: 2 } }
    for (const restart of [false, true]) {
      if (restart) await living.restart()
      await expect(living.store.write(other)).rejects.toMatchObject({ code: 'ROLLUP_WRONG_JOURNAL' })
    }
  })

  it('takes the good samples of a batch and tells of the others, even if the listener throws', async () => {
    const seen: RollupProblem[] = []
    const problems = {
      next: (problem: RollupProblem) => {
        seen.push(problem)
        throw new Error('no')
      },
    }
    const unhandled: unknown[] = []
    config.onUnhandledError = (error) => unhandled.push(error)
    const { store, now } = await opened({ maxSeries: 1, maxPastMs: 30 * day, problems })
    const samples = [
      sample('a', day, 1),
      sample('a', day, NaN),
      sample('b', day, 1),
      sample('a', day, 'x', 'text'),
      { ...sample('a', day, 1), series: { key: 'no|ST[', metric: 'a', tags: {} } },
      null as never,
      sample('a', day, { bins: [] }, 'histogram'),
      sample('a', now + 300_001, 1),
      sample('a', -1, 1),
      sample('a', day + 1, 'x'.repeat(600), 'text'),
    ]
    expect(await store.write(batchOf(samples, 0, samples.length))).toMatchObject({ count: 3, skipped: 0 })
    const reasons = seen.map(({ reason }) => reason).sort()
    expect(reasons.slice(0, 4)).toEqual(['bad-series', 'bad-time', 'bad-value', 'in-future'])
    expect(new Set(reasons)).toEqual(
      new Set([
        'bad-series',
        'bad-time',
        'bad-value',
        'in-future',
        'text-cut',
        'too-many-series',
        'unsupported-kind',
      ]),
    )
    expect(store.stats.series).toBe(1)
    expect(store.position?.seq).toBe(samples.length)
    await vi.waitFor(() => expect(unhandled).toHaveLength(seen.length), 30_000)
    config.onUnhandledError = null
  })

  it('refuses what is too old', async () => {
    const living = await opened({ maxPastMs: day })
    living.now = 2 * day
    const samples = [sample('a', day - 1, 1), sample('a', day, 2)]
    expect(await living.store.write(batchOf(samples, 0, 2))).toMatchObject({ count: 1 })
    expect(living.problems.join()).toContain('in-past')
  })

  it('shares one sync among batches that wait', async () => {
    const { store, memory } = await opened()
    await store.write(batchOf(four, 0, 1))
    const before = memory.syncs
    await Promise.all([1, 2, 3].map((at) => store.write(batchOf(four, at, at + 1))))
    expect(memory.syncs - before).toBe(1)
    expect(await sum(store)).toBe(15)
  })

  it('flushes by itself, by size, and waits for memory that is full', async () => {
    const living = await opened({ flushBytes: 1000, rawHorizonMs: 0 })
    const all = fullDays(1)
    await living.writeRest(all, 40)
    await living.store.flush()
    expect(living.store.stats.flushes).toBeGreaterThan(5)
    expect((await differences(living.store, all, { to: day, values: ['count', 'sum'] })).wrong).toEqual([])
  })

  it('has nothing to do when it is flushed empty', async () => {
    const { store } = await opened()
    await store.flush()
    expect(store.stats.flushes).toBe(0)
  })
})

/** Holds something up until it is resolved. */
interface Gate {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

/** A disk of which each operation takes a turn of the loop, so that all that runs beside each other mixes. */
const slow = (memory: MemoryFileSystem): FileSystem => {
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    ...memory,
    open: async (path, mode) => {
      await turn()
      const file = await memory.open(path, mode)
      return {
        ...file,
        read: async (into, position) => {
          await turn()
          return file.read(into, position)
        },
        write: async (bytes, position) => {
          await turn()
          await file.write(bytes, position)
        },
        sync: async () => {
          await turn()
          await file.sync()
        },
      }
    },
  }
}

describe('what runs beside each other', () => {
  // Each tenth is late for one of the first minutes, which so many flushes write again.
  const all = Array.from({ length: 3000 }, (_, at) =>
    sample('a', (at % 10 === 9 ? at % 7 : at) * minute, 1, 'observation'),
  )

  it('mixes writes, reads, flushes and compactions without a wrong number, and closes behind them', async () => {
    const living = new LivingStore({ flushBytes: 4000, rawHorizonMs: 0 }, slow)
    await living.open()
    const { store } = living
    const query = { select: '__name:*', from: 0, to: 3000 * minute, period: '1m', value: 'sum' } as const
    const wrong: string[] = []
    const reading = (async () => {
      while ((store.position?.seq ?? 0) < all.length) {
        const before = store.position?.seq ?? 0
        const [answer] = await store.fetch(query)
        const after = store.position?.seq ?? 0
        const count = answer?.values.reduce((sum, one) => sum + (one || 0), 0) ?? 0
        // What is durable may be read a moment before it is acknowledged.
        if (count < before || count > after + 50) wrong.push(`${count} events, not ${before} to ${after}`)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let at = 0; at < all.length; at += 50) {
      await store.write(batchOf(all, at, at + 50))
      living.now += 1
      if (at % 150 === 0) void store.flush()
    }
    await reading
    expect(wrong).toEqual([])
    expect(store.stats.merges).toBeGreaterThan(0)
    const last = [store.fetch(query), store.flush(), store.explain(query)]
    await store.close()
    expect((await Promise.allSettled(last)).map(({ status }) => status)).toEqual(Array(3).fill('fulfilled'))
    await living.open()
    expect((await differences(living.store, all, { to: 3 * day, values: ['count', 'sum'] })).wrong).toEqual(
      [],
    )
  })

  it('gives a flush the last word on its windows over what is put together meanwhile', async () => {
    const gates = new Map<string, Gate>()
    const reached = new Set<string>()
    const gated = (memory: MemoryFileSystem): FileSystem => ({
      ...memory,
      rename: async (from, to) => {
        const name = to.slice(to.lastIndexOf('/') + 1)
        reached.add(name)
        await gates.get(name)?.promise
        await memory.rename(from, to)
      },
    })
    const turns = async (until: () => boolean): Promise<void> => {
      for (let turn = 0; turn < 300 && !until(); turn += 1)
        await new Promise((resolve) => setImmediate(resolve))
    }
    const living = new LivingStore({ rawHorizonMs: hour }, gated)
    const store = await living.open()
    const event = (minutes: number): Sample =>
      sample('a', day + 2 * hour + minutes * minute, 1, 'observation')
    const all: Sample[] = []
    const write = async (...more: Sample[]): Promise<void> => {
      all.push(...more)
      await living.writeRest(all)
    }
    for (let at = 0; at < 9; at += 1) {
      await write(event(at))
      if (at > 0) await store.flush()
    }
    gates.set('10.seg', deferred())
    gates.set('11.seg', deferred())
    // The ninth segment ends a day, which is sealed as the tenth; behind that the rest of it is written anew.
    await write(...fullDays(1), event(9))
    const first = store.flush()
    await turns(() => reached.has('10.seg'))
    await write({ ...event(7), time: event(7).time + 1 }, event(11))
    const second = store.flush()
    await turns(() => reached.has('11.seg'))
    expect([...reached]).toEqual(expect.arrayContaining(['10.seg', '11.seg']))
    gates.get('10.seg')?.resolve()
    await turns(() => false)
    gates.get('11.seg')?.resolve()
    await Promise.all([first, second])
    expect(store.stats.merges).toBeGreaterThan(1)
    expect((await differences(store, all, { to: 2 * day, values: ['count', 'sum'] })).wrong).toEqual([])
  })
})

function deferred(): Gate {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
