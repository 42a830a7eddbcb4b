import { describe, expect, it } from 'vitest'

import { minutes, polled, run, watch } from './grid.ts'

const above = (more: object = {}) => watch([{ when: { above: 80 }, severity: 1, ...more }])

// Samples and evaluations a minute apart; `F` where Prometheus has the alert firing. Vectors of its rules/manager and alerting tests, restated.
describe('as Prometheus does', () => {
  it('a threshold opens while it is exceeded and clears when it is not', () => {
    expect(polled(above(), [10, 90, 95, 10, 10, 10])).toBe('-FF---')
  })
  it('a limit itself is not above it', () => {
    expect(polled(above(), [79, 80, 80.0001, 80])).toBe('--F-')
  })
  it('a series that swings opens each time', () => {
    expect(polled(above(), [90, 10, 90, 10, 90, 10])).toBe('F-F-F-')
  })
  it('a breach shorter than `for` never fires', () => {
    expect(polled(above({ for: '3m' }), [90, 90, 90, 10, 10])).toBe('-----')
  })
  it('it fires once `for` has passed, to the minute', () => {
    expect(polled(above({ for: '3m' }), [90, 90, 90, 90, 90, 10])).toBe('---FF-')
  })
  it('one good sample begins `for` anew', () => {
    expect(polled(above({ for: '3m' }), [90, 90, 10, 90, 90, 90, 90, 90])).toBe('------FF')
  })
  it('one missing scrape does not begin `for` anew', () => {
    expect(polled(above({ for: '3m' }), [90, '_', 90, 90, 90])).toBe('---FF')
  })
  it('`keep` bridges a dip that is shorter', () => {
    expect(polled(above({ keep: '3m' }), [90, 10, 90, 10, 10, 10, 10])).toBe('FFFFFF-')
  })
  it('what is pending is not kept', () => {
    expect(polled(above({ for: '2m', keep: '5m' }), [90, 10, 10, 10])).toBe('----')
  })
  it('`keep` counts anew from each time that it is true', () => {
    expect(polled(above({ keep: '2m' }), [90, 10, 90, 10, 90, 10, 10, 10])).toBe('FFFFFFF-')
  })
  it('`for` and `keep` together fire late and end late', () => {
    expect(polled(above({ for: '1m', keep: '2m' }), [90, 90, 10, 10, 10, 10])).toBe('-FFF--')
  })
  it('an infinity is above each limit, and below none', () => {
    expect(polled(above(), [10, Infinity, Infinity, 10])).toBe('-FF-')
    expect(polled(watch([{ when: { below: 80 }, severity: 1 }]), [90, -Infinity, Infinity])).toBe('-F-')
  })
  it('a stale marker ends the alert at once', () => {
    expect(polled(above(), [90, 95, 'stale', '_', '_'])).toBe('FF---')
  })
  it('an average of five minutes rises and falls after the value', () => {
    const average = watch([{ when: { above: 50, of: { average: '5m' } }, severity: 1 }])
    // Panes of 25 s: five samples a minute apart are in the newest twelve.
    expect(polled(average, [10, 10, 10, 100, 100, 100, 100, 10, 10, 10, 10])).toBe('-----FFFF--')
  })
  it('a group fires by the sum of its members', () => {
    const sum = watch([{ when: { above: 150 }, severity: 1 }], { by: ['job'], combine: 'sum' })
    const of = (second: number, host: string, value: number) => ({
      series: { key: `m|ST[host:${host},job:web]`, metric: 'm', tags: { host, job: 'web' } },
      ...{ time: second * 1000, value },
    })
    expect(run(sum, [of(0, 'a', 100), of(1, 'b', 40), of(60, 'b', 60), of(61, 'a', 80)]).states).toBe('--1-')
  })
  it('the time of the opening stays when the value changes', () => {
    const { events } = run(above(), minutes([90, 95, 99, 10]))
    expect(events.map(({ type }) => type)).toEqual(['opened', 'cleared'])
    expect(events[1]).toMatchObject({ openedAt: 0, time: 180_000 })
  })
  it('absence of a series never seen fires, where an inventory expects it', () => {
    const rules = watch([{ when: { absentFor: '1m' }, severity: 1 }], {
      by: ['host'],
      expect: [{ host: 'a' }],
    })
    expect(polled(rules, [], 4)).toBe('-FFF')
  })
})

describe('unlike Prometheus, on purpose', () => {
  it('a NaN is unknown and clears nothing, where Prometheus resolves', () => {
    expect(polled(above(), [90, NaN, NaN, 90, 10])).toBe('FFFF-')
  })
  it('a series that ends silently keeps its fault until it is forgotten, where Prometheus resolves after five minutes', () => {
    const rules = watch([{ when: { above: 80 }, severity: 1 }], { forgetAfter: '8m' })
    expect(polled(rules, [90, 90, '_', '_', '_', '_', '_', '_', '_'], 11)).toBe('FFFFFFFFF--')
  })
  it('absence is told when the silence is as long as it says, where Prometheus waits for its lookback too', () => {
    const rules = watch([{ when: { absentFor: '5m' }, severity: 1 }])
    expect(polled(rules, [1, '_', '_', '_', '_', '_', '_', 1])).toBe('-----FF-')
  })
  it('`for` runs out between samples, where Prometheus waits for the next evaluation', () => {
    const { told } = run(above({ for: '90s' }), minutes([90, 90, 90]))
    expect(told).toEqual(['90 opened s1 above'])
  })
  it('one rule set has warning and critical, where Prometheus needs two rules and an inhibition', () => {
    const levels = watch([
      { when: { above: 95 }, severity: 1 },
      { when: { above: 80 }, severity: 3 },
    ])
    expect(run(levels, minutes([10, 85, 99, 85, 10])).states).toBe('-313-')
  })
  it('hysteresis is part of a comparison, which Prometheus has not', () => {
    const rules = watch([{ when: { above: 80, until: 70 }, severity: 1 }])
    expect(polled(rules, [75, 81, 75, 71, 70, 75])).toBe('-FFF--')
  })
})
