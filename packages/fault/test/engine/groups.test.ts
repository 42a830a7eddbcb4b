import { describe, expect, it } from 'vitest'

import { type FaultInput, series } from '../../src/engine.ts'
import { at, recorded, watch } from './recorder.ts'

const host = (name: string, dc = 'x'): Partial<FaultInput> => ({ series: series('m', { host: name, dc }) })

describe('a group', () => {
  it('has one last value of its members, combined as its rule set says', () => {
    const { sample, events } = recorded([
      watch([{ when: { above: 50 }, severity: 2 }], { id: 'sum', by: ['dc'], combine: 'sum' }),
      watch([{ when: { above: 25 }, severity: 2 }], { id: 'average', by: ['dc'], combine: 'average' }),
      watch([{ when: { above: 15 }, severity: 2 }], { id: 'min', by: ['dc'], combine: 'min' }),
      watch([{ when: { above: 35 }, severity: 2 }], { id: 'max', by: ['dc'], combine: 'max' }),
    ])
    sample(at(0, 20, host('a')))
    sample(at(1, 40, host('b')))
    sample(at(1, 100, host('c', 'y')))
    const x = events.filter(({ series: { tags } }) => tags['dc'] === 'x')
    expect(x.map(({ ruleSet, cause }) => [ruleSet, cause.value])).toEqual([
      ['min', 20],
      ['sum', 60],
      ['average', 30],
      ['max', 40],
    ])
    expect(x[0]?.series.key).toBe('m|ST[dc:x]')
  })

  it('pools the samples of all its members in its windows', () => {
    const { sample, events } = recorded([
      watch([{ when: { of: { average: '5m' }, above: 50 }, severity: 2 }], { by: ['dc'] }),
    ])
    sample(at(0, 10, host('a')))
    sample(at(1, 70, host('b')))
    sample(at(2, 100, host('a')))
    expect(events).toMatchObject([{ time: 2000, cause: { value: 60, window: { count: 3 } } }])
  })

  it('is absent when none of its members sends', () => {
    const { sample, advance, told } = recorded([
      watch([{ when: { absentFor: '60s' }, severity: 2 }], { by: ['dc'] }),
    ])
    for (let second = 0; second <= 100; second += 20) sample(at(second, 1, host(second < 50 ? 'a' : 'b')))
    advance(200)
    expect(told).toEqual(['160 opened s2 absent'])
  })

  it('that is expected is absent though it was never seen', () => {
    const { advance, sample, told, events } = recorded([
      watch([{ when: { absentFor: '60s' }, severity: 2 }], { by: ['dc'], expect: [{ dc: 'x' }] }),
    ])
    advance(0)
    advance(100)
    sample(at(110, 1, host('a')))
    expect(told).toEqual(['60 opened s2 absent', '110 cleared s2 recovered'])
    expect(events.map(({ series: { key } }) => key)).toEqual(['r|ST[dc:x]', 'r|ST[dc:x]'])
  })

  it('that is expected in a window of time is missed when it ends without a sample', () => {
    const { advance, sample, told } = recorded([
      watch([{ when: { missedDuring: { from: '02:00', until: '03:00', zone: 'UTC' } }, severity: 1 }], {
        by: ['dc'],
        expect: [{ dc: 'x' }],
      }),
    ])
    advance(0)
    advance(3 * 3600 + 10)
    sample(at(4 * 3600, 1, host('a')))
    sample(at(26.5 * 3600, 1, host('a')))
    advance(30 * 3600)
    expect(told).toEqual([`${3 * 3600} opened s1 missed`, `${4 * 3600} cleared s1 recovered`])
  })

  it('counts the members that are such, each by its own samples', () => {
    const { sample, told, events } = recorded([
      watch([{ when: { some: '50%', members: { of: { average: '1m' }, above: 80 } }, severity: 2 }], {
        by: ['dc'],
      }),
    ])
    for (const name of ['a', 'b', 'c', 'd']) sample(at(0, 10, host(name)))
    sample(at(10, 200, host('a')))
    expect(told).toEqual([])
    sample(at(10, 200, host('b')))
    sample(at(20, 10, host('b')))
    expect(told).toEqual(['10 opened s2 some', '20 cleared s2 recovered'])
    expect(events[0]?.cause).toMatchObject({ value: 2, threshold: 2 })
  })

  it('forgets a member that is gone, and is judged without it', () => {
    const { sample, advance, told, engine } = recorded([
      watch([{ when: { above: 50 }, severity: 2 }], { by: ['dc'], combine: 'sum', forgetAfter: '5m' }),
    ])
    sample(at(0, 40, host('a')))
    for (let second = 0; second <= 400; second += 100) sample(at(second, 20, host('b')))
    advance(500)
    expect(told).toEqual(['0 opened s2 above', '300 cleared s2 recovered'])
    sample(at(500, NaN, { ...host('b'), kind: 'stale' }))
    expect(engine.stats).toMatchObject({ series: 0, groups: 0, instances: 0 })
  })

  it('divides one part of its members by another', () => {
    const ofStatus = (status: string): Partial<FaultInput> => ({ series: series('m', { status, dc: 'x' }) })
    const { sample, events } = recorded([
      watch(
        [
          {
            when: { of: { ratio: [{ sum: '5m', select: 'status:500' }, { sum: '5m' }] }, above: 0.1 },
            severity: 2,
          },
        ],
        { by: ['dc'] },
      ),
    ])
    sample(at(0, 95, ofStatus('200')))
    sample(at(1, 5, ofStatus('500')))
    expect(events).toEqual([])
    sample(at(2, 25, ofStatus('500')))
    expect(events).toMatchObject([{ cause: { value: 30 / 125 } }])
  })

  it('is of no series without its tags', () => {
    const { sample, told, engine } = recorded([
      watch([{ when: { above: 1 }, severity: 2 }], { by: ['dc'], combine: 'sum' }),
    ])
    sample(at(0, 50))
    expect([told, engine.stats.series]).toEqual([[], 0])
  })
})
