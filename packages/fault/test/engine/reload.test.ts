import { describe, expect, it } from 'vitest'

import { type FaultInput, type RuleSetInput, series } from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { at, recorded, type Recorder, watch } from './recorder.ts'

const high = watch([{ when: { above: 80 }, severity: 2 }])

/** Edits the rule sets at this second, and moves all series to them. */
function edit({ engine, take }: Recorder, ruleSets: readonly RuleSetInput[], second: number): void {
  take(engine.setRuleSets(parseRuleSets(ruleSets), second * 1000))
  while (engine.nextDue() <= second * 1000) take(engine.advance(second * 1000))
}

describe('other rule sets', () => {
  it('leave alone what did not change, in the middle of a hold and of a window', () => {
    const rules = [
      { when: { above: 80 }, severity: 1, for: '20s' },
      { when: { of: { average: '1m' }, above: 60 }, severity: 3 },
    ] as const
    const other = watch([{ when: { of: { max: '10m' }, above: 1 }, severity: 5 }], { id: 'a' })
    const recorder = recorded([watch(rules)])
    recorder.sample(at(0, 50))
    recorder.sample(at(10, 90))
    edit(recorder, [other, watch(rules)], 15)
    recorder.sample(at(30, 90))
    expect(recorder.told.filter((line) => !line.includes('s5'))).toEqual([
      '10 opened s3 above',
      '30 severity s1 above',
    ])
  })

  it('keep a fault open whose rule has another limit, severity or wait', () => {
    const recorder = recorded([high])
    recorder.sample(at(0, 90))
    edit(recorder, [watch([{ when: { above: 85 }, severity: 2, wait: '5m' }])], 10)
    expect(recorder.told).toEqual(['0 opened s2 above'])
    edit(recorder, [watch([{ when: { above: 85 }, severity: 1 }])], 20)
    recorder.sample(at(30, 10))
    expect(recorder.told).toEqual(['0 opened s2 above', '20 severity s1 above', '30 cleared s1 recovered'])
  })

  it('judge what came last by what is new', () => {
    const recorder = recorded([high])
    recorder.sample(at(0, 90))
    edit(recorder, [watch([{ when: { above: 95 }, severity: 2 }])], 10)
    expect(recorder.told).toEqual(['0 opened s2 above', '10 cleared s2 recovered'])
    expect(recorder.events[1]?.cause).toMatchObject({ value: 90, threshold: 95, sampleTime: 0 })
    edit(recorder, [watch([{ when: { above: 70 }, severity: 2 }])], 20)
    expect(recorder.told.slice(2)).toEqual(['20 opened s2 above'])
  })

  it('go on with a longer hold, which what fires is spared', () => {
    const recorder = recorded([watch([{ when: { above: 80 }, severity: 2, for: '10s' }])])
    recorder.sample(at(0, 90))
    edit(recorder, [watch([{ when: { above: 80 }, severity: 2, for: '30s' }])], 5)
    recorder.sample(at(20, 90))
    expect(recorder.told).toEqual([])
    recorder.sample(at(30, 90))
    edit(recorder, [watch([{ when: { above: 80 }, severity: 2, for: '10m' }])], 31)
    expect(recorder.told).toEqual(['30 opened s2 above'])
  })

  it('clear what they watch no more, as removed', () => {
    const recorder = recorded([high, { ...high, id: 'other' }])
    recorder.sample(at(0, 90))
    edit(recorder, [{ ...high, id: 'other' }], 10)
    edit(recorder, [{ ...high, id: 'other', select: '__name:n' }], 20)
    expect(recorder.told.slice(2)).toEqual(['10 cleared s2 removed', '20 cleared s2 removed'])
    expect(recorder.engine.stats).toMatchObject({ series: 0, instances: 0, open: 0 })
  })

  it('end a fault as edited that none of their rules stands behind', () => {
    const recorder = recorded([high])
    recorder.sample(at(0, 90))
    edit(recorder, [watch([{ when: { below: 5 }, severity: 4 }])], 10)
    expect(recorder.told).toEqual(['0 opened s2 above', '10 cleared s2 edited'])
  })

  it('watch series that were there, as of their next sample', () => {
    const recorder = recorded([high])
    recorder.sample(at(0, 90))
    const other = series('n')
    recorder.sample(at(0, 90, { series: other }))
    edit(
      recorder,
      [high, watch([{ when: { above: 10 }, severity: 1 }], { id: 'all', select: '__name:*' })],
      10,
    )
    recorder.sample(at(20, 90))
    recorder.sample(at(20, 90, { series: other }))
    expect(recorder.told).toEqual(['0 opened s2 above', '20 opened s1 above', '20 opened s1 above'])
  })

  it('move many series in steps, and those first that send', () => {
    const { engine, sample, told } = recorded([high])
    const of = (index: number): Partial<FaultInput> => ({ series: series('m', { i: `${index}` }) })
    for (let index = 0; index < 12_000; index += 1) sample(at(0, 90, of(index)))
    told.length = 0
    engine.setRuleSets(parseRuleSets([watch([{ when: { above: 95 }, severity: 2 }])]), 1000)
    expect(engine.nextDue()).toBeLessThanOrEqual(1000)
    sample(at(1, 99, of(11_999)))
    expect(told).toEqual(['1 cleared s2 recovered', '1.001 opened s2 above'])
    const steps: number[] = []
    while (engine.nextDue() <= 1000) steps.push(engine.advance(1000).events.length)
    expect(Math.max(...steps)).toBeLessThanOrEqual(250)
    expect(steps.reduce((sum, told) => sum + told, 0)).toBe(11_999)
  })

  it('are found for series that were there, where they select anew beside what they had', () => {
    const recorder = recorded([high, { ...high, id: 'other', select: '__name:n' }])
    recorder.sample(at(0, 90))
    edit(recorder, [{ ...high, id: 'other' }, watch([{ when: { above: 85 }, severity: 1 }])], 10)
    expect(recorder.told.slice(1)).toEqual(['10 severity s1 above'])
    recorder.sample(at(20, 90))
    expect(recorder.told.slice(2)).toEqual(['20 opened s2 above'])
    // One edit after the other, before the series follows.
    recorder.take(recorder.engine.setRuleSets(parseRuleSets([high]), 30_000))
    edit(recorder, [watch([{ when: { above: 95 }, severity: 1 }])], 30)
    expect(recorder.told.slice(3)).toEqual(['30 cleared s2 removed', '30 cleared s1 recovered'])
    expect(recorder.engine.stats).toMatchObject({ series: 1, instances: 1, open: 0 })
  })

  it('tell an absence again where it is longer than before, and then earlier where it is shorter', () => {
    const absent = (absentFor: '60s' | '90s' | '30s'): RuleSetInput =>
      watch([{ when: { absentFor }, severity: 2 }])
    const recorder = recorded([absent('60s')])
    recorder.sample(at(0, 1))
    edit(recorder, [absent('90s')], 20)
    edit(recorder, [absent('30s')], 21)
    recorder.advance(41)
    expect(recorder.told).toEqual(['30 opened s2 absent'])
  })

  it('keep the members of a group whose limit is another one', () => {
    const group = (above: number): RuleSetInput =>
      watch(
        [
          { when: { above }, severity: 2 },
          { when: { some: '50%', members: { above: 80 } }, severity: 3 },
        ],
        { by: ['dc'], combine: 'sum' },
      )
    const recorder = recorded([group(100)])
    for (const host of ['a', 'b']) recorder.sample(at(0, 60, { series: series('m', { host, dc: 'x' }) }))
    edit(recorder, [group(110)], 5)
    expect(recorder.told).toEqual(['0 opened s2 above'])
    edit(recorder, [group(130)], 10)
    recorder.sample(at(20, 90, { series: series('m', { host: 'a', dc: 'x' }) }))
    expect(recorder.told).toEqual(['0 opened s2 above', '10 cleared s2 recovered', '20 opened s2 above'])
  })

  it('clear the faults of a group that is divided otherwise', () => {
    const group = watch([{ when: { above: 100 }, severity: 2 }], { by: ['dc'], combine: 'sum' })
    const recorder = recorded([group])
    for (const host of ['a', 'b']) recorder.sample(at(0, 60, { series: series('m', { host, dc: 'x' }) }))
    edit(recorder, [{ ...group, by: ['host'] }], 10)
    expect(recorder.told).toEqual(['0 opened s2 above', '10 cleared s2 removed'])
    edit(recorder, [], 20)
    expect(recorder.engine.stats).toMatchObject({ series: 0, groups: 0, instances: 0, open: 0 })
  })
})

