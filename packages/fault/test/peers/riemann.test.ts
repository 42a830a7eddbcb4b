import { describe, expect, it } from 'vitest'

import { type Came, run, sampleOf, watch } from './grid.ts'

const each = (values: readonly (number | string)[], stepSeconds = 1): readonly Came[] =>
  values.map((value, index) => [index * stepSeconds, value] as const)

const openings = (told: readonly string[]): readonly number[] =>
  told.filter((line) => line.includes(' opened ')).map((line) => Number(line.split(' ')[0]))

describe('as Riemann does', () => {
  it('over is true above a limit, event by event', () => {
    expect(run(watch([{ when: { above: 5 }, severity: 1 }]), each([1, 3, 5, 6, 9])).states).toBe('---11')
  })
  it('under is true below a limit, event by event', () => {
    expect(run(watch([{ when: { below: 5 }, severity: 1 }]), each([1, 3, 5, 6, 9])).states).toBe('11---')
  })
  it('what is expired is so when its time to live has passed since its last event', () => {
    const rules = watch([{ when: { absentFor: '60s' }, severity: 1 }])
    expect(run(rules, [[5, 1]], 80).told).toEqual(['65 opened s1 absent'])
  })
  it('stable: a value that is constant for less than its time says nothing', () => {
    const rules = watch([{ when: { equals: 'down' }, for: '3s', severity: 1 }])
    expect(run(rules, each(['down', 'down', 'up'])).told).toEqual([])
  })
  it('stable: a value that is constant for its time says so', () => {
    const rules = watch([{ when: { equals: 'down' }, for: '3s', severity: 1 }])
    expect(run(rules, each(['down', 'down', 'down', 'down'])).told).toEqual(['3 opened s1 equals'])
  })
  it('stable: a spike says nothing', () => {
    const rules = watch([{ when: { above: 5 }, for: '3s', severity: 1 }])
    expect(run(rules, each([1, 1, 9, 1, 1, 1])).told).toEqual([])
  })
  it('stable: flapping says nothing', () => {
    const rules = watch([{ when: { above: 5 }, for: '3s', severity: 1 }])
    expect(run(rules, each([9, 1, 9, 1, 9, 1, 9, 1])).told).toEqual([])
  })
  it('stable: it is said by the clock, where no further event comes', () => {
    const rules = watch([{ when: { above: 5 }, for: '10s', severity: 1 }])
    expect(run(rules, [[0, 9]], 20).told).toEqual(['10 opened s1 above'])
  })
  it('runs: two equal ones are not enough for three', () => {
    const rules = watch([{ when: { atLeast: 3, of: { count: { equals: 1 }, over: 3 } }, severity: 1 }])
    expect(run(rules, each([1, 1, 0, 1, 1])).states).toBe('-----')
  })
  it('runs: the third equal one in a row is', () => {
    const rules = watch([{ when: { atLeast: 3, of: { count: { equals: 1 }, over: 3 } }, severity: 1 }])
    expect(run(rules, each([1, 1, 1, 1, 0])).states).toBe('--11-')
  })
  it('the difference of a counter in its time is its rate', () => {
    const rules = watch([{ when: { atLeast: 2, of: { counter: '10s' } }, severity: 1 }])
    expect(run(rules, each([0, 1, 3, 6, 6, 6, 6, 6])).states).toBe('---1----')
  })
  it('a rate may be negative', () => {
    const rules = watch([{ when: { below: 0, of: { rate: '10s' } }, severity: 1 }])
    expect(run(rules, each([5, 5, 4, 4, 5, 6])).states).toBe('--11--')
  })
  it('a line through a window predicts its limit before it is reached', () => {
    const rules = watch([{ when: { above: 100, of: { forecast: '60s', over: '60s' } }, severity: 2 }])
    expect(run(rules, each([10, 20, 30, 40, 50], 10)).states).toBe('----2')
  })
  it('a condition over two services is one over a group', () => {
    const rules = watch(
      [
        {
          when: {
            above: 0.1,
            of: {
              ratio: [
                { last: true, select: '__name:m.errors' },
                { last: true, select: '__name:m.all' },
              ],
            },
          },
          severity: 1,
        },
      ],
      { by: ['host'], combine: 'sum' },
    )
    const of = (second: number, name: string, value: number) => ({
      series: { key: `${name}|ST[host:a]`, metric: name, tags: { host: 'a' } },
      ...{ time: second * 1000, value },
    })
    const samples = [of(0, 'm.errors', 5), of(1, 'm.all', 100), of(2, 'm.errors', 20), of(3, 'm.all', 1000)]
    expect(run(rules, samples).states).toBe('--1-')
  })
  it('apdex: a share of good samples', () => {
    const rules = watch([{ when: { below: 0.5, of: { share: { atMost: 0.3 }, over: 4 } }, severity: 2 }])
    expect(run(rules, each([0.1, 0.2, 0.9, 0.9, 0.9, 0.1])).states).toBe('----22')
  })
  it('events out of order within a window count in it, of two sources', () => {
    const rules = watch([{ when: { atMost: 4, of: { average: '12s' } }, severity: 1 }])
    const samples = [
      sampleOf([10, 7], { source: 'a' }),
      sampleOf([11, 7], { source: 'a' }),
      { ...sampleOf([9, -2], { source: 'b' }), time: 9000 },
    ]
    expect(run(rules, samples).states).toBe('--1')
  })
})

describe('unlike Riemann, on purpose', () => {
  it('the first value is no change, since nothing is known before it', () => {
    expect(
      openings(run(watch([{ when: { changed: true }, severity: 4 }]), each([1, 2, 2, 3, 3])).told),
    ).toEqual([1, 3])
  })
  it('changes that follow each other are one fault until the first value that is like the one before', () => {
    expect(run(watch([{ when: { changed: true }, severity: 4 }]), each([1, 2, 3, 4, 4])).told).toEqual([
      '1 opened s4 changed',
      '4 cleared s4 recovered',
    ])
  })
  it('windows move by event time, whatever the clock says when an event comes', () => {
    const rules = watch([{ when: { above: 6, of: { average: '12s' } }, severity: 1 }])
    const late = each([7, 7, 7]).map((came) => ({ ...sampleOf(came) }))
    expect(run(rules, late).states).toBe('111')
  })
})
