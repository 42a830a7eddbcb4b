import { memoryFileSystem } from '@tocsin/core/testing'
import { series } from '@tocsin/core'
import { expect, it } from 'vitest'

import { openRollupStore } from '../src/store.ts'

const minute = 60_000
const noon = Date.UTC(2026, 0, 1, 12)

it('goes on from the later of two flushes between which nothing came', async () => {
  let now = noon
  const fileSystem = memoryFileSystem()
  const open = () =>
    openRollupStore('/store', {
      fileSystem,
      clock: { now: () => now },
      rawHorizonMs: 0,
      maxFutureMs: 600_000,
    })
  const load = series('load')
  const write = async (store: Awaited<ReturnType<typeof open>>, seq: number, time: number) =>
    store.write({
      values: [{ series: load, time, value: seq, kind: 'gauge' }],
      position: { journalId: 'j', firstSeq: seq, lastSeq: seq },
    })
  let store = await open()
  await write(store, 1, noon - minute)
  await write(store, 2, noon + 1000)
  await store.close()
  store = await open()
  await write(store, 3, noon + 2000)
  await write(store, 4, noon + 3 * minute)
  // The samples are ahead of the clock: the first flush may close less than the second one.
  await store.flush()
  now += 10 * minute
  await store.flush()
  await store.close()
  store = await open()
  const query = {
    select: '__name:load',
    from: noon,
    to: noon + minute,
    period: '1m',
    value: 'count',
  } as const
  expect((await store.fetch(query))[0]?.values).toEqual(Float64Array.of(2))
  await store.close()
})