describe('the difference that rule sets would make', () => {
  it('is told, and nothing happens', () => {
    const { engine, sample, told } = recorded([
      high,
      watch([{ when: { above: 5 }, severity: 3 }], { id: 'low' }),
    ])
    const quiet = series('m', { host: 'b' })
    sample(at(0, 90))
    sample(at(0, 20, { series: quiet }))
    const before = engine.snapshot()
    const diff = engine.diff(
      parseRuleSets([
        watch([{ when: { above: 10 }, severity: 2 }]),
        watch(
          [
            { when: { above: 5 }, severity: 1 },
            { when: { above: 50 }, severity: 3 },
          ],
          { id: 'low' },
        ),
      ]),
    )
    expect(
      diff.map(({ change, ruleSet, series: { key }, severity }) => [change, ruleSet, key, severity]),
    ).toEqual([
      ['changes', 'low', 'm', 1],
      ['opens', 'r', 'm|ST[host:b]', 2],
      ['changes', 'low', 'm|ST[host:b]', 1],
    ])
    expect(engine.diff(parseRuleSets([])).map(({ change, ruleSet }) => [change, ruleSet])).toEqual([
      ['clears', 'r'],
      ['clears', 'low'],
      ['clears', 'low'],
    ])
    expect(engine.snapshot()).toEqual(before)
    expect(told).toHaveLength(3)
  })
})
