import { describe, expect, it } from 'vitest'

import { createFaultEngine } from '../../src/engine.ts'
import { sayMs } from '../../src/engine/sentence.ts'
import { type FaultInput, type RuleSet, ruleSet, series } from '../../src/index.ts'

const limits = { staleAfterMs: 0, maxFutureMs: 0, maxInstances: 1 }

/** What is said while a series has these values, one a minute, and then no more. */
function said(set: RuleSet, ...values: readonly FaultInput['value'][]): string[] {
  const engine = createFaultEngine([set], limits)
  const outputs = values.map((value, index) => {
    const time = index * 60_000
    return value === '-'
      ? engine.advance(time)
      : engine.sample({ series: series('s'), time, value, kind: 'gauge' }, time)
  })
  return outputs.flatMap(({ events }) => events.map(({ text }) => text))
}

/** What is said of the value 120 in a series, by a rule set of this name. */
function named(id: string, metric: string, tags: Record<string, string> = {}): string | undefined {
  const engine = createFaultEngine([ruleSet(id).select('__name:*').above(100, 1).build()], limits)
  const of = { key: 'k', metric, tags }
  return engine.sample({ series: of, time: 0, value: 120, kind: 'gauge' }, 0).events[0]?.text
}

describe('the sentence of an event', () => {
  it('says what it is about, each thing once and without the canonical name of the series', () => {
    expect(named('queue', 'queue', { shop: 'berlin' })).toBe('queue shop=berlin: 120 is above 100')
    expect(named('cpu', 'cpu.used')).toBe('cpu, cpu.used: 120 is above 100')
    expect(named('disk', 'disk', { mount: '/', host: 'a', ssd: '' })).toBe(
      'disk mount=/ host=a ssd: 120 is above 100',
    )
  })

  it('is one short line, whatever the names hold', () => {
    const text = named('queue', 'q\u2028x', { a: '1\r\nBcc: everybody\u202e', b: 'y'.repeat(200) })
    expect(text).toMatch(/^queue, q x a=1 Bcc: everybody  b=y+…: 120 is above 100$/)
    expect(text?.length).toBeLessThan(200)
  })

  it('says numbers and limits', () => {
    const set = ruleSet('s').select('__name:*').above(95, 1).above(80, 3).below(-1, 2).build()
    expect(said(set, 80.123456789, 97, 85, 3, -5)).toEqual([
      's: 80.1235 is above 80',
      's: worse, 97 is above 95',
      's: better, 85 is above 80',
      's: cleared after 3m, 3 is not above 80',
      's: -5 is below -1',
    ])
  })

  it('says averages with the time behind them', () => {
    const set = ruleSet('s').select('__name:*').average('5m').notEquals(0, 1).build()
    expect(said(set, 1, 3, -4)).toEqual(['s: 1 is not 0', 's: cleared after 2m, average 0 over 2m is 0'])
  })

  it('says texts in quotes', () => {
    const set = ruleSet('s')
      .select('__name:*')
      .equals('a "b"', 1)
      .contains('c', 2)
      .notMatches('^d', 3)
      .notContains('x', 4)
      .build()
    expect(said(set, 'a "b"', 'cc', 'e', 'd', 'dx')).toEqual([
      's: "a \\"b\\"" is "a \\"b\\""',
      's: better, "cc" contains "c"',
      's: better, "e" does not match /^d/',
      's: better, "d" does not contain "x"',
      's: cleared after 4m, "dx" contains "x"',
    ])
  })

  it('says silence and change', () => {
    expect(said(ruleSet('s').select('__name:*').absentFor('90s', 2).build(), 1, '-', '-', 1)).toEqual([
      's: no sample for 1m 30s',
      's: cleared after 1m 30s, samples come again',
    ])
    expect(said(ruleSet('s').select('__name:*').changed(5).build(), '6.1', '6.2', '6.2')).toEqual([
      's: "6.2" is new',
      's: cleared after 1m, "6.2" is still the same',
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
