import { describe, expect, it } from 'vitest'

import { createFaultEngine } from '../src/engine/fault-engine.ts'
import { compilePlan } from '../src/engine/plan.ts'
import { sayMs } from '../src/explain.ts'
import { explain, type FaultInput, type RuleSet, ruleSet, series } from '../src/index.ts'

/** What is said while a series has these values, one a minute, and then no more. */
function said(set: RuleSet, ...values: readonly FaultInput['value'][]): string[] {
  const engine = createFaultEngine([compilePlan(set)], { staleAfterMs: 0, maxFutureMs: 0, maxInstances: 1 })
  const outputs = values.map((value, index) => {
    const time = index * 60_000
    return value === '-'
      ? engine.advance(time)
      : engine.sample({ series: series('s'), time, value, kind: 'gauge' }, time)
  })
  return outputs.flatMap(({ events }) => events.map(explain))
}

describe('explain', () => {
  it('says numbers and limits', () => {
    const set = ruleSet('cpu').select('__name:*').above(95, 1).above(80, 3).below(-1, 2).build()
    expect(said(set, 80.123456789, 97, 85, 3, -5)).toEqual([
      'cpu: opened at severity 3 for s, since 80.1235 is above 80',
      'cpu: went from severity 3 to 1 for s, since 97 is above 95',
      'cpu: went from severity 1 to 3 for s, since 85 is above 80',
      'cpu: cleared after 3m at severity 3 for s, since 3 is not above 80',
      'cpu: opened at severity 2 for s, since -5 is below -1',
    ])
  })

  it('says averages with what is behind them', () => {
    const set = ruleSet('cpu').select('__name:*').average('5m').notEquals(0, 1).build()
    expect(said(set, 1, 3, -4)).toEqual([
      'cpu: opened at severity 1 for s, since the average 1 of 1 sample over 0ms is not 0',
      'cpu: cleared after 2m at severity 1 for s, since the average 0 of 3 samples over 2m is 0',
    ])
  })

  it('says texts in quotes', () => {
    const set = ruleSet('log')
      .select('__name:*')
      .equals('a "b"', 1)
      .contains('c', 2)
      .notMatches('^d', 3)
      .notContains('x', 4)
      .build()
    expect(said(set, 'a "b"', 'cc', 'e', 'd', 'dx')).toEqual([
      'log: opened at severity 1 for s, since "a \\"b\\"" is "a \\"b\\""',
      'log: went from severity 1 to 2 for s, since "cc" contains "c"',
      'log: went from severity 2 to 3 for s, since "e" does not match /^d/',
      'log: went from severity 3 to 4 for s, since "d" does not contain "x"',
      'log: cleared after 4m at severity 4 for s, since "dx" contains "x"',
    ])
  })

  it('says silence and change', () => {
    expect(said(ruleSet('up').select('__name:*').absentFor('90s', 2).build(), 1, '-', '-', 1)).toEqual([
      'up: opened at severity 2 for s, since no sample has come for 1m 30s',
      'up: cleared after 1m 30s at severity 2 for s, since samples come again',
    ])
    expect(said(ruleSet('os').select('__name:*').changed(5).build(), '6.1', '6.2', '6.2')).toEqual([
      'os: opened at severity 5 for s, since "6.2" is new',
      'os: cleared after 1m at severity 5 for s, since "6.2" is still the same',
    ])
  })

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1500, '1.5s'],
    [59_999, '59s'],
    [272_345, '4m 32s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [90_000_000, '1d 1h'],
  ])('says %d ms as %s', (ms, text) => {
    expect(sayMs(ms)).toBe(text)
  })
})
