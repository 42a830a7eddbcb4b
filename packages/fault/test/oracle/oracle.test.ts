import { series } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import type { FaultInput } from '../../src/engine.ts'
import type { Rule, RuleSet } from '../../src/model/rule-set.ts'
import { allOf, anyOf, notOf, someOf, type Truth } from './kleene.ts'
import { expected } from './oracle.ts'

type Came = readonly [
  second: number,
  value: FaultInput['value'],
  more?: Partial<FaultInput> & { readonly now?: number },
]

const sets = (rules: readonly Rule[], more: Partial<RuleSet> = {}): readonly RuleSet[] => [
  { id: 'r', select: '__name:m', rules, ...more },
]

/** Seconds, type, severity and reason, as the measured cases have them. */
function told(ruleSets: readonly RuleSet[], came: readonly Came[], endSecond: number): readonly string[] {
  const deliveries = came.map(([second, value, { now = second, ...more } = {}]) => ({
    now: now * 1000,
    sample: { series: series('m'), time: second * 1000, value, kind: 'gauge' as const, ...more },
  }))
  const events = Object.values(expected(ruleSets, deliveries, endSecond * 1000)).flat()
  return events.map(({ time, type, change, severity, reason }) =>
    [time / 1000, type, change, `s${severity}`, reason].filter((one) => one !== undefined).join(' '),
  )
}

const every = (step: number, from: number, to: number, value: number): readonly Came[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => [from + index * step, value] as const)

describe('the oracle gives the right value of each fault that was measured', () => {
  it('an average of equal values is not above them (01)', () => {
    const rules = sets([{ when: { above: 0.1, of: { average: '5m' } }, severity: 1 }])
    expect(told(rules, every(10, 0, 110, 0.1), 120)).toEqual([])
  })

  it('a window as long as the period fills (02)', () => {
    const rules = sets([{ when: { above: 80, of: { average: '1m' }, minFill: '30s' }, severity: 1 }])
    expect(told(rules, every(60, 0, 1740, 99), 1740)).toEqual(['60 opened s1 above'])
  })

  it('a sample that is delivered twice counts once (04)', () => {
    const changed = sets([{ when: { changed: true }, severity: 1 }])
    const twice: readonly Came[] = [[0, 'a'], [10, 'b'], [10, 'b', { now: 10.01 }], [20, 'b']] // prettier-ignore
    expect(told(changed, twice, 20)).toEqual(['10 opened s1 changed', '20 cleared s1 recovered'])
    const average = sets([{ when: { above: 60, of: { average: '5m' } }, severity: 1 }])
    expect(told(average, [[0, 20], [10, 90], [10, 90, { now: 11 }]], 11)).toEqual([]) // prettier-ignore
  })

  it('a fast clock of one collector does not hide what another one sees (05)', () => {
    const came: readonly Came[] = [0, 10, 20].flatMap((second) => [
      [second + 9, 10, { now: second, source: 'a' }] as const,
      [second + 5, 99, { source: 'b' }] as const,
    ])
    const lines = told(sets([{ when: { above: 80 }, severity: 1 }]), came, 30)
    expect(lines.filter((line) => line.includes('opened'))).toHaveLength(3)
  })

  it('an absence ends with the silence (06)', () => {
    const rules = sets([
      { when: { above: 80, of: { average: '5m' }, minFill: '5m' }, severity: 1 },
      { when: { absentFor: '60s' }, severity: 2 },
    ])
    const came = [...every(30, 0, 570, 10), ...every(30, 1000, 1570, 10)]
    expect(told(rules, came, 1570)).toEqual(['630 opened s2 absent', '1000 cleared s2 recovered'])
  })

  it('an absence is not known while a fresh sample may be on its way (07)', () => {
    const rules = sets([{ when: { absentFor: '62s' }, severity: 1 }])
    const came: readonly Came[] = [[0, 1], [60, 1, { now: 65 }], [120, 1, { now: 125 }], [180, 1]] // prettier-ignore
    expect(told(rules, came, 251.999)).toEqual([])
    expect(told(rules, came, 252)).toEqual(['242 opened s1 absent'])
  })

  it('a dead series ends by its marker, or when it is forgotten (11)', () => {
    const rules = sets([{ when: { above: 90 }, severity: 1 }])
    expect(told(rules, [[0, 95], [30, NaN, { kind: 'stale' }]], 40)).toEqual(['0 opened s1 above', '30 cleared s1 gone']) // prettier-ignore
    expect(told(rules, [[0, 95]], 30 * 86_400)).toEqual(['0 opened s1 above', '86400 cleared s1 gone'])
  })

  it('the death of a series under an open fault is told (12)', () => {
    const rules = sets([
      { when: { above: 95 }, severity: 2 },
      { when: { absentFor: '60s' }, severity: 2 },
    ])
    expect(told(rules, [[0, 97]], 100)).toEqual(['0 opened s2 above', '60 reason s2 absent'])
  })

  it('infinities compare (16)', () => {
    const came: readonly Came[] = [[0, 10], [60, Infinity], [120, Infinity], [180, 10]] // prettier-ignore
    expect(told(sets([{ when: { above: 80 }, severity: 1 }]), came, 180)).toEqual([
      ...['60 opened s1 above', '180 cleared s1 recovered'],
    ])
  })
})

