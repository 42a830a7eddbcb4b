import { describe, expect, it } from 'vitest'

import type { Condition, TermComparison } from '../../src/model/rule-set.ts'
import { parseRuleSets } from '../../src/rules/parse-rule-sets.ts'
import { ruleSet } from '../../src/rules/rule-set-builder.ts'
import * as rules from '../../src/rules.ts'

describe('the builder', () => {
  it('gives the JSON that one could write by hand', () => {
    const { above, absentFor, all, any, average, below, forecast } = rules
    const night = { from: '22:00', until: '06:00', zone: 'Europe/Berlin' } as const
    const built = ruleSet('disk')
      .select('and(__name:disk.used_percent,not(mount:/tmp))')
      .named('Disks')
      .notes('Look.')
      .link('http://localhost/')
      .info({ team: 'storage' })
      .decide('worst')
      .unknown('clear')
      .forgetAfter('1d')
      .rule(1, any(above(97), all(above(80), forecast('4h', { over: '1h' }).above(100))), {
        for: '2m',
        clear: below(90),
      })
      .rule(2, absentFor('3m'))
      .rule(4, average('5m', { minFill: '1m' }).above(80, { until: 75 }), { wait: '10m' })
      .mute(night, { severities: [4] })
      .mute({ start: '2026-01-05T22:00:00Z', end: '2026-01-06T04:00:00Z' })
      .build()
    const written: unknown = {
      id: 'disk',
      select: 'and(__name:disk.used_percent,not(mount:/tmp))',
      name: 'Disks',
      notes: 'Look.',
      link: 'http://localhost/',
      info: { team: 'storage' },
      decide: 'worst',
      unknown: 'clear',
      forgetAfter: '1d',
      rules: [
        {
          severity: 1,
          when: {
            any: [
              { above: 97 },
              { all: [{ above: 80 }, { of: { forecast: '4h', over: '1h' }, above: 100 }] },
            ],
          },
          for: '2m',
          clear: { below: 90 },
        },
        { severity: 2, when: { absentFor: '3m' } },
        { severity: 4, when: { of: { average: '5m' }, minFill: '1m', above: 80, until: 75 }, wait: '10m' },
      ],
      mute: [
        { when: { during: night }, severities: [4] },
        { when: { during: { start: '2026-01-05T22:00:00Z', end: '2026-01-06T04:00:00Z' } } },
      ],
    }
    expect(JSON.parse(JSON.stringify(built))).toEqual(written)
    expect(parseRuleSets([written])).toEqual([built])
  })

  it('has a short word for each rule of the last sample', () => {
    const built = ruleSet('a')
      .select('*')
      .above(95, 1, { until: 90, for: '2m' })
      .below(1, 2)
      .atLeast(5, 3, { keep: '1m' })
      .atMost(4, 3)
      .equals('down', 3)
      .notEquals(60, 4, { wait: '5m' })
      .matches(/^a\/b/u, 1)
      .notMatches('b', 2)
      .contains('c', 3)
      .notContains('d', 4)
      .changed(5, { for: '1s' })
      .absentFor('2m', 5)
      .build()
    expect(built.rules).toEqual([
      { severity: 1, when: { above: 95, until: 90 }, for: '2m' },
      { severity: 2, when: { below: 1 } },
      { severity: 3, when: { atLeast: 5 }, keep: '1m' },
      { severity: 3, when: { atMost: 4 } },
      { severity: 3, when: { equals: 'down' } },
      { severity: 4, when: { notEquals: 60 }, wait: '5m' },
      { severity: 1, when: { matches: '^a\\/b' } },
      { severity: 2, when: { notMatches: 'b' } },
      { severity: 3, when: { contains: 'c' } },
      { severity: 4, when: { notContains: 'd' } },
      { severity: 5, when: { changed: true }, for: '1s' },
      { severity: 5, when: { absentFor: '2m' } },
    ])
  })

  it('makes groups, with what is expected of earlier calls too', () => {
    const built = ruleSet('web')
      .select('__name:http.up')
      .by('dc', 'role')
      .combine('sum')
      .expect({ dc: 'fra', role: 'web' })
      .expect({ dc: 'iad', role: 'web' })
      .rule(1, rules.someMembers('50%', rules.equals(0)))
      .build()
    expect(built).toMatchObject({
      by: ['dc', 'role'],
      combine: 'sum',
      expect: [
        { dc: 'fra', role: 'web' },
        { dc: 'iad', role: 'web' },
      ],
      rules: [{ severity: 1, when: { some: '50%', members: { equals: 0 } } }],
    })
  })

  it('leaves each step as it was before the next one', () => {
    const base = ruleSet('cpu').select('*').above(95, 1)
    base.above(80, 3)
    base.mute({ from: '22:00', until: '06:00' })
    expect(base.build()).toEqual({ id: 'cpu', select: '*', rules: [{ severity: 1, when: { above: 95 } }] })
  })

  it('refuses flags of a regular expression that its rule would lose', () => {
    const log = ruleSet('log').select('*').contains('a', 1)
    expect(() => log.matches(/error/i, 2)).toThrow(
      'FAULT_BAD_RULESET: matches must be a regular expression without the flags i; write it without them',
    )
    expect(log.notMatches(/ok/gu, 2).build().rules[1]?.when).toEqual({ notMatches: 'ok' })
  })

  it('refuses a rule set that the parser refuses', () => {
    expect(() => ruleSet('a').select('*').above(80, 1, { until: 85 }).build()).toThrow(
      'FAULT_BAD_RULESET: rulesets[0].rules[0].when.until must be at most 80, got 85',
    )
  })
})

