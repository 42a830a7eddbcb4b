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

it('flags what a damaged block may have held, also where windows are folded when they are read', async () => {
  const fileSystem = memoryFileSystem()
  const minutes = 600
  const open = (files: typeof fileSystem, problems: string[]) =>
    openRollupStore('/store', {
      fileSystem: files,
      windows: ['1m'],
      clock: { now: () => noon + 7 * 86_400_000 },
      rawHorizonMs: 0,
      problems: { next: ({ reason }) => problems.push(reason) },
    })
  const first = await open(fileSystem, [])
  const values = Array.from({ length: minutes }, (_, at) => ({
    series: series('load'),
    time: noon + at * minute,
    value: (at * 7919) % 1009,
    kind: 'gauge' as const,
  }))
  await first.write({ values, position: { journalId: 'j', firstSeq: 1, lastSeq: minutes } })
  await first.close()
  // A later file lets that of the samples go.
  const second = await open(fileSystem, [])
  const late = { series: series('load'), time: noon + 2 * minutes * minute, value: 1, kind: 'gauge' as const }
  await second.write({
    values: [late],
    position: { journalId: 'j', firstSeq: minutes + 1, lastSeq: minutes + 1 },
  })
  await second.close()
  const whole = fileSystem.contents('/store/1.seg')
  let damaged = 0
  for (let at = 5; at < whole.length; at += 97) {
    const copy = fileSystem.processKill()
    const bytes = whole.slice()
    bytes[at] = (bytes[at] ?? 0) ^ 0x55
    await copy.remove('/store/1.seg')
    const file = await copy.open('/store/1.seg', 'create')
    await file.write(bytes, 0)
    await file.close()
    const problems: string[] = []
    const store = await open(copy, problems)
    for (const period of ['1m', '1h'] as const) {
      const length = period === '1m' ? 1 : 60
      const query = {
        select: '__name:load',
        from: noon,
        to: noon + 3 * minutes * minute,
        period,
        value: 'sum',
      } as const
      const [fetched] = await store.fetch(query)
      for (let slot = 0; slot < minutes / length; slot += 1) {
        const own = values.slice(slot * length, (slot + 1) * length)
        const isRight = fetched?.values[slot] === own.reduce((sum, { value }) => sum + value, 0)
        if (isRight || problems.includes('damaged-segment')) continue
        damaged += 1
        expect(fetched?.inexact?.[slot], `byte ${at}, ${period}, slot ${slot}`).toBe(1)
      }
    }
    await store.close()
  }
  expect(damaged).toBeGreaterThan(0)
})

const day = 24 * 60 * minute
const gauge = (time: number, value: number) => ({
  series: series('load'),
  time,
  value,
  kind: 'gauge' as const,
})
const dayOf = (first: number) =>
  Array.from({ length: 1440 }, (_, at) => gauge(first + at * minute, (at % 7) + 0.5))

it('puts nothing in the place of a segment that cannot be read in part', async () => {
  const fileSystem = memoryFileSystem()
  const problems: string[] = []
  const options = {
    fileSystem,
    rawHorizonMs: 0,
    problems: { next: ({ reason }: { reason: string }) => problems.push(reason) },
  }
  const first = Date.UTC(2026, 0, 1)
  const store = await openRollupStore('/store', options)
  const half = dayOf(first).slice(0, 1000)
  await store.write({ values: half, position: { journalId: 'j', firstSeq: 1, lastSeq: 1000 } })
  await store.flush()
  await store.close()
  const [name] = (await fileSystem.list('/store')).filter((one) => one.endsWith('.seg'))
  fileSystem.contents(`/store/${name}`).fill(0, 8, 24)
  const again = await openRollupStore('/store', options)
  const rest = [...dayOf(first).slice(1000), gauge(first + 2 * day, 1)]
  await again.write({ values: rest, position: { journalId: 'j', firstSeq: 1001, lastSeq: 1441 } })
  await again.flush()
  expect(problems).toContain('damaged-block')
  expect(await fileSystem.list('/store')).toContain(name)
  const query = { select: '__name:load', from: first, to: first + day, period: '1d', value: 'count' } as const
  const [fetched] = await again.fetch(query)
  expect(fetched?.inexact?.[0]).toBe(1)
  expect((await again.explain(query)).complete).toBe(false)
  await again.close()
})

it('tells at each opening that a segment is missing', async () => {
  const fileSystem = memoryFileSystem()
  const openings: string[][] = []
  const open = () => {
    const problems: string[] = []
    openings.push(problems)
    return openRollupStore('/store', {
      fileSystem,
      problems: { next: ({ reason }) => problems.push(reason) },
    })
  }
  const first = Date.UTC(2026, 0, 1)
  for (const [round, times] of [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ].entries()) {
    const store = await open()
    const values = times.map((at) => gauge(first + at * 60 * minute, at))
    await store.write({
      values,
      position: { journalId: 'j', firstSeq: 2 * round + 1, lastSeq: 2 * round + 2 },
    })
    await store.flush()
    await store.close()
    if (round === 1) await fileSystem.remove('/store/1.seg')
  }
  expect(openings.map((problems) => problems.includes('damaged-segment'))).toEqual([false, false, true, true])
})

it('says of a longer window that samples of another kind are left out of it', async () => {
  for (const windows of [['1m'], ['1m', '1h'], ['1m', '1h', '1d']] as const) {
    await using store = await openRollupStore('/store', { fileSystem: memoryFileSystem(), windows })
    const text = (time: number) => ({ series: series('load'), time, value: 'up', kind: 'text' as const })
    const values = [text(0), gauge(60 * minute, 1), text(61 * minute), text(62 * minute)]
    await store.write({ values, position: { journalId: 'j', firstSeq: 1, lastSeq: 4 } })
    const query = { select: '__name:load', from: 0, to: day, period: '1d', value: 'count' } as const
    expect((await store.fetch(query))[0]?.inexact?.[0]).toBe(1)
  }
})
