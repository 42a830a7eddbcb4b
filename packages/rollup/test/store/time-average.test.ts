import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Sample } from '@tocsin/core'

import { runs } from '../../../../vitest.runs.ts'
import { day, hour, minute, sample } from '../support/samples.ts'
import { anyLife, days, fullDays } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { LivingStore } from './living/living-store.ts'

const to = days * day
const sometimes = fc.constantFrom(false, false, false, true)
const held = { timeAverage: true } as const
const asked = { to, timeAverage: true } as const

/** The slots of a gauge, `null` where nothing is known. */
async function slots(
  living: LivingStore,
  period: '1m' | '5m' | '1h' | '1d',
  end: number,
  from = 0,
): Promise<(number | null)[]> {
  const query = { select: '__name:gauge', from, to: end, period, value: 'timeAverage' } as const
  const [fetched] = await living.store.fetch(query)
  return Array.from(fetched?.values ?? [], (value, at) => (fetched?.valid[at] === 1 ? value : null))
}

describe('the time averages of a store', () => {
  it('are those of an exact count, in any order of arrival, over flushes, restarts, duplicates and sealed days', async () => {
    await fc.assert(
      fc.asyncProperty(anyLife('any order'), sometimes, async ({ samples, cuts }, isFull) => {
        const living = new LivingStore({ ...held, rawHorizonMs: hour })
        const life = { samples, cuts: cuts.map((cut) => ({ ...cut, laterMs: 0 })) }
        const all = await living.live(life, isFull ? fullDays(1) : [])
        expect(await differences(living.store, all, asked)).toEqual({ wrong: [], flagged: 0 })
      }),
      runs(12),
    )
  })

  it('are exact without the log, where nothing comes late, whichever value of a moment counts', async () => {
    const anyRule = fc.constantFrom('largest', 'smallest', 'furthest')
    await fc.assert(
      fc.asyncProperty(anyLife('in order'), anyRule, async (life, sameTime) => {
        const living = new LivingStore({ ...held, rawHorizonMs: 0, sameTime })
        const all = await living.live(life)
        const judged = { ...asked, values: ['timeAverage', 'sum'], sameTime } as const
        expect(await differences(living.store, all, judged)).toEqual({ wrong: [], flagged: 0 })
      }),
      runs(20),
    )
  })

  it('are exact or flagged where samples come after the log has forgotten their windows', async () => {
    await fc.assert(
      fc.asyncProperty(anyLife('any order'), sometimes, async (life, isFull) => {
        const living = new LivingStore({ ...held, rawHorizonMs: 0 })
        const all = await living.live(life, isFull ? fullDays(1) : [])
        const { wrong } = await differences(living.store, all, { ...asked, mayBeInexact: true })
        expect(wrong).toEqual([])
      }),
      runs(12),
    )
  })

  it('are the same at every position of a flush, a restart, a late sample and one that comes twice', async () => {
    const inOrder = [0, 10_000, 30_000, 70_000, 100_000, 190_000].map((time, at) =>
      sample('gauge', time, [3, 0.1, 7.25, -2, 1 / 3, 5][at] ?? 0),
    )
    const alone = { ...asked, to: hour, periods: ['1m', '5m'], values: ['timeAverage'] } as const
    const doings = ['nothing', 'flush', 'close', 'kill', 'flush and kill'] as const
    for (let late = 0; late < inOrder.length; late += 1) {
      for (let twice = 0; twice < inOrder.length; twice += 1) {
        const rest = inOrder.filter((_, at) => at !== late)
        const samples = [...rest, inOrder[late]!, inOrder[twice]!]
        const living = new LivingStore(held)
        const then = (at: number): (typeof doings)[number] => doings[(at + late + 2 * twice) % doings.length]!
        const cuts = samples.map((_, at) => ({ size: 1, again: at % 2, then: then(at), laterMs: 0 }))
        await living.live({ samples, cuts })
        const { wrong, flagged } = await differences(living.store, samples, alone)
        expect([...wrong, flagged], `late ${late}, twice ${twice}`).toEqual([0])
      }
    }
  })

  it('go on from the last value before the slot, and begin with the first where there is none near', async () => {
    const living = new LivingStore(held)
    await living.live({
      samples: [sample('gauge', 0, 10), sample('gauge', 90_000, 70), sample('gauge', 2 * day + 1, 5)],
      cuts: [],
    })
    await living.store.flush()
    expect(await slots(living, '1m', 2 * minute)).toEqual([null, 10])
    // The range begins at a slot, the value before it.
    expect(await slots(living, '1m', 2 * minute, minute)).toEqual([10])
    expect(await slots(living, '5m', 5 * minute)).toEqual([10])
    expect(await slots(living, '1m', 2 * day + minute, 2 * day)).toEqual([null])
  })

  it('are read from sealed days as from their minutes', async () => {
    const full: Sample[] = fullDays(2, 'gauge')
    const living = new LivingStore({ ...held, rawHorizonMs: 0 })
    await living.live({ samples: [...full, sample('gauge', 2 * day + hour, 1)], cuts: [] })
    const before = [await slots(living, '1h', 2 * day), await slots(living, '1d', 2 * day)]
    await living.store.flush()
    expect(living.store.stats.merges).toBeGreaterThan(0)
    const query = {
      select: '__name:gauge',
      from: 0,
      to: 2 * day,
      period: '1d',
      value: 'timeAverage',
    } as const
    expect(await living.store.explain(query)).toMatchObject({ foldedWindows: 0, storedWindows: 2 })
    expect([await slots(living, '1h', 2 * day), await slots(living, '1d', 2 * day)]).toEqual(before)
    expect((await differences(living.store, full, { ...asked, to: 2 * day })).wrong).toEqual([])
  })
})