describe('a condition written as a function', () => {
  const night = { from: '02:00', until: '03:00' } as const
  const { last, average, min, max, sum, stddev, rate, delta, counter, zscore, changes } = rules
  const { quantile, forecast, count, share, ratio } = rules
  it.each<[Condition, unknown]>([
    [rules.above(1, { until: 0 }), { above: 1, until: 0 }],
    [rules.below(1), { below: 1 }],
    [rules.atLeast(1), { atLeast: 1 }],
    [rules.atMost(1, { until: 2 }), { atMost: 1, until: 2 }],
    [rules.equals('a'), { equals: 'a' }],
    [rules.notEquals(1), { notEquals: 1 }],
    [rules.matches(/a/), { matches: 'a' }],
    [rules.notMatches('a'), { notMatches: 'a' }],
    [rules.contains('a'), { contains: 'a' }],
    [rules.notContains('a'), { notContains: 'a' }],
    [rules.changed(), { changed: true }],
    [rules.absentFor('1m'), { absentFor: '1m' }],
    [rules.missedDuring(night), { missedDuring: night }],
    [rules.all(rules.above(1), rules.below(2)), { all: [{ above: 1 }, { below: 2 }] }],
    [rules.any(rules.above(1)), { any: [{ above: 1 }] }],
    [rules.not(rules.above(1)), { not: { above: 1 } }],
    [rules.some(1, rules.above(1), rules.below(0)), { some: 1, of: [{ above: 1 }, { below: 0 }] }],
    [last().above(1), { of: { last: true }, above: 1 }],
    [
      average('5m', { minFill: '1m' }).below(1, { until: 2 }),
      { of: { average: '5m' }, minFill: '1m', below: 1, until: 2 },
    ],
    [min('5m').atLeast(1), { of: { min: '5m' }, atLeast: 1 }],
    [max('5m').atMost(1), { of: { max: '5m' }, atMost: 1 }],
    [sum('5m').equals(1), { of: { sum: '5m' }, equals: 1 }],
    [stddev('5m').notEquals(1), { of: { stddev: '5m' }, notEquals: 1 }],
    [rate('5m').above(1), { of: { rate: '5m' }, above: 1 }],
    [delta('5m').above(1), { of: { delta: '5m' }, above: 1 }],
    [counter('5m').above(1), { of: { counter: '5m' }, above: 1 }],
    [zscore('1h').above(3), { of: { zscore: '1h' }, above: 3 }],
    [changes(10).above(3), { of: { changes: 10 }, above: 3 }],
    [
      quantile(0.95, { over: '5m', minFill: '1m' }).above(1),
      { of: { quantile: 0.95, over: '5m' }, minFill: '1m', above: 1 },
    ],
    [forecast('4h', { over: '1h' }).above(1), { of: { forecast: '4h', over: '1h' }, above: 1 }],
    [count({ above: 80 }, { over: 5 }).atLeast(3), { of: { count: { above: 80 }, over: 5 }, atLeast: 3 }],
    [
      share({ equals: 1 }, { over: '1h' }).above(0.01),
      { of: { share: { equals: 1 }, over: '1h' }, above: 0.01 },
    ],
    [
      ratio(delta('5m'), sum('5m'), { minFill: '1m' }).above(1),
      { of: { ratio: [{ delta: '5m' }, { sum: '5m' }] }, minFill: '1m', above: 1 },
    ],
  ])('%j is plain JSON that the parser takes', (condition, json) => {
    expect(condition).toEqual(json)
    const parsed = ruleSet('a').select('*').rule(1, condition).build()
    expect(parsed.rules[0]?.when).toEqual(json)
  })

  it('compares a part of a group with the whole', () => {
    const failed: TermComparison = ratio(sum('5m').where('status:5*'), sum('5m')).above(0.01)
    expect(failed).toEqual({
      of: { ratio: [{ sum: '5m', select: 'status:5*' }, { sum: '5m' }] },
      above: 0.01,
    })
    expect(ruleSet('a').select('*').by('service').rule(1, failed).build().rules[0]?.when).toEqual(failed)
  })
})
