import { describe, expect, it } from 'vitest'

import { createFaultEngine, series } from '../../src/engine.ts'
import { at, openingsOf, record, recorded, watch } from './recorder.ts'

const hourS = 3600
const dayS = 24 * hourS

describe('faults that were measured', () => {
  it('an average of equal values is not above them (01)', () => {
    const { sample, told } = recorded([watch([{ when: { above: 0.1, of: { average: '5m' } }, severity: 1 }])])
    for (let second = 0; second <= 110; second += 10) sample(at(second, 0.1))
    expect(told).toEqual([])
  })

  it('a window as long as the period of its samples fills (02)', () => {
    const window = { function: 'average', duration: '1m', minFill: '30s' }
    const { sample, told } = recorded([watch([{ when: { above: 80 }, severity: 1 }], { window })])
    for (let second = 0; second <= 1740; second += 60) sample(at(second, 99))
    expect(told).toEqual(['60 opened s1 above'])
  })

  it('a window that a restart lost clears nothing (03)', () => {
    const rules = [watch([{ when: { above: 80, of: { average: '5m' } }, severity: 1 }])]
    const before = recorded(rules)
    for (let second = 0; second <= 210; second += 30) before.sample(at(second, 95))
    const opened = openingsOf(before.events)
    expect(opened).toHaveLength(1)
    const after = recorded(rules)
    after.take(after.engine.restore(opened, 240_000))
    after.sample(at(240, 70))
    after.sample(at(270, 99))
    after.sample(at(300, 99))
    expect(after.told).toEqual([])
    // Once the window is full again it is believed.
    for (let second = 330; second <= 600; second += 30) after.sample(at(second, 10))
    expect(after.told).toEqual(['540 cleared s1 recovered'])
  })

  it('a sample that is delivered twice counts once (04)', () => {
    const changed = recorded([watch([{ when: { changed: true }, severity: 1 }])])
    changed.sample(at(0, 'a'))
    changed.sample(at(10, 'b'))
    changed.sample(at(10, 'b'), 10.01)
    changed.sample(at(20, 'b'))
    expect(changed.told).toEqual(['10 opened s1 changed', '20 cleared s1 recovered'])
    const average = recorded([watch([{ when: { above: 60, of: { average: '5m' } }, severity: 1 }])])
    average.sample(at(0, 20))
    average.sample(at(10, 90))
    average.sample(at(10, 90), 11)
    expect(average.told).toEqual([])
    expect(average.engine.stats.duplicates).toBe(1)
    expect(average.problems).toEqual([])
  })

  it('a collector whose clock is fast does not shut out the samples of another one (05)', () => {
    const { sample, told, problems } = recorded([watch([{ when: { above: 80 }, severity: 1 }])])
    for (let second = 0; second < 40; second += 10) {
      sample(at(second + 9, 10, { source: 'a' }), second)
      sample(at(second + 5, 99, { source: 'b' }))
    }
    expect(told.filter((line) => line.includes('opened'))).toHaveLength(4)
    expect(problems).toEqual([])
  })

  it('an absence ends when the silence ends, though its rule set knows no value yet (06)', () => {
    const window = { function: 'average', duration: '5m', minFill: '5m' }
    const { sample, told, advance } = recorded([
      watch(
        [
          { when: { above: 80 }, severity: 1 },
          { when: { absentFor: '60s' }, severity: 2 },
        ],
        { window },
      ),
    ])
    for (let second = 0; second <= 570; second += 30) sample(at(second, 10))
    advance(900)
    for (let second = 1000; second <= 1570; second += 30) sample(at(second, 10))
    expect(told).toEqual(['630 opened s2 absent', '1000 cleared s2 recovered'])
  })

  it('an absence is not told while a fresh sample may be on its way (07)', () => {
    const { sample, advance, told } = recorded([watch([{ when: { absentFor: '62s' }, severity: 1 }])])
    for (const [arrival, second] of [
      [0, 0],
      [65, 60],
      [125, 120],
      [180, 180],
    ] as const) {
      advance(arrival - 0.001)
      sample(at(second, 1), arrival)
    }
    expect(told).toEqual([])
    advance(251.999)
    expect(told).toEqual([])
    advance(252)
    expect(told).toEqual(['242 opened s1 absent'])
  })

  it('a fault that ends after an edit says what it is compared with now (08)', () => {
    const before = recorded([watch([{ when: { above: 0 }, severity: 1 }])])
    before.sample(at(0, 90))
    const after = recorded([watch([{ when: { above: 95 }, severity: 1 }])])
    after.take(after.engine.restore(openingsOf(before.events), 10_000))
    after.sample(at(20, 90))
    expect(after.told).toEqual(['20 cleared s1 recovered'])
    expect(after.events[0]?.cause).toMatchObject({ value: 90, threshold: 95, condition: { above: 95 } })
  })

  it('names that come and go do not fill the table (09)', () => {
    const { sample, told, problems, engine } = recorded([watch([{ when: { above: 90 }, severity: 1 }])], {
      maxInstances: 150,
    })
    for (let day = 0; day < 30; day += 1) {
      for (let pod = 0; pod < 50; pod += 1) {
        const one = series('m', { pod: `${day}-${pod}` })
        sample(at(day * dayS + pod, pod === 0 ? 99 : 1, { series: one }))
      }
    }
    expect(told.filter((line) => line.includes('opened'))).toHaveLength(30)
    expect(problems).toEqual([])
    expect(engine.stats.instances).toBeLessThanOrEqual(150)
  })

  it('a series that is refused is asked about once (10)', () => {
    const rules = watch([{ when: { above: 90 }, severity: 1 }], { select: 'and(__name:m,not(a:b))' })
    const { sample, told, engine } = recorded([rules], { maxInstances: 1 })
    let reads = 0
    const tags = new Proxy<Record<string, string>>(
      { host: 'b' },
      {
        getOwnPropertyDescriptor: (...args) => {
          reads += 1
          return Reflect.getOwnPropertyDescriptor(...args)
        },
      },
    )
    sample(at(0, 1))
    const refused = { key: 'm|ST[host:b]', metric: 'm', tags }
    sample(at(1, 99, { series: refused }))
    const once = reads
    expect(once).toBeGreaterThan(0)
    for (let second = 2; second < 100; second += 1) sample(at(second, 99, { series: refused }))
    expect(reads).toBe(once)
    expect(told).toEqual(['1 opened s2 refused'])
    expect(engine.stats.refused).toBe(99)
  })

  it('the fault of a series that is gone ends, by its marker or when it is forgotten (11)', () => {
    const rules = [watch([{ when: { above: 90 }, severity: 1 }])]
    const marked = recorded(rules)
    marked.sample(at(0, 95))
    marked.sample(at(30, NaN, { kind: 'stale' }))
    expect(marked.told).toEqual(['0 opened s1 above', '30 cleared s1 gone'])
    const forgotten = recorded(rules)
    forgotten.sample(at(0, 95))
    forgotten.advance(30 * dayS)
    expect(forgotten.told).toEqual(['0 opened s1 above', `${dayS} cleared s1 gone`])
    expect(forgotten.engine.stats.series).toBe(0)
  })

  it('a series that dies under an open fault is told as silent (12)', () => {
    const { sample, advance, told } = recorded([
      watch([
        { when: { above: 95 }, severity: 2 },
        { when: { absentFor: '60s' }, severity: 2 },
      ]),
    ])
    sample(at(0, 97))
    advance(100)
    expect(told).toEqual(['0 opened s2 above', '60 reason s2 absent'])
  })

  it('a collector that is cut off is one fault, and its backlog none (13)', () => {
    const all = Array.from({ length: 20 }, (_, index) => series('m', { host: `${index}` }))
    const { sample, advance, told, events } = recorded([watch([{ when: { absentFor: '60s' }, severity: 2 }])])
    const source = 'a'
    for (let second = 0; second < 60; second += 10)
      for (const one of all) sample(at(second, 1, { series: one, source }))
    for (let second = 60; second < 660; second += 1) advance(second)
    // It comes back with all that it could not send.
    for (let second = 60; second < 650; second += 10) {
      for (const one of all) sample(at(second, 1, { series: one, source }), 660)
    }
    expect(told).toEqual(['110 opened s2 silent', '660 reason s2 late'])
    // All but one of its series are back, and that one is silent for itself.
    for (let second = 660; second <= 740; second += 10) {
      for (const one of all.slice(1)) sample(at(second, 1, { series: one, source }))
    }
    expect(told.slice(2)).toEqual(['660 cleared s2 recovered', '720 opened s2 absent'])
    for (const { cause } of events.slice(0, 3))
      expect(cause).toMatchObject({ held: { count: 20, series: all.map(({ key }) => key) } })
  })

  it('a suspend is no silence (14)', () => {
    const all = Array.from({ length: 1000 }, (_, index) => series('m', { host: `${index}` }))
    const { sample, advance, told, problems, take, engine } = recorded([
      watch([{ when: { absentFor: '60s' }, severity: 2 }]),
    ])
    for (const one of all) sample(at(0, 1, { series: one }))
    advance(30)
    take(engine.resume((30 + hourS) * 1000))
    for (const one of all) sample(at(35 + hourS, 1, { series: one }))
    advance(90 + hourS)
    expect(told).toEqual([])
    expect(problems.map(({ reason }) => reason)).toEqual(['clock'])
    advance(106 + hourS)
    expect(told).toHaveLength(1000)
  })

  it('a clock that is set back delays no silence (15)', () => {
    const { sample, advance, told, problems, engine } = recorded([
      watch([{ when: { absentFor: '60s' }, severity: 2 }]),
    ])
    sample(at(hourS, 1))
    sample(at(hourS + 10, 1))
    advance(20)
    expect(problems.map(({ reason }) => reason)).toEqual(['clock'])
    expect(engine.nextDue()).toBeLessThanOrEqual(90_000)
    advance(89)
    expect(told).toEqual([])
    advance(90)
    expect(told).toEqual(['79.999 opened s2 absent'])
  })

  it('an infinity is above each limit (16)', () => {
    const { sample, told } = recorded([watch([{ when: { above: 80 }, severity: 1 }])])
    sample(at(0, 10))
    sample(at(60, Infinity))
    sample(at(120, Infinity))
    sample(at(180, 10))
    expect(told).toEqual(['60 opened s1 above', '180 cleared s1 recovered'])
  })

  it('a restart from a snapshot tells the same as none', () => {
    const rules = [watch([{ when: { above: 80, of: { average: '5m' } }, severity: 1, for: '1m' }])]
    const whole = recorded(rules)
    const parts: string[] = []
    let part = record(createFaultEngine(rules))
    for (let second = 0; second <= 900; second += 30) {
      const sample = at(second, second < 400 ? 99 : 10)
      whole.sample(sample)
      part.sample(sample)
      parts.push(...part.told)
      part = record(createFaultEngine(rules, { snapshot: part.engine.snapshot() }))
    }
    expect(parts).toEqual(whole.told)
    expect(parts.length).toBeGreaterThan(1)
  })
})
