import type { FileSystem } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { MemoryFileSystem } from '../../src/testing/index.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { fullDays } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { batchOf, directory, LivingStore } from './living/living-store.ts'

/** Events, of which none may count twice; one in each minute. */
const samples = Array.from({ length: 12 }, (_, at) =>
  sample('took', at * minute, (at + 1) / 10, 'observation'),
)

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { readonly code: string }).code,
  )

const asked = { to: hour, periods: ['1m', '1h'], values: ['count', 'sum'] } as const

/** Counts the files that are open, now and at most. */
function counting(): {
  readonly disk: (memory: MemoryFileSystem) => FileSystem
  opened: number
  most: number
} {
  const counts = {
    opened: 0,
    most: 0,
    disk: (memory: MemoryFileSystem): FileSystem => ({
      ...memory,
      open: async (path, mode) => {
        const file = await memory.open(path, mode)
        counts.opened += 1
        counts.most = Math.max(counts.most, counts.opened)
        const close = async (): Promise<void> => {
          counts.opened -= 1
          await file.close()
        }
        return { ...file, close }
      },
    }),
  }
  return counts
}

describe('a disk that fails', () => {
  for (const [operation, stored] of [
    ['write', 0],
    ['write', 9],
    ...(['sync', 'rename', 'open', 'remove', 'read'] as const).map((one) => [one, 0] as const),
  ] as const) {
    it(`costs nothing but time when ${operation} fails once, after ${stored} bytes`, async () => {
      for (let call = 1; call <= 12; call += 1) {
        const living = new LivingStore({ rawHorizonMs: 0, flushBytes: 300 })
        await living.open()
        const mend = living.memory.fail(operation, 'EIO', { call, stored, drops: true })
        for (let at = 0; at < samples.length;) {
          const batch = batchOf(samples, at, at + 2)
          const code = await codeOf(living.store.write(batch))
          expect(['none', 'ROLLUP_IO']).toContain(code)
          if (code === 'none') at += 2
          if (at % 6 === 0) await codeOf(living.store.flush())
        }
        mend()
        await living.store.flush()
        expect((await differences(living.store, samples, asked)).wrong).toEqual([])
        await living.lose({})
        expect(living.store.position?.seq).toBe(samples.length)
        expect((await differences(living.store, samples, asked)).wrong).toEqual([])
        const names = await living.memory.list(directory)
        expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
      }
    })
  }

  it('rejects what cannot be written when it is full, and goes on when there is room', async () => {
    const living = new LivingStore({ flushBytes: 300 })
    await living.open()
    await living.store.write(batchOf(samples, 0, 4))
    for (const room of [0, 40, 200, 900]) {
      const used = await sizeOf(living.memory)
      living.memory.setCapacity(used + room)
      await codeOf(living.store.write(batchOf(samples, 4, 12)))
      await codeOf(living.store.flush())
      expect(
        (await living.store.fetch({ select: '__name:*', from: 0, to: hour, period: '1h', value: 'count' }))[0]
          ?.values[0],
      ).toBe(living.store.position?.seq)
    }
    living.memory.setCapacity(Infinity)
    await living.writeRest(samples)
    await living.store.flush()
    await living.lose({})
    expect((await differences(living.store, samples, asked)).wrong).toEqual([])
  })

  it('takes no later batch before one that failed, which would be skipped when it came again', async () => {
    const { store, memory } = await opened()
    await store.write(batchOf(samples, 0, 1))
    const mend = memory.fail('sync', 'EIO')
    await expect(store.write(batchOf(samples, 1, 2))).rejects.toMatchObject({
      code: 'ROLLUP_IO',
      retryable: true,
    })
    mend()
    expect(await codeOf(store.write(batchOf(samples, 2, 3)))).not.toBe('none')
    expect(store.position?.seq).toBe(1)
    await Promise.all([store.write(batchOf(samples, 1, 2)), store.write(batchOf(samples, 2, 3))])
    expect(store.position?.seq).toBe(3)
  })

  it('goes on behind a batch that failed once an empty one gives it up', async () => {
    const { store, memory } = await opened()
    await store.write(batchOf(samples, 0, 1))
    const mend = memory.fail('write', 'ENOSPC')
    await Promise.allSettled([store.write(batchOf(samples, 1, 2)), store.write(batchOf(samples, 2, 3))])
    mend()
    await store.write({ ...batchOf(samples, 1, 2), values: [] })
    await store.write(batchOf(samples, 2, 3))
    expect(store.stats.samples).toBe(2)
  })

  it('counts what it skips once, however often the batch fails', async () => {
    const { store, memory } = await opened()
    await store.write(batchOf(samples, 0, 1))
    const mend = memory.fail('write', 'EIO')
    expect(await codeOf(store.write(batchOf(samples, 0, 2)))).toBe('ROLLUP_IO')
    mend()
    await store.write(batchOf(samples, 0, 2))
    expect(store.stats).toMatchObject({ samples: 2, skipped: 1 })
  })

  it('makes a batch that it finds after a restart durable before it counts it', async () => {
    const living = new LivingStore()
    await living.open()
    const mend = living.memory.fail('sync', 'EIO')
    expect(await codeOf(living.store.write(batchOf(samples, 0, 1)))).toBe('ROLLUP_IO')
    mend()
    await living.kill()
    const { seq } = living.store.position ?? { seq: 0 }
    await living.lose({})
    expect(living.store.position?.seq ?? 0).toBe(seq)
  })

  it('knows the names of series that a killed process could not make durable, whatever a cut of power takes later', async () => {
    const living = new LivingStore({ rawHorizonMs: 0 })
    await living.open()
    const samples = [sample('first', 0, 1), sample('second', 10 * minute, 1), sample('third', 20 * minute, 1)]
    await living.store.write(batchOf(samples, 0, 2))
    await living.store.flush()
    await living.store.write(batchOf(samples, 2, 3))
    // The pages count as clean from now on: they can be read, and no later sync writes them.
    living.memory.fail('sync', 'EIO', { path: /series\.log/, call: 1, drops: true })
    expect(await codeOf(living.store.flush())).toBe('ROLLUP_IO')
    await living.kill()
    for (const [name, at] of [
      ['first', 50],
      ['fourth', 70],
    ] as const) {
      samples.push(sample(name, at * minute, 1))
      await living.writeRest(samples)
      await living.store.flush()
      await living.lose({})
      expect((await differences(living.store, samples, { ...asked, to: 2 * hour })).wrong).toEqual([])
    }
  })

  it('counts no event twice that came late before a flush, where the process was killed behind it', async () => {
    const living = new LivingStore({ rawHorizonMs: 0 })
    await living.open()
    const late = [sample('took', 9 * minute, 1, 'observation'), sample('took', minute, 1, 'observation')]
    await living.store.write(batchOf(late, 0, 2))
    await living.store.flush()
    living.now += minute
    await living.kill()
    await living.restart()
    const next = [...late, sample('took', 12 * minute, 1, 'observation')]
    await living.writeRest(next)
    await living.store.flush()
    expect((await differences(living.store, next, asked)).wrong).toEqual([])
    expect(living.problems).toEqual([])
  })

  it('never reads what a failed write left with the numbers of other series', async () => {
    const living = new LivingStore()
    await living.open()
    const mend = living.memory.fail('sync', 'EIO')
    await Promise.allSettled([
      living.store.write(batchOf(samples, 0, 1)),
      living.store.write(batchOf(samples, 1, 2)),
    ])
    mend()
    const other = [sample('other', 1000, 1)]
    await living.store.write(batchOf(other, 0, 1))
    await living.kill()
    expect((await differences(living.store, other, asked)).wrong).toEqual([])
  })

  it.each(['sync', 'read', 'open', 'list'] as const)(
    'closes the files that it opened when %s fails',
    async (operation) => {
      const counts = counting()
      const living = new LivingStore({}, counts.disk)
      await living.open()
      await living.writeRest(samples)
      await living.store.flush()
      await living.store.close()
      expect(counts.opened).toBe(0)
      const mend = living.memory.fail(operation, 'EIO')
      await living.open().then(
        (store) => store.close(),
        (error: unknown) => expect(error).toMatchObject({ code: 'ROLLUP_IO' }),
      )
      mend()
      expect(counts.opened).toBe(0)
    },
  )

  it('keeps few files open, however many days late samples belong to, and none when it is closed', async () => {
    const counts = counting()
    const living = new LivingStore({}, counts.disk)
    living.now = 200 * day
    await living.open()
    const many = [0, 1].flatMap((ms) => Array.from({ length: 100 }, (_, at) => sample('a', at * day + ms, 1)))
    await living.store.write(batchOf(many, 0, 100))
    await living.store.flush()
    await living.writeRest(many)
    await living.store.flush()
    const query = { select: '__name:*', from: 0, to: 100 * day, period: '1d', value: 'count' } as const
    expect([...((await living.store.fetch(query))[0]?.values ?? [])]).toEqual(Array(100).fill(2))
    expect(counts.most).toBeLessThan(80)
    await living.store.close()
    expect(counts.opened).toBe(0)
  })

  it('keeps few files, and none that is replaced', async () => {
    const living = new LivingStore({ rawHorizonMs: 0 })
    await living.open()
    const all = fullDays(1)
    for (let at = 0; at < all.length; at += 60) {
      await living.store.write(batchOf(all, at, at + 60))
      living.now += 1
      await living.store.flush()
    }
    const names = await living.memory.list(directory)
    expect(living.store.stats.merges).toBeGreaterThan(0)
    expect(living.store.stats.segments).toBeLessThan(16)
    expect(names.filter((name) => name.endsWith('.seg'))).toHaveLength(living.store.stats.segments)
    expect(names.filter((name) => name.endsWith('.log')).length).toBeLessThan(5)
    expect((await differences(living.store, all, { to: day, values: ['count', 'sum'] })).wrong).toEqual([])
  })

  it('removes what a flush left when it was cut off, and nothing else', async () => {
    const living = new LivingStore()
    await living.open()
    await living.store.close()
    for (const name of ['9.seg.tmp', 'series.log.tmp', 'notes.txt']) {
      await (await living.memory.open(`${directory}/${name}`, 'create')).close()
    }
    await living.open()
    expect(await living.memory.list(directory)).toEqual(['notes.txt'])
  })
})

async function opened(): Promise<Pick<LivingStore, 'store' | 'memory'>> {
  const living = new LivingStore()
  await living.open()
  return living
}

async function sizeOf(memory: MemoryFileSystem): Promise<number> {
  const names = await memory.list(directory)
  return names.reduce((sum, name) => sum + memory.contents(`${directory}/${name}`).length, 0)
}

describe('the tests above', () => {
  it('find out a store that does not keep what was acknowledged', async () => {
    const lying = (memory: MemoryFileSystem): FileSystem => ({
      ...memory,
      open: async (path, mode) => ({ ...(await memory.open(path, mode)), sync: async () => undefined }),
    })
    const living = new LivingStore({}, lying)
    await living.open()
    await living.writeRest(samples)
    await living.lose({})
    expect((await differences(living.store, samples, asked)).wrong).not.toEqual([])
  })
})
