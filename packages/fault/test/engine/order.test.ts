import { describe, expect, it } from 'vitest'

import { createFaultEngine, type FaultEvent, type FaultInput, series } from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { at, record, recorded, watch } from './recorder.ts'

const high = watch([{ when: { above: 80 }, severity: 1 }])
const mean = watch([{ when: { of: { average: '5m' }, above: 50 }, severity: 2 }])

describe('a sample that is older than the last of its series and source', () => {
  it('is a problem, judges nothing and fills no window', () => {
    const { sample, told, problems } = recorded([high, { ...mean, id: 'mean' }])
    sample(at(5, 1))
    sample(at(4, 99), 5)
    sample(at(6, 1))
    expect(told).toEqual([])
    expect(problems.map(({ reason }) => reason)).toEqual(['late'])
  })

  it('of another source is judged', () => {
    const { sample, told, problems } = recorded([high])
    sample(at(5, 1, { source: 'a' }))
    sample(at(4, 99, { source: 'b' }), 5)
    sample(at(4, 99, { source: 'b' }), 5)
    sample(at(3, 99, { source: 'a' }), 5)
    expect(told).toEqual(['4 opened s1 above'])
    expect(problems.map(({ reason }) => reason)).toEqual(['late'])
  })
})

describe('a series that is reported no longer', () => {
  const marker = at(10, NaN, { kind: 'stale' })
  it('is not begun anew by what its source told before, also after a restart', () => {
    const { sample, told, problems, engine } = recorded([high])
    sample(at(5, 99))
    sample(marker)
    sample(at(8, 99), 11)
    sample(at(10, 99), 11)
    expect(told).toEqual(['5 opened s1 above', '10 cleared s1 gone'])
    expect(problems.map(({ reason }) => reason)).toEqual(['late'])
    const again = record(createFaultEngine([high], { snapshot: engine.snapshot() }))
    again.sample(at(9, 99), 11)
    expect(again.told).toEqual([])
    again.sample(at(11, 99))
    expect(again.told).toEqual(['11 opened s1 above'])
  })

  it('has the order of each of its sources', () => {
    const { sample, told } = recorded([high])
    sample(at(4, 1, { source: 'a' }))
    sample(at(7, 1, { source: 'b' }))
    sample({ ...marker, source: 'a' })
    sample(at(7, 99, { source: 'b' }), 10)
    sample(at(9, 99, { source: 'a' }), 10)
    expect(told).toEqual([])
    sample(at(8, 99, { source: 'b' }), 10)
    expect(told).toEqual(['8 opened s1 above'])
  })
})

describe('a fault that opens again', () => {
  const gone = { value: NaN, kind: 'stale' } as const
  const idsOf = (events: readonly FaultEvent[]): readonly string[] => events.map(({ id }) => id)

  it('within the millisecond in which its series was reported no longer has another name, also after a restart', () => {
    const { sample, told, engine, events } = recorded([high])
    sample(at(10, 99, { source: 'a' }))
    sample(at(10, 99, { source: 'a', ...gone }))
    const again = record(createFaultEngine([high], { snapshot: engine.snapshot() }))
    for (const { sample: take } of [{ sample }, again]) take(at(10, 99, { source: 'b' }))
    expect(told).toEqual(['10 opened s1 above', '10 cleared s1 gone', '10.001 opened s1 above'])
    expect(again.told).toEqual(told.slice(2))
    expect(new Set(idsOf(events)).size).toBe(3)
  })

  it('with an older sample of another source comes after the end of the one before', () => {
    const { sample, told } = recorded([high])
    sample(at(10, 99, { source: 'a' }))
    sample(at(10, 99, { source: 'a', ...gone }))
    sample(at(8, 99, { source: 'b' }), 10)
    expect(told.at(-1)).toBe('10.001 opened s1 above')
  })

  it('since its rule set was taken away and set again has another name', () => {
    const [set, other] = [high, { ...high, id: 'other' }].map((one) => parseRuleSets([one]))
    for (const between of [[], other ?? []]) {
      const { sample, take, advance, engine, told, events } = recorded([high])
      sample(at(10, 99))
      take(engine.setRuleSets(between, 10_000))
      advance(10)
      take(engine.setRuleSets(set ?? [], 10_000))
      sample(at(10, 99, { source: 'b' }))
      expect(told).toEqual(['10 opened s1 above', '10 cleared s1 removed', '10.001 opened s1 above'])
      expect(new Set(idsOf(events)).size).toBe(3)
    }
  })

  it('whose group had no member for a moment has another name', () => {
    const { sample, told } = recorded([{ ...high, by: ['dc'], combine: 'max' }])
    const of = (host: string): Partial<FaultInput> => ({ series: series('m', { dc: 'fra', host }) })
    sample(at(10, 99, of('a')))
    sample(at(10, 99, { ...of('a'), ...gone }))
    sample(at(10, 99, of('b')))
    expect(told).toEqual(['10 opened s1 above', '10 cleared s1 gone', '10.001 opened s1 above'])
  })
})

