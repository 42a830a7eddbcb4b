import { describe, expect, it } from 'vitest'

import { type FaultInput, series } from '../../src/engine.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { at, openingsOf, record, recorded, watch } from './recorder.ts'
import { createFaultEngine } from '../../src/engine.ts'

const seen = watch([
  { when: { absentFor: '60s' }, severity: 3 },
  { when: { above: 90 }, severity: 1 },
])
const of = (host: string, source: string | null = 'a'): Partial<FaultInput> => ({
  series: series('m', { host }),
  ...(source !== null && { source }),
})
const hosts = ['1', '2', '3']

describe('a silent source', () => {
  it('is one fault, as bad as the worst absence that it stands for, and clears when it speaks', () => {
    const { sample, advance, told, events } = recorded([seen])
    for (let second = 0; second <= 30; second += 10) for (const host of hosts) sample(at(second, 1, of(host)))
    advance(300)
    sample(at(300, 1, of('1')))
    expect(told).toEqual(['90 opened s3 silent', '300 cleared s3 recovered'])
    expect(events[0]).toMatchObject({
      ruleSet: 'tocsin.source',
      series: { key: 'tocsin.source|ST[source:a]' },
    })
    expect(events[1]?.cause).toMatchObject({
      held: { count: 3, series: hosts.map((host) => `m|ST[host:${host}]`) },
    })
    // The others have as long again to speak.
    advance(369)
    expect(told).toHaveLength(2)
  })

  it('lets very many series go in steps when it speaks again, which nobody can see', () => {
    const told = [0, 1, 2].map((way) => {
      let recorder = recorded([seen])
      for (let host = 0; host < 3000; host += 1) recorder.sample(at(0, 1, of(`${host}`)))
      recorder.advance(100)
      const { engine, take } = recorder
      take(engine.sample(at(200, 1, of('0')), 200_000))
      expect(engine.nextDue()).toBeLessThanOrEqual(200_000)
      if (way === 1) recorder.advance(200)
      if (way === 2) {
        recorder = record(createFaultEngine([seen], { snapshot: engine.snapshot() }))
        recorder.told.push(...['60 opened s3 silent', '200 cleared s3 recovered'])
      }
      recorder.sample(at(210, 1, of('2999')))
      recorder.sample(at(265, 95, of('2998')))
      recorder.sample(at(268, 1, of('0')))
      recorder.advance(275)
      return recorder.told
    })
    expect(told[0]).toHaveLength(3 + 2997)
    expect(told[0]?.slice(0, 4)).toEqual([
      ...['60 opened s3 silent', '200 cleared s3 recovered', '265 opened s1 above'],
      '260 opened s3 absent',
    ])
    expect(told[1]).toEqual(told[0])
    expect(told[2]).toEqual(told[0])
  })

  it('holds all its series from the first event on, and names the first 20 of those that it still has', () => {
    const { sample, advance, events, engine } = recorded([seen])
    const names = Array.from({ length: 30 }, (_, index) => `${index}`)
    for (const host of names) sample(at(Number(host), 1, of(host)))
    // The first is reported no longer, and the second by another source.
    sample(at(30, NaN, { ...of('0'), kind: 'stale' }))
    sample(at(30, 1, of('1', 'b')))
    sample(at(30, 1, of('30')))
    const again = record(createFaultEngine([seen], { snapshot: engine.snapshot() }))
    for (const one of [{ advance }, again]) one.advance(150)
    const named = [...names.slice(2, 20), '30'].map((host) => `m|ST[host:${host}]`)
    expect(events[0]).toMatchObject({ type: 'opened', cause: { held: { count: 29, series: named } } })
    expect(events[0]?.text).toMatch(/nothing from a for 32s, 29 series held$/)
    expect(again.events[0]).toEqual(events[0])
  })

  it('names none whose silence no rule watches since it was edited', () => {
    const { take, engine, sample, advance, events } = recorded([seen])
    for (const host of hosts) sample(at(0, 1, of(host)))
    const edited = watch([{ when: { absentFor: '60s' }, severity: 3 }], {
      select: 'and(__name:m,not(host:1))',
    })
    const other = watch([{ when: { above: 90 }, severity: 1 }], { id: 'other' })
    take(engine.setRuleSets(parseRuleSets([edited, other]), 1000))
    advance(100)
    expect(events[0]?.cause).toMatchObject({ held: { count: 2, series: ['m|ST[host:2]', 'm|ST[host:3]'] } })
  })

  it('is told as late where all that comes is too old', () => {
    const { sample, advance, told } = recorded([seen])
    for (const host of hosts) sample(at(0, 1, of(host)))
    for (let second = 20; second < 100; second += 10) sample(at(second - 15, 1, of('1')), second)
    advance(100)
    expect(told).toEqual(['60 opened s3 late'])
  })

  it('is told again as late where it was silent, once', () => {
    const { sample, advance, told, engine } = recorded([seen])
    for (const host of hosts) sample(at(0, 1, of(host)))
    advance(100)
    sample(at(80, 1, of('1')), 101)
    sample(at(85, 1, of('2')), 102)
    expect(told).toEqual(['60 opened s3 silent', '101 reason s3 late'])
    const again = record(createFaultEngine([seen], { snapshot: engine.snapshot() }))
    again.sample(at(86, 1, of('2')), 103)
    again.sample(at(103, 1, of('2')))
    expect(again.told).toEqual(['103 cleared s3 recovered'])
  })

  it('is not told to have begun while it still spoke', () => {
    const { sample, advance, told } = recorded([watch([{ when: { absentFor: '30s' }, severity: 3 }])])
    for (const host of hosts) sample(at(0, 1, of(host)))
    sample(at(7, 1, of('1')))
    advance(100)
    // The others are absent since 30, and it is silent since 37.
    expect(told).toEqual(['37 opened s3 silent'])
  })

  it('hides no series that is silent while it speaks', () => {
    const { sample, told } = recorded([seen])
    for (let second = 0; second <= 100; second += 10) {
      for (const host of second < 30 ? hosts : hosts.slice(1)) sample(at(second, 1, of(host)))
    }
    expect(told).toEqual(['80 opened s3 absent'])
  })

  it('that falls silent soon after one of its series is waited for', () => {
    const { sample, advance, told } = recorded([seen])
    for (let second = 0; second <= 40; second += 20) for (const host of hosts) sample(at(second, 1, of(host)))
    // Of the next round only the second comes: nobody knows whether the first is silent, or all.
    sample(at(60, 1, of('2')))
    advance(89)
    advance(110)
    expect(told).toEqual(['100 opened s3 silent'])
  })

  it('is no fault of a single series, nor of samples that say no source, nor where that is turned off', () => {
    const run = (samples: readonly FaultInput[], sources = true): string[] => {
      const { sample, advance, told } = recorded([seen], { sources })
      for (const one of samples) sample(one)
      advance(100)
      return told
    }
    expect(run([at(0, 1, of('1'))])).toEqual(['60 opened s3 absent'])
    expect(run(hosts.map((host) => at(0, 1, { series: series('m', { host }) })))).toHaveLength(3)
    expect(
      run(
        hosts.map((host) => at(0, 1, of(host))),
        false,
      ),
    ).toHaveLength(3)
    expect(run(hosts.map((host) => at(0, 1, of(host))))).toEqual(['60 opened s3 silent'])
  })

  it('goes on over a restart, and clears when it speaks', () => {
    const first = recorded([seen])
    for (const host of hosts) first.sample(at(0, 1, of(host)))
    first.advance(100)
    const { take, engine, sample, told, events } = record(createFaultEngine([seen]))
    take(engine.restore(openingsOf(first.events), 200_000))
    sample(at(200, 1, of('1')))
    expect(told).toEqual(['200 cleared s3 recovered'])
    // How many it held is known no longer.
    expect(events[0]?.text).toMatch(/cleared after 2m 20s, a sends again$/)
  })
})

