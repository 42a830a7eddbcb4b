import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { runs } from '../../../../vitest.runs.ts'
import { day, hour, sample } from '../support/samples.ts'
import { anyLife, days, fullDays, type Life } from './living/any-life.ts'
import { differences } from './living/differences.ts'
import { LivingStore } from './living/living-store.ts'

const to = days * day
const sometimes = fc.constantFrom(false, false, false, true)
describe('the numbers of a store', () => {
  it('are those of an exact count, in any order of arrival, over flushes, restarts, duplicates and sealed days', async () => {
    await fc.assert(
      fc.asyncProperty(anyLife('any order'), sometimes, async ({ samples, cuts }, isFull) => {
        // Days are sealed an hour after they are over, and the log keeps what came within the last hour: all of it.
        const living = new LivingStore({ rawHorizonMs: hour })
        const life = { samples, cuts: cuts.map((cut) => ({ ...cut, laterMs: 0 })) }
        const all = await living.live(life, isFull ? fullDays(1) : [])
        expect(await differences(living.store, all, { to })).toEqual({ wrong: [], flagged: 0 })
      }),
      runs(12),
    )
  })

  it('follow the rules of the store', async () => {
    const rules = fc.record({
      sameTime: fc.constantFrom('largest', 'smallest', 'furthest'),
      counterWrap: fc.constantFrom('none', '32', '64'),
    })
    await fc.assert(
      fc.asyncProperty(anyLife('any order'), rules, async (life, rules) => {
        const living = new LivingStore({ rawHorizonMs: 30 * day, ...rules })
        const all = await living.live(life)
        expect(await differences(living.store, all, { to, ...rules })).toEqual({ wrong: [], flagged: 0 })
      }),
      runs(12),
    )
  })

  it('are exact and not flagged without the log, where nothing comes late', async () => {
    await fc.assert(
      fc.asyncProperty(anyLife('in order'), async (life) => {
        const living = new LivingStore({ rawHorizonMs: 0 })
        const all = await living.live(life)
        expect(await differences(living.store, all, { to })).toEqual({ wrong: [], flagged: 0 })
      }),
      runs(30),
    )
  })

  it('are exact or flagged where samples come after the log has forgotten their windows', async () => {
    await fc.assert(
      fc.asyncProperty(anyLife('any order'), sometimes, async (life, isFull) => {
        const living = new LivingStore({ rawHorizonMs: 0 })
        const all = await living.live(life, isFull ? fullDays(1) : [])
        const { wrong } = await differences(living.store, all, { to, mayBeInexact: true })
        expect(wrong).toEqual([])
      }),
      runs(12),
    )
  })
})

describe('the tests above', () => {
  const one: Life = {
    samples: [0, 1, 2, 3].map((at) => sample('gauge', at * 1000, at / 10)),
    cuts: [],
  }

  it('find out a sample that is in twice', async () => {
    const living = new LivingStore()
    const events = one.samples.map(({ series, time }) => sample(series.metric, time, 1, 'observation'))
    const all = await living.live({ ...one, samples: events })
    expect((await differences(living.store, all, { to })).wrong).toEqual([])
    expect((await differences(living.store, all.slice(1), { to })).wrong).not.toEqual([])
  })

  it('find out a value that is off in its last bit, and a rule that is not kept', async () => {
    const living = new LivingStore()
    const all = await living.live({ ...one, samples: [...one.samples, sample('gauge', 0, 7)] })
    expect((await differences(living.store, all, { to })).wrong).toEqual([])
    expect((await differences(living.store, all, { to, sameTime: 'smallest' })).wrong).not.toEqual([])
    const off = all.map(({ time, value }) => sample('gauge', time, (value as number) + 2 ** -52))
    expect((await differences(living.store, off, { to, values: ['sum'] })).wrong).not.toEqual([])
  })

  it('reach days that are sealed, logs that are dropped, and windows that are merged', async () => {
    const living = new LivingStore({ rawHorizonMs: 0 })
    await living.open()
    const all = [...fullDays(1), sample('gauge', 2 * day, 1)]
    await living.writeRest(all)
    await living.store.flush()
    expect(living.store.stats.merges).toBeGreaterThan(0)
    living.now += 1
    await living.restart()
    const next = [...all, sample('gauge', 2 * day + 120_000, 1)]
    await living.writeRest(next)
    living.now += 1
    await living.store.flush()
    const late = [...next, sample('filler', 30_000, 9)]
    await living.writeRest(late)
    await living.store.flush()
    const answer = await differences(living.store, late, { to, mayBeInexact: true })
    expect(answer.wrong).toEqual([])
    expect(living.store.stats.merged).toBeGreaterThan(0)
  })
})