describe('a series that is found well again in the millisecond in which it was reported no longer', () => {
  it('says so under another name', () => {
    const { sample, take, engine, events } = recorded([high])
    take(engine.restore(undefined, 0))
    sample(at(10, 1, { source: 'a' }))
    sample(at(10, NaN, { source: 'a', kind: 'stale' }))
    sample(at(10, 1, { source: 'b' }))
    expect(events.map(({ type }) => type)).toEqual(['normal', 'normal'])
    expect(events[0]?.id).not.toBe(events[1]?.id)
  })
})

describe('what is kept of forgotten series for the names of their faults', () => {
  it('is given back when no sample of then may come any more', () => {
    const { sample, engine } = recorded([high])
    const sizes = [100, 200, 300].map((second) => {
      for (let host = 0; host < 50; host += 1) {
        const of = series('m', { host: `${second + host}` })
        sample(at(second, 99, { series: of }))
        sample(at(second, NaN, { series: of, kind: 'stale' }))
      }
      return engine.snapshot().length
    })
    expect(sizes[2]).toBe(sizes[0])
  })
})

describe('a sample of the same time', () => {
  const count = watch([{ when: { of: { count: { above: -1 }, over: '5m' }, above: 2 }, severity: 3 }])

  it('with another value is another sample', () => {
    const { sample, told, engine } = recorded([high, { ...count, id: 'counted' }])
    sample(at(10, 1))
    sample(at(10, 99))
    expect(told).toEqual(['10 opened s1 above'])
    sample(at(10, 2))
    expect(told.slice(1)).toEqual(['10 cleared s1 recovered', '10 opened s3 above'])
    expect(engine.stats.duplicates).toBe(0)
  })

  it('counts once, whatever came between, and over a restart', () => {
    const { sample, engine, told } = recorded([count])
    sample(at(10, 1))
    sample(at(10, 2))
    sample(at(10, 1))
    const again = record(createFaultEngine([count], { snapshot: engine.snapshot() }))
    again.sample(at(10, 1), 11)
    again.sample(at(10, 2), 11)
    expect([...told, ...again.told]).toEqual([])
    again.sample(at(10, 3), 12)
    expect(again.told).toEqual(['10 opened s3 above'])
  })

  it('is a text like any other value', () => {
    const { sample, told } = recorded([watch([{ when: { changed: true }, severity: 1 }])])
    sample(at(10, 'a'))
    sample(at(10, 'a'))
    expect(told).toEqual([])
    sample(at(10, 'b'))
    expect(told).toEqual(['10 opened s1 changed'])
  })

  it('of another source is told from that of this one', () => {
    const { sample, engine } = recorded([high])
    for (const source of ['a', 'b', 'a', 'b'])
      for (const value of [1, 2, 1]) sample(at(10, value, { source }))
    expect(engine.stats).toMatchObject({ samples: 12, duplicates: 8 })
  })

  it('is forgotten when it is too old to come again', () => {
    const { sample, engine, told } = recorded([count])
    for (let now = 0; now < 200_000; now += 100) {
      sample(at(now, now))
      sample(at(now, now + 1))
    }
    expect(engine.snapshot().length).toBeLessThan(8000)
    expect(told.length).toBeGreaterThan(0)
  })

  it('with a greater revision takes the place of the one before', () => {
    const { sample, told, events } = recorded([mean])
    sample(at(0, 40))
    sample(at(10, 90))
    expect(told).toEqual(['10 opened s2 above'])
    sample(at(10, 50, { revision: 1 }), 11)
    sample(at(10, 99, { revision: 1 }), 12)
    sample(at(20, 60))
    expect(told).toEqual(['10 opened s2 above', '10 cleared s2 recovered'])
    expect(events[1]?.cause).toMatchObject({ value: 45, window: { count: 2 } })
    sample(at(30, 60))
    expect(events.at(-1)?.cause).toMatchObject({ value: 52.5, window: { count: 4 } })
  })

  it('that corrects a text is unlike the one before it, or not', () => {
    const { sample, told } = recorded([watch([{ when: { changed: true }, severity: 1 }])])
    sample(at(0, 'a'))
    sample(at(10, 'b'))
    sample(at(10, 'a', { revision: 1 }))
    expect(told).toEqual(['10 opened s1 changed', '10 cleared s1 recovered'])
  })

  it('that corrects one of several sources finds that of its own', () => {
    const { sample, events } = recorded([watch([{ when: { of: { sum: '5m' }, notEquals: 0 }, severity: 1 }])])
    sample(at(0, 0, { source: 'a' }))
    sample(at(1, 0, { source: 'b' }))
    sample(at(0, 7, { source: 'a', revision: 1 }), 2)
    expect(events).toMatchObject([{ cause: { value: 7, window: { count: 2 } } }])
  })
})