describe('the bound on series', () => {
  it('counts samples of further series, judges none, and tells the 1st, 10th, 100th', () => {
    const { sample, told, problems, engine } = recorded([seen], { maxInstances: 1 })
    sample(at(0, 1, of('1', null)))
    for (let host = 2; host < 152; host += 1) sample(at(0, 99, of(`${host}`, null)))
    expect(problems.map(({ reason, count }) => [reason, count])).toEqual(
      [1, 9, 90].map((count) => ['too-many-series', count]),
    )
    sample(at(1, 99, of('1', null)))
    expect(told).toEqual(['0 opened s2 refused', '1 opened s1 above'])
    expect(engine.stats.refused).toBe(150)
  })

  it('is not used up by series that no rule set selects', () => {
    const { sample, told } = recorded([seen], { maxInstances: 1 })
    for (let index = 0; index < 100; index += 1) sample(at(index, 99, { series: series(`other-${index}`) }))
    sample(at(100, 99))
    expect(told).toEqual(['100 opened s1 above'])
  })

  it('is a fault of the source, which ends when nothing was refused for five minutes', () => {
    const { sample, advance, told, events, engine } = recorded([seen], {
      maxInstancesPerSource: 1,
      sources: false,
    })
    sample(at(0, 1, of('1')))
    sample(at(1, 99, of('2')))
    sample(at(1, 99, of('2', 'b')))
    sample(at(61, 1, of('1')))
    sample(at(61, 99, of('3')))
    expect(told).toEqual(['1 opened s2 refused', '1 opened s1 above'])
    expect(events[0]?.series.key).toBe('tocsin.refused|ST[source:a]')
    expect(engine.nextDue()).toBeLessThanOrEqual(361_000)
    const before = told.length
    for (let second = 120; second <= 361; second += 40) sample(at(second, 1, of('1')))
    advance(361)
    expect(told.slice(before).filter((line) => !line.includes('absent'))).toEqual([
      '361 cleared s2 recovered',
    ])
  })

  it('makes room for others when a series is forgotten', () => {
    const { sample, told } = recorded([{ ...seen, forgetAfter: '5m' }], { maxInstances: 1 })
    sample(at(0, 1, of('1', null)))
    sample(at(10, 99, of('2', null)))
    sample(at(400, 99, of('2', null)))
    expect(told.filter((line) => line.includes('above'))).toEqual(['400 opened s1 above'])
  })
})