describe('the oracle, by hand', () => {
  it('a hold is told at its end, decided by the next sample or by the clock', () => {
    const rules = sets([{ when: { above: 80 }, for: '30s', severity: 1 }])
    expect(told(rules, [[0, 90], [31, 10]], 31)).toEqual(['30 opened s1 above', '31 cleared s1 recovered']) // prettier-ignore
    expect(told(rules, [[0, 90], [30, 10]], 100)).toEqual([]) // prettier-ignore
    expect(told(rules, [[0, 90]], 39.999)).toEqual([])
    expect(told(rules, [[0, 90]], 40)).toEqual(['30 opened s1 above'])
  })

  it('hysteresis ends at the other limit', () => {
    const rules = sets([{ when: { above: 80, until: 70 }, severity: 1 }])
    const came: readonly Came[] = [[0, 75], [1, 81], [2, NaN], [3, 75], [4, 70], [5, 75]] // prettier-ignore
    expect(told(rules, came, 5)).toEqual(['1 opened s1 above', '4 cleared s1 recovered'])
  })

  it('a mute holds an opening back until it ends', () => {
    const during = { start: '1970-01-01T00:00:10Z', end: '1970-01-01T00:01:00Z' }
    const rules = sets([{ when: { above: 80 }, severity: 1 }], { mute: [{ when: { during } }] })
    expect(told(rules, [[20, 90]], 70)).toEqual(['20 muted opened s1 above', '60 opened s1 above'])
    expect(told(rules, [[20, 90], [30, 10]], 70)).toEqual(['20 muted opened s1 above', '30 muted cleared s1 recovered']) // prettier-ignore
  })

  it('a window of the day without a sample is missed when it ends', () => {
    const rules = sets([{ when: { missedDuring: { from: '00:10', until: '00:20' } }, severity: 1 }])
    expect(told(rules, [[0, 1], [900, 1], [1300, 1]], 1400)).toEqual([]) // prettier-ignore
    expect(told(rules, [[0, 1], [1300, 1]], 1400)).toEqual(['1200 opened s1 missed', '1300 cleared s1 recovered']) // prettier-ignore
  })

  it('truth is that of Kleene', () => {
    const truths: readonly Truth[] = ['false', 'unknown', 'true']
    const table = truths.flatMap((a) => truths.map((b) => `${allOf([a, b])} ${anyOf([a, b])}`))
    expect(table).toEqual([
      ...['false false', 'false unknown', 'false true'],
      ...['false unknown', 'unknown unknown', 'unknown true'],
      ...['false true', 'unknown true', 'true true'],
    ])
    expect(truths.map(notOf)).toEqual(['true', 'unknown', 'false'])
    expect(someOf(2, ['true', 'unknown', 'false'])).toBe('unknown')
    expect(someOf(3, ['true', 'unknown', 'false'])).toBe('false')
    expect(someOf('34%', ['true', 'unknown', 'false'])).toBe('unknown')
    expect(someOf('33%', ['true', 'unknown', 'false'])).toBe('true')
    expect(someOf('1%', [])).toBe('unknown')
  })
})