describe('the clock', () => {
  it('that is set back is a problem, and events never go back', () => {
    const { sample, told, problems, events } = recorded([high])
    sample(at(3600, 99))
    sample(at(10, 1))
    sample(at(20, 99))
    expect(problems.map(({ reason }) => reason)).toEqual(['clock'])
    expect(told).toEqual(['3600 opened s1 above', '3600 cleared s1 recovered', '3600.001 opened s1 above'])
    expect(events.map(({ cause }) => cause.sampleTime)).toEqual([3_600_000, 10_000, 20_000])
  })

  it('that stands still for less than a second is none', () => {
    const { sample, problems } = recorded([high])
    sample(at(10, 1))
    sample(at(9.5, 1, { source: 'b' }))
    expect(problems).toEqual([])
  })

  it('that nobody looked at counts for no hold', () => {
    const { sample, advance, take, engine, told } = recorded([
      watch([{ when: { above: 80 }, severity: 1, for: '60s' }]),
    ])
    sample(at(0, 99))
    advance(30)
    take(engine.resume(3_630_000))
    sample(at(3631, 99))
    expect(told).toEqual([])
    sample(at(3660, 99))
    // The clock of the monitor goes on by a millisecond where it was set.
    expect(told).toEqual(['3659.999 opened s1 above'])
  })
})

describe('after a time in which nobody watched', () => {
  it('a fresh sample that was taken in it is not late, and one from before it is', () => {
    const { sample, told, problems, take, engine } = recorded([high])
    sample(at(20, 1))
    take(engine.resume(3_620_000))
    sample(at(3618, 99), 3620)
    sample(at(3618, 99), 3620)
    sample(at(3621, 1))
    expect(told).toHaveLength(2)
    expect(problems.map(({ reason }) => reason)).toEqual(['clock'])
    sample(at(3621, 99))
    expect(told).toHaveLength(3)
    sample(at(3620.5, 1), 3622)
    expect(told).toHaveLength(3)
    expect(engine.stats.duplicates).toBe(1)
  })
})