describe('a store that does not keep time averages', () => {
  const samples = [0, 1000, 61_000, 62_000, 125_000, 127_000].map((time, at) => sample('gauge', time, at + 1))

  it('says that they are not known', async () => {
    const living = new LivingStore()
    await living.live({ samples, cuts: [] })
    for (const step of ['in memory', 'in a segment']) {
      expect(await slots(living, '1m', 3 * minute), step).toEqual([null, null, null])
      expect(await slots(living, '1h', hour), step).toEqual([null])
      await living.store.flush()
    }
  })

  it('says so of what it stored before it was told to, and of longer windows with any of that', async () => {
    const plain = new LivingStore()
    const all = [...samples.slice(0, 4), sample('other', hour, 1), ...samples.slice(4)]
    await plain.live({ samples: all.slice(0, 5), cuts: [] })
    await plain.store.close()
    const living = new LivingStore(held)
    living.memory = plain.memory
    await living.open()
    await living.writeRest(all)
    for (const step of ['in memory', 'in a segment']) {
      const third = (63_000 * 4 + 2000 * 5) / 65_000
      expect(await slots(living, '1m', 3 * minute), step).toEqual([null, null, third])
      expect(await slots(living, '5m', 5 * minute), step).toEqual([null])
      await living.store.flush()
    }
  })

  it('keeps those that were stored when it did', async () => {
    const first = new LivingStore(held)
    await first.live({ samples: [...samples, sample('other', hour, 1)], cuts: [] })
    const known = await slots(first, '1m', 2 * minute)
    await first.store.flush()
    await first.store.close()
    const living = new LivingStore()
    living.memory = first.memory
    await living.open()
    expect(known).not.toContain(null)
    expect(await slots(living, '1m', 2 * minute)).toEqual(known)
  })
})

describe('the tests above', () => {
  it('find out a time average that leaves out what held before its slot', async () => {
    const all = [sample('gauge', 0, 1), sample('gauge', 60_000, 2), sample('gauge', 70_000, 3)]
    const living = new LivingStore(held)
    await living.live({ samples: all, cuts: [] })
    const judged = { ...asked, values: ['timeAverage'], periods: ['1m'] } as const
    expect((await differences(living.store, all, judged)).wrong).toEqual([])
    expect((await differences(living.store, all.slice(1), judged)).wrong).not.toEqual([])
  })

  it('find out a store that does not keep them', async () => {
    const all = [sample('gauge', 0, 1), sample('gauge', 1000, 2)]
    const living = new LivingStore()
    await living.live({ samples: all, cuts: [] })
    expect((await differences(living.store, all, asked)).wrong).not.toEqual([])
  })
})
