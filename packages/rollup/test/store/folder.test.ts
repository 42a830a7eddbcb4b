import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { openRollupStore } from '../../src/store.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { fullDays } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { batchOf, LivingStore } from './living/living-store.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})
async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-rollup-'))
  folders.push(folder)
  return folder
}

const query = { select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' } as const

describe('a store in a folder', () => {
  it('keeps a day of data, flushed many times, on a real disk', async () => {
    const folder = join(await temporary(), 'deep', 'rollups')
    const samples = Array.from({ length: 4320 }, (_, at) => [
      sample('cpu', at * 20_000 + 1, Math.sin(at)),
      sample('requests', at * 20_000 + 1, (at * 20) % 7000, 'counter'),
    ]).flat()
    const store = await openRollupStore(folder, { flushBytes: 20_000, rawHorizonMs: 0 })
    for (let at = 0; at < samples.length; at += 480) await store.write(batchOf(samples, at, at + 480))
    await store.flush()
    expect(store.stats.flushes).toBeGreaterThan(2)
    await store.close()
    await using again = await openRollupStore(folder)
    expect(again.position).toEqual({ journalId: 'j', seq: samples.length })
    expect(await differences(again, samples, { to: day, periods: ['1h', '1d'] })).toEqual({
      wrong: [],
      flagged: 0,
    })
  })

  it('puts segments together of series of all kinds, in whatever order these came', async () => {
    const living = new LivingStore({ rawHorizonMs: 0 })
    const store = await living.open()
    const samples = Array.from({ length: 40 }, (_, at) => [
      sample('state', at * minute, at % 3 === 0 ? 'up' : 'down', 'text'),
      sample('requests', at * minute, at * 7, 'counter'),
      sample('cpu', at * minute, at),
      sample('errors', at * minute, at, 'counter'),
    ]).flat()
    for (let at = 0; at < samples.length; at += 8) {
      await store.write(batchOf(samples, at, at + 8))
      await store.flush()
    }
    expect(store.stats.merges).toBeGreaterThan(0)
    expect(living.problems).toEqual([])
    await store.close()
    await living.open()
    const kept = await differences(living.store, samples, { to: day, values: ['count', 'last'] })
    expect(kept.wrong).toEqual([])
    expect(living.store.series().map(({ metric }) => metric)).toEqual(['cpu', 'errors', 'requests', 'state'])
  })

  it('has one owner at a time', async () => {
    const folder = await temporary()
    const store = await openRollupStore(folder)
    await expect(openRollupStore(folder)).rejects.toMatchObject({ code: 'ROLLUP_LOCKED' })
    await store.close()
    await (await openRollupStore(folder)).close()
  })

  it('is done after close, which may be asked for twice, and waits for what was written', async () => {
    const living = new LivingStore()
    const store = await living.open()
    const last = store.write(batchOf([sample('a', 0, 1)], 0, 1))
    await Promise.all([store.close(), store.close()])
    expect(await last).toMatchObject({ count: 1 })
    const all = [
      store.write(batchOf([], 0, 1)),
      store.flush(),
      store.fetch(query),
      store.explain(query),
      store.snapshot('/copy'),
    ]
    for (const one of await Promise.allSettled(all)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'ROLLUP_CLOSED' } })
    }
  })

  it('always keeps one minute, whether asked or not, and no part of one', async () => {
    const living = new LivingStore({ windows: ['1h'] })
    const store = await living.open()
    await store.write(batchOf([sample('a', 0, 1)], 0, 1))
    expect((await store.fetch({ ...query, period: '1m', to: minute }))[0]?.values).toEqual(Float64Array.of(1))
    await expect(new LivingStore({ windows: ['30s'] }).open()).rejects.toMatchObject({
      code: 'ROLLUP_BAD_OPTION',
    })
  })

  it('says that a folder cannot be made or opened', async () => {
    for (const operation of ['makeDirectory', 'list'] as const) {
      const living = new LivingStore()
      living.memory.fail(operation, 'EACCES')
      await expect(living.open()).rejects.toMatchObject({ code: 'ROLLUP_IO', retryable: true })
    }
  })

  it('takes other windows than it was made with: it answers at once, and seals its days with them when it is flushed', async () => {
    const samples = [
      ...fullDays(2),
      sample('filler', 2 * day + hour, 1),
      sample('filler', 2 * day + 2 * hour, 1),
    ]
    const first = new LivingStore({ rawHorizonMs: 0, windows: ['1m', '1h', '1d'] })
    await first.open()
    await first.writeRest(samples)
    await first.store.flush()
    await first.store.close()
    const second = new LivingStore({ rawHorizonMs: 0, windows: ['1m', '10m', '1d'] })
    second.memory = first.memory
    const store = await second.open()
    const asked = { ...query, to: day, period: '10m', value: 'sum' } as const
    const [before] = await store.fetch(asked)
    expect(await store.explain(asked)).toMatchObject({ periodMs: 10 * minute, foldedWindows: 144 })
    await store.flush()
    expect(await store.explain(asked)).toMatchObject({
      periodMs: 10 * minute,
      foldedWindows: 0,
      storedWindows: 144,
    })
    expect(await store.fetch(asked)).toEqual([before])
    expect((await differences(store, samples, { to: 3 * day, values: ['count', 'sum'] })).wrong).toEqual([])
    expect(second.problems).toEqual([])
  })
})

describe('a snapshot', () => {
  it('is a store as it was, which goes its own way', async () => {
    const living = new LivingStore({ rawHorizonMs: hour })
    const store = await living.open()
    const samples = [...fullDays(1), sample('filler', day + 2 * hour, 1), sample('filler', day + 3 * hour, 1)]
    await living.writeRest(samples)
    await store.flush()
    const more = [...samples, sample('filler', day + 4 * hour, 5)]
    const [copied] = await Promise.all([store.snapshot('/copy'), living.writeRest(more)])
    expect(copied).toBeUndefined()
    await store.flush()
    await expect(store.snapshot('/copy')).rejects.toThrow('/copy')
    const copy = await openRollupStore('/copy', { fileSystem: living.memory, rawHorizonMs: hour })
    const seq = copy.position?.seq ?? 0
    expect([samples.length, more.length]).toContain(seq)
    const asked = { to: 2 * day, values: ['count', 'sum'], periods: ['1m', '1h', '1d'] } as const
    expect((await differences(copy, more.slice(0, seq), asked)).wrong).toEqual([])
    await copy.write(batchOf([...more.slice(0, seq), sample('filler', 20_000, 9)], seq, seq + 1))
    await copy.flush()
    await copy.close()
    expect((await differences(store, more, asked)).wrong).toEqual([])
  })

  it('waits for close, or close for it', async () => {
    const living = new LivingStore()
    const store = await living.open()
    await store.write(batchOf([sample('a', 0, 1)], 0, 1))
    await Promise.all([store.snapshot('/copy'), store.close()])
    const copy = await openRollupStore('/copy', { fileSystem: living.memory })
    expect((await copy.fetch(query))[0]?.values).toEqual(Float64Array.of(1))
  })
})
